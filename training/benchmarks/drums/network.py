"""Networks made for this protocol alone: they see the whole score of a window, before and after a
hit and the tempo, and say how far from the grid the hit is played."""

from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
from keras import layers, ops

from training.benchmarks import kept
from training.benchmarks.drums.score import BAR, DRUMS, WINDOW, Hit, Performance

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

REACH = BAR  # sixteenths before and after a hit
TEMPOS = 60_000 / np.arange(60, 220, 10)  # ms in a beat: between these the tempo is told
UNITS = (256, 128)
MANY = 5  # networks side by side, whose mean is said
DROPOUT = 0.3
BATCH = 1024
PASSES = 6
RATE = 2e-3
SEED = 1


def seen(window: Sequence[Hit], beat: float) -> Bytes:
    """(hits, width), 0 or 1: the drums in each sixteenth about the hit and whether the window has
    it, the hit's drum, its place in the bar, and which of TEMPOS are slower than `beat` (ms)."""
    score = np.zeros((WINDOW + 2 * REACH, len(DRUMS) + 1), np.uint8)
    score[REACH:-REACH, -1] = 1
    for hit in window:
        score[REACH + hit.sixteenth, hit.drum] = 1
    about = np.stack([score[h.sixteenth :][: 2 * REACH + 1].ravel() for h in window])
    drum = np.eye(len(DRUMS), dtype=np.uint8)[[hit.drum for hit in window]]
    place = np.eye(BAR, dtype=np.uint8)[[hit.sixteenth % BAR for hit in window]]
    tempo = np.tile(beat < TEMPOS, (len(window), 1))
    return np.concatenate((about, drum, place, tempo), axis=1, dtype=np.uint8)


def build(width: int) -> keras.Model:
    """(B, width) -> beats from the grid, (B, MANY)."""
    keras.utils.set_random_seed(SEED)
    score = keras.Input((width,))
    found = []
    for _ in range(MANY):
        x = score
        for units in UNITS:
            x = layers.Dropout(DROPOUT)(layers.Dense(units, "relu")(x))
        found.append(layers.Dense(1, kernel_initializer="zeros")(x))
    return keras.Model(score, layers.Concatenate()(found))


def train(performances: Sequence[Performance], say: Callable[[str], None]) -> keras.Model:
    """Fitted to the mean error in ms over every hit of every window."""
    windows = [(p.beat, window) for p in performances for window in p.windows()]
    rows = np.concatenate([seen(window, beat) for beat, window in windows])
    off = np.array([hit.off for _, window in windows for hit in window], np.float32)
    beat = np.concatenate([np.full(len(window), ms) for ms, window in windows])
    weight = (beat / beat.mean()).astype(np.float32)
    model = build(rows.shape[1])
    updates = PASSES * -(-len(rows) // BATCH)
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(RATE, updates, 0.01)),
        loss="mean_absolute_error",
    )
    for number in range(1, PASSES + 1):
        history = model.fit(rows, off[:, None], BATCH, sample_weight=weight, verbose=0).history
        ms = history["loss"][-1] * beat.mean()
        say(f"pass {number}/{PASSES}: {ms:.2f} ms in training")
    return model


def load_or_train(
    performances: Sequence[Performance], path: Path, say: Callable[[str], None]
) -> keras.Model:
    """The network whose weights lie there, or else one that is trained and put there.

    Raises UserError when they are not this network's.
    """
    return kept.load_or_train(
        path,
        lambda: build(seen(performances[0].hits[:1], 500.0).shape[1]),
        lambda: train(performances, say),
    )


def said(model: keras.Model, window: Sequence[Hit], beat: float) -> Floats:
    """Beats from the grid, (hits,). beat: ms."""
    rows = seen(window, beat).astype(np.float32)
    return np.asarray(ops.convert_to_numpy(model(rows, training=False)).mean(axis=1))
