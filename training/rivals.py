"""The baselines of a model, by name: how each is fitted, and where it lies."""

from collections.abc import Sequence
from pathlib import Path

from live.codec import Codec
from live.errors import UserError
from training import baselines
from training.coded import Coded

# By name: how each is fitted (see training.baselines.fit). `markov` is a plain back-off model of
# the best order; `markov_memory` also looks some bars back and counts the piece's own notes.
KINDS: dict[str, dict[str, bool]] = {
    "unigram": {},
    "markov": {"echoes": False, "memory": False},
    "markov_memory": {"echoes": True, "memory": True},
}


class RivalError(UserError):
    """A baseline that cannot be used; the message is one line."""


def fit(
    kind: str, train: Sequence[Coded], valid: Sequence[Coded], codec: Codec
) -> baselines.Baseline:
    """One of KINDS, counted in the training readings, its choices made on the others."""
    time, _, _, _, duration = (field.values for field in codec.fields)
    if kind == "unigram":
        alphabet = baselines.Alphabet.make(codec.sizes, time, duration, len(codec.voices))
        return baselines.Unigram.fit(train, alphabet)
    how = KINDS[kind]
    return baselines.fit(train, valid, codec.sizes, time, duration, len(codec.voices), **how)


def file_of(folder: Path, model: str, kind: str) -> Path:
    """Where a model's baseline of that kind lies."""
    return folder / f"{model}.{kind}.npz"


def load(folder: Path, model: str, codec: Codec) -> dict[str, baselines.Baseline]:
    """Those that lie in the folder. Raises RivalError when one does not fit the codec."""
    found: dict[str, baselines.Baseline] = {}
    for kind in KINDS:
        path = file_of(folder, model, kind)
        if not path.exists():
            continue
        try:
            found[kind] = baselines.load(path)
        except Exception as error:  # a damaged archive can raise nearly anything
            raise RivalError(
                f"{path} is not a baseline: make it by antiphon-train baselines"
            ) from error
        if tuple(found[kind].alphabet.sizes) != codec.sizes:
            raise RivalError(
                f"{path} has other fields than the model: make it by antiphon-train baselines"
            )
    return found
