"""A network that foretells a chorale's cells, trained on grids and measured in nats a cell.

It has two layers and no memory of its own: what it may know of the past, context.py puts before it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
from keras import layers, ops

from live.codec import PITCHES
from training.benchmarks import kept
from training.benchmarks.chorales.context import (
    SYMBOLS,
    VOICES,
    WIDER,
    WIDEST,
    Cells,
    Ints,
    cells_of,
)

UNITS = 192
DROPOUT = 0.4
UNKNOWN = 0.3  # share of what is known that is left out in training
BATCH = 1024
PASSES = 12
RATE = 2e-3
WARMUP = 200  # updates
DECAY = 0.05  # of the weights, by each update and its rate
SEED = 1
# Of the odd sixteenths in which nothing moves, which are most and easy, one in so many is learned
# from in a pass, and counts as many times.
SPARED = 3


@keras.saving.register_keras_serializable("antiphon")
class OfVoice(layers.Layer):
    """A dense layer whose weights are one part all voices' and one part each voice's own. A batch
    is of one voice."""

    def __init__(self, units: int, **options: Any) -> None:
        super().__init__(**options)
        self.units = units

    def build(self, shape: Any, *_: Any) -> None:
        wide = shape[-1]
        first = keras.initializers.RandomNormal(0.0125, seed=SEED)
        self.all = self.add_weight(shape=(wide, self.units), initializer=first, name="all")
        self.own = self.add_weight(
            shape=(VOICES, wide, self.units), initializer="zeros", name="own"
        )

    def call(self, inputs: Any, voice: Any) -> Any:
        return ops.matmul(inputs, self.all + self.own[voice[0]])


def build(width: int) -> keras.Model:
    """Inputs: known (B, width) and voice (B,), all the same; output: logits (B, SYMBOLS)."""
    keras.utils.set_random_seed(SEED)
    known = keras.Input((width,), name="known")
    voice = keras.Input((), dtype="int32", name="voice")
    x = OfVoice(UNITS, name="first")(known, voice)
    x = layers.ReLU()(layers.LayerNormalization()(x))
    x = layers.Dropout(DROPOUT)(x)
    y = layers.Dropout(DROPOUT)(layers.Dense(UNITS, "relu", name="second")(x))
    logits = layers.Dense(SYMBOLS, name="symbol")(x + y)
    logits = logits + layers.Embedding(VOICES, SYMBOLS, embeddings_initializer="zeros")(voice)
    return keras.Model({"known": known, "voice": voice}, logits)


def joined(grids: Sequence[Ints]) -> Cells:
    """The cells of all grids, end to end."""
    each = [cells_of(grid) for grid in grids]
    return Cells(
        np.concatenate([cells.choices for cells in each]),
        np.concatenate([cells.amounts for cells in each]),
        np.concatenate([cells.symbols for cells in each]),
        each[0].sizes,
    )


def width(cells: Cells) -> int:
    """How many values `known` gives for a cell."""
    return sum(cells.sizes) + cells.amounts.shape[-1]


def known(
    cells: Cells, frames: Ints, voice: int, rng: np.random.Generator | None = None
) -> npt.NDArray[np.float32]:
    """What a voice's cells are foretold from, (frames, width): each choice as zeros and a one,
    then the amounts. rng: leaves some choices out, and makes the others so much the more."""
    begins = np.cumsum((0, *cells.sizes))
    rows = np.zeros((len(frames), width(cells)), np.float32)
    choices = cells.choices[frames, voice]
    one = 1.0 if rng is None else (rng.random(choices.shape) >= UNKNOWN) / (1 - UNKNOWN)
    rows[np.arange(len(frames))[:, None], choices + begins[:-1]] = one
    rows[:, begins[-1] :] = cells.amounts[frames, voice]
    return rows


class Batches(keras.utils.PyDataset):
    """One pass over the cells in a new order, each batch of one voice."""

    def __init__(self, cells: Cells, rng: np.random.Generator) -> None:
        super().__init__()
        self._cells, self._rng = cells, rng
        count = len(cells.symbols)
        easy = (cells.symbols == WIDEST) & (np.arange(count) % 2 == 1)[:, None]
        kept = ~easy | (rng.random(easy.shape) < 1 / SPARED)
        self._weight = np.where(easy, SPARED, 1).astype(np.float32)
        self._batches = [
            (frames[at : at + BATCH], voice)
            for voice in range(VOICES)
            for frames in [rng.permutation(np.flatnonzero(kept[:, voice]))]
            for at in range(0, len(frames) - BATCH + 1, BATCH)
        ]
        rng.shuffle(self._batches)

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, index: int) -> tuple[Any, ...]:
        frames, voice = self._batches[index]
        x = {
            "known": known(self._cells, frames, voice, self._rng),
            "voice": np.full(len(frames), voice, np.int32),
        }
        cells = self._cells.symbols[frames, voice].astype(np.int32)
        return x, cells, self._weight[frames, voice]


def train(grids: Sequence[Ints], say: Callable[[str], None]) -> keras.Model:
    """A network fitted to those grids, its rate falling to nothing over the passes."""
    cells, rng = joined(grids), np.random.default_rng(SEED)
    whole = PASSES * (len(Batches(cells, rng)) + 1)
    rate = keras.optimizers.schedules.CosineDecay(
        RATE / 50, max(1, whole - WARMUP), 0.01, warmup_target=RATE, warmup_steps=WARMUP
    )
    model = build(width(cells))
    model.compile(
        keras.optimizers.AdamW(rate, weight_decay=DECAY, beta_2=0.99),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    for number in range(1, PASSES + 1):
        history = model.fit(Batches(cells, rng), shuffle=False, verbose=0).history
        say(f"pass {number}/{PASSES}: {history['loss'][-1]:.3f} nats a cell in training")
    return model


def load_or_train(grids: Sequence[Ints], path: Path, say: Callable[[str], None]) -> keras.Model:
    """The network whose weights lie there, or else one that is trained and put there.

    Raises UserError when they are not this network's.
    """
    return kept.load_or_train(
        path, lambda: build(width(cells_of(grids[0]))), lambda: train(grids, say)
    )


def nats(model: keras.Model, grids: Sequence[Ints]) -> npt.NDArray[np.float64]:
    """What each cell of the grids costs, (frames of all, VOICES)."""
    cells = joined(grids)
    found = np.zeros(cells.symbols.shape)
    for voice in range(VOICES):
        for at in range(0, len(found), BATCH):
            frames = np.arange(at, min(at + BATCH, len(found)))
            x = {"known": known(cells, frames, voice), "voice": np.full(len(frames), voice)}
            logits = ops.convert_to_numpy(model(x, training=False)).astype(np.float64)
            logs = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
            found[frames, voice] = -logs[np.arange(len(frames)), cells.symbols[frames, voice]]
    # A leap without a symbol of its own is one of all the pitches that are further away.
    return found + np.where(cells.symbols == WIDER, np.log(PITCHES - 2 * WIDEST - 1), 0)
