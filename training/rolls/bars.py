"""The bars model in Keras: a generator of the machine's next bar, and the critic that judges it.

Both see the last bars of both sides laid over each other, so that what was played at the same place
of the last bars, on the same keys, is near at hand: a U-Net (Ronneberger, Fischer & Brox 2015) with
noise at its bottom. A bar's bits are hard in training too, with the gradient of the soft ones
(Dong & Yang 2018, deterministic binary neurons). The critic's layers are bounded by spectral
normalisation (Miyato et al. 2018), for it costs one product a layer where a gradient penalty costs
a second pass back.
"""

from typing import Any

import keras
from keras import layers, ops

from live.roll import KEYS
from training.config import BarModelConfig, GridConfig

PLANES = 4  # of a bar of context: the player's and the machine's, struck and sounding
COARSE = ((4, 8), (2, 4))  # size and stride, in frames and keys
FINE = ((4, 4), (2, 2))


@keras.saving.register_keras_serializable("antiphon")
class BoundedConv(layers.Layer):
    """A convolution whose kernel's greatest singular value is kept at 1, by one step of power
    iteration a call in training (Miyato et al. 2018)."""

    def __init__(self, filters: int, size: tuple[int, int], strides: tuple[int, int], **more: Any):
        super().__init__(**more)
        self.filters, self.size, self.strides = filters, size, strides

    def build(self, shape: tuple[int | None, ...]) -> None:
        full = (*self.size, shape[-1], self.filters)
        self.kernel = self.add_weight(shape=full, initializer="glorot_uniform", name="kernel")
        self.bias = self.add_weight(shape=(self.filters,), initializer="zeros", name="bias")
        self.axis = self.add_weight(
            shape=(self.filters,), initializer="random_normal", trainable=False, name="axis"
        )

    def call(self, x: Any, training: bool | None = None) -> Any:
        matrix = ops.reshape(self.kernel, (-1, self.filters))
        fixed = ops.stop_gradient(matrix)
        into = _unit(ops.matmul(fixed, self.axis))
        axis = _unit(ops.matmul(into, fixed))
        if training:
            self.axis.assign(axis)
        size = ops.matmul(ops.matmul(into, matrix), axis)
        y = ops.conv(x, self.kernel / size, self.strides, "same", data_format="channels_last")
        return y + self.bias


def _unit(vector: Any) -> Any:
    return vector / (ops.norm(vector) + 1e-8)


def build_generator(grid: GridConfig, config: BarModelConfig) -> keras.Model:
    """Inputs: context (B, frames, KEYS, 4 * bars), noise (B, noise). Output: logits of the bar's
    bits, (B, frames, KEYS, 2), struck and sounding.

    It is made of two models, `seen` and `made`: several bars of one context see it but once.
    """
    context, noise = _context(grid), keras.Input((config.noise,), name="noise")
    few, many = config.channels, 2 * config.channels
    coarse = _conv(context, few, *COARSE, "down_1")
    fine = _conv(coarse, many, *FINE, "down_2")
    bottom = _conv(fine, many, (3, 3), (1, 1), "down_3")
    whole = layers.Dense(many, name="whole")(layers.GlobalAveragePooling2D()(bottom))
    seen = keras.Model(context, [bottom + whole[:, None, None, :], fine, coarse], name="seen")

    bottom, fine, coarse = (keras.Input(x.shape[1:]) for x in seen.outputs)
    height, width = bottom.shape[1:3]
    drawn = layers.Dense(height * width * 16, name="draw")(noise)
    drawn = layers.Reshape((height, width, 16))(drawn)
    x = _conv(layers.Concatenate()([bottom, drawn]), many, (3, 3), (1, 1), "up_3")
    x = layers.Conv2DTranspose(few, *FINE, padding="same", name="up_2")(layers.Add()([x, fine]))
    x = layers.Concatenate()([layers.LeakyReLU(0.2)(x), coarse])
    x = _conv(x, few, (3, 3), (1, 1), "at_2")
    x = layers.Conv2DTranspose(few // 2, *COARSE, padding="same", name="up_1")(x)
    again = _context(grid)
    x = layers.Concatenate()([layers.LeakyReLU(0.2)(x), again])
    rare = keras.initializers.Constant(-1.0)
    x = layers.Conv2D(2, (3, 3), padding="same", bias_initializer=rare, name="bar")(x)
    made = keras.Model([bottom, fine, coarse, again, noise], x, name="made")

    context, noise = _context(grid), keras.Input((config.noise,), name="noise")
    logits = made([*seen(context), context, noise])
    return keras.Model({"context": context, "noise": noise}, logits, name="generator")


def _context(grid: GridConfig) -> Any:
    shape = (grid.frames * grid.beats, KEYS, PLANES * grid.context)
    return keras.Input(shape, name="context")


def _conv(x: Any, filters: int, size: tuple[int, int], strides: tuple[int, int], name: str) -> Any:
    x = layers.Conv2D(filters, size, strides, padding="same", name=name)(x)
    return layers.LeakyReLU(0.2)(x)


def build_critic(grid: GridConfig, config: BarModelConfig) -> keras.Model:
    """Inputs: context as the generator's, bar (B, frames, KEYS, 2). Output: (B,), the more
    the likelier a human's."""
    few, many = config.channels, 2 * config.channels
    context = _context(grid)
    bar = keras.Input((*context.shape[1:3], 2), name="bar")
    x = layers.Concatenate()([context, bar])
    for name, filters, how in (
        ("look_1", few, COARSE),
        ("look_2", many, FINE),
        ("look_3", 2 * many, FINE),
        ("look_4", 2 * many, ((3, 3), (1, 1))),
    ):
        x = layers.LeakyReLU(0.2)(BoundedConv(filters, *how, name=name)(x))
    x = ops.sum(x, (1, 2), keepdims=True)
    x = BoundedConv(1, (1, 1), (1, 1), name="judge")(x)
    return keras.Model({"context": context, "bar": bar}, x[:, 0, 0, 0], name="critic")


def hard(logits: Any) -> Any:
    """The bits of a bar, with the gradient of the soft ones. What is struck sounds."""
    soft = ops.sigmoid(logits)
    bits = ops.cast(logits > 0, "float32")
    bits = soft + ops.stop_gradient(bits - soft)
    struck, sounding = bits[..., :1], bits[..., 1:]
    return ops.concatenate((struck, ops.maximum(struck, sounding)), -1)
