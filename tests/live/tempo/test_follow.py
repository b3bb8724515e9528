"""The beat followed from notes alone: steady, unsteady, changing, resting, in four and in three."""

import random
from collections.abc import Iterable, Iterator

import numpy as np
import pytest

from live.notes import PLAYER, Note, Part
from live.settings import Settings
from live.tempo.accents import PLACES
from live.tempo.bar_pointer import bar_of, place_of
from live.tempo.follow import Follower
from live.tempo.timeline import Timeline

PIANO = Part(PLAYER, "piano")
ROOTS = (48, 45, 41, 43)  # of the chords, a bar each


def bars(bar: int, count: int, first: int = 0) -> Iterator[tuple[float, int, int]]:
    """Beat, pitch and velocity: a bass note a bar, chords on the beats, a melody in halves."""
    for number in range(first, first + count):
        root = ROOTS[number % len(ROOTS)]
        for beat in range(bar):
            at = float(number * bar + beat)
            if beat == 0:
                yield at, root - 12, 95
            for step in (0, 4, 7):
                yield at, root + 12 + step, 80 if beat == 0 else 64
            yield at, root + 24 + (beat * 2) % 5, 84
            yield at + 0.5, root + 26 + beat % 3, 66


def notes(
    beats: Iterable[tuple[float, int, int]], line: Timeline, spread: float = 0.0
) -> list[Note]:
    """Played on a line, each off by a normal deviation of `spread` seconds."""
    rng = random.Random(1)
    played = [
        Note(line.time_of(beat) + rng.gauss(0, spread), PIANO, pitch, velocity)
        for beat, pitch, velocity in beats
    ]
    return sorted(played, key=lambda note: note.onset)


def play(follower: Follower, played: Iterable[Note]) -> list[Timeline | None]:
    told = []
    for note in played:
        follower.hear(note)
        told.append(follower.timeline)
    return told


def off(found: Timeline | None, true: Timeline, at: float) -> float:
    """Beats between two lines at a moment (seconds), across bar lines."""
    assert found is not None
    return abs((found.beat_at(at) - true.beat_at(at) + true.bar / 2) % true.bar - true.bar / 2)


@pytest.mark.parametrize("bpm", [60.0, 84.0, 110.0])
def test_a_steady_player_is_followed_to_the_downbeat(bpm: float) -> None:
    line = Timeline(3.0, 0.0, bpm)
    follower = Follower()
    told = play(follower, notes(bars(4, 8), line))
    end = line.time_of(32)
    assert told[0] is None
    assert told[-1] is not None
    assert told[-1].bpm == pytest.approx(bpm, rel=0.02)
    assert told[-1].bar == 4
    assert off(told[-1], line, end) < 0.1
    assert follower.confidence > 0.5


def test_hands_are_unsteady_and_chords_are_spread() -> None:
    line = Timeline(0.0, 0.0, 92.0)
    told = play(Follower(), notes(bars(4, 10), line, spread=0.012))
    assert told[-1] is not None
    assert told[-1].bpm == pytest.approx(92, rel=0.03)
    assert off(told[-1], line, line.time_of(40)) < 0.12


def test_three_beats_to_the_bar_where_the_player_says_so() -> None:
    line = Timeline(0.0, 0.0, 100.0, bar=3)
    follower = Follower()
    follower.apply(Settings(bar=3), 0.0)
    told = play(follower, notes(bars(3, 12), line, spread=0.006))
    assert told[-1] is not None
    assert told[-1].bar == 3
    assert told[-1].bpm == pytest.approx(100, rel=0.03)
    assert off(told[-1], line, line.time_of(36)) < 0.15


def test_another_tempo_is_followed() -> None:
    slow = Timeline(0.0, 0.0, 80.0)
    fast = slow.with_tempo(100.0, slow.time_of(32))
    played = notes(bars(4, 8), slow) + notes(bars(4, 8, first=8), fast)
    told = play(Follower(), played)
    assert told[-1] is not None
    assert told[-1].bpm == pytest.approx(100, rel=0.03)
    assert off(told[-1], fast, fast.time_of(64)) < 0.15


