"""What is drawn of a session: notes of both sides as they begin and end, and what is planned."""

import pytest

from live import midi
from live.page.change import Change
from live.page.roll import MOST, Roll
from live.plan import Heard, Longer, OnTouch, Plan, PlannedNote, Sounded
from live.take.entries import ModelName, Restart
from live.tempo.timeline import Timeline


def on(at: float, pitch: int = 60) -> Heard:
    return Heard(1, at, midi.note_on(0, pitch, 80))


def off(at: float, pitch: int = 60) -> Heard:
    return Heard(1, at, midi.note_off(0, pitch))


def plan(*notes: tuple[int, float, float], **more: object) -> Plan:
    """(number, onset, duration)"""
    planned = tuple(PlannedNote(n, onset, length, 0, 60 + n, 70) for n, onset, length in notes)
    return Plan(1, planned, **more)  # type: ignore[arg-type]


def shown(roll: Roll, now: float) -> Change:
    change = roll.take(now)
    assert change is not None
    return change


def roll_of(*entries: object) -> Roll:
    roll = Roll()
    for entry in entries:
        roll.take_in(entry)  # type: ignore[arg-type]
    return roll


def test_your_note_begins_and_ends() -> None:
    roll = roll_of(on(1.0))
    assert shown(roll, 1.01).begun == ((1, 0, 1.0, 60, 80),)
    assert roll.floor == "you"
    roll.take_in(off(1.5))
    assert shown(roll, 1.51).ended == ((1, 0, 1.5),)
    assert roll.floor == "rest"


def test_a_key_struck_again_ends_the_note_before() -> None:
    change = shown(roll_of(on(1.0), on(2.0)), 2.0)
    assert change.ended == ((1, 0, 2.0),)
    assert [begun[0] for begun in change.begun] == [1, 2]


def test_a_planned_note_is_shown_ahead_and_begins_under_the_same_id_when_it_is_due() -> None:
    roll = roll_of(plan((1, 2.0, 0.5), (2, 2.5, 0.5)))
    assert shown(roll, 1.0).plan == ((1, 2.0, 0.5, 61, 70), (2, 2.5, 0.5, 62, 70))
    change = shown(roll, 2.1)
    assert change.begun == ((1, 1, 2.0, 61, 70),)
    assert change.plan == ((2, 2.5, 0.5, 62, 70),)
    assert roll.floor == "machine"
    roll.take_in(Sounded(1, 2.0, 0.0))
    assert roll.take(2.2) is None
    assert shown(roll, 2.6).ended == ((1, 1, 2.5),)


def test_a_note_that_the_hands_never_played_ends_where_it_began() -> None:
    roll = roll_of(plan((1, 2.0, 9.0)))
    shown(roll, 2.1)
    assert shown(roll, 4.0).ended == ((1, 1, 2.0),)


def test_your_touch_ends_what_the_machine_plays_and_drops_what_it_planned() -> None:
    roll = roll_of(plan((1, 2.0, 5.0), (2, 3.0, 5.0)))
    shown(roll, 2.1)
    roll.take_in(on(2.5))
    change = shown(roll, 2.51)
    assert change.ended == ((1, 1, 2.5),)
    assert change.plan == ()


def test_in_a_duet_the_machine_plays_on_at_your_touch() -> None:
    roll = roll_of(plan((1, 2.0, 5.0), (2, 3.0, 5.0), on_touch=OnTouch.KEEP))
    shown(roll, 2.1)
    roll.take_in(on(2.5))
    change = shown(roll, 2.51)
    assert change.ended == ()
    assert change.plan is None
    assert roll.floor == "both"


@pytest.mark.parametrize("keys", [{"split": 61}, {"mute": 60}])
def test_a_key_that_is_a_control_takes_no_floor(keys: dict[str, int]) -> None:
    roll = Roll(**keys)
    roll.take_in(plan((1, 2.0, 5.0)))
    roll.take(2.1)
    roll.take_in(on(2.5))
    assert shown(roll, 2.6).ended == ()


def test_a_new_plan_cuts_the_one_before_and_lengthens_what_sounds() -> None:
    roll = roll_of(plan((1, 2.0, 0.5), (2, 3.0, 0.5), (3, 4.0, 0.5)))
    shown(roll, 2.1)
    roll.take_in(plan((4, 3.5, 0.5), cut=3.0, longer=(Longer(1, 3.2),)))
    assert [row[1] for row in shown(roll, 2.2).plan or ()] == [3.5]
    assert roll.take(2.9) is None
    assert shown(roll, 3.3).ended == ((1, 1, 3.2),)


def test_the_beat_is_told_and_what_is_planned_moves_with_it() -> None:
    roll = roll_of(plan((1, 4.0, 0.5), timeline=Timeline(0.0, 0.0, 120.0, 3)))
    assert shown(roll, 0.1).beat == {
        "at": 0.0,
        "beat": 0.0,
        "bpm": 120.0,
        "beats_per_bar": 3,
        "running": True,
    }
    roll.take_in(plan(timeline=Timeline(1.0, 2.0, 60.0, 3)))
    change = shown(roll, 1.1)
    assert change.plan is not None
    assert change.plan[0][1] == pytest.approx(7.0)
    assert change.beat is not None
    assert change.beat["bpm"] == 60.0


def test_a_mind_that_fell_leaves_no_plan() -> None:
    roll = roll_of(plan((1, 4.0, 0.5)))
    shown(roll, 1.0)
    roll.take_in(Restart(1.5, ()))
    assert shown(roll, 1.6).plan == ()


def test_a_mind_that_gives_its_place_to_another_leaves_what_comes_before_that() -> None:
    roll = roll_of(plan((1, 4.1, 0.5), (2, 5.0, 0.5)))
    roll.take_in(Restart(4.0, (), model=ModelName("other.onnx", "12")))
    assert [row[1] for row in shown(roll, 4.0).plan or ()] == [4.1]


def test_where_nothing_happens_the_time_is_told_once_a_second() -> None:
    roll = Roll()
    told = [now / 10 for now in range(50) if roll.take(now / 10) is not None]
    assert told == pytest.approx([0.0, 1.0, 2.0, 3.0, 4.0], abs=0.11)


def test_of_more_than_anybody_took_only_what_sounds_is_left() -> None:
    roll = roll_of(*(entry for n in range(MOST) for entry in (on(n, 60), off(n + 0.5, 60))))
    roll.take_in(on(9999.0, 72))
    change = shown(roll, 9999.0)
    assert change.whole
    assert change.begun[-1][3] == 72
    assert change.size < MOST


def test_damaged_and_short_messages_are_passed_over() -> None:
    roll = roll_of(*(Heard(1, 0.0, message) for message in (b"", b"\x90", b"\xf8", b"\xc0\x05")))
    change = shown(roll, 0.0)
    assert change.size == 0


def test_your_pedal_is_shown_from_the_first_foot_to_the_last() -> None:
    def pedal(at: float, value: int, channel: int = 0) -> Heard:
        return Heard(1, at, midi.control_change(channel, midi.SUSTAIN, value))

    roll = roll_of(pedal(1.0, 127), pedal(1.1, 90), pedal(1.2, 127, 3), pedal(2.0, 0))
    assert shown(roll, 2.1).pedal == ((1.0, True),)
    roll.lose()
    assert shown(roll, 2.2).pedal == ((1.2, True),)
    roll.take_in(pedal(3.0, 10, 3))
    change = shown(roll, 3.1)
    assert change.pedal == ((3.0, False),)
    assert change.message()["roll"]["pedal"] == ((3.0, False),)
