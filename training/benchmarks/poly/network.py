"""The two frame models: an LSTM over frames, and 88 keys that share one small network.

Every key is scored by the same weights from what lies around it (as tied parallel networks do,
Johnson 2017), from the LSTM's state, and from where it is. With `joint` it is also told which
keys below it sound in the very frame that is being predicted (NADE: Larochelle & Murray 2011;
RNN-NADE: Boulanger-Lewandowski et al. 2012), so the product over keys is one exact distribution
over frames; without it the keys are independent given the past.
"""

from typing import Any

import keras
from keras import layers, ops

from training.benchmarks.poly.rolls import HELD, KEYS, NOW, PLACES, PLANES, RECALLED
from training.benchmarks.poly.settings import Settings

HEARD = (NOW, HELD, RECALLED, PLANES - 1)  # the planes the LSTM reads
RARE = keras.initializers.Constant(-3.0)  # most keys are silent: begin there
BELOW = 37  # keys, three octaves: how far below a key the joint model looks at single keys


def _shift(x: Any, by: int) -> Any:
    """Values of the keys below, (..., 88, C) moved up by some keys, zeros at the bottom."""
    return ops.pad(x, ((0, 0), (by, 0), (0, 0)))[:, : x.shape[1]]


def _below(target: Any, planes: Any, settings: Settings) -> Any:
    """What the keys below each key do in the frame that is predicted: (B * T, 88, features)."""
    near = layers.Conv1D(settings.features, BELOW, padding="causal", use_bias=False, name="below")
    differs = [ops.abs(target - planes[..., p : p + 1]) for p in (NOW, RECALLED)]
    sums = ops.cumsum(ops.concatenate([target, *differs], axis=-1), axis=1)
    far = layers.Dense(settings.features, use_bias=False, name="sums_below")
    return near(_shift(target, 1)) + far(ops.tanh(_shift(sums, 1) / 3))


def build(settings: Settings, joint: bool) -> tuple[keras.Model, keras.Model]:
    """The model to train and the one to measure, of the same weights.

    Inputs, for B rows of T frames: planes (B, T, 88, PLANES) uint8, places (B, T, PLACES), target
    (B, T, 88) uint8, weight (B, T), 0 on padding, state (B, 2, units). The first returns the nats
    of each frame (B, T), 0 on padding; the second those and the new state.
    """
    planes_in = keras.Input((settings.stretch, KEYS, PLANES), dtype="uint8", name="planes")
    places = keras.Input((settings.stretch, PLACES), name="places")
    target_in = keras.Input((settings.stretch, KEYS), dtype="uint8", name="target")
    weight = keras.Input((settings.stretch,), name="weight")
    state = keras.Input((2, settings.units), name="state")

    planes = ops.cast(planes_in, "float32") / 255
    target = ops.cast(target_in, "float32")
    heard = ops.concatenate([*(planes[..., p] for p in HEARD), places], axis=-1)
    heard = layers.Dropout(settings.dropout / 2)(heard)
    lstm = layers.LSTM(
        settings.units,
        return_sequences=True,
        return_state=True,
        name="lstm",
    )
    mind, h, c = lstm(heard, initial_state=[state[:, 0], state[:, 1]])
    mind = layers.Dropout(settings.dropout)(mind)

    around = ops.reshape(planes, (-1, KEYS, PLANES))
    keys = layers.Conv1D(settings.features, settings.reach, padding="same", name="around")(around)
    if joint:
        keys = keys + _below(ops.reshape(target, (-1, KEYS, 1)), around, settings)
    flat = ops.reshape(mind, (-1, 1, settings.units))
    keys = ops.relu(keys + layers.Dense(settings.features, name="mood")(flat))
    keys = layers.SpatialDropout1D(settings.dropout / 2)(keys)
    keys = layers.EinsumDense(
        "nki,io->nko", (KEYS, settings.features), activation="relu", bias_axes="ko", name="keys"
    )(keys)
    asked = layers.Dense(settings.features, name="asked")(flat)
    logits = ops.reshape(
        ops.matmul(keys, ops.transpose(asked, (0, 2, 1))), (-1, settings.stretch, KEYS)
    )
    logits = logits + layers.Dense(KEYS, bias_initializer=RARE, name="by_pitch")(mind)

    nats = ops.sum(ops.softplus(logits) - target * logits, axis=-1) * weight
    inputs = {"planes": planes_in, "places": places, "target": target_in, "weight": weight}
    inputs["state"] = state
    return keras.Model(inputs, nats), keras.Model(inputs, [nats, ops.stack((h, c), axis=1)])
