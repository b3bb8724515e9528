import pytest

from live.notes import MACHINE, PLAYER, Note, Part
from live.phrases import AGAIN, once_more, yours

YOU, ME = Part(PLAYER, "piano"), Part(MACHINE, "piano")


def notes(part, *onsets):
    return [Note(onset, part, 60, 80, 0.2) for onset in onsets]


TURNS = [*notes(YOU, 0.0, 1.0), *notes(ME, 2.0, 3.0), *notes(YOU, 4.0)]


@pytest.mark.parametrize(("turns", "onsets"), [(True, [4.0]), (False, [0.0, 1.0, 4.0])])
def test_where_both_take_turns_your_phrase_begins_after_its(turns, onsets):
    assert [note.onset for note in yours(TURNS, turns)] == onsets


def test_its_last_turn_comes_again_as_it_was():
    again = once_more(TURNS, 2.0, 5.0, 5.5, None)
    assert [note.onset for note in again] == [5.5, 6.5]


def test_on_the_beat_it_comes_again_at_the_same_place_in_a_bar():
    again = once_more(TURNS, 2.0, 5.0, 5.5, 2.0)
    assert [note.onset for note in again] == [6.0, 7.0]


def test_not_all_of_a_long_turn_comes_again():
    turn = notes(ME, *range(40))
    again = once_more(turn, 0.0, 50.0, 50.0, None)
    assert len(again) == AGAIN + 1


@pytest.mark.parametrize("window", [[], notes(YOU, 0.0), notes(ME, 6.0)])
def test_what_has_not_been_played_does_not_come_again(window):
    assert once_more(window, 0.0, 5.0, 5.0, None) == []
