"""Weights -> ONNX: the step of the note model as one graph, its sampling included.

The graph is written with plain matrix products for the LSTM cells (a Keras LSTM layer of one step
would become a loop), and the products of embeddings with the first layer's weights are folded
into tables to be looked up, which changes no result and saves half the first layer.
"""

import os
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from live.codec import NAMES, Codec
from live.errors import UserError
from live.memory import MATCHES, Recall
from live.models.contract import Contract
from training import graphs
from training.coded import POSITION_STEP, POSITIONS, position_index
from training.config import ModelConfig
from training.network import build_core

OPSET = 17
NEVER = np.float32(-1e9)  # added to the logits of what is not allowed
TOLERANCE = 1e-4


class ExportError(UserError):
    """An export that must not be used; the message is one line."""


def load_core(codec: Codec, config: ModelConfig, weights: Path) -> Any:
    """The Keras core with those weights. Raises ExportError when they do not fit the config."""
    core = build_core(codec, config)
    try:
        with warnings.catch_warnings():
            # Keras only warns when a file lacks a layer, and leaves that one as it was drawn.
            warnings.simplefilter("error", UserWarning)
            core.load_weights(weights)
    except (OSError, ValueError, UserWarning) as error:
        line = str(error).splitlines()[0]
        raise ExportError(f"{weights} does not hold this config's weights: {line}") from error
    return core


def _tables(core: Any, codec: Codec, config: ModelConfig) -> dict[str, Any]:
    """The core's weights as float32 arrays, folded for one step."""

    def weights(name: str) -> list[np.ndarray]:
        return [np.asarray(w, np.float32) for w in core.get_layer(name).get_weights()]

    kernel, recurrent, bias = weights("lstm_0")
    e = config.embed
    heard = [weights(f"hear_{name}")[0] for name in (*NAMES, "position")]
    folded = [table @ kernel[i * e : (i + 1) * e] for i, table in enumerate(heard)]
    sounding = weights("hear_sounding")[0] @ kernel[6 * e : 7 * e]
    return {
        "heard": folded[:5],
        "position": folded[5] + bias,
        # Folded, these tables would be most of the file.
        "recall": [weights(f"recall_{name}")[0] for name in NAMES],
        # What sounds, what is recalled and the layer's own memory go through one product.
        "first": np.concatenate((sounding, kernel[7 * e :], recurrent)),
        "others": [
            (np.concatenate(weights(f"lstm_{n}")[:2]), weights(f"lstm_{n}")[2])
            for n in range(1, config.layers)
        ],
        "heads": weights("heads"),
        "given": [
            [weights(f"{name}_given_{before}")[0] for before in NAMES[:f]]
            for f, name in enumerate(NAMES)
        ],
        "here": [weights(f"{name}_given_here")[0] if f else None for f, name in enumerate(NAMES)],
        "agreed": [weights(f"{name}_agreed")[0] for name in NAMES],
        "recalled": [weights(f"{name}_recalled")[0] for name in NAMES],
        "out": [weights(name) for name in NAMES],
        "ticks": codec.fields[0].values.astype(np.int32),
    }


