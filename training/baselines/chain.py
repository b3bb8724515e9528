"""One recipe fitted: a table of counts for each length of context, each with its smoothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from training.baselines.backoff import (
    Level,
    Reals,
    Seen,
    Smoothing,
    Table,
    bits_of,
    extend_hash,
    shorten,
    start_hash,
)
from training.baselines.features import FEATURES
from training.baselines.history import History, Ints
from training.baselines.recipes import Recipe, places_of, symbols_of

WORTH = 0.0005  # bits a note that a longer context must save


class Reader:
    """The features of a History, each read once."""

    def __init__(self, history: History) -> None:
        self.history = history
        self._read: dict[str, npt.NDArray[np.int16]] = {}

    def __getitem__(self, name: str) -> Ints:
        if name not in self._read:
            self._read[name] = FEATURES[name](self.history).astype(np.int16)
        return self._read[name].astype(np.int64)

    def contexts(self, features: Sequence[str]) -> list[Ints]:
        """The hashes of the contexts, from the empty one to the one with all features."""
        hashes = [start_hash(self.history.size)]
        for name in features:
            hashes.append(extend_hash(hashes[-1], self[name]))
        return [shorten(h) for h in hashes]


@dataclass(frozen=True)
class Chain:
    """A recipe with its tables, from the empty context to the longest."""

    field: int
    size: int
    recipe: Recipe
    tables: tuple[Table, ...]
    smoothing: tuple[Smoothing, ...]

    @classmethod
    def fit(cls, field: int, recipe: Recipe, train: Reader, valid: Reader, least: int) -> "Chain":
        """Count in `train`; choose smoothing and length by the bits of `valid`.

        least: contexts of two features and more seen less often are forgotten.
        """
        size = train.history.alphabet.sizes[field]
        symbols = [symbols_of(r.history, field, recipe.view) for r in (train, valid)]
        p = np.full(valid.history.size, 1.0 / size)
        bits = [bits_of(p)]
        tables: list[Table] = []
        smoothing: list[Smoothing] = []
        contexts = zip(
            train.contexts(recipe.features), valid.contexts(recipe.features), strict=True
        )
        for length, (seen, met) in enumerate(contexts):
            table = Table.tally(seen, symbols[0], least if length > 1 else 1)
            found = Seen.look(table, met, symbols[1])
            how = found.tune(p)
            p = found.mix(how, p)
            tables.append(table)
            smoothing.append(how)
            bits.append(bits_of(p))
        best = min(bits[1:]) + WORTH
        keep = next(i for i, b in enumerate(bits) if i and b <= best)
        return cls(
            field,
            size,
            recipe._replace(features=recipe.features[: keep - 1]),
            tuple(tables[:keep]),
            tuple(smoothing[:keep]),
        )

    @cached_property
    def _levels(self) -> list[Level]:
        pairs = zip(self.tables, self.smoothing, strict=True)
        return [Level.make(table, how, self.size) for table, how in pairs]

    def probabilities(self, reader: Reader) -> Reals:
        """(notes, size): of every value of the field at each note."""
        history = reader.history
        p = np.full((history.size, self.size), 1.0 / self.size, np.float32)
        for level, met in zip(self._levels, reader.contexts(self.recipe.features), strict=True):
            level.lengthen(p, met)
        if self.recipe.view == "itself":
            return p
        return np.take_along_axis(p, places_of(history, self.field, self.recipe.view), axis=1)
