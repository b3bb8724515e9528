"""Weights -> ONNX: the step of the note model as one graph, its sampling included.

The graph is written with plain matrix products for the LSTM cells (a Keras LSTM layer of one step
would become a loop), and the products of embeddings with the first layer's weights are folded
into tables to be looked up, which changes no result and saves half the first layer.
"""

import os
import warnings
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from live.codec import NAMES, TIME, Codec
from live.errors import UserError
from live.memory import MATCHES, Recall
from live.models.contract import FLOATS, WHOLE, Contract, NoteContract
from training import graphs
from training.attention import folded_heads, weights_of
from training.config import NoteModelConfig
from training.network import build_core, state_shape

OPSET = 17
TOLERANCE = 1e-4


class ExportError(UserError):
    """An export that must not be used; the message is one line."""


def load_core(codec: Codec, config: NoteModelConfig, weights: Path) -> Any:
    """The Keras core with those weights. Raises ExportError when they do not fit the config."""
    return load_weights(build_core(codec, config), weights)


def load_weights(model: Any, weights: Path) -> Any:
    """A Keras model with those weights. Raises ExportError when they are another's."""
    try:
        with warnings.catch_warnings():
            # Keras only warns when a file lacks a layer, and leaves that one as it was drawn.
            warnings.simplefilter("error", UserWarning)
            model.load_weights(weights)
    except (OSError, ValueError, UserWarning) as error:
        line = str(error).splitlines()[0]
        raise ExportError(f"{weights} does not hold this config's weights: {line}") from error
    return model


def gates(array: np.ndarray) -> np.ndarray:
    """Keras's order of an LSTM's gates (input, forget, cell, output) with the cell's last, so that
    those that go through a sigmoid lie side by side."""
    i, f, c, o = np.split(array, 4, axis=-1)
    return np.concatenate((i, f, o, c), axis=-1)


def cell(z: Any, c: Any) -> tuple[Any, Any]:
    """One step of an LSTM: its gates' sums z (1, 4 * units), in the order that `gates` gives, and
    its cell -> h and the new cell. In TensorFlow."""
    import tensorflow as tf

    units = c.shape[1]
    open_, new = tf.split(z, (3 * units, units), 1)
    i, f, o = tf.split(tf.sigmoid(open_), 3, 1)
    c = f * c + i * tf.tanh(new)
    return o * tf.tanh(c), c


