import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.controls.bindings import Bindings, Knob, read_knob
from live.controls.control import ControlError

KNOBS = st.builds(Knob, st.integers(0, 5), st.none() | st.integers(1, 3))
NAMES = st.sampled_from(("low", "high", "tempo", "density"))


@given(st.lists(st.tuples(NAMES, KNOBS)))
def test_no_message_steers_two_controls(rows):
    bindings = Bindings()
    for name, knob in rows:
        bindings = bindings.bound(name, knob)
        assert bindings.knobs[name] == knob
    for cc in range(6):
        for channel in range(1, 4):
            message = Knob(cc, channel)
            found = [name for name, knob in bindings if knob.meets(message)]
            assert found == [bindings.control_of(message)] or not found


@pytest.mark.parametrize(
    ("given", "knob"),
    [(21, Knob(21)), ({"cc": 0}, Knob(0)), ({"cc": 119, "channel": 16}, Knob(119, 16))],
)
def test_a_knob_is_a_cc_on_any_channel_or_on_one(given, knob):
    assert read_knob(given) == knob


@pytest.mark.parametrize(
    "given",
    [120, -1, True, 2.0, "21", None, [21], {}, {"cc": 1, "chanel": 2}, {"cc": 1, "channel": 0}],
)
def test_anything_else_is_no_knob(given):
    with pytest.raises(ControlError):
        read_knob(given)


def test_a_knob_is_told_as_people_count():
    assert str(Knob(21)) == "CC 21"
    assert str(Knob(21, 2)) == "CC 21 on channel 2"
