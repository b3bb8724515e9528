"""The baseline to beat: for each field several back-off chains, mixed, and the piece's memory."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.baselines.backoff import Doubles, Reals
from training.baselines.chain import Chain, Reader
from training.baselines.history import FIELDS, Alphabet, CodedLike, History
from training.baselines.memory import Memory
from training.baselines.mixture import fit_weights, mix
from training.baselines.recipes import MEMORY, NAMES, RECIPES, without_echoes

CHUNK = 8192  # notes worked on at a time: bounds the space for dense probabilities
JUDGES = 60_000  # notes of the validation split that smoothing and weights are chosen by
LEAST = 3
DOUBT = 1e-4  # the share of the estimate that is uniform, so that nothing costs 80 bits


def chunks(pieces: Sequence[CodedLike], most: int = CHUNK) -> Iterator[list[CodedLike]]:
    """Whole pieces together, up to `most` notes unless one alone is longer."""
    together: list[CodedLike] = []
    notes = 0
    for piece in pieces:
        if together and notes + len(piece.bins) > most:
            yield together
            together, notes = [], 0
        together.append(piece)
        notes += len(piece.bins)
    if together:
        yield together


def spread(pieces: Sequence[CodedLike], notes: int) -> list[CodedLike]:
    """Some of the pieces, evenly spread, with about so many notes."""
    total = sum(len(p.bins) for p in pieces)
    count = max(1, min(len(pieces), round(len(pieces) * notes / max(1, total))))
    return [pieces[i] for i in np.linspace(0, len(pieces) - 1, count).round().astype(int)]


@dataclass(frozen=True)
class FieldModel:
    """All that predicts one field."""

    chains: tuple[Chain, ...]
    weights: Doubles
    memory: Memory

    def probabilities(self, reader: Reader) -> Reals:
        """(notes, size), each row with sum one."""
        p = self.memory.lengthen(
            mix([chain.probabilities(reader) for chain in self.chains], self.weights), reader
        )
        p *= (1 - DOUBT) / p.sum(axis=1, keepdims=True)
        return p + np.float32(DOUBT / p.shape[1])


@dataclass(frozen=True)
class Markov:
    """Fitted to a corpus; give it pieces, it tells what each note costs."""

    alphabet: Alphabet
    fields: tuple[FieldModel, ...]

    @classmethod
    def fit(
        cls,
        train: Sequence[CodedLike],
        valid: Sequence[CodedLike],
        alphabet: Alphabet,
        memory: bool = True,
        echoes: bool = True,
        least: int = LEAST,
    ) -> "Markov":
        """Counts from `train`; lengths, smoothing and weights by the bits of `valid`.

        echoes: whether contexts may hold what was played some beats or bars before.
        memory: whether a piece's own notes are counted while it is predicted.
        least: a context seen less often is forgotten, except the two shortest.
        """
        long = Reader(History(train, alphabet))
        judge = Reader(History(spread(valid, JUDGES) if valid else [], alphabet))
        fields = []
        for field in range(FIELDS):
            recipes, recalled = RECIPES[field], MEMORY[field] if memory else ()
            if not echoes:
                plain = (r._replace(features=without_echoes(r.features)) for r in recipes)
                recipes = tuple(dict.fromkeys(plain))
                recalled = tuple(dict.fromkeys(without_echoes(f) for f in recalled))
            chains = tuple(Chain.fit(field, r, long, judge, least) for r in recipes)
            opinions = [chain.probabilities(judge) for chain in chains]
            weights = fit_weights(opinions, judge.history.bins[field])
            recall = Memory.fit(field, recalled, judge, mix(opinions, weights))
            fields.append(FieldModel(chains, weights, recall))
        return cls(alphabet, tuple(fields))

    def probabilities(self, pieces: Sequence[CodedLike], field: int) -> Reals:
        """(notes, size of the field), for all notes of the pieces at once."""
        return self.fields[field].probabilities(Reader(History(pieces, self.alphabet)))

    def _by_chunk(
        self, pieces: Sequence[CodedLike]
    ) -> Iterator[tuple[int, npt.NDArray[np.integer], Reals]]:
        for together in chunks(pieces):
            reader = Reader(History(together, self.alphabet))
            for field, model in enumerate(self.fields):
                yield field, reader.history.bins[field], model.probabilities(reader)

    def bits(self, pieces: Sequence[CodedLike]) -> npt.NDArray[np.float64]:
        """(notes, FIELDS): what each field of each note costs, in bits."""
        cost: list[list[Doubles]] = [[np.zeros(0)] for _ in range(FIELDS)]
        for field, came, p in self._by_chunk(pieces):
            cost[field].append(-np.log2(p[np.arange(len(came)), came].astype(np.float64)))
        return np.stack([np.concatenate(column) for column in cost], axis=1)

    def accuracy(self, pieces: Sequence[CodedLike]) -> npt.NDArray[np.float64]:
        """(FIELDS,): the share of notes whose likeliest value is the one that came."""
        right, all_notes = np.zeros(FIELDS), np.zeros(FIELDS)
        for field, came, p in self._by_chunk(pieces):
            right[field] += (p.argmax(axis=1) == came).sum()
            all_notes[field] += len(came)
        return right / np.maximum(all_notes, 1)

    def describe(self) -> dict[str, Any]:
        """What was chosen for each field, and how much is remembered."""
        return {
            name: {
                "chains": [
                    {
                        "features": list(chain.recipe.features),
                        "view": chain.recipe.view,
                        "smoothing": [list(s) for s in chain.smoothing],
                        "contexts": [len(t.contexts) for t in chain.tables],
                    }
                    for chain in model.chains
                ],
                "weights": [round(float(w), 4) for w in model.weights],
                "memory": {
                    "contexts": [list(f) for f in model.memory.features],
                    "smoothing": [list(s) for s in model.memory.smoothing],
                },
            }
            for name, model in zip(NAMES, self.fields, strict=True)
        }
