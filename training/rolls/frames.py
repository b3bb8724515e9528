"""The frames model in Keras: an LSTM over frames of both sides' rolls, each key by itself.

What sounds in the next frame is 176 independent choices given the past (the piano-roll LSTM of
Boulanger-Lewandowski, Bengio & Vincent 2012, with two sides); of a key that goes on sounding,
whether it is struck again is a further one.
"""

import math
from functools import partial
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from live.roll import KEYS, SOUNDING, STRUCK
from training.batches import Arrays, lay
from training.config import FrameConfig, GridConfig, ModelConfig
from training.corpus import Corpus
from training.fit import Cuts, Task, updates_of
from training.midi_file import Piece
from training.network import Carried, lstm_stack
from training.roles import both_directions
from training.rolls.grid import Rolled, augmented, rolled

SHAPE = (2, 2, KEYS)  # of one frame: both sides, struck and sounding
BITS = math.prod(SHAPE)
LOSSES = ("sounding", "struck")


def build_core(grid: GridConfig, config: ModelConfig) -> keras.Model:
    """The model over any number of frames, its state given and returned.

    Inputs, for batch B and T frames: heard (B, T, 352), the frame before, of shape SHAPE; target
    (B, T, 352), the frame that came, and place (B, T), the frames since its bar began; state
    (B, 2 * layers, units). Outputs: `sounding` and `struck` (B, T), see nats, and `state`.
    """
    l2 = keras.regularizers.L2(config.l2) if config.l2 else None
    heard = keras.Input((None, BITS), name="heard")
    target = keras.Input((None, BITS), name="target")
    place = keras.Input((None,), dtype="int32", name="place")
    state = keras.Input((2 * config.layers, config.units), name="state")
    at = layers.Embedding(places(grid), config.embed, name="hear_place")(place)
    x = layers.Dropout(config.dropout / 2, name="drop_heard")(layers.Concatenate()([heard, at]))
    _, x, state_after = lstm_stack(x, state, config)
    # Nearly all keys are silent nearly always.
    rare = keras.initializers.Constant(-4.0)
    logits = layers.Dense(BITS, kernel_regularizer=l2, bias_initializer=rare, name="logits")(x)
    inputs = {"heard": heard, "target": target, "place": place, "state": state}
    outputs = nats(logits, heard, target) | {"state": state_after}
    return keras.Model(inputs, outputs, name="roll")


def places(grid: GridConfig) -> int:
    """Rows for the place of a frame in its bar: those of two usual bars."""
    return 2 * grid.frames * grid.beats


def nats(logits: Any, heard: Any, target: Any) -> dict[str, Any]:
    """By loss, of each frame: the negative log-likelihood of `target` after `heard`, (..., 352).

    Whether a key is struck counts where it goes on sounding; elsewhere it is no choice.
    """
    sounding, struck = (
        ops.binary_crossentropy(_both(target, what), _both(logits, what), from_logits=True)
        for what in (SOUNDING, STRUCK)
    )
    goes_on = _both(heard, SOUNDING) * _both(target, SOUNDING)
    return {"sounding": ops.sum(sounding, -1), "struck": ops.sum(struck * goes_on, -1)}


def _both(frames: Any, what: int) -> Any:
    """Both sides' keys, struck or sounding: (..., 176)."""
    first = what * KEYS
    its, mine = (frames[..., at : at + KEYS] for at in (first, first + 2 * KEYS))
    return ops.concatenate((its, mine), axis=-1)


class Frames(Cuts):
    """Batches for fit: (inputs, targets of no account, weights by loss), in order."""

    def __getitem__(self, index: int) -> tuple[Arrays, Arrays, Arrays]:
        cut = self.cut(index)
        x = {
            name: np.unpackbits(cut[name], axis=-1).astype(np.float32)
            for name in ("heard", "target")
        }
        x |= {"place": cut["place"].astype(np.int32), "keep": cut["keep"]}
        weights = dict.fromkeys(LOSSES, cut["weight"])
        return x, weights, weights


def inputs_of(piece: Rolled, grid: GridConfig) -> Arrays:
    """What the core reads to foretell each frame of a piece; a frame's bits in 44 bytes."""
    bits = np.packbits(piece.rolls.reshape(len(piece), BITS), axis=-1)
    heard = np.concatenate((np.zeros_like(bits[:1]), bits[:-1]))
    return {"heard": heard, "target": bits, "place": np.minimum(piece.place, places(grid) - 1)}


def streams(pieces: list[Rolled], config: FrameConfig) -> Arrays:
    """Frames in rows: see training.batches.lay."""
    nothing = np.zeros(BITS // 8, np.uint8)
    blank: Arrays = {"heard": nothing, "target": nothing, "place": np.zeros((), np.int16)}
    arrays = partial(inputs_of, grid=config.grid)
    return lay(pieces, arrays, blank, config.fit.batch, config.fit.steps)


def training_pass(pieces: list[Piece], config: FrameConfig, number: int) -> Arrays:
    """Every piece once, in a new order, each in a new reading; the number decides both."""
    rng = np.random.default_rng((config.seed, number))
    order = rng.permutation(len(pieces))
    read = [augmented(pieces[i], config.grid, config.augment, rng) for i in order]
    return streams(read, config)


def fixed(pieces: list[Piece], config: FrameConfig) -> list[Rolled]:
    """Every piece in both directions, as written: for validation and figures."""
    return [rolled(p, roles, config.grid) for p in pieces for roles in both_directions(p)]


def task_of(config: FrameConfig, corpus: Corpus) -> Task:
    """Training a frames model on the pieces that have beats."""
    train, valid = ([p for p in corpus.split(s) if not p.beatless] for s in ("train", "valid"))
    lengths = [len(rolled(p, both_directions(p)[0], config.grid)) for p in train]
    return Task(
        step="frame",
        losses=LOSSES,
        model=lambda: Carried(build_core(config.grid, config.model), config.fit.batch),
        loss=AsGiven(),
        pass_of=partial(training_pass, train, config),
        batches=partial(Frames, steps=config.fit.steps),
        checked=streams(fixed(valid, config), config),
        updates=updates_of(lengths, config.fit.batch, config.fit.steps),
    )


class AsGiven(keras.losses.Loss):
    """The loss of an output that is one already, a mean over what has weight."""

    def __init__(self) -> None:
        super().__init__(reduction="mean_with_sample_weight")

    def call(self, _: Any, given: Any) -> Any:
        return given
