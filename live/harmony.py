"""Which chords lie under a melody, half bar by half bar, from its notes alone.

A hidden Markov model: in each of twelve keys (a major key and its relative minor as one) a major or
minor triad on each root follows another from half bar to half bar, and the melody's notes are drawn
from it (as Raphael & Stoddard 2004, "Functional harmonic analysis using probabilistic models", have
keys and chords). It is followed forward only, so that nothing is known of what comes.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from live.codec import PITCH, PITCHES, UNKNOWN, Codec
from live.models.asking import Ask

KEYS = 12
# Major and minor on each root, in turn.
TRIADS: npt.NDArray[np.bool_] = np.zeros((2 * KEYS, KEYS), np.bool_)
for _root in range(KEYS):
    TRIADS[2 * _root, [(_root + up) % KEYS for up in (0, 4, 7)]] = True
    TRIADS[2 * _root + 1, [(_root + up) % KEYS for up in (0, 3, 7)]] = True
TABLES = Path(__file__).with_suffix(".txt")
SPAN = 2  # beats to a chord, or what is left of the bar
# A note counts by the beats until the next: the last for so many at least, and none for more.
LEAST, MOST = 1.0, 2.0
WEIGHT = 1.5  # observations to the beat
MOVE = 0.01  # how likely a half bar is to begin another key
FAR = 16  # half bars: further ahead nothing is known
FLOOR = 0.05  # added to how likely a pitch is to be in the chord: none is ruled out

Floats = npt.NDArray[np.float64]
Place = tuple[int, int]

_KEY, _CHORD = np.arange(KEYS)[:, None], np.arange(2 * KEYS)
# The triad that a chord is in a key, (key, chord).
_TRIAD = ((_CHORD // 2 + _KEY) % KEYS * 2 + _CHORD % 2).ravel()


@dataclass(frozen=True)
class Tables:
    """Chords are counted from the tonic of the major key. first: how likely each is, (24,); after:
    after each, where a bar begins and within one, (2, 24, 24); tones: how likely the melody's scale
    degrees are over each, (24, 12)."""

    first: Floats
    after: Floats
    tones: Floats

    @property
    def logs(self) -> Floats:
        """Of a note, (pitch class, key, chord)."""
        degrees = (np.arange(KEYS)[:, None] - np.arange(KEYS)) % KEYS
        logs: Floats = np.log(self.tones.T[degrees])
        return logs

    def moved(self, states: Floats, half: int) -> Floats:
        """(key, chord) in the next half bar, the `half`th of its bar."""
        moved: Floats = (1 - MOVE) * (states @ self.after[min(half, 1)])
        moved += MOVE / KEYS * states.sum() * self.first
        return moved

    def moved_from(self, later: Floats, half: int) -> Floats:
        """(key, chord): how likely what comes later is after each, by how likely it is after each
        in the next half bar."""
        moved: Floats = (1 - MOVE) * (later @ self.after[min(half, 1)].T)
        moved += MOVE / KEYS * (later * self.first).sum()
        return moved


def read_tables(rows: npt.ArrayLike) -> Tables:
    """From counts, (73, 24): how often each chord comes, what comes after each where a bar begins
    and within one, and the scale degrees over each, filled up."""
    counts = np.array(rows, np.float64)
    shares = counts / counts.sum(axis=1, keepdims=True)
    return Tables(shares[0], shares[1:49].reshape(2, 24, 24), shares[49:, :KEYS])


@cache
def shipped() -> Tables:
    return read_tables(np.loadtxt(TABLES))


def by_triad(states: Floats) -> Floats:
    """How likely each of TRIADS is, (24,), in whatever key."""
    return np.bincount(_TRIAD, states.ravel()).astype(np.float64, copy=False)


class Harmony:
    """Follows a melody, where somebody keeps the beat. Places are a tick's, as live.tempo.grid has
    them: ticks since its bar began, and that bar's length. beat: its ticks."""

    def __init__(self, beat: int, tables: Tables | None = None) -> None:
        self._beat = beat
        self._tables = tables or shipped()
        self._logs = self._tables.logs
        self._half: tuple[float, int] | None = None  # where it began (tick), which of its bar
        self._bar = 0  # ticks
        # (key, chord): before the notes of the half bar, and what those say, without the last.
        self._before: Floats = np.tile(self._tables.first / KEYS, (KEYS, 1))
        self._heard = np.zeros_like(self._before)
        self._note: tuple[int, float] | None = None  # pitch class, and since when (tick)

    def hear(self, pitch: int, tick: float, place: Place) -> None:
        """The next note of the melody."""
        if place[0] == UNKNOWN:
            return
        half = self.half_bar(tick, place)
        if self._half is None or half[0] < self._half[0]:  # the beat is elsewhere
            self._half = half
        elif half[0] > self._half[0]:
            self._before = self._ahead(half[0])
            self._heard, self._note = np.zeros_like(self._before), None
            self._half = half
        if self._note is not None:
            self._heard = self._heard + self._said(tick, 0.0)
        self._bar = place[1]
        self._note = pitch % KEYS, tick

    def half_bar(self, tick: float, place: Place) -> tuple[float, int]:
        """The tick at which its half bar begins, and which of its bar that is; all are the same
        where nobody keeps the beat."""
        if place[0] == UNKNOWN:
            return 0.0, 0
        half = place[0] // (SPAN * self._beat)
        return tick - place[0] + half * SPAN * self._beat, half

    def triads(self, tick: float, place: Place) -> Floats:
        """How likely each of TRIADS is to lie there, (24,), by what has been heard until then."""
        start = self.half_bar(tick, place)[0]
        later = self._half is not None and start > self._half[0]
        return by_triad(self._ahead(start) if later else self._now(tick))

    def shape(self, asked: Ask, codec: Codec, tick: float, place: Place, strength: float) -> Ask:
        """The same question of a note at that tick, the pitches of its likely chords likelier: by
        how likely each is to be in the chord, to the power of `strength`."""
        if not strength or place[0] == UNKNOWN:
            return asked
        factors = (FLOOR + self.triads(tick, place) @ TRIADS) ** strength
        return asked.weighed(codec, PITCH, np.resize(factors, PITCHES))

    def _said(self, tick: float, least: float) -> Floats:
        """What the last note says by then."""
        if self._note is None:
            return np.zeros_like(self._heard)
        its, since = self._note
        said: Floats = weight((tick - since) / self._beat, least) * self._logs[its]
        return said

    def _now(self, tick: float) -> Floats:
        return heard(self._before, self._heard + self._said(tick, LEAST))

    def _ahead(self, start: float) -> Floats:
        """Before the notes of a later half bar."""
        assert self._half is not None
        at, half = self._half
        states = self._now(start)
        for _ in range(FAR):
            left = self._bar - half * SPAN * self._beat
            last = left <= SPAN * self._beat
            at, half = (at + left, 0) if last else (at + SPAN * self._beat, half + 1)
            states = self._tables.moved(states, half)
            if at >= start:
                break
        return states


def weight(beats: float, least: float) -> float:
    """Of a note after which the next comes so much later, or is still to come."""
    return WEIGHT * min(MOST, max(least, beats))


def heard(states: Floats, logs: Floats) -> Floats:
    """After notes of which those are the logs."""
    states = states * np.exp(logs - logs.max())
    states /= states.sum()
    return states