def _step(core: Any, codec: Codec, config: ModelConfig) -> Any:
    import tensorflow as tf

    w = _tables(core, codec, config)
    units, head, slices = config.units, config.head, codec.slices

    def row(ticks: Any) -> Any:
        known = tf.minimum((ticks + POSITION_STEP // 2) // POSITION_STEP, POSITIONS - 2)
        return tf.where(ticks < 0, POSITIONS - 1, known)

    def cell(z: Any, c: Any) -> tuple[Any, Any]:
        i, f, g, o = (z[:, k * units : (k + 1) * units] for k in range(4))
        c = tf.sigmoid(f) * c + tf.sigmoid(i) * tf.tanh(g)
        return tf.sigmoid(o) * tf.tanh(c), c

    def step(
        heard: Any, sounding: Any, position: Any, bar: Any, allowed: Any, forced: Any,
        temperature: Any, uniform: Any, recalled: Any, match: Any, state: Any,
    ) -> dict[str, Any]:  # fmt: skip
        trusted = recalled * MATCHES + match
        recall = tf.concat([tf.gather(w["recall"][f], trusted[f]) for f in range(5)], 0)
        z = tf.concat((sounding[None], recall[None], state[0:1]), 1) @ w["first"]
        z += tf.gather(w["position"], row(position))
        for f in range(5):
            z += tf.gather(w["heard"][f], heard[f])
        h, c = cell(z, state[1:2])
        memory, states = h, [h, c]
        for n, (kernel, bias) in enumerate(w["others"], 1):
            z = tf.concat((h, state[2 * n : 2 * n + 1]), 1) @ kernel + bias
            h, c = cell(z, state[2 * n + 1 : 2 * n + 2])
            memory += h
            states += [h, c]
        hidden = memory @ w["heads"][0] + w["heads"][1]
        note: list[Any] = []
        log_probability: list[Any] = []
        here = None
        agreed = tf.zeros((), tf.int32)
        for f in range(5):
            a = hidden[:, f * head : (f + 1) * head]
            for g in range(f):
                a += tf.gather(w["given"][f][g], note[g])
            if f:
                a += tf.gather(w["here"][f], row(here))
            a += tf.gather(w["agreed"][f], match * 2**f + agreed)
            a += tf.gather(w["recalled"][f], trusted[f])
            kernel, bias = w["out"][f]
            logits = (tf.nn.relu(a) @ kernel + bias)[0] / temperature[f]
            logits += (1 - allowed[slices[f]]) * NEVER
            logs = tf.nn.log_softmax(logits)
            rising = tf.cumsum(tf.exp(logs))
            drawn = tf.reduce_sum(tf.cast(rising <= uniform[f] * rising[-1], tf.int32))
            drawn = tf.minimum(drawn, codec.sizes[f] - 1)
            chosen = tf.where(forced[f] < 0, drawn, forced[f])
            note.append(chosen)
            log_probability.append(tf.gather(logs, chosen))
            agreed += tf.cast(tf.equal(chosen, recalled[f]), tf.int32) * 2**f
            if f == 0:
                moved = position + tf.gather(w["ticks"], chosen)
                here = tf.where(position < 0, -1, moved % bar)
        return {
            "note": tf.stack(note),
            "log_probability": tf.stack(log_probability),
            "next_state": tf.concat(states, 0),
        }

    return step


def write_onnx(
    core: Any, codec: Codec, config: ModelConfig, origin: dict[str, Any], path: Path
) -> Contract:
    """Convert by tf2onnx and write one file with its metadata. Needs Keras on TensorFlow."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import onnx
    import tensorflow as tf
    import tf2onnx

    contract = Contract(codec, (2 * config.layers, config.units), origin=origin)
    kinds = {"tensor(int32)": tf.int32, "tensor(float)": tf.float32}
    signature = [
        tf.TensorSpec(shape, kinds[kind], name) for name, (kind, shape) in contract.inputs.items()
    ]
    function = tf.function(_step(core, codec, config), input_signature=signature)
    model, _ = tf2onnx.convert.from_function(function, input_signature=signature, opset=OPSET)
    graphs.name_outputs(model, contract)
    graphs.settle(model)
    graphs.describe(model, contract)
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)
    return contract


def check_parity(core: Any, path: Path, steps: int = 200, seed: int = 0) -> float:
    """Play `steps` random notes through Keras at once and through the file step by step.

    Returns the largest difference of a log-probability. Raises ExportError above TOLERANCE.
    """
    from live.models.note_model import Ask, NoteModel

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
            "before": position_index(position)[None],
            "target": notes[None],
            "here": position_index(here)[None],
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
            state, heard[n], sounding[n], asked, np.zeros(5, np.float32),
            int(position[n]), int(bar[n]), Recall(recalled[n], int(match[n])),
        )  # fmt: skip
        given[n], state = step.log_probability, step.state
        if not np.array_equal(step.note, notes[n]):
            raise ExportError(f"{path}: forced to a note, the graph gave another")
    worst = float(np.abs(wanted - given).max())
    if not worst <= TOLERANCE:
        raise ExportError(
            f"{path}: over {steps} notes it differs from Keras by {worst:.1e} in a "
            f"log-probability, more than {TOLERANCE:.0e}; it is not to be used"
        )
    return worst