def test_a_slow_drift_is_followed_without_jumps() -> None:
    line = Timeline(0.0, 0.0, 80.0)
    follower = Follower()
    before: Timeline | None = None
    for beat, pitch, velocity in bars(4, 24):
        at = line.time_of(beat)
        line = line.with_tempo(80 + beat * 0.15, at)
        follower.hear(Note(at, PIANO, pitch, velocity))
        found = follower.timeline
        if before is not None and found is not None:
            assert abs(before.beat_at(at) - found.beat_at(at)) < 0.1
        before = found
    assert before is not None
    assert before.bpm == pytest.approx(line.bpm, rel=0.03)
    assert off(before, line, line.at) < 0.15


def test_in_a_rest_the_beat_goes_on_and_confidence_falls() -> None:
    line = Timeline(0.0, 0.0, 90.0)
    follower = Follower()
    play(follower, notes(bars(4, 10), line))
    end, later, much_later = (line.time_of(beat) for beat in (40, 52, 76))
    sure = [follower.confidence_at(at) for at in (end, later, much_later)]
    assert sure[0] > sure[1] > sure[2] > 0
    assert off(follower.timeline, line, later) < 0.2
    told = play(follower, notes(bars(4, 4, first=13), line))
    assert off(told[-1], line, line.time_of(68)) < 0.15
    assert told[-1] is not None
    assert told[-1].bpm == pytest.approx(90, rel=0.03)


def test_without_a_pulse_there_is_little_confidence() -> None:
    rng = random.Random(3)
    at, follower = 0.0, Follower()
    confidence = []
    for _ in range(150):
        at += rng.uniform(0.05, 1.6)
        follower.hear(Note(at, PIANO, rng.randrange(40, 90), rng.randrange(30, 110)))
        confidence.append(follower.confidence)
    assert np.mean(confidence[50:]) < 0.4


def test_the_same_notes_give_the_same_beat_exactly() -> None:
    played = notes(bars(4, 6), Timeline(0.0, 0.0, 77.0), spread=0.01)
    assert play(Follower(), played) == play(Follower(), played)


def test_looking_at_it_changes_nothing() -> None:
    played = notes(bars(4, 6), Timeline(0.0, 0.0, 77.0), spread=0.01)
    unseen, seen = Follower(), Follower()
    for note in played:
        unseen.hear(note)
        seen.hear(note)
        for ahead in (0.1, 1.0, 10.0):
            assert seen.timeline is None or seen.confidence_at(note.onset + ahead) >= 0
    assert unseen.timeline == seen.timeline


def test_another_number_of_beats_to_the_bar_begins_anew_and_the_same_does_not() -> None:
    follower = Follower()
    play(follower, notes(bars(4, 8), Timeline(0.0, 0.0, 100.0)))
    follower.apply(Settings(bar=4, tempo=60.0), 50.0)
    assert follower.timeline is not None
    follower.apply(Settings(bar=3), 50.0)
    assert follower.timeline is None
    assert follower.confidence == 0


@pytest.mark.parametrize("bar", [1, 2, 5, 7, 12])
def test_any_bar_that_can_be_set_can_be_followed(bar: int) -> None:
    told = play(Follower(bar), notes(bars(bar, 8), Timeline(0.0, 0.0, 90.0, bar=bar)))
    assert all(line is None or line.bar == bar for line in told)


def test_odd_times_do_no_harm() -> None:
    """Notes late in their turn, at one moment, long after, of no velocity."""
    follower = Follower()
    for onset in (1.0, 1.0, 0.5, 1.01, 3.0, 2.0, 1e6, 1e6):
        follower.hear(Note(onset, PIANO, 60, 0))
        assert 0 <= follower.confidence <= 1


def test_places_in_the_bar_are_named_by_the_nearest_twelfth() -> None:
    beats = np.array([0.0, 3.98, 2.0, 1.0, 0.52, 0.25, 1 / 3, 3.1])
    named = [PLACES[kind] for kind in place_of(beats, 4)]
    assert named == [
        "downbeat", "downbeat", "middle", "beat", "half", "quarter", "third", "elsewhere",
    ]  # fmt: skip
    assert PLACES[place_of(np.array([2.0]), 3)[0]] == "beat"


def test_what_is_made_for_a_bar_adds_up() -> None:
    made = bar_of(4)
    assert made.prior.sum() == pytest.approx(1)
    assert (np.diff(made.passed.reshape(2, len(made.bpm), -1), axis=2) >= 0).all()
