"""Counting symbols in contexts, and interpolated back-off from long contexts to short ones.

The estimate of a symbol s in a context u, seen n times with t different symbols, is that of the
hierarchical Pitman-Yor language model with one table a symbol (Teh, ACL 2006), which is
interpolated Kneser-Ney smoothing with a strength of its own, and with three discounts, for
symbols seen once, twice and more (Chen and Goodman, 1999):

    p(s | u) = (c(s, u) - D_c + (strength + sum of D) * p(s | shorter u)) / (n + strength)

Counts of the shorter contexts are plain counts, not Kneser-Ney's counts of types: what a recipe
drops is a feature, not the oldest word, and each table stands for itself.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from training.baselines.history import Ints

Reals = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
SYMBOL_BITS = 7
HASH_BITS = 40
DENSE = 1 << 19  # numbers at most in a table that is written out in full, for speed
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9))  # as in SplitMix64


def start_hash(size: int) -> npt.NDArray[np.uint64]:
    return np.zeros(size, np.uint64)


def extend_hash(hashes: npt.NDArray[np.uint64], feature: Ints) -> npt.NDArray[np.uint64]:
    """The hashes of contexts that are longer by one feature."""
    mixed = (hashes + (feature + 2).astype(np.uint64)) * _MIX[0]
    mixed ^= mixed >> np.uint64(29)
    mixed *= _MIX[1]
    return mixed ^ (mixed >> np.uint64(32))


def shorten(hashes: npt.NDArray[np.uint64]) -> Ints:
    return (hashes >> np.uint64(64 - HASH_BITS)).astype(np.int64)


class Smoothing(NamedTuple):
    """Discounts for symbols seen once, twice, more often; strength of the shorter context."""

    once: float = 0.7
    twice: float = 0.9
    more: float = 1.0
    strength: float = 1.0


JUDGED = 15_000  # notes at most by which a smoothing is chosen: more change nothing
GRID = {
    "strength": (0.01, 0.05, 0.3, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0),
    "once": (0.05, 0.2, 0.4, 0.6, 0.75, 0.9),
    "more": (0.1, 0.4, 0.8, 1.2, 1.6, 2.0, 2.5),
    "twice": (0.1, 0.4, 0.8, 1.1, 1.4, 1.7),
}


class Table(NamedTuple):
    """Counts of one length of context: `pairs` are hash and symbol in one number, sorted."""

    pairs: Ints
    counts: npt.NDArray[np.int32]
    contexts: Ints
    first: Ints  # where each context's pairs begin, and the end of all

    @classmethod
    def tally(cls, contexts: Ints, symbols: Ints, least: int = 1) -> "Table":
        """Count; contexts seen less than `least` times are left out."""
        pairs = np.sort(contexts << SYMBOL_BITS | symbols)
        news = np.flatnonzero(np.concatenate(([True], pairs[1:] != pairs[:-1]))[: len(pairs)])
        counts = np.diff(np.append(news, len(pairs)))
        table = cls.of(pairs[news], counts)
        if least > 1:
            n = np.add.reduceat(table.counts, table.first[:-1]) if len(counts) else counts
            keep = np.repeat(n >= least, np.diff(table.first))
            table = cls.of(table.pairs[keep], table.counts[keep])
        return table

    @classmethod
    def of(cls, pairs: Ints, counts: npt.NDArray[np.integer]) -> "Table":
        contexts = pairs >> SYMBOL_BITS
        edges = np.concatenate(([True], contexts[1:] != contexts[:-1]))[: len(contexts)]
        first = np.flatnonzero(edges)
        return cls(pairs, counts.astype(np.int32), contexts[first], np.append(first, len(pairs)))

    def find(self, contexts: Ints) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Where each context is (if any is), and which of them are there."""
        at = np.minimum(np.searchsorted(self.contexts, contexts), len(self.contexts) - 1)
        return at, self.contexts[at] == contexts

    def totals(self) -> tuple[Ints, Ints]:
        """For each context: all its counts; its symbols seen once, twice, more (3, contexts)."""

        def sums(values: npt.NDArray[np.integer]) -> Ints:
            sofar = np.concatenate(([0], np.cumsum(values, dtype=np.int64)))
            return np.diff(sofar[self.first])

        low = [sums(self.counts == seen) for seen in (1, 2)]
        return sums(self.counts), np.stack((*low, np.diff(self.first) - low[0] - low[1]))


