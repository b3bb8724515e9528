"""How much was learned by heart: the longest run of notes that also stands in the training set.

A run is found by its hash: hashes of all stretches of one length at once (Karp & Rabin 1987), and
the greatest length by halving, since every part of a run that is found is found as well.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.measures.excerpts import Excerpt, steps_of
from training.midi_file import Piece

Words = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

BASE = 0x9E3779B97F4A7C15  # odd, so that its powers have inverses among 64-bit numbers
APART = 16  # sixteenths between two onsets beyond which all are one
VIEWS = ("pitches", "pitches and times", "intervals")


def symbols(onset: npt.ArrayLike, pitch: npt.ArrayLike, view: str) -> Ints:
    """A piece's notes in order of sixteenth and pitch, as whole numbers.

    `pitches`: the pitch; `pitches and times`: that, and the sixteenths since the note before (0
    for the first); `intervals`: the semitones from the note before, so that a transposed copy is
    found too (one number fewer than there are notes).
    """
    step: Ints = steps_of(np.asarray(onset, np.float64))
    pitches: Ints = np.asarray(pitch, np.int64)
    order = np.lexsort((pitches, step))
    step, pitches = step[order], pitches[order]
    if view == "intervals":
        pitches = np.diff(pitches) + 128
    elif view == "pitches and times":
        pitches = pitches + 128 * np.minimum(np.diff(step, prepend=step[:1]), APART)
    return pitches


@dataclass(frozen=True)
class Runs:
    """Sequences end to end: sums of the hashed symbols before each place, and where each ends."""

    sums: Words
    ends: Ints

    @classmethod
    def of(cls, sequences: Sequence[Ints]) -> "Runs":
        joined = np.concatenate([np.zeros(0, np.int64), *sequences])
        scattered = np.random.default_rng(0).integers(0, 2**64, 4096, np.uint64)
        powers = _powers(BASE, len(joined))
        sums = np.concatenate(([np.uint64(0)], np.cumsum(scattered[joined] * powers)))
        lengths = np.array([len(s) for s in sequences], np.int64)
        return cls(sums, np.repeat(np.cumsum(lengths), lengths))

    def hashes(self, length: int) -> tuple[Words, Ints]:
        """Of every stretch of that length inside one sequence; and the place each begins at."""
        places = np.flatnonzero(np.arange(len(self.ends)) + length <= self.ends)
        back = _powers(pow(BASE, -1, 2**64), len(self.ends))
        return (self.sums[places + length] - self.sums[places]) * back[places], places


def _powers(base: int, count: int) -> Words:
    powers = np.full(count, base, np.uint64)
    powers[:1] = 1
    return np.cumprod(powers)  # numbers of 64 bits wrap around, as they should


def longest(made: Sequence[Ints], known: Runs) -> Ints:
    """The length of each sequence's longest stretch that is found in `known`, (len(made),)."""
    least = np.zeros(len(made), np.int64)
    most = np.array([len(m) for m in made], np.int64)
    while (least < most).any():
        # The middle of one serves all whose middle is near: each length costs a pass over `known`.
        middles = np.sort((least + most + 1)[least < most] // 2)
        length = int(middles[len(middles) // 2])
        asked = np.flatnonzero((least < length) & (length <= most))
        found = _found([made[int(i)] for i in asked], known, length)
        least[asked[found]] = length
        most[asked[~found]] = length - 1
    return least


def _found(made: Sequence[Ints], known: Runs, length: int) -> npt.NDArray[np.bool_]:
    hashes, places = Runs.of(made).hashes(length)
    asked, which = np.unique(hashes, return_inverse=True)
    whose = np.repeat(np.arange(len(made)), [len(m) for m in made])[places]
    there = known.hashes(length)[0]
    at = np.minimum(np.searchsorted(asked, there), len(asked) - 1)
    stands = np.zeros(len(asked), np.bool_)
    stands[at[asked[at] == there]] = True
    found = np.zeros(len(made), np.bool_)
    found[whose[stands[which]]] = True
    return found


def copied(
    sets: Mapping[str, Sequence[Excerpt]], training: Sequence[Piece]
) -> dict[str, dict[str, dict[str, float]]]:
    """For each set of excerpts and each view: the longest run of notes of an excerpt that stands
    in a training piece, as median and most over the set; and its median share of the excerpt."""
    figures: dict[str, dict[str, dict[str, float]]] = {name: {} for name in sets}
    everything = [e for its in sets.values() for e in its]
    cuts = np.cumsum([len(its) for its in sets.values()])[:-1]
    for view in VIEWS:
        known = Runs.of([symbols(p.beat, p.pitch, view) for p in training])
        runs = longest([symbols(e.onset, e.pitch, view) for e in everything], known)
        notes = runs + (runs > 0) if view == "intervals" else runs
        share = notes / np.array([max(1, len(e)) for e in everything])
        for name, n, part in zip(sets, np.split(notes, cuts), np.split(share, cuts), strict=True):
            figures[name][view] = {
                "median": float(np.median(n)),
                "most": int(n.max()),
                "share": float(np.median(part)),
            }
    return figures
