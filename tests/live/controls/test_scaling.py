"""A knob reaches the ends and the middle of every range, and comes back to where it stood."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.controls.control import Control, Home, Kind
from live.controls.reading import read
from live.controls.scaling import position_of, value_at
from live.controls.table import CONTROLS

TURNED = [c for c in CONTROLS.values() if c.kind not in (Kind.TEXT, Kind.TRIGGER)]
NUMBERS = [c for c in TURNED if c.kind in (Kind.NUMBER, Kind.WHOLE)]


def whole(low, high):
    return Control("whole", Kind.WHOLE, Home.MIND, "", low, low, high)


@pytest.mark.parametrize("control", TURNED, ids=lambda c: c.name)
def test_every_position_is_a_value_that_the_control_takes(control):
    for cc in range(128):
        value = value_at(control, cc)
        assert read(control, value) == value
        assert type(value) is type(control.default)


@pytest.mark.parametrize("control", NUMBERS, ids=lambda c: c.name)
def test_the_ends_of_the_knob_are_the_ends_of_the_range(control):
    assert (value_at(control, 0), value_at(control, 127)) == (control.low, control.high)


@pytest.mark.parametrize("control", TURNED, ids=lambda c: c.name)
def test_a_value_set_by_a_knob_puts_the_knob_where_that_value_is(control):
    for cc in range(128):
        value = value_at(control, cc)
        assert value_at(control, position_of(control, value)) == value


@pytest.mark.parametrize("control", NUMBERS, ids=lambda c: c.name)
def test_turning_up_never_turns_down(control):
    values = [value_at(control, cc) for cc in range(128)]
    assert values == sorted(values)


def test_a_fine_number_has_a_value_of_its_own_at_every_position():
    assert len({value_at(CONTROLS["temperature"], cc) for cc in range(128)}) == 128


def test_the_middle_of_the_knob_is_the_middle_of_the_range():
    assert value_at(CONTROLS["velocity"], 64) == 0  # of -64 to 64
    assert value_at(CONTROLS["dynamics"], 64) == 0.5


def test_pitches_are_the_knob_itself():
    assert [value_at(CONTROLS["low"], cc) for cc in range(128)] == list(range(128))


def test_choices_share_the_knob_evenly():
    clock = CONTROLS["clock"]
    named = [value_at(clock, cc) for cc in range(128)]
    assert list(dict.fromkeys(named)) == list(clock.choices)
    counts = [named.count(choice) for choice in clock.choices]
    assert max(counts) - min(counts) <= 1


def test_a_switch_is_on_from_64_up_like_a_pedal():
    assert [value_at(CONTROLS["rest"], cc) for cc in (0, 63, 64, 127)] == [0, 0, 1, 1]


@given(st.integers(-10_000, 10_000), st.integers(1, 127))
def test_every_whole_number_of_a_short_range_can_be_reached(low, span):
    control = whole(low, low + span)
    assert {value_at(control, cc) for cc in range(128)} == set(range(low, low + span + 1))
    for value in range(low, low + span + 1):
        assert value_at(control, position_of(control, value)) == value


@given(st.integers(-10_000, 10_000), st.integers(128, 100_000), st.integers(0, 127))
def test_a_wide_range_of_whole_numbers_is_as_near_as_a_knob_can_be(low, span, cc):
    control = whole(low, low + span)
    assert position_of(control, value_at(control, cc)) == cc
