"""The least a model must beat: each field by its own frequencies, whatever came before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.baselines.backoff import Doubles
from training.baselines.history import FIELDS, Alphabet, CodedLike, History

ADDED = 0.5  # to every count (Krichevsky and Trofimov, 1981)


@dataclass(frozen=True)
class Unigram:
    """Frequencies of each field's values."""

    alphabet: Alphabet
    tables: tuple[Doubles, ...]

    @classmethod
    def fit(cls, train: Sequence[CodedLike], alphabet: Alphabet) -> "Unigram":
        bins = History(train, alphabet).bins
        counts = [
            np.bincount(b, minlength=n) + ADDED for b, n in zip(bins, alphabet.sizes, strict=True)
        ]
        return cls(alphabet, tuple(c / c.sum() for c in counts))

    def bits(self, pieces: Sequence[CodedLike]) -> npt.NDArray[np.float64]:
        """(notes, FIELDS): what each field of each note costs, in bits."""
        bins = History(pieces, self.alphabet).bins
        return np.stack([-np.log2(self.tables[f][bins[f]]) for f in range(FIELDS)], axis=1)

    def accuracy(self, pieces: Sequence[CodedLike]) -> npt.NDArray[np.float64]:
        """(FIELDS,): the share of notes that have the commonest value."""
        bins = History(pieces, self.alphabet).bins
        right = [(bins[f] == self.tables[f].argmax()).sum() for f in range(FIELDS)]
        return np.array(right) / max(1, bins.shape[1])

    def describe(self) -> dict[str, Any]:
        return {"added": ADDED, "sizes": list(self.alphabet.sizes)}
