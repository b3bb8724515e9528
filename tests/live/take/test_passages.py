import pytest

from live import midi
from live.plan import Heard, Plan, PlannedNote, Sounded
from live.take.entries import End, Mark
from live.take.journal import TakeError
from live.take.passages import Passage, cut, nth, passages
from live.take.sides import machine_notes, player_keys, player_messages

from .playing import off, on, take


def test_a_passage_goes_from_record_to_stop():
    session = take(on(1, 0.5), Mark(1.0, True), on(2, 1.5), Mark(2.0, False), End(9.0))
    assert passages(session) == [Passage(1.0, 2.0, False)]


def test_one_that_nobody_ended_goes_on_to_the_end_of_the_take():
    assert passages(take(Mark(1.0, True), on(1, 3.0))) == [Passage(1.0, 3.0, True)]
    assert passages(take(Mark(1.0, True), on(1, 3.0), End(9.0))) == [Passage(1.0, 9.0, False)]


def test_record_pressed_again_begins_another_and_stop_alone_means_nothing():
    marks = [Mark(0.5, False), Mark(1.0, True), Mark(2.0, True), Mark(3.0, False), Mark(4.0, False)]
    found = passages(take(*marks, End(9.0)))
    assert found == [Passage(1.0, 2.0, False), Passage(2.0, 3.0, False)]


def test_a_take_without_marks_has_no_passage():
    assert passages(take(on(1, 0.5), off(2, 1.0), End(2.0))) == []


def plan(*notes):
    return Plan(0, tuple(PlannedNote(n, onset, 1.0, 0, pitch, 80) for n, onset, pitch in notes))


SESSION = take(
    Heard(1, 0.1, midi.program_change(0, 5)),
    on(2, 0.5, 60),  # ends within the passage: it began before
    plan((1, 1.2, 70), (2, 2.5, 71), (3, 5.0, 72)),
    Sounded(1, 1.2, 0.0),
    Mark(2.0, True),
    Sounded(2, 2.5, 0.0),
    off(3, 2.6, 60),
    on(4, 3.0, 62),
    off(5, 3.5, 62),
    on(6, 3.9, 64),
    Mark(4.0, False),
    off(7, 4.5, 64),
    Sounded(3, 5.0, 0.0),
    End(9.0),
)


def test_a_passage_has_the_notes_that_began_in_it_and_no_others():
    (passage,) = passages(SESSION)
    part = cut(SESSION, passage)
    assert [(n.pitch, n.onset, n.end) for n in player_keys(part)] == [(62, 3.0, 3.5), (64, 3.9, 4)]
    assert [(n.pitch, n.onset, n.end) for n in machine_notes(part)] == [(71, 2.5, 3.0)]
    assert part.length == 4.0


def test_what_was_set_up_before_is_in_it():
    (passage,) = passages(SESSION)
    assert player_messages(cut(SESSION, passage))[0] == (0.1, midi.program_change(0, 5))


def test_passages_are_counted_from_one():
    assert nth(SESSION, 1) == cut(SESSION, passages(SESSION)[0])
    for number in (0, 2, -1):
        with pytest.raises(TakeError, match="the take has 1"):
            nth(SESSION, number)
