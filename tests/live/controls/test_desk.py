"""Knobs and words in, changes out, in virtual time."""

from itertools import pairwise

import pytest

from live import midi
from live.controls.bindings import Bindings, Knob
from live.controls.control import ControlError
from live.controls.desk import EVERY, Desk


def bound(**knobs):
    return Bindings({name: Knob(cc) for name, cc in knobs.items()})


def turn(desk, value, cc=21, channel=0):
    desk.hear(midi.control_change(channel, cc, value))


def test_a_bound_knob_steers_and_another_does_not():
    desk = Desk(bound(low=21))
    turn(desk, 60)
    turn(desk, 99, cc=22)
    assert desk.take(0.0).mind == {"low": 60}
    assert not desk.take(1.0).mind


def test_values_go_to_whoever_obeys_them():
    desk = Desk()
    desk.set("tempo", "90")
    desk.set("thru", "off")
    desk.set("panic", None)
    changes = desk.take(0.0)
    assert (changes.mind, changes.hands, changes.panics) == ({"tempo": 90.0}, {"thru": 0}, 1)


def test_of_a_flood_only_the_newest_counts_and_the_last_is_not_lost():
    desk = Desk(bound(low=21, high=22))
    sent, now = [], 0.0
    for number in range(1000):  # a thousand messages a second
        turn(desk, number % 128)
        turn(desk, 127 - number % 128, cc=22)
        now += 0.001
        if changes := desk.take(now).mind:
            sent.append((now, changes))
    assert len(sent) <= 1.0 / EVERY + 1
    assert all(b - a >= EVERY for (a, _), (b, _) in pairwise(sent))
    last = desk.take(now + EVERY).mind
    assert {**sent[-1][1], **last} == {"low": 999 % 128, "high": 127 - 999 % 128}


def test_the_first_movement_does_not_wait():
    desk = Desk(bound(low=21))
    turn(desk, 60)
    assert desk.take(100.0).mind == {"low": 60}


def test_panic_does_not_wait_and_is_counted():
    desk = Desk(bound(low=21))
    turn(desk, 60)
    desk.take(0.0)
    turn(desk, 61)
    desk.set("panic", None)
    desk.set("panic", None)
    changes = desk.take(0.001)
    assert (changes.panics, changes.mind) == (2, {})


def test_a_knob_that_says_the_same_again_changes_nothing():
    desk = Desk(bound(count_in=21))  # five values on 128 positions
    turn(desk, 0)
    assert desk.take(0.0).mind == {"count_in": 0}
    turn(desk, 1)
    assert not desk.take(1.0).mind


def test_a_knob_steers_again_after_another_hand_did():
    desk = Desk(bound(low=21))
    turn(desk, 60)
    desk.take(0.0)
    desk.set("low", "30")
    assert desk.take(1.0).mind == {"low": 30}
    turn(desk, 60)
    assert desk.take(2.0).mind == {"low": 60}


def test_a_short_press_of_a_switch_is_not_lost():
    desk = Desk(bound(rest=64))
    turn(desk, 127, cc=64)
    turn(desk, 0, cc=64)
    assert desk.take(0.0).mind == {"rest": 1}
    assert desk.take(EVERY).mind == {"rest": 0}
    assert not desk.take(2 * EVERY).mind


def test_again_is_pressed_anew_each_time():
    desk = Desk(bound(again=80))
    for now in (0.0, 1.0):
        turn(desk, 127, cc=80)
        turn(desk, 0, cc=80)
        assert desk.take(now).mind == {"again": 1}
    desk.set("again", None)
    assert desk.take(2.0).mind == {"again": 1}
    assert not desk.take(3.0).mind


def test_a_button_fires_when_it_is_pressed_and_not_while_it_is_held():
    desk = Desk(bound(panic=80))
    for value in (0, 127, 127, 100):
        turn(desk, value, cc=80)
    assert desk.take(0.0).panics == 1
    turn(desk, 0, cc=80)
    assert desk.take(1.0).panics == 0
    turn(desk, 127, cc=80)
    assert desk.take(2.0).panics == 1


def test_start_and_stop_are_the_transport():
    desk = Desk()
    desk.set("stop", None)
    assert desk.take(0.0).mind == {"transport": 0}
    desk.set("start", 1.0)
    assert desk.take(1.0).mind == {"transport": 1}
    desk.set("stop", 0.0)  # the release of its button
    assert not desk.take(2.0).mind


def test_learn_binds_the_next_knob_and_the_movement_after_it_steers():
    desk = Desk()
    assert desk.learn("Low") == "low: move a knob or press a pedal"
    desk.hear(midi.note_on(0, 60, 80))
    turn(desk, 50, cc=30, channel=2)
    assert desk.told() == ["low is on CC 30 on channel 3 now"]
    assert not desk.take(0.0).mind
    turn(desk, 51, cc=30, channel=2)
    turn(desk, 99, cc=30, channel=0)  # another knob
    assert desk.take(1.0).mind == {"low": 51}
    assert desk.kept == Bindings({"low": Knob(30, 3)})


def test_learning_takes_a_knob_from_what_it_steered_and_says_so():
    desk = Desk(bound(low=30), preset=bound(tempo=31))
    desk.learn("high")
    turn(desk, 1, cc=30)
    desk.learn("density")
    turn(desk, 1, cc=31)
    assert [line.partition("now")[2] for line in desk.told()] == [
        ", instead of low",
        ", instead of tempo",
    ]
    assert desk.bindings.knobs == {"high": Knob(30, 1), "density": Knob(31, 1)}


def test_a_preset_goes_before_what_was_kept_and_is_not_kept():
    kept = bound(low=30, high=31)
    desk = Desk(kept, preset=bound(tempo=30))
    assert desk.bindings.knobs == {"high": Knob(31), "tempo": Knob(30)}
    desk.put_preset(Bindings())
    assert desk.bindings == kept
    assert desk.kept == kept


def test_what_is_learned_goes_before_the_preset():
    desk = Desk(preset=bound(low=30))
    desk.learn("low")
    turn(desk, 1, cc=40)
    assert desk.bindings.knobs == {"low": Knob(40, 1)}


def test_forget_unbinds():
    desk = Desk(bound(low=30), preset=bound(high=31))
    assert desk.forget("low") == "low is no longer on CC 30"
    desk.forget("high")
    turn(desk, 5, cc=30)
    turn(desk, 5, cc=31)
    assert not desk.take(0.0).mind
    with pytest.raises(ControlError, match="low is on no knob"):
        desk.forget("low")


def test_forget_while_learning_ends_that():
    desk = Desk()
    desk.learn("low")
    desk.forget("low")
    turn(desk, 5)
    assert not desk.bindings.knobs


@pytest.mark.parametrize("name", ["you", "scale", "nothing"])
def test_what_a_knob_cannot_steer_is_not_learned(name):
    with pytest.raises(ControlError):
        Desk().learn(name)


@pytest.mark.parametrize(
    "message",
    [b"", b"\xb0", b"\xb0\x15", b"\xb0\x7b\x00", b"\x90\x3c\x50", b"\xf8", b"\xe0\x00\x40"],
)
def test_notes_and_orders_to_a_channel_are_no_knobs(message):
    desk = Desk()
    desk.learn("low")
    desk.hear(message)
    assert not desk.bindings.knobs