class Seen(NamedTuple):
    """What some notes found of their contexts in a Table: the count of the symbol that came, of
    all symbols, and how many symbols were seen once, twice and more."""

    came: Ints
    total: Ints
    kinds: Ints  # (3, notes)

    @classmethod
    def look(cls, table: Table, contexts: Ints, symbols: Ints) -> "Seen":
        if not len(table.pairs):
            nothing = np.zeros((4, len(contexts)), np.int64)
            return cls(nothing[0], nothing[0], nothing[1:])
        at, found = table.find(contexts)
        total, kinds = table.totals()
        pairs = contexts << SYMBOL_BITS | symbols
        there = np.searchsorted(table.pairs, pairs)
        there[there == len(table.pairs)] = 0
        came = np.where(table.pairs[there] == pairs, table.counts[there], 0)
        return cls(came, np.where(found, total[at], 0), np.where(found, kinds[:, at], 0))

    def mix(self, how: Smoothing, shorter: Doubles) -> Doubles:
        """The probability of the symbol that came, given that by the shorter context."""
        discounts = np.array((0.0, *how[:3]))
        spare = how.strength + discounts[1:] @ self.kinds
        kept = self.came - discounts[np.minimum(self.came, 3)]
        mixed = (kept + spare * shorter) / np.maximum(self.total + how.strength, 1e-9)
        return np.where(self.total > 0, mixed, shorter)

    def tune(self, shorter: Doubles, rounds: int = 2) -> Smoothing:
        """The smoothing that costs fewest bits a note, one number changed at a time."""
        known = np.flatnonzero(self.total)
        known = known[:: 1 + len(known) // JUDGED]
        part, below = (
            Seen(self.came[known], self.total[known], self.kinds[:, known]),
            shorter[known],
        )
        best = Smoothing()
        least = bits_of(part.mix(best, below))
        for _ in range(rounds):
            for name, grid in GRID.items():
                for value in grid:
                    trial = best._replace(**{name: value})
                    bits = bits_of(part.mix(trial, below))
                    if bits < least:
                        best, least = trial, bits
        return best


class Level(NamedTuple):
    """A Table smoothed: what each pair adds, and what share its context leaves to the shorter."""

    contexts: Ints
    first: Ints
    symbols: npt.NDArray[np.uint8]
    gain: Reals
    rest: Reals
    dense: Reals  # (contexts, symbols): the gains once more, if the contexts are few; or empty

    @classmethod
    def make(cls, table: Table, how: Smoothing, size: int) -> "Level":
        total, kinds = table.totals()
        discounts = np.array((0.0, *how[:3]))
        whole = total + how.strength
        kept = table.counts - discounts[np.minimum(table.counts, 3)]
        symbols = (table.pairs & ((1 << SYMBOL_BITS) - 1)).astype(np.uint8)
        kinds_each = np.diff(table.first)
        gain = (kept / np.repeat(whole, kinds_each)).astype(np.float32)
        rest = ((how.strength + discounts[1:] @ kinds) / whole).astype(np.float32)
        few = len(whole) * size <= DENSE
        dense = np.zeros((len(whole) if few else 0, size), np.float32)
        if few:
            dense[np.repeat(np.arange(len(whole)), kinds_each), symbols] = gain
        return cls(table.contexts, table.first, symbols, gain, rest, dense)

    def lengthen(self, shorter: Reals, contexts: Ints) -> npt.NDArray[np.bool_]:
        """Turn (notes, symbols) probabilities of shorter contexts into those of these, in place.

        Returns which notes' contexts are known.
        """
        if not len(self.contexts):
            return np.zeros(len(contexts), np.bool_)
        at = np.minimum(np.searchsorted(self.contexts, contexts), len(self.contexts) - 1)
        found = self.contexts[at] == contexts
        rows = np.flatnonzero(found)
        at = at[rows]
        if len(self.dense):
            shorter[rows] = shorter[rows] * self.rest[at][:, None] + self.dense[at]
            return found
        shorter[rows] *= self.rest[at][:, None]
        long = self.first[at + 1] - self.first[at]
        skip = np.repeat(np.cumsum(long) - long, long)
        pairs = np.arange(len(skip)) - skip + np.repeat(self.first[at], long)
        shorter[np.repeat(rows, long), self.symbols[pairs]] += self.gain[pairs]
        return found


def bits_of(probabilities: npt.NDArray[np.floating]) -> float:
    """Mean bits; 0 for nothing."""
    if not len(probabilities):
        return 0.0
    return float(-np.log2(np.maximum(probabilities, 1e-30)).mean())
