"""Lenient names, strict numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.controls.control import ControlError, Kind
from live.controls.reading import find, read
from live.controls.table import CONTROLS


@pytest.mark.parametrize("name", ["count_in", "Count-In", " COUNT IN ", "count__in"])
def test_a_name_may_be_written_as_people_write(name):
    assert find(name, CONTROLS).name == "count_in"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("temprature", "there is no control 'temprature': did you mean temperature?"),
        ("", "there is no control '': `controls` lists them"),
        ("x" * 5000, "there is no control 'xxx"),
    ],
)
def test_a_wrong_name_is_one_line_with_what_may_have_been_meant(name, words):
    with pytest.raises(ControlError) as raised:
        find(name, CONTROLS)
    assert words in str(raised.value)
    assert len(str(raised.value)) < 120


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("temperature", "0.8", 0.8),
        ("temperature", " 2 ", 2.0),
        ("temperature", 1, 1.0),
        ("temperature", ".5", 0.5),
        ("velocity", "-12", -12),
        ("velocity", "+12", 12),
        ("trade", 4.0, 4),
        ("clock", "MIDI", "midi"),
        ("mode", "", ""),
        ("rest", "On", 1),
        ("rest", "off", 0),
        ("rest", True, 1),
        ("rest", 1.0, 1),
        ("thru", "no", 0),
        ("scale", "F# dorian", "F# dorian"),
        ("panic", None, True),
        ("panic", 1.0, True),
        ("panic", 0, False),
    ],
)
def test_a_value_is_read_as_typed_sent_or_written(name, given, value):
    found = read(CONTROLS[name], given)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("temperature", "7", "temperature is 7: it goes from 0.1 to 2"),
        ("temperature", "0,8", "temperature cannot be '0,8': it is a number, 0.1 to 2"),
        ("temperature", "1_0", "it is a number"),
        ("temperature", "1e0", "it is a number"),
        ("temperature", "nan", "it is a number"),
        ("temperature", float("nan"), "it is a number"),
        ("temperature", float("inf"), "it is a number"),
        ("temperature", True, "it is a number"),
        ("temperature", None, "it is a number"),
        ("temperature", b"1", "it is a number"),
        ("tempo", "500", "it goes from 30 to 300 bpm"),
        ("trade", "2.5", "trade cannot be '2.5': it is a whole number, 0 to 16 bars"),
        ("trade", float("nan"), "it is a whole number"),
        ("trade", float("inf"), "it is a whole number"),
        ("trade", [4], "it is a whole number"),
        ("clock", "sun", "clock cannot be 'sun': give free, internal"),
        ("clock", 3, "give free, internal"),
        ("rest", "2", "rest cannot be '2': it is a switch, on or off"),
        ("rest", None, "it is a switch"),
        ("scale", 3, "it is a text"),
        ("scale", "A\nminor", "it is a text"),
        ("scale", "x" * 5000, "it is a text"),
        ("panic", "now", "panic cannot be 'now': it takes no value"),
    ],
)
def test_a_value_that_does_not_fit_is_one_line(name, given, words):
    with pytest.raises(ControlError) as raised:
        read(CONTROLS[name], given)
    assert words in str(raised.value)
    assert len(str(raised.value).splitlines()) == 1
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize("control", CONTROLS.values(), ids=lambda c: c.name)
def test_what_a_control_shows_it_reads_again(control):
    if control.kind is not Kind.TRIGGER and control.default != "":
        assert read(control, control.show(control.default)) == control.default


ANYTHING = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
) | st.lists(st.none())


@given(st.sampled_from(sorted(CONTROLS)), ANYTHING)
def test_whatever_is_given_is_a_value_or_one_line(name, given):
    control = CONTROLS[name]
    try:
        value = read(control, given)
    except ControlError as error:
        said = str(error)
        assert len(said.splitlines()) == 1, said
    else:
        assert control.kind is Kind.TRIGGER or type(value) is type(control.default)
