"""The baselines of a model, by name: how each is fitted, and where it lies."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from live.codec import VELOCITY, Codec
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

T = TypeVar("T")


class RivalError(UserError):
    """A baseline that cannot be used; the message is one line."""


def fit(
    kind: str, train: Sequence[Coded], valid: Sequence[Coded], codec: Codec
) -> baselines.Baseline:
    """One of KINDS, counted in the training readings, its choices made on the others.

    Velocities are counted in the pieces that have them, if any has.
    """
    whole = _fit(kind, train, valid, codec)
    played, judged = ([p for p in pieces if p.loud.all()] for pieces in (train, valid))
    if not (played and judged) or len(played) == len(train):
        return whole
    its = _fit(kind, played, judged, codec)
    if isinstance(whole, baselines.Unigram) and isinstance(its, baselines.Unigram):
        return replace(whole, tables=_with(whole.tables, its.tables))
    if isinstance(whole, baselines.Markov) and isinstance(its, baselines.Markov):
        return replace(whole, fields=_with(whole.fields, its.fields))
    raise AssertionError("two fits of one kind")


def _with(fields: tuple[T, ...], its: tuple[T, ...]) -> tuple[T, ...]:
    return (*fields[:VELOCITY], its[VELOCITY], *fields[VELOCITY + 1 :])


def _fit(
    kind: str, train: Sequence[Coded], valid: Sequence[Coded], codec: Codec
) -> baselines.Baseline:
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
