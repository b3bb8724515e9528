"""What a piece has taught so far: counts that begin empty and grow note by note.

Music repeats itself. A short-term model, learned from the piece alone while it is predicted,
beside the long-term one learned from a corpus, is how Conklin and Witten (1995) and Pearce
(2005) reach their best figures; in speech it is the cache model of Kuhn and De Mori (1990). Here
the contexts of the piece back off, by the formula of backoff.py, to the long-term estimate.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.baselines.backoff import Doubles, Reals, Seen, Smoothing
from training.baselines.chain import Reader
from training.baselines.history import Ints


def counts_so_far(piece: Ints, contexts: Ints, symbols: Ints, size: int) -> Reals:
    """(notes, size): how often each symbol came before in the same piece and context."""
    order = np.lexsort((np.arange(len(symbols)), contexts, piece))
    mine = contexts[order], piece[order]
    came = np.zeros((len(symbols) + 1, size), np.float32)
    came[np.arange(1, len(symbols) + 1), symbols[order]] = 1
    np.cumsum(came, axis=0, out=came)
    news = np.ones(len(symbols), np.bool_)
    news[1:] = (mine[0][1:] != mine[0][:-1]) | (mine[1][1:] != mine[1][:-1])
    first = np.maximum.accumulate(np.where(news, np.arange(len(symbols)), 0))
    counts = np.empty((len(symbols), size), np.float32)
    counts[order] = came[:-1] - came[first]
    return counts


def _kinds(counts: Reals) -> Doubles:
    kinds = [(counts == 1).sum(axis=1), (counts == 2).sum(axis=1), (counts > 2).sum(axis=1)]
    return np.stack(kinds).astype(np.float64)


@dataclass(frozen=True)
class Memory:
    """The contexts that are counted within a piece, from short to long, and their smoothing."""

    field: int
    features: tuple[tuple[str, ...], ...]
    smoothing: tuple[Smoothing, ...]

    @classmethod
    def fit(
        cls, field: int, features: Sequence[tuple[str, ...]], valid: Reader, p: Reals
    ) -> "Memory":
        """Choose the smoothing by the bits of `valid`, given the long-term estimate p."""
        history = valid.history
        symbols = history.bins[field]
        notes = np.arange(history.size)
        now = p[notes, symbols].astype(np.float64)
        smoothing = []
        for names in features:
            met = valid.contexts(names)[-1]
            counts = counts_so_far(history.piece, met, symbols, p.shape[1])
            total = counts.sum(axis=1).astype(np.int64)
            seen = Seen(
                counts[notes, symbols].astype(np.int64), total, _kinds(counts).astype(np.int64)
            )
            how = seen.tune(now)
            now = seen.mix(how, now)
            smoothing.append(how)
        return cls(field, tuple(features), tuple(smoothing))

    def lengthen(self, p: Reals, reader: Reader) -> Reals:
        """The long-term estimates p, corrected by what the piece has taught."""
        history = reader.history
        for names, how in zip(self.features, self.smoothing, strict=True):
            met = reader.contexts(names)[-1]
            counts = counts_so_far(history.piece, met, history.bins[self.field], p.shape[1])
            whole = counts.sum(axis=1) + how.strength
            spare = (how.strength + np.array(how[:3]) @ _kinds(counts)) / whole
            kept = (
                counts
                - np.array((0.0, *how[:3]), np.float32)[np.minimum(counts, 3).astype(np.int8)]
            )
            p = kept / whole[:, None].astype(np.float32) + p * spare[:, None].astype(np.float32)
        return p
