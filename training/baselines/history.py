"""What is known of a piece when each field of a note is predicted, as whole numbers by note.

A `History` lays all pieces end to end. Its methods give one number for each note, -1 where there
is nothing to know; none of them reads a field that comes later than the one it is meant for
(recipes.py says which feature may serve which field, and a test changes the future to see).
"""

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]

FIELDS = 5
TIME, PART, PITCH, VELOCITY, DURATION = range(FIELDS)
NONE = -1
FOREVER = 192  # ticks: notes that sound longer are all alike
APART = 1 << 24  # ticks between pieces laid end to end: further than any look back
KEY_WINDOW = 64  # notes that weigh double when the key is guessed
SCALE = (0, 2, 4, 5, 7, 9, 11)  # a major scale; its relative minor has the same notes


class Coded(NamedTuple):
    """A piece: bins (N, 5); before, here and bar (N,), in ticks, before and here -1 if unknown."""

    bins: npt.NDArray[np.integer]
    before: npt.NDArray[np.integer]
    here: npt.NDArray[np.integer]
    bar: npt.NDArray[np.integer]


class CodedLike(Protocol):
    """Anything that has the four arrays of `Coded`."""

    @property
    def bins(self) -> npt.NDArray[np.integer]: ...
    @property
    def before(self) -> npt.NDArray[np.integer]: ...
    @property
    def here(self) -> npt.NDArray[np.integer]: ...
    @property
    def bar(self) -> npt.NDArray[np.integer]: ...


class Alphabet(NamedTuple):
    """sizes: bins of each field; time and duration: the ticks of their bins; voices: how many
    there are, part = side * voices + voice; blind: whether the durations of earlier notes of
    side 0, the player's, are hidden from contexts, as they are from the note model."""

    sizes: tuple[int, ...]
    time: Ints
    duration: Ints
    voices: int
    blind: bool = False

    @classmethod
    def make(
        cls,
        sizes: Sequence[int],
        time: npt.ArrayLike | None = None,
        duration: npt.ArrayLike | None = None,
        voices: int | None = None,
        blind: bool = False,
    ) -> "Alphabet":
        """Ticks default to the bins' own numbers, voices to half the parts if they are even."""
        if len(sizes) != FIELDS or min(sizes) < 1 or max(sizes) > 128:
            raise ValueError(f"sizes must be {FIELDS} numbers from 1 to 128, not {list(sizes)}")
        parts = sizes[PART]
        ticks = [
            np.asarray(np.arange(sizes[f]) if given is None else given, dtype=np.int64)
            for f, given in ((TIME, time), (DURATION, duration))
        ]
        if len(ticks[0]) != sizes[TIME] or len(ticks[1]) != sizes[DURATION]:
            raise ValueError("time and duration need as many ticks as their fields have bins")
        if voices is None:
            voices = parts // 2 if parts % 2 == 0 else parts
        return cls(tuple(int(s) for s in sizes), ticks[0], ticks[1], voices, blind)


def check(piece: CodedLike, sizes: Sequence[int]) -> None:
    """Raises ValueError, one line, if a piece's arrays do not fit together or the alphabet."""
    bins = np.asarray(piece.bins)
    if bins.ndim != 2 or bins.shape[1] != FIELDS:
        raise ValueError(f"bins must have shape (notes, {FIELDS}), not {bins.shape}")
    for name in ("before", "here", "bar"):
        shape = np.shape(getattr(piece, name))
        if shape != (len(bins),):
            raise ValueError(f"{name} must have shape ({len(bins)},), not {shape}")
    if len(bins) and (bins.min() < 0 or (bins.max(axis=0) >= np.asarray(sizes)).any()):
        raise ValueError(f"bins must be from 0 to the sizes {list(sizes)}, less one")


