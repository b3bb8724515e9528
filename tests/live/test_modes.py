import math
from dataclasses import replace

import pytest

from live.modes import MODES, Scene, Turn, answer, carry_on
from live.modes.pause import paused_at
from live.notes import PLAYER, Note, Part
from live.settings import Settings

PHRASE = tuple(Note(i * 0.25, Part(PLAYER, "piano"), 60, 80) for i in range(9))  # two seconds
UP = 2.2
PAUSED = paused_at(PHRASE, 0, UP)
QUIET = Scene(
    now=UP,
    settings=Settings(),
    phrase=PHRASE,
    keys=0,
    released=UP,
    held=None,
    bar=2.0,
    timeline=None,
    turn=None,
    ended=None,
)
HOLD = replace(QUIET, settings=Settings(mode="continue", hold="pedal"))


PAUSES = {"answer": answer.decide, "continue": carry_on.decide}  # those that wait for a pause


def later(scene, now=PAUSED, **more):
    return replace(scene, now=now, **more)


def test_there_are_seven_ways_of_playing():
    ways = "answer continue duet accompany harmonise bars drums"
    assert list(MODES) == ways.split()


@pytest.mark.parametrize("mode", PAUSES.values(), ids=PAUSES)
def test_it_listens_until_you_pause_and_says_when_it_will_look_again(mode):
    assert mode(QUIET) == PAUSED
    assert mode(later(QUIET, PAUSED - 1e-6)) == PAUSED
    assert isinstance(mode(later(QUIET)), Turn)


@pytest.mark.parametrize("mode", PAUSES.values(), ids=PAUSES)
def test_it_listens_while_a_key_is_down_or_nothing_was_played(mode):
    assert mode(later(QUIET, 60.0, keys=1)) is None
    assert mode(later(QUIET, 60.0, phrase=())) is None


@pytest.mark.parametrize("mode", PAUSES.values(), ids=PAUSES)
def test_a_turn_once_taken_is_kept(mode):
    turn = Turn(3.0, 5.0)
    assert mode(later(QUIET, 4.0, phrase=(), turn=turn)) is turn


def test_an_answer_is_as_long_as_the_phrase_to_its_last_key_up():
    assert answer.decide(later(QUIET)) == Turn(PAUSED, PAUSED + UP)


def test_an_answer_is_the_share_of_the_phrase_that_was_asked_for():
    half = later(QUIET, settings=Settings(length=0.5))
    assert answer.decide(half).end == pytest.approx(PAUSED + UP / 2)


def test_an_answer_is_never_too_short_to_be_one_nor_longer_than_allowed():
    short = later(QUIET, phrase=PHRASE[:1], released=0.1)
    assert answer.decide(short) == Turn(PAUSED, PAUSED + answer.SHORTEST)
    longest = later(QUIET, settings=Settings(longest=1.5))
    assert answer.decide(longest).end == PAUSED + 1.5


def test_continuing_has_no_end_of_its_own():
    assert carry_on.decide(later(QUIET)) == Turn(PAUSED, math.inf)


def test_with_a_control_it_plays_only_while_that_is_held():
    assert carry_on.decide(later(HOLD, 60.0)) is None
    assert carry_on.decide(later(HOLD, 60.0, turn=Turn(3.0, math.inf))) is None


def test_pressed_after_your_last_note_it_begins_at_once_even_over_a_held_key():
    assert carry_on.decide(later(HOLD, UP, held=UP)) == Turn(UP, math.inf)
    assert carry_on.decide(later(HOLD, UP, held=UP, keys=1)) == Turn(UP, math.inf)
    assert carry_on.decide(later(HOLD, 0.0, held=0.0, phrase=())) == Turn(0.0, math.inf)


def test_held_since_before_your_last_note_it_waits_for_your_pause():
    assert carry_on.decide(later(HOLD, UP, held=1.0)) == PAUSED
    assert carry_on.decide(later(HOLD, held=1.0)) == Turn(PAUSED, math.inf)
