"""Train one frame model and measure it by the protocol: test at the best validation pass."""

import time
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from training.benchmarks.poly.network import build
from training.benchmarks.poly.rolls import KEYS, PLACES, PLANES, Piece
from training.benchmarks.poly.settings import Settings

Arrays = dict[str, npt.NDArray[Any]]
Stretch = tuple[Piece, slice, int]  # a piece, which of its rows, semitones up


def cut(piece: Piece, most: int) -> list[slice]:
    """A piece's rows in as few stretches as can be, about equally long."""
    ends = np.linspace(0, len(piece), -(-len(piece) // most) + 1).round().astype(int)
    return [slice(a, b) for a, b in pairwise(ends)]


def batch_of(stretches: Sequence[Stretch | None], settings: Settings) -> Arrays:
    """One row for each stretch, and empty rows for None and up to the batch."""
    shape = (settings.batch, settings.stretch)
    arrays: Arrays = {
        "planes": np.zeros((*shape, KEYS, PLANES), np.uint8),
        "places": np.zeros((*shape, PLACES), np.float32),
        "target": np.zeros((*shape, KEYS), np.uint8),
        "weight": np.zeros(shape, np.float32),
        "state": np.zeros((settings.batch, 2, settings.units), np.float32),
    }
    for row, stretch in enumerate(stretches):
        if stretch is None:
            continue
        piece, rows, up = stretch
        count = len(piece.target[rows])
        arrays["planes"][row, :count] = np.roll(piece.planes[rows], up, axis=1)
        arrays["places"][row, :count] = piece.places[rows]
        arrays["target"][row, :count] = np.roll(piece.target[rows], up, axis=1)
        arrays["weight"][row, :count] = 1
    return arrays


class Batches(keras.utils.PyDataset):
    """One pass over the pieces in a new order, each transposed anew."""

    def __init__(
        self, pieces: Sequence[Piece], settings: Settings, rng: np.random.Generator
    ) -> None:
        super().__init__()
        self._settings = settings
        stretches: list[Stretch] = []
        for piece in pieces:
            down = min(settings.transpose, piece.low)
            up = min(settings.transpose, KEYS - 1 - piece.high)
            shift = int(rng.integers(-down, up + 1))
            stretches += [(piece, rows, shift) for rows in cut(piece, settings.stretch)]
        self._stretches = [stretches[i] for i in rng.permutation(len(stretches))]

    def __len__(self) -> int:
        return -(-len(self._stretches) // self._settings.batch)

    def __getitem__(self, index: int) -> tuple[Arrays, npt.NDArray[np.float32]]:
        size = self._settings.batch
        arrays = batch_of(self._stretches[index * size : (index + 1) * size], self._settings)
        return arrays, arrays["weight"]


def nats_a_frame(weight: Any, nats: Any) -> Any:
    """The loss: the mean over the frames that count."""
    return keras.ops.sum(nats) / keras.ops.sum(weight)


def score(model: keras.Model, pieces: Sequence[Piece], settings: Settings) -> float:
    """Nats a frame over whole pieces, the state carried from stretch to stretch."""
    total, size, most = 0.0, settings.batch, settings.stretch
    ordered = sorted(pieces, key=len)  # rows of a batch end together
    for first in range(0, len(ordered), size):
        group = ordered[first : first + size]
        state = None
        for start in range(0, len(group[-1]), most):
            rows = slice(start, start + most)
            arrays = batch_of([(p, rows, 0) if start < len(p) else None for p in group], settings)
            arrays = arrays if state is None else arrays | {"state": state}
            nats, state = model.predict_on_batch(arrays)
            total += float(np.sum(nats, dtype=np.float64))
    return total / sum(map(len, pieces))


def train(
    pieces: dict[str, list[Piece]],
    settings: Settings,
    joint: bool,
    seed: int,
    say: Callable[[str], None],
) -> dict[str, Any]:
    """Nats a frame on `valid` and `test` at the pass that was best on `valid`, as plain values."""
    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    learner, measured = build(settings, joint)
    updates = settings.passes * len(Batches(pieces["train"], settings, np.random.default_rng(seed)))
    rate = keras.optimizers.schedules.CosineDecay(
        settings.rate / 10, updates, 0.1, warmup_target=settings.rate, warmup_steps=updates // 20
    )
    learner.compile(
        keras.optimizers.AdamW(rate, weight_decay=settings.decay, global_clipnorm=1.0),
        loss=nats_a_frame,
    )
    best, kept, at = np.inf, learner.get_weights(), 0
    began = time.monotonic()
    for done in range(1, settings.passes + 1):
        batches = Batches(pieces["train"], settings, rng)
        loss = learner.fit(batches, verbose=0, shuffle=False).history["loss"][-1]
        valid = score(measured, pieces["valid"], settings)
        if valid < best:
            best, kept, at = valid, learner.get_weights(), done
        say(
            f"pass {done}/{settings.passes}: {loss:.3f} nats a frame in training, {valid:.3f} in "
            f"validation{' (best)' if at == done else ''}, {time.monotonic() - began:.0f} s"
        )
    learner.set_weights(kept)
    return {
        "valid": best,
        "test": score(measured, pieces["test"], settings),
        "pass": at,
        "seconds": round(time.monotonic() - began),
        "parameters": learner.count_params(),
    }
