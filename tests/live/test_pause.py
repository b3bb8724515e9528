import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.modes.pause import CHORD, LONGEST, SHORTEST, onsets, pause_after, paused_at
from live.notes import PLAYER, Note, Part


def phrase(*onsets):
    return [Note(onset, Part(PLAYER, "piano"), 60, 80) for onset in onsets]


def even(every, notes=8):
    return phrase(*(i * every for i in range(notes)))


def test_slow_playing_has_a_longer_pause_than_fast():
    pauses = [pause_after(even(every)) for every in (0.2, 0.4, 0.6, 0.8)]
    assert pauses == sorted(set(pauses))


@pytest.mark.parametrize("every", [0.2, 0.3, 0.5, 0.8, 1.0])
def test_even_playing_is_never_taken_for_a_pause(every):
    assert pause_after(even(every)) > every


def test_one_long_note_inside_a_phrase_does_not_change_the_pause():
    plain = even(0.3, notes=8)
    longer = phrase(*(n.onset + (0.6 if i > 3 else 0.0) for i, n in enumerate(plain)))
    assert pause_after(longer) == pytest.approx(pause_after(plain))


def test_chords_count_once():
    spread = [at + finger * 0.01 for at in (0.0, 0.5, 1.0, 1.5) for finger in range(4)]
    assert onsets(phrase(*spread)) == [0.0, 0.5, 1.0, 1.5]
    assert pause_after(phrase(*spread)) == pytest.approx(pause_after(even(0.5, 4)))


def test_notes_just_further_apart_than_a_chord_are_a_run():
    assert len(onsets(phrase(0.0, CHORD, 2 * CHORD))) == 3


def test_there_is_no_pause_while_a_key_is_down():
    assert paused_at(even(0.3), keys=1, released=None) is None


def test_there_is_no_pause_before_anything_is_played():
    assert paused_at((), keys=0, released=None) is None


def test_a_long_last_note_is_given_a_breath_after_it():
    played = even(0.3)
    last = played[-1].onset
    soon = paused_at(played, 0, last + 0.1)
    late = paused_at(played, 0, last + 4.0)
    assert soon == last + pause_after(played)
    assert last + 4.0 < late < last + 4.0 + pause_after(played)


def test_more_patience_waits_longer_in_proportion():
    played = even(0.4)
    assert pause_after(played, 2.0) == pytest.approx(2 * pause_after(played))


@given(st.lists(st.floats(0, 100), min_size=1).map(sorted))
def test_no_playing_makes_the_pause_shorter_or_longer_than_its_bounds(times):
    assert SHORTEST <= pause_after(phrase(*times)) <= LONGEST
