import pytest

from live import midi
from live.notes import PLAYER, Note, Part
from live.plan import Heard, Longer, OnTouch, Plan, PlannedNote, Sounded
from live.take.entries import End, Restart, Wake
from live.take.sides import (
    PedalSpan,
    machine_notes,
    pedal_spans,
    player_keys,
    player_messages,
    player_notes,
)

from .playing import off, on, take


def plan(*notes, touch=OnTouch.YIELD, cut=None):
    return Plan(0, tuple(PlannedNote(*note) for note in notes), cut, touch)


def spans(notes):
    return [(note.pitch, note.onset, note.end) for note in notes]


def test_everything_the_player_sent_is_there_once_and_in_order():
    clock = Heard(2, 1.5, b"\xf8")
    again = take(on(1, 1.0), clock, Restart(1.6, ()), clock, off(3, 2.0), End(3.0))
    assert player_messages(again) == [
        (1.0, b"\x90\x3c\x50"),
        (1.5, b"\xf8"),
        (2.0, b"\x80\x3c\x40"),
    ]


def test_a_key_lasts_from_down_to_up():
    song = take(on(1, 1.0, 60), on(2, 1.5, 64), off(3, 2.0, 60), off(4, 2.25, 64), End(5.0))
    assert spans(player_keys(song)) == [(60, 1.0, 2.0), (64, 1.5, 2.25)]
    assert player_keys(song)[0].release == 64
    piano = Part(PLAYER, "piano")
    assert player_notes(song) == [Note(1.0, piano, 60, 80, 1.0), Note(1.5, piano, 64, 80, 0.75)]
    assert player_notes(song, "melody")[0].part.voice == "melody"


def test_a_key_struck_again_ends_the_note_before():
    song = take(on(1, 1.0), on(2, 2.0), off(3, 3.0), off(4, 4.0))
    assert spans(player_keys(song)) == [(60, 1.0, 2.0), (60, 2.0, 3.0)]


def test_a_note_on_of_no_velocity_ends_the_note():
    song = take(on(1, 1.0), on(2, 2.0, velocity=0), End(3.0))
    assert spans(player_keys(song)) == [(60, 1.0, 2.0)]


def test_a_key_still_down_ends_with_the_take():
    assert spans(player_keys(take(on(1, 1.0), End(3.0)))) == [(60, 1.0, 3.0)]
    assert spans(player_keys(take(on(1, 1.0)))) == [(60, 1.0, 1.0)]


@pytest.mark.parametrize("control", [midi.ALL_NOTES_OFF, midi.ALL_SOUND_OFF])
def test_all_notes_off_ends_the_keys_of_its_channel(control):
    silence = Heard(3, 2.0, midi.control_change(0, control, 0))
    song = take(on(1, 1.0), on(2, 1.0, channel=1), silence, End(3.0))
    assert spans(player_keys(song)) == [(60, 1.0, 2.0), (60, 1.0, 3.0)]


def test_the_pedal_is_down_from_half_way():
    values = [(1, 1.0, 63), (2, 2.0, 64), (3, 3.0, 127), (4, 4.0, 10), (5, 5.0, 90)]
    pedals = [Heard(s, at, midi.control_change(0, midi.SUSTAIN, v)) for s, at, v in values]
    assert pedal_spans(take(*pedals, End(6.0))) == [
        PedalSpan(2.0, 4.0, 0, True),
        PedalSpan(5.0, 6.0, 0, False),
    ]


def test_a_planned_note_that_never_sounded_is_no_note():
    assert machine_notes(take(plan((1, 1.0, 0.5, 0, 60, 80)), End(3.0))) == []


def test_a_note_that_nobody_planned_is_no_note():
    assert machine_notes(take(Sounded(1, 1.0, 0.0), End(3.0))) == []


def test_a_note_that_the_hands_refuse_is_no_note():
    wild = plan((1, float("nan"), 0.5, 0, 60, 80), (1, 1.0, 0.5, 0, 60, 0))
    assert machine_notes(take(wild, Sounded(1, 1.0, 0.0), End(3.0))) == []


def test_a_note_begins_when_it_was_sent_and_ends_where_it_was_planned():
    song = take(plan((1, 1.0, 0.5, 2, 60, 80)), Sounded(1, 1.01, 0.01), End(3.0))
    assert spans(machine_notes(song)) == [(60, 1.01, 1.5)]
    assert machine_notes(song)[0].channel == 2


def test_a_note_begun_late_keeps_a_little_of_its_length():
    song = take(plan((1, 1.0, 0.05, 0, 60, 80)), Sounded(1, 1.09, 0.09), End(3.0))
    assert spans(machine_notes(song)) == [(60, 1.09, pytest.approx(1.11))]