def _stack(tables: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Tables of rows as one, so that one look-up serves all, and where each of them begins."""
    begins = np.cumsum([0, *(len(table) for table in tables[:-1])])
    return np.concatenate(tables), begins.astype(np.int64)


def _tables(core: Any, config: NoteModelConfig) -> dict[str, Any]:
    """The core's weights as float32 arrays, folded for one step."""

    weights = partial(weights_of, core)
    kernel, recurrent, bias = map(gates, weights("lstm_0"))
    e = config.embed
    heard = [weights(f"hear_{name}")[0] for name in (*NAMES, "position")]
    folded = [table @ kernel[i * e : (i + 1) * e] for i, table in enumerate(heard)]
    folded[-1] += bias
    sounding = weights("hear_sounding")[0] @ kernel[6 * e : 7 * e]
    others = [[gates(w) for w in weights(f"lstm_{n}")] for n in range(1, config.layers)]
    heads = folded_heads(core, config)
    agreed = [weights(f"{name}_agreed")[0] for name in NAMES]
    recalled = [
        weights(f"{name}_recalled")[0] + own
        for name, own in zip(NAMES, np.split(heads["head_bias"], len(NAMES)), strict=True)
    ]
    # Before the first field there is nothing to agree with but the match, which is recalled too.
    recalled[0] += np.tile(agreed[0], (len(recalled[0]) // MATCHES, 1))
    nothing = np.zeros((1, config.head), np.float32)
    return heads | {
        "heard": _stack(folded),
        # Folded, these tables would be most of the file.
        "recall": _stack([weights(f"recall_{name}")[0] for name in NAMES]),
        # What sounds, what is recalled and the layer's own memory go through one product.
        "first": np.concatenate((sounding, kernel[7 * e :], recurrent)),
        "others": [(np.concatenate((into, own)), bias) for into, own, bias in others],
        "recalled": np.concatenate(recalled),
        "here": np.concatenate([weights(f"{name}_given_here")[0] for name in NAMES[1:]], 1),
        # What a field is given of those before it, in the order that `_followed` counts on.
        "given": [
            np.concatenate(
                [
                    nothing,
                    *(weights(f"{name}_given_{before}")[0] for before in NAMES[:f]),
                    agreed[f],
                ]
            )
            for f, name in enumerate(NAMES)
        ],
        "out": [weights(name) for name in NAMES],
    }


def _followed(codec: Codec) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a field's bin adds to the rows of `given` that the fields after it look up: the first is
    of how far the note agrees with the one recalled, the others of each field but the last, and 0
    until it is known. So one sum serves all fields.

    A table with a column for each bin of each field and for one not known; where in it the bin
    recalled is to be found, but for the bin; and what the first row holds there.
    """
    sizes = np.array(codec.sizes)
    begins = np.cumsum(sizes + 1) - (sizes + 1)
    table = np.zeros((len(sizes), sum(sizes + 1)), np.int64)
    for f, columns in enumerate(np.split(table, begins[1:], axis=1)[:-1]):
        columns[0] = sizes[f] + (f == 0)
        columns[f + 1] = 1 + sum(sizes[:f]) + np.arange(sizes[f] + 1)
    places = np.stack((np.zeros_like(begins), begins), 1).astype(np.int64)
    return table, places, table[0, begins] + MATCHES * 2 ** np.arange(len(sizes))


def _step(core: Any, codec: Codec, config: NoteModelConfig) -> Any:
    """The graph of one step, in as few operations as it can be, and as few kinds of them: on stage
    a step finds the caches cold, and every operation then costs microseconds, the first of its kind
    ten, however little it computes."""
    import tensorflow as tf

    w = _tables(core, config)
    followed, places, agreeing = _followed(codec)
    widths = [n + 1 for n in codec.sizes]
    span, width = config.attention, config.units // 2

    def rows(table: np.ndarray, at: Any) -> Any:
        """Rows of a stack, end to end."""
        return tf.reshape(tf.gather(table, at), (1, -1))

    def total(table: Any) -> Any:
        """The sum of rows, as a product: with what is added to it, it is one operation."""
        return np.ones((1, table.shape[0]), np.float32) @ table

    def step(
        heard: Any, before: Any, here: Any, sounding: Any, recalled: Any, match: Any,
        penalty: Any, temperature: Any, chance: Any, state: Any,
    ) -> dict[str, Any]:  # fmt: skip
        table, begins = w["heard"]
        said = total(tf.gather(table, tf.concat((heard, before), 0) + begins))
        table, begins = w["recall"]
        trusted = recalled * MATCHES + (match + begins)
        rows_of = [1] * (2 * config.layers) + ([1, span - 1] if span else [])
        carried = tf.split(state, rows_of, 0)
        into = tf.concat((sounding, rows(table, trusted), carried[0]), 1)
        h, c = cell(into @ w["first"] + said, carried[1])
        states, memory = [h, c], h
        for n, (kernel, bias) in enumerate(w["others"], 1):
            h, c = cell(tf.concat((h, carried[2 * n]), 1) @ kernel + bias, carried[2 * n + 1])
            memory += h
            states += [h, c]
        hidden = memory @ w["heads"]
        if span:
            asked, new, hidden = tf.split(hidden, (width, 2 * width, 5 * config.head), 1)
            kept = tf.concat((carried[-1], new), 0)  # the oldest is forgotten
            states.append(kept)
            keys, values = tf.split(kept, 2, 1)
            alike = tf.matmul(asked * w["own"], keys, transpose_b=True) + w["near"]
            found = total(tf.nn.softmax(alike) @ values * w["own"])
            hidden += found @ w["found"]
        hidden += rows(w["recalled"], trusted)
        first, later = tf.split(hidden, (config.head, 4 * config.head), 1)
        favours = tf.split(chance * temperature + penalty, codec.sizes, 1)
        at = tf.expand_dims(recalled, 1) * [[0, 1]] + places
        follows = tf.split(tf.tensor_scatter_nd_update(followed, at, agreeing), widths, 1)
        look = match * [[1], [0], [0], [0], [0]]
        notes: list[Any] = []
        logits: list[Any] = []
        parts = [first]
        for f in range(5):
            a = parts[f] if f == 0 else total(tf.gather_nd(w["given"][f], look)) + parts[f]
            kernel, bias = w["out"][f]
            logits.append(tf.nn.relu(a) @ kernel + bias)
            notes.append(tf.argmax(logits[f] + favours[f], 1))
            if f == TIME:
                parts += tf.split(later + tf.gather(w["here"], tf.gather(here, notes[f])), 4, 1)
            look += tf.gather(follows[f], notes[f], axis=1)
        return {
            "note": tf.concat(notes, 0),
            "logits": tf.concat(logits, 1),
            "next_state": tf.concat(states, 0),
        }

    return step


def write_onnx(
    core: Any, codec: Codec, config: NoteModelConfig, origin: dict[str, Any], path: Path
) -> NoteContract:
    """Write a note model's file. Needs Keras on TensorFlow."""
    contract = NoteContract(codec, state_shape(config), origin=origin)
    write(_step(core, codec, config), contract, path)
    return contract


def write(step: Any, contract: Contract, path: Path) -> None:
    """Convert a function of TensorFlow by tf2onnx and write one file with its metadata. The
    function takes the contract's inputs and gives its outputs, by name."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import onnx
    import tensorflow as tf
    import tf2onnx

    kinds = {WHOLE: tf.int64, FLOATS: tf.float32}
    signature = [
        tf.TensorSpec(shape, kinds[kind], name) for name, (kind, shape) in contract.inputs.items()
    ]
    function = tf.function(step, input_signature=signature)
    model, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=OPSET)
    graphs.name_outputs(model, contract)
    graphs.settle(model)
    graphs.describe(model, contract)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)


def check_parity(core: Any, path: Path, steps: int = 200, seed: int = 0) -> float:
    """Play `steps` random notes through Keras at once and through the file step by step.

    Returns the largest difference of a log-probability. Raises ExportError above TOLERANCE.
    """
    from live.models.asking import Ask
    from live.models.note_model import NoteModel

    model = NoteModel.open(path)
    codec = model.codec
    rng = np.random.default_rng(seed)
    notes = np.stack([rng.integers(0, n, steps) for n in codec.sizes], 1).astype(np.int32)
    heard = np.concatenate((codec.nothing[None], notes[:-1]))
    heard[1::3, 4] = codec.fields[4].none
    sounding = (rng.random((steps, 128)) < 0.04).astype(np.float32)
    position = rng.integers(-1, 144, steps).astype(np.int32)
    bar = rng.choice((72, 96, 144), steps).astype(np.int32)
    ticks = codec.fields[0].values[notes[:, 0]]
    here = np.where(position < 0, -1, (position + ticks) % bar)
    recalled = np.where(rng.random((steps, 5)) < 0.6, notes, np.roll(heard, 3, axis=0))
    recalled = recalled.astype(np.int32)
    match = rng.integers(0, MATCHES, steps).astype(np.int32)
    outputs = core(
        {
            "heard": heard[None],
            "sounding": sounding[None],
            "before": codec.rows(position)[None],
            "target": notes[None],
            "here": codec.rows(here)[None],
            "recalled": recalled[None],
            "match": match[None],
            "state": np.zeros((1, *model.contract.state), np.float32),
        },
        training=False,
    )
    wanted = np.empty((steps, 5))
    for f, name in enumerate(NAMES):
        logits = np.asarray(outputs[name], np.float64)[0]
        logs = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
        wanted[:, f] = logs[np.arange(steps), notes[:, f]]
    given = np.empty((steps, 5))
    state = model.start
    any_note = model.anything
    for n in range(steps):
        asked = Ask(any_note.allowed, notes[n], any_note.temperature)
        step = model.step(
            state, heard[n], sounding[n], asked, model.no_chance,
            int(position[n]), int(bar[n]), Recall(recalled[n], int(match[n])),
        )  # fmt: skip
        given[n], state = model.log_probability(step, asked), step.state
        if not np.array_equal(step.note, notes[n]):
            raise ExportError(f"{path}: forced to a note, the graph gave another")
    worst = float(np.abs(wanted - given).max())
    if not worst <= TOLERANCE:
        raise ExportError(
            f"{path}: over {steps} notes it differs from Keras by {worst:.1e} in a "
            f"log-probability, more than {TOLERANCE:.0e}; it is not to be used"
        )
    return worst
