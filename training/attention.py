"""Attention of the note model to its last states: in Keras over sequences, folded for one step.

Multi-head attention (Vaswani et al. 2017) with a learned bias for each head and distance instead of
positions (Raffel et al. 2020), over a window that moves along: what is attended to is part of the
state, so that a step costs the same wherever it is in the music.
"""

from typing import Any

import keras
import numpy as np
from keras import layers, ops

from training.config import HEADS, NoteModelConfig

FAR = -1e9


def attend(memory: Any, before: Any, config: NoteModelConfig) -> tuple[Any, Any]:
    """What each step of memory (B, T, units) finds in itself and those before it, of which the last
    of the steps before are given as keys and values, `before` (B, attention, units): shape
    (B, T, units); and the keys and values of the last of all."""
    asked = layers.Dense(config.units // 2, use_bias=False, name="attend_for")(memory)
    kept = layers.Dense(config.units, use_bias=False, name="attend_to")(memory)
    kept = ops.concatenate((before, kept), axis=1)
    found = Attention(config.attention, name="attention")((asked, kept))
    return layers.Dense(config.units, name="attended")(found), kept[:, -config.attention :]


class Attention(layers.Layer):
    """Each of T steps attends to itself and to the `span` - 1 before it.

    Takes queries (B, T, width), and keys and values side by side (B, span + T, 2 * width), the
    first `span` of them of steps before; gives (B, T, width).
    """

    def __init__(self, span: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.span = span

    def build(self, _: Any) -> None:
        self.near = self.add_weight(shape=(HEADS, self.span), initializer="zeros", name="near")

    def compute_output_shape(self, shapes: Any) -> Any:
        return shapes[0]

    def call(self, inputs: tuple[Any, Any]) -> Any:
        asked, kept = inputs
        width = asked.shape[-1]

        def by_head(x: Any) -> Any:
            return ops.reshape(x, (-1, ops.shape(x)[1], HEADS, width // HEADS))

        keys, values = (by_head(half) for half in ops.split(kept, 2, axis=-1))
        steps = ops.shape(asked)[1]
        ago = ops.arange(steps)[:, None] + self.span - ops.arange(steps + self.span)[None]
        near = ops.take(self.near, ops.clip(ago, 0, self.span - 1), axis=1)
        near = ops.where((ago >= 0) & (ago < self.span), near, FAR)
        alike = ops.einsum("bthd,bphd->bhtp", by_head(asked), keys) / (width / HEADS) ** 0.5
        share = ops.softmax(alike + near, axis=-1)
        return ops.reshape(ops.einsum("bhtp,bphd->bthd", share, values), (-1, steps, width))


def weights_of(core: keras.Model, layer: str) -> list[np.ndarray]:
    return [np.asarray(w, np.float32) for w in core.get_layer(layer).get_weights()]


def folded_heads(core: keras.Model, config: NoteModelConfig) -> dict[str, np.ndarray]:
    """The layer `heads`, for one step: `heads` (units, 5 * head) and `head_bias`.

    With attention, `heads` gives a query, a key and a value first, and there are `near`
    (HEADS, attention), the oldest first; `own` (HEADS, units / 2), which columns are each head's;
    and `found` (units / 2, 5 * head), what the heads are told of what was found.
    """
    kernel, bias = weights_of(core, "heads")
    if not config.attention:
        return {"heads": kernel, "head_bias": bias}
    out, out_bias = weights_of(core, "attended")
    width = config.units // 2
    asked = weights_of(core, "attend_for")[0] / (width / HEADS) ** 0.5
    return {
        "heads": np.concatenate((asked, weights_of(core, "attend_to")[0], kernel), axis=1),
        "head_bias": out_bias @ kernel + bias,
        "near": weights_of(core, "attention")[0][:, ::-1].copy(),
        "own": np.repeat(np.eye(HEADS, dtype=np.float32), width // HEADS, axis=1),
        "found": out @ kernel,
    }
