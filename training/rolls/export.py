"""Weights -> ONNX for the models of rolls: the step of the frames model; generator and critic."""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from live.models.contract import RollContract
from live.models.roll_model import RollModel
from live.notes import MACHINE, SIDES
from live.roll import KEYS, SOUNDING, STRUCK
from training.attention import weights_of
from training.config import BarConfig, FrameConfig
from training.export import TOLERANCE, ExportError, cell, gates, load_weights, write
from training.rolls import bars, frames
from training.rolls.likelihood import frame_nats

LOGISTIC, NORMAL = "logistic", "normal"


def frame_contract(config: FrameConfig, origin: dict[str, Any]) -> RollContract:
    grid = config.grid
    return RollContract(
        beat=grid.frames,
        bar=grid.frames * grid.beats,
        window=1,
        frames=1,
        sides=SIDES,
        candidates=1,
        noise=frames.BITS,
        chance=LOGISTIC,
        state=(2 * config.model.layers, config.model.units),
        origin=origin,
    )


def bar_contract(config: BarConfig, origin: dict[str, Any]) -> RollContract:
    grid = config.grid
    bar = grid.frames * grid.beats
    return RollContract(
        beat=grid.frames,
        bar=bar,
        window=grid.context * bar,
        frames=bar,
        sides=(MACHINE,),
        candidates=config.model.candidates,
        noise=config.model.noise,
        chance=NORMAL,
        origin=origin,
    )


def _frame_step(core: Any, config: FrameConfig) -> Any:
    """The graph of one frame, with plain matrix products for the LSTM cells."""
    import tensorflow as tf

    weights = partial(weights_of, core)

    table = weights("hear_place")[0]
    cells = [[gates(w) for w in weights(f"lstm_{n}")] for n in range(config.model.layers)]
    kernel, recurrent, bias = cells[0]
    at = table @ kernel[frames.BITS :] + bias  # the place's part of the product, to be looked up
    first = np.concatenate((kernel[: frames.BITS], recurrent))
    others = [(np.concatenate((into, own)), bias) for into, own, bias in cells[1:]]
    out, out_bias = weights("logits")

    def step(heard: Any, noise: Any, temperature: Any, place: Any, state: Any) -> dict[str, Any]:
        carried = tf.split(state, len(cells) * 2, 0)
        flat = tf.reshape(heard, (1, frames.BITS))
        z = tf.concat((flat, carried[0]), 1) @ first + tf.gather(at, place)
        h, c = cell(z, carried[1])
        states = [h, c]
        for n, (into, more) in enumerate(others, 1):
            h, c = cell(tf.concat((h, carried[2 * n]), 1) @ into + more, carried[2 * n + 1])
            states += [h, c]
        logits = h @ out + out_bias
        chosen = tf.cast(logits + noise * temperature > 0, tf.float32)
        again, sounding = tf.split(tf.reshape(chosen, (1, 1, *frames.SHAPE)), 2, 3)
        _, before = tf.split(heard[None], 2, 3)
        # What begins to sound is struck; what goes on may be struck again.
        struck = sounding * tf.maximum(1 - before, again)
        return {
            "played": tf.concat((struck, sounding), 3),
            "score": 0 * temperature,  # there is nothing to choose from
            "logits": tf.reshape(logits, (1, 1, *frames.SHAPE)),
            "next_state": tf.concat(states, 0),
        }

    return step


def _sustained(config: BarConfig) -> np.ndarray:
    """What is added to a bar's logits of what is struck, and of what sounds."""
    return np.array([0.0, config.model.sustain], np.float32)


def _bar_call(pair: Any, config: BarConfig) -> Any:
    """The graph of one bar: as many as there are candidates, each with the critic's score."""
    import tensorflow as tf

    generator, critic = pair
    count, grid = config.model.candidates, config.grid
    bar = grid.frames * grid.beats
    see, make = (generator.get_layer(name) for name in ("seen", "made"))

    def call(heard: Any, noise: Any, temperature: Any) -> dict[str, Any]:
        laid = tf.reshape(heard, (grid.context, bar, bars.PLANES, KEYS))
        laid = tf.reshape(tf.transpose(laid, (1, 3, 0, 2)), (1, bar, KEYS, -1))
        *seen, context = (tf.tile(x, (count, 1, 1, 1)) for x in (*see(laid), laid))
        logits = make([*seen, context, noise * temperature], training=False) + _sustained(config)
        played = bars.hard(logits)
        score = critic({"context": context, "bar": played}, training=False)
        return {
            "played": tf.transpose(played, (0, 1, 3, 2))[:, :, None],
            "score": score,
            "logits": tf.transpose(logits, (0, 1, 3, 2))[:, :, None],
        }

    return call