class History:
    """All notes of some pieces in a row, and what each has behind it."""

    def __init__(self, pieces: Sequence[CodedLike], alphabet: Alphabet) -> None:
        for piece in pieces:
            check(piece, alphabet.sizes)
        self.alphabet = alphabet
        lengths = np.array([len(p.bins) for p in pieces], dtype=np.int64)
        self.size = int(lengths.sum())
        self.piece = np.repeat(np.arange(len(pieces)), lengths)
        self.start = np.repeat(np.cumsum(lengths) - lengths, lengths)
        self.index = np.arange(self.size)

        def row(name: str) -> Ints:
            arrays = [np.asarray(getattr(p, name), dtype=np.int64) for p in pieces]
            return np.concatenate([np.zeros((0, *arrays[0].shape[1:]), np.int64), *arrays])

        if not pieces:
            pieces = [Coded(np.zeros((0, FIELDS), int), *np.zeros((3, 0), int))]
        self.bins = row("bins").T.copy()
        self.before, self.here, self.bar = row("before"), row("here"), row("bar")
        self.voice = self.bins[PART] % alphabet.voices
        self.side = self.bins[PART] // alphabet.voices
        steps = alphabet.time[self.bins[TIME]]
        self.onset = np.cumsum(steps) + self.piece * APART
        self._end = self.onset + alphabet.duration[self.bins[DURATION]]
        self._hidden = alphabet.blind & (self.side == 0)
        self.heard = self.bins.copy()
        self.heard[DURATION][self._hidden] = alphabet.sizes[DURATION]

    def lag(self, bars: float) -> Ints:
        """So many bars in ticks: at least one, or the present would be taken for the past."""
        return np.maximum((self.bar * bars).astype(np.int64), 1)

    # -- notes behind: each gives the index of a note, or -1

    def back(self, by: int) -> Ints:
        """The note `by` places before."""
        at = self.index - by
        return np.where(at >= self.start, at, NONE)

    @staticmethod
    def of(values: Ints, at: Ints) -> Ints:
        """The values of the notes at those indices, -1 where there is no note."""
        return np.where(at >= 0, values[at], NONE) if len(values) else at

    def left(self, at: Ints, now: Ints) -> Ints:
        """For how many ticks more those notes sound (negative: they have ended so long ago).

        Of a note whose duration is hidden it is known only that it sounds still: FOREVER.
        """
        left = self.of(self._end, at) - now
        return np.where(self.of(self._hidden, at).astype(bool) & (left > 0), FOREVER, left)

    @cached_property
    def _same(self) -> Ints:
        """The note before of the same voice."""
        order = np.lexsort((self.index, self.voice, self.piece))
        same = np.full(self.size, NONE)
        later, sooner = order[1:], order[:-1]
        joined = (self.voice[later] == self.voice[sooner]) & (
            self.piece[later] == self.piece[sooner]
        )
        same[later[joined]] = sooner[joined]
        return same

    def same(self, by: int) -> Ints:
        """The note `by` places before among those of the same voice."""
        at = self._same
        for _ in range(by - 1):
            at = self.of(self._same, at)
        return at

    def last_of(self, voice: int) -> Ints:
        """The last note before of a given voice."""
        marks = np.where(self.voice == voice, self.index, NONE)
        last = np.maximum.accumulate(np.concatenate(([NONE], marks)))[:-1]
        return np.where(last >= self.start, last, NONE)

    @cached_property
    def last_others(self) -> Ints:
        """The last note before of any other voice."""
        lasts = np.stack([self.last_of(v) for v in range(self.alphabet.voices)])
        np.put_along_axis(lasts, self.voice[None], NONE, axis=0)
        return lasts.max(axis=0)

    @cached_property
    def chord(self) -> Ints:
        """The first note with the same onset (not -1: perhaps itself)."""
        first = (self.bins[TIME] > 0) | (self.index == self.start)
        return np.maximum.accumulate(np.where(first, self.index, 0))

    @cached_property
    def _by_voice(self) -> tuple[Ints, Ints, Ints]:
        """Keys of (onset, voice), sorted; whose they are; each note's place among its equals."""
        keys = self.onset * self.alphabet.voices + self.voice
        order = np.argsort(keys, kind="stable")
        place = np.empty(self.size, np.int64)
        place[order] = self.index - np.searchsorted(keys[order], keys[order])
        return keys[order], order, place

    @property
    def place(self) -> Ints:
        """How many notes of the same voice and onset came before."""
        return self._by_voice[2]

    def twin(self, bars: float) -> Ints:
        """The note of the same voice and place in its chord, so many bars before, or -1."""
        keys, order, place = self._by_voice
        then = self.onset - self.lag(bars)
        key = then * self.alphabet.voices + self.voice
        at = np.searchsorted(keys, key) + place
        found = (at < np.searchsorted(keys, key, side="right")) & (then < self.onset)
        found &= then >= self.onset[self.start]
        return np.where(found, order[np.where(found, at, 0)], NONE) if self.size else at

    def echo(self, bars: float) -> Ints:
        """The note of the same place in its chord, whatever its voice, so many bars before."""
        then = self.onset - self.lag(bars)
        at = np.searchsorted(self.onset, then) + self.index - self.chord
        found = (at < np.searchsorted(self.onset, then, side="right")) & (then < self.onset)
        return np.where(found & (at >= self.start), at, NONE)

    # -- for time: seen from the note before, whose onset is the present

    @cached_property
    def present(self) -> Ints:
        return np.where(self.index > self.start, self.onset[self.index - 1], NONE)

    @cached_property
    def chord_so_far(self) -> Ints:
        """Notes of the onset of the note before, itself included."""
        return np.where(self.index > self.start, self.index - self.chord[self.index - 1], 0)

    def ahead(self, bars: float) -> Ints:
        """So many bars before: how long it took from this moment to the next onset."""
        then = self.present - self.lag(bars)
        at = np.searchsorted(self.onset, then, side="right")
        found = (at < self.index) & (at > self.start) & (self.present >= 0)
        return np.where(found, self.onset[np.where(found, at, 0)] - then, NONE)

    def more(self, bars: float) -> Ints:
        """So many bars before: how many more notes than now this moment had (from -1 up to 4)."""
        then = self.present - self.lag(bars)
        had = np.searchsorted(self.onset, then, side="right") - np.searchsorted(self.onset, then)
        return np.where(had > 0, np.clip(had - self.chord_so_far, -1, 4) + 1, NONE)

    def remaining(self, voice: int) -> Ints:
        """Ticks for which the last note of a voice will still sound; 0 if it has ended."""
        at = self.last_of(voice)
        return np.where(at >= 0, np.clip(self.left(at, self.present), 0, FOREVER), NONE)

    @cached_property
    def gaps(self) -> Ints:
        """(4, N): the last four times between onsets that differ, the newest first."""
        news = np.flatnonzero((self.bins[TIME] > 0) | (self.index == self.start))
        count = np.searchsorted(news, self.index) - 1  # the last new onset before this note
        out = np.full((4, self.size), NONE)
        for k in range(4):
            at = count - k
            note = news[np.maximum(at, 0)] if len(news) else at
            fine = (at >= 0) & (note > self.start)
            out[k][fine] = self.bins[TIME][note[fine]]
        return out

    # -- harmony

    @cached_property
    def key(self) -> Ints:
        """The major scale (0-11) that best fits the pitch classes heard so far."""
        best = np.zeros(self.size, np.int64)
        fits = np.zeros((12, 12))
        for tonic in range(12):
            fits[tonic, [(tonic + step) % 12 for step in SCALE]] = 1
            fits[tonic, tonic] += 0.2
        heard = np.zeros((self.size + 1, 12), np.int32)
        heard[1:][self.index, self.bins[PITCH] % 12] = 1
        np.cumsum(heard, axis=0, out=heard)
        now, first = heard[self.index], heard[self.start]
        recent = heard[np.maximum(self.index - KEY_WINDOW, self.start)]
        best = np.argmax((2 * now - first - recent) @ fits.T, axis=1)
        return best

    def bass(self) -> Ints:
        """The last note before that was below every other of its onset and of low pitch."""
        low = np.where(self.bins[PITCH] < 55, self.index, NONE)
        last = np.maximum.accumulate(np.concatenate(([NONE], low)))[:-1]
        return np.where(last >= self.start, last, NONE)

    def classes(self, ticks: int) -> Ints:
        """Pitch classes begun in the last ticks, as 12 bits above the key."""
        since = np.searchsorted(self.onset, self.onset - ticks, side="right")
        since = np.maximum(since, self.start)
        degree = (self.bins[PITCH][:, None] - np.arange(12)) % 12 == 0
        heard = np.zeros((self.size + 1, 12), np.int32)
        np.cumsum(degree, axis=0, out=heard[1:])
        there = heard[self.index] > heard[since]
        turn = (np.arange(12)[None] - self.key[:, None]) % 12
        return (there.astype(np.int64) << turn).sum(axis=1)
