"""Honest baselines for the note model, in bits a note: frequencies, and a strong Markov model.

    baseline = fit(train, valid, sizes, time, duration)
    baseline.bits(pieces)                  # (notes, 5)
    save(baseline, path); load(path)

They read pieces as the model does (bins, and the position in the bar) and predict each field
given those before it, so the figures compare. See markov.py for what they know and why.
"""

from collections.abc import Sequence

import numpy.typing as npt

from training.baselines.history import Alphabet, Coded, CodedLike
from training.baselines.markov import Markov
from training.baselines.store import Baseline, load, save
from training.baselines.unigram import Unigram

__all__ = ["Alphabet", "Baseline", "Coded", "Markov", "Unigram", "fit", "load", "save"]


def fit(
    train: Sequence[CodedLike],
    valid: Sequence[CodedLike],
    sizes: Sequence[int],
    time: npt.ArrayLike | None = None,
    duration: npt.ArrayLike | None = None,
    voices: int | None = None,
    echoes: bool = True,
    memory: bool = True,
    blind: bool = False,
) -> Markov:
    """The Markov baseline, counted in `train`, its choices made on `valid`.

    sizes: bins of each field; time and duration: ticks of those fields' bins (default: their
    numbers); voices: part = side * voices + voice (default: half the parts). Without `echoes`
    the contexts hold only the last few notes and the bar; without `memory` nothing is learned
    from the piece that is being predicted; with neither it is a plain back-off model. With
    `blind` no context holds the duration of an earlier note of side 0, the player's: the note
    model does not know them either.
    """
    alphabet = Alphabet.make(sizes, time, duration, voices, blind)
    return Markov.fit(train, valid, alphabet, echoes=echoes, memory=memory)