def load_frames(config: FrameConfig, weights: Path) -> Any:
    return load_weights(frames.build_core(config.grid, config.model), weights)


def load_bars(config: BarConfig, weights: Path, critic: Path) -> tuple[Any, Any]:
    return (
        load_weights(bars.build_generator(config.grid, config.model), weights),
        load_weights(bars.build_critic(config.grid, config.model), critic),
    )


def write_frames(core: Any, config: FrameConfig, origin: dict[str, Any], path: Path) -> None:
    write(_frame_step(core, config), frame_contract(config, origin), path)


def write_bars(pair: Any, config: BarConfig, origin: dict[str, Any], path: Path) -> None:
    write(_bar_call(pair, config), bar_contract(config, origin), path)


def check_frames(core: Any, config: FrameConfig, path: Path, steps: int = 100) -> float:
    """Play random frames through Keras at once and through the file one by one; the largest
    difference of a frame's nats, as a share of them. Raises ExportError above TOLERANCE."""
    model = RollModel.open(path)
    rng = np.random.default_rng(0)
    rolls = (rng.random((steps, *frames.SHAPE)) < 0.03).astype(np.uint8)
    rolls[:, :, SOUNDING] |= rolls[:, :, STRUCK]
    flat = rolls.reshape(1, steps, frames.BITS).astype(np.float32)
    heard = np.concatenate((np.zeros_like(flat[:, :1]), flat[:, :-1]), 1)
    place = rng.integers(0, model.contract.bar, (1, steps)).astype(np.int32)
    state = np.zeros((1, *model.contract.state), np.float32)
    said = core({"heard": heard, "target": flat, "place": place, "state": state}, training=False)
    wanted = sum(np.asarray(said[name])[0] for name in frames.LOSSES)
    given = frame_nats(model, rolls, place[0]).sum(axis=1)
    worst = float(np.max(np.abs(wanted - given) / wanted))
    return _within(worst, path, "a frame's nats")


def check_bars(pair: Any, config: BarConfig, path: Path, calls: int = 4) -> float:
    """Make bars by Keras and by the file; the largest difference of a logit or a score, as a
    share of the largest. Raises ExportError above TOLERANCE."""
    model, (generator, critic) = RollModel.open(path), pair
    contract, grid = model.contract, config.grid
    rng = np.random.default_rng(0)
    worst = 0.0
    for _ in range(calls):
        heard = (rng.random((contract.window, 2, 2, KEYS)) < 0.03).astype(np.uint8)
        noise = rng.standard_normal((contract.candidates, contract.noise), np.float32)
        made = model.step(heard, noise)
        laid = heard.reshape(grid.context, contract.bar, bars.PLANES, KEYS).transpose(1, 3, 0, 2)
        context = np.repeat(laid.reshape(1, contract.bar, KEYS, -1), contract.candidates, 0)
        context = context.astype(np.float32)
        logits = np.asarray(generator({"context": context, "noise": noise}, training=False))
        logits = logits + _sustained(config)
        played = made.played[:, :, 0].transpose(0, 1, 3, 2)
        score = np.asarray(critic({"context": context, "bar": played}, training=False))
        for wanted, given in (
            (logits, made.logits[:, :, 0].transpose(0, 1, 3, 2)),
            (score, made.score),
        ):
            worst = max(worst, float(np.abs(wanted - given).max() / np.abs(wanted).max()))
    return _within(worst, path, "a logit or a score")


def _within(worst: float, path: Path, what: str) -> float:
    if not worst <= TOLERANCE:
        raise ExportError(
            f"{path}: it differs from Keras by {worst:.1e} of {what}, more than "
            f"{TOLERANCE:.0e}; it is not to be used"
        )
    return worst
