"""The LSTM over events, and its training by the same loop as the note model's."""

from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops

from training.batches import Arrays, lay
from training.coded import augment, code
from training.config import ModelConfig, TokenConfig
from training.corpus import Corpus
from training.export import load_weights
from training.fit import Cuts, Task, updates_of
from training.midi_file import Piece
from training.network import Carried, lstm_stack
from training.roles import both_directions
from training.tokens.events import Events, Ints

LOSSES = ("event",)


def build_core(size: int, config: ModelConfig) -> keras.Model:
    """Inputs: heard (B, T), the event before (`size` before the first); state (B, 2 * layers,
    units). Outputs: `event`, logits (B, T, size), and `state`."""
    heard = keras.Input((None,), dtype="int32", name="heard")
    state = keras.Input((2 * config.layers, config.units), name="state")
    x = layers.Embedding(size + 1, config.units // 2, name="hear")(heard)
    _, x, state_after = lstm_stack(x, state, config)
    logits = layers.Dense(size, name="event")(x)
    outputs = {"event": logits, "state": state_after}
    return keras.Model({"heard": heard, "state": state}, outputs, name="events")


class Stretches(Cuts):
    """Batches for fit: (inputs, targets, weights), in order."""

    def __getitem__(self, index: int) -> tuple[Arrays, Arrays, Arrays]:
        cut = self.cut(index)
        x = {"heard": cut["heard"].astype(np.int32), "keep": cut["keep"]}
        return x, {"event": cut["target"].astype(np.int32)}, {"event": cut["weight"]}


def streams(pieces: list[Ints], size: int, batch: int, steps: int) -> Arrays:
    """Events in rows: see training.batches.lay."""
    blank: Arrays = {"heard": np.full((), size, np.int16), "target": np.zeros((), np.int16)}

    def arrays(piece: Ints) -> Arrays:
        return {"heard": np.append(size, piece[:-1]), "target": piece}

    return lay(pieces, arrays, blank, batch, steps)


def training_pass(pieces: list[Piece], config: TokenConfig, number: int) -> Arrays:
    """Every piece once, in a new order, each in a new reading; the number decides both."""
    rng = np.random.default_rng((config.seed, number))
    events = Events(config.codec)
    order = rng.permutation(len(pieces))
    read = [events.write(augment(pieces[i], config.codec, config.augment, rng)) for i in order]
    return streams(read, events.size, config.fit.batch, config.fit.steps)


def fixed(pieces: list[Piece], config: TokenConfig) -> list[Ints]:
    """Every piece in played seconds: for validation and figures."""
    events = Events(config.codec)
    return [events.write(code(p, both_directions(p)[0], config.codec, free=1.0)) for p in pieces]


def task_of(config: TokenConfig, corpus: Corpus) -> Task:
    train, size = corpus.split("train"), Events(config.codec).size
    batch, steps = config.fit.batch, config.fit.steps
    lengths = [len(piece) for piece in fixed(train, config)]
    return Task(
        step="event",
        losses=LOSSES,
        model=lambda: Carried(build_core(size, config.model), batch),
        loss=keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        ),
        pass_of=partial(training_pass, train, config),
        batches=partial(Stretches, steps=steps),
        checked=streams(fixed(corpus.split("valid"), config), size, batch, steps),
        updates=updates_of(lengths, batch, steps),
    )


def bits(weights: Path, pieces: list[Piece], config: TokenConfig) -> list[float]:
    """Bits of each piece, by the model with those weights. Raises ExportError when they are
    another's."""
    size, steps = Events(config.codec).size, config.fit.steps
    core = load_weights(build_core(size, config.model), weights)
    found = []
    for piece in fixed(pieces, config):
        arrays = streams([piece], size, 1, steps)
        state = np.zeros((1, *core.input["state"].shape[1:]), np.float32)
        total = 0.0
        data = Stretches(arrays, steps)
        for n in range(len(data)):
            x, y, weight = data[n]
            # Compiled once: called by itself, its loop over events is compiled anew each time.
            said: Any = core.predict_on_batch({"heard": x["heard"], "state": state})
            nats = ops.sparse_categorical_crossentropy(y["event"], said["event"], from_logits=True)
            total += float(np.sum(np.asarray(nats) * weight["event"]))
            state = np.asarray(said["state"])
        found.append(total / float(np.log(2)))
    return found