def test_no_note_lasts_longer_than_the_hands_allow():
    song = take(plan((1, 1.0, 500.0, 0, 60, 80)), Sounded(1, 1.0, 0.0), End(300.0))
    assert spans(machine_notes(song)) == [(60, 1.0, 61.0)]


TWO = ((1, 1.0, 2.0, 0, 60, 80), (2, 1.0, 0.25, 0, 64, 80))
SOUND = (Sounded(1, 1.0, 0.0), Sounded(2, 1.0, 0.0))


def test_a_touch_ends_what_sounds_when_the_plan_yields():
    song = take(plan(*TWO), *SOUND, on(1, 2.0, 48), End(4.0))
    assert spans(machine_notes(song)) == [(60, 1.0, 2.0), (64, 1.0, 1.25)]


def test_a_touch_ends_nothing_when_the_plan_keeps_on():
    song = take(plan(*TWO, touch=OnTouch.KEEP), *SOUND, on(1, 2.0, 48), End(4.0))
    assert spans(machine_notes(song)) == [(60, 1.0, 3.0), (64, 1.0, 1.25)]


def test_the_last_plan_before_the_touch_decides():
    song = take(
        plan(*TWO, touch=OnTouch.KEEP), *SOUND, plan(touch=OnTouch.YIELD), on(1, 2.0), End(4.0)
    )
    assert spans(machine_notes(song))[0] == (60, 1.0, 2.0)


@pytest.mark.parametrize("other", [off(1, 2.0), on(1, 2.0, velocity=0), Heard(1, 2.0, b"\xf8")])
def test_only_a_key_going_down_is_a_touch(other):
    song = take(plan(*TWO), *SOUND, other, End(4.0))
    assert spans(machine_notes(song))[0] == (60, 1.0, 3.0)


def test_a_touch_ends_a_note_that_was_sent_while_it_came_in():
    song = take(plan(*TWO), Sounded(1, 2.0003, 0.0), on(1, 2.0001), End(4.0))
    assert spans(machine_notes(song)) == [(60, 2.0003, 2.0003)]


def test_a_note_after_the_touch_is_not_ended_by_it():
    song = take(on(1, 0.5), plan(*TWO), *SOUND, End(4.0))
    assert spans(machine_notes(song))[0] == (60, 1.0, 3.0)


def test_a_cut_ends_nothing_that_sounds():
    song = take(plan(*TWO), *SOUND, plan(cut=1.0), End(4.0))
    assert spans(machine_notes(song))[0] == (60, 1.0, 3.0)


def test_the_same_key_struck_again_ends_the_note_before():
    song = take(
        plan((1, 1.0, 2.0, 0, 60, 80), (2, 2.0, 0.5, 0, 60, 80)),
        Sounded(1, 1.0, 0.0),
        Sounded(2, 2.0, 0.0),
        End(4.0),
    )
    assert spans(machine_notes(song)) == [(60, 1.0, 2.0), (60, 2.0, 2.5)]


def test_what_sounds_ends_with_the_take():
    assert spans(machine_notes(take(plan(*TWO), *SOUND, End(1.5))))[0] == (60, 1.0, 1.5)


def test_a_mind_that_counts_anew_is_not_mixed_up_with_the_one_before():
    song = take(
        plan((1, 1.0, 0.5, 0, 60, 80)),
        Restart(1.1, ()),
        plan((1, 5.0, 0.5, 0, 72, 80)),
        Sounded(1, 1.0, 0.0),
        Sounded(1, 5.002, 0.002),
        End(9.0),
    )
    assert [note.pitch for note in machine_notes(song)] == [60, 72]


def test_a_note_that_a_later_plan_lengthens_sounds_for_longer():
    longer = Plan(0, longer=(Longer(1, 3.0), Longer(2, 3.0), Longer(9, 4.0)))
    song = take(
        plan((1, 1.0, 1.0, 0, 60, 80), (2, 2.5, 0.1, 0, 64, 80), (3, 1.0, 0.5, 0, 67, 80)),
        Sounded(1, 1.0, 0.0),
        Sounded(3, 1.0, 0.0),
        Wake(1.9),
        longer,
        Wake(2.2),
        Plan(0, longer=(Longer(3, 5.0),)),  # it has ended
        Sounded(2, 2.5, 0.0),
        End(9.0),
    )
    assert spans(machine_notes(song)) == [(60, 1.0, 3.0), (67, 1.0, 1.5), (64, 2.5, 3.0)]
