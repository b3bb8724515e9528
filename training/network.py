"""The note model in Keras: an LSTM over notes, and five heads, each given the fields before it.

The chain of heads is the usual factoring of a joint distribution over the fields of an event
(Notochord, Shepardson, Armitage & Magnusson 2022, does so for four of them).
"""

from typing import Any

import keras
from keras import layers, ops

from live.codec import NAMES, PITCHES, POSITIONS, Codec
from live.memory import MATCHES
from training.attention import attend
from training.config import ModelConfig, NoteModelConfig


def build_core(codec: Codec, config: NoteModelConfig) -> keras.Model:
    """The model over sequences of any length, its state given and returned.

    Inputs, for batch B and T notes: heard (B, T, 5), sounding (B, T, 128), before (B, T) as
    Codec.rows, recalled (B, T, 5) and match (B, T) as live.memory gives them, target (B, T, 5)
    and here (B, T) for the heads, state (B, *state_shape(config)).
    Outputs: a dict of logits (B, T, bins) by field, and `state`.
    """
    l2 = keras.regularizers.L2(config.l2) if config.l2 else None
    sizes = codec.sizes
    heard = keras.Input((None, 5), dtype="int32", name="heard")
    sounding = keras.Input((None, PITCHES), dtype="float32", name="sounding")
    before = keras.Input((None,), dtype="int32", name="before")
    target = keras.Input((None, 5), dtype="int32", name="target")
    here = keras.Input((None,), dtype="int32", name="here")
    recalled = keras.Input((None, 5), dtype="int32", name="recalled")
    match = keras.Input((None,), dtype="int32", name="match")
    state = keras.Input(state_shape(config), name="state")

    heard_as = [
        layers.Embedding(size + 1, config.embed, name=f"hear_{name}")(heard[..., f])
        for f, (name, size) in enumerate(zip(NAMES, sizes, strict=True))
    ]
    heard_as.append(layers.Embedding(POSITIONS, config.embed, name="hear_position")(before))
    heard_as.append(layers.Dense(config.embed, use_bias=False, name="hear_sounding")(sounding))
    # Each recalled field together with how far it may be trusted.
    trusted = [recalled[..., f] * MATCHES + match for f in range(5)]
    heard_as += [
        layers.Embedding((size + 1) * MATCHES, config.embed // 2, name=f"recall_{name}")(trusted[f])
        for f, (name, size) in enumerate(zip(NAMES, sizes, strict=True))
    ]
    x = layers.Dropout(config.dropout / 2, name="drop_heard")(layers.Concatenate()(heard_as))

    said, _, state_after = lstm_stack(x, state, config)
    memory = said[0]
    for y in said[1:]:
        memory = memory + y
    if config.attention:
        attended, kept = attend(memory, state[:, 2 * config.layers :], config)
        memory = memory + attended
        state_after = ops.concatenate((state_after, kept), axis=1)
    memory = layers.Dropout(config.dropout, name="drop_memory")(memory)

    hidden = layers.Dense(5 * config.head, kernel_regularizer=l2, name="heads")(memory)
    logits: dict[str, Any] = {}
    # Whether the fields so far are those recalled: a repeat goes on until it departs.
    agrees = [ops.cast(ops.equal(target[..., f], recalled[..., f]), "int32") for f in range(5)]
    for f, name in enumerate(NAMES):
        a = hidden[..., f * config.head : (f + 1) * config.head]
        for g in range(f):
            a = a + layers.Embedding(sizes[g], config.head, name=f"{name}_given_{NAMES[g]}")(
                target[..., g]
            )
        if f:
            a = a + layers.Embedding(POSITIONS, config.head, name=f"{name}_given_here")(here)
        agreed = match + MATCHES * sum(agrees[g] * 2**g for g in range(f))
        a = a + layers.Embedding(MATCHES * 2**f, config.head, name=f"{name}_agreed")(agreed)
        a = a + layers.Embedding((sizes[f] + 1) * MATCHES, config.head, name=f"{name}_recalled")(
            trusted[f]
        )
        logits[name] = layers.Dense(sizes[f], kernel_regularizer=l2, name=name)(ops.relu(a))
    inputs = {
        "heard": heard,
        "sounding": sounding,
        "before": before,
        "target": target,
        "here": here,
        "recalled": recalled,
        "match": match,
        "state": state,
    }
    return keras.Model(inputs, logits | {"state": state_after}, name="notes")


def state_shape(config: NoteModelConfig) -> tuple[int, int]:
    """Of what is carried: h and c of each layer in turn, then what is attended to, the oldest
    first."""
    return 2 * config.layers + config.attention, config.units


def lstm_stack(x: Any, state: Any, config: ModelConfig) -> tuple[list[Any], Any, Any]:
    """LSTM layers over steps x (B, T, width), from a state (B, 2 * layers, units): what each says
    (B, T, units), what the last says with dropout, and the state after the last step."""
    l2 = keras.regularizers.L2(config.l2) if config.l2 else None
    said, states = [], []
    for layer in range(config.layers):
        lstm = layers.LSTM(
            config.units,
            return_sequences=True,
            return_state=True,
            kernel_regularizer=l2,
            recurrent_regularizer=l2,
            name=f"lstm_{layer}",
        )
        y, h, c = lstm(x, initial_state=[state[:, 2 * layer], state[:, 2 * layer + 1]])
        said.append(y)
        states += [h, c]
        x = layers.Dropout(config.dropout, name=f"drop_{layer}")(y)
    return said, x, ops.stack(states, axis=1)


@keras.saving.register_keras_serializable("antiphon")
class Carried(keras.Model):
    """A core with its state carried from batch to batch: truncated back-propagation in time.

    Row b of every batch goes on where row b of the batch before ended, unless `keep` (B, 1) is 0
    there: a new piece begins.
    """

    def __init__(self, core: keras.Model, batch: int) -> None:
        super().__init__()
        self.core = core
        shape = (batch, *core.input["state"].shape[1:])
        self.state = self.add_weight(
            shape=shape, initializer="zeros", trainable=False, name="state"
        )

    def call(self, inputs: dict[str, Any], training: bool | None = None) -> dict[str, Any]:
        kept = self.state * inputs["keep"][..., None]
        outputs = self.core(
            {k: v for k, v in inputs.items() if k != "keep"} | {"state": kept}, training=training
        )
        self.state.assign(ops.stop_gradient(outputs["state"]))
        return {name: output for name, output in outputs.items() if name != "state"}
