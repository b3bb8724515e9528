"""Models of rolls: what they learn from, what is written of them, and that it plays the same."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from live.models.any_model import open_any
from live.models.roll_model import Chance, RollModel
from live.roll import KEYS, SOUNDING, STRUCK
from training import card, shipping
from training.config import BarConfig, FrameConfig
from training.corpus import Corpus
from training.export import TOLERANCE, ExportError
from training.kinds import shipment_of
from training.network import Carried
from training.rolls import bars, frames
from training.rolls.evaluate import evaluate_bars, evaluate_frames
from training.rolls.export import check_bars, check_frames, write_bars, write_frames
from training.rolls.likelihood import frame_nats
from training.runs import Run


def widened(model: Any) -> Any:
    rng = np.random.default_rng(1)
    for layer in model.layers:
        layer.set_weights([w + 0.3 * rng.normal(size=w.shape) for w in layer.get_weights()])
    return model


@pytest.fixture(scope="module")
def core(frame_config: FrameConfig) -> Any:
    keras.utils.set_random_seed(1)
    return widened(frames.build_core(frame_config.grid, frame_config.model))


@pytest.fixture(scope="module")
def pair(bar_config: BarConfig) -> tuple[Any, Any]:
    keras.utils.set_random_seed(1)
    return (
        widened(bars.build_generator(bar_config.grid, bar_config.model)),
        bars.build_critic(bar_config.grid, bar_config.model),
    )


# ---- frames


def test_the_nats_of_a_frame_are_those_of_its_choices() -> None:
    heard, target = (np.zeros((1, 1, *frames.SHAPE), np.float32) for _ in range(2))
    logits = np.zeros((1, 1, *frames.SHAPE), np.float32)
    heard[0, 0, 0, SOUNDING, 5] = target[0, 0, 0, SOUNDING, 5] = 1  # goes on
    target[0, 0, 1, :, 7] = 1  # begins: to be struck is no choice
    logits[0, 0, 0, STRUCK, 5] = -2.0
    logits[0, 0, 1, STRUCK, 7] = -9.0
    flat = [a.reshape(1, 1, -1) for a in (logits, heard, target)]
    said = frames.nats(*flat)
    assert np.asarray(said["sounding"])[0, 0] == pytest.approx(176 * np.log(2), rel=1e-5)
    assert np.asarray(said["struck"])[0, 0] == pytest.approx(np.log1p(np.exp(-2.0)), rel=1e-5)


def test_streams_hold_every_frame_after_the_one_before_it(
    songs: Corpus, frame_config: FrameConfig
) -> None:
    pieces = frames.fixed(songs.split("valid"), frame_config)
    whole = frames.streams(pieces, frame_config)
    assert whole["weight"].sum() == sum(map(len, pieces))
    data = frames.Frames(whole, frame_config.fit.steps)
    x, _, weight = data[0]
    assert x["heard"].shape == (3, 16, frames.BITS)
    first = pieces[0].rolls[:16].reshape(16, -1)
    assert np.array_equal(x["target"][0], first)
    assert np.array_equal(x["heard"][0, 1:], first[:-1])
    assert not x["heard"][0, 0].any()
    assert set(weight) == set(frames.LOSSES)


def test_a_state_that_is_carried_gives_what_one_long_piece_would(
    core: Any, songs: Corpus, frame_config: FrameConfig
) -> None:
    pieces = frames.fixed(songs.split("valid"), frame_config)
    whole = frames.streams(pieces, frame_config)
    model = Carried(core, frame_config.fit.batch)
    data = frames.Frames(whole, frame_config.fit.steps)
    said = [model(data[n][0], training=False) for n in range(2)]
    stretches = np.concatenate([np.asarray(s["sounding"])[0] for s in said])
    inputs = frames.inputs_of(pieces[0], frame_config.grid)
    bits = {n: np.unpackbits(inputs[n][None, :32], axis=-1) for n in ("heard", "target")}
    state = np.zeros((1, *core.input["state"].shape[1:]), np.float32)
    at_once = core({**bits, "place": inputs["place"][None, :32], "state": state}, training=False)
    assert len(pieces[0]) >= 32
    assert np.allclose(stretches, np.asarray(at_once["sounding"])[0], rtol=1e-4)


def test_the_file_of_frames_gives_what_keras_gives(
    core: Any, frame_config: FrameConfig, tmp_path: Path
) -> None:
    path = tmp_path / "f.onnx"
    write_frames(core, frame_config, {"data": "a test"}, path)
    assert check_frames(core, frame_config, path) <= TOLERANCE
    other = frames.build_core(frame_config.grid, frame_config.model)
    with pytest.raises(ExportError, match="not to be used"):
        check_frames(other, frame_config, path)


def test_counting_gives_the_bits_that_counting_must(
    core: Any, songs: Corpus, frame_config: FrameConfig, tmp_path: Path
) -> None:
    path = tmp_path / "f.onnx"
    write_frames(core, frame_config, {}, path)
    pieces = songs.split("test")[:1]
    figures = evaluate_frames(path, frame_config, pieces)
    read = frames.fixed(pieces, frame_config)
    nats = np.concatenate([frame_nats(RollModel.open(path), p.rolls, p.place) for p in read])
    assert figures["frames"] == len(nats)
    assert figures["bits_per_frame"] == pytest.approx(nats.sum(axis=1).mean() / np.log(2), abs=1e-3)
    often, same = (figures["baselines"][n]["bits"] for n in ("often", "same as before"))
    assert 0 < same["sounding"] < often["sounding"]
    assert same["struck"] == often["struck"]


# ---- bars


def test_a_bar_has_hard_bits_with_a_slope_and_what_is_struck_sounds() -> None:
    import tensorflow as tf

    logits = tf.Variable(np.array([[[[3.0, -3.0], [-1.0, 2.0], [-1.0, -2.0]]]], np.float32))
    with tf.GradientTape() as tape:
        bits = bars.hard(logits)
        total = tf.reduce_sum(bits)
    assert np.asarray(bits).round(5).tolist() == [[[[1, 1], [0, 1], [0, 0]]]]
    assert (np.asarray(tape.gradient(total, logits)) > 0).any()


def test_a_bounded_layer_stretches_nothing_by_more_than_it_says() -> None:
    layer = bars.BoundedConv(3, (1, 1), (1, 1))
    rng = np.random.default_rng(0)
    x = rng.normal(size=(64, 1, 1, 5)).astype(np.float32)
    layer(x)
    layer.kernel.assign(rng.normal(size=(1, 1, 5, 3)).astype(np.float32) * 9)
    for _ in range(50):
        layer(x, training=True)
    y = np.asarray(layer(x))
    stretch = np.linalg.norm(y, axis=-1) / np.linalg.norm(x, axis=-1)
    assert stretch.max() <= 1.001
    assert stretch.max() > 0.5


def test_the_file_of_bars_gives_what_keras_gives(
    pair: Any, bar_config: BarConfig, tmp_path: Path
) -> None:
    path = tmp_path / "b.onnx"
    write_bars(pair, bar_config, {}, path)
    assert check_bars(pair, bar_config, path) <= TOLERANCE
    model = open_any(path)
    assert isinstance(model, RollModel)
    assert model.contract.window == 32
    other = bars.build_generator(bar_config.grid, bar_config.model), pair[1]
    with pytest.raises(ExportError, match="not to be used"):
        check_bars(other, bar_config, path)


def test_sustained_bars_sound_longer_and_strike_nothing_more(
    pair: Any, bar_config: BarConfig, tmp_path: Path
) -> None:
    played = []
    for sustain in (0.0, 0.5):
        config = replace(bar_config, model=replace(bar_config.model, sustain=sustain))
        write_bars(pair, config, {}, tmp_path / "b.onnx")
        model = open_any(tmp_path / "b.onnx")
        assert isinstance(model, RollModel)
        heard = np.zeros((model.contract.window, 2, 2, KEYS), np.uint8)
        played.append(model.step(heard, Chance(np.random.default_rng(0), model.contract).draw()))
    short, long = (made.played[:, :, 0] for made in played)
    assert (short[:, :, STRUCK] == long[:, :, STRUCK]).all()
    assert (short[:, :, SOUNDING] <= long[:, :, SOUNDING]).all()
    assert short.sum() < long.sum()


# ---- the whole way


def test_what_ships_is_described_measured_and_carded(
    core: Any,
    pair: Any,
    frame_config: FrameConfig,
    bar_config: BarConfig,
    songs: Corpus,
    tmp_path: Path,
) -> None:
    for config in (frame_config, bar_config):
        run = Run(tmp_path / config.name, config.name)
        run.folder.mkdir()
        (core if config is frame_config else pair[0]).save_weights(run.weights)
        pair[1].save_weights(run.critic)
        target = tmp_path / f"{config.name}.onnx"
        origin = shipping.origin_of(config, songs, run)
        shipment = shipment_of(run, config, songs, origin)
        figures = shipping.ship(run, shipment, origin, target, lambda _: None, steps=5)
        model = open_any(target)
        assert figures["sha256"] == model.sha256
        assert model.contract.origin["licence"] == config.data.licence
        run.exported.write_text(json.dumps(figures))
        which = evaluate_frames if config is frame_config else evaluate_bars
        evaluation = which(target, config, songs.split("test"))  # type: ignore[operator]
        run.evaluated.write_text(json.dumps({**evaluation, "split": "test"}))
        gathered = card.gather(run, config, target, 1, lambda results, _: results)
        text = card.write(gathered, config)
        assert config.data.attribution in text
        assert model.sha256 in text
        assert "nan" not in text


def test_a_bar_beside_itself_does_not_differ_and_real_bars_are_like_real_bars(
    pair: Any, bar_config: BarConfig, songs: Corpus, tmp_path: Path
) -> None:
    path = tmp_path / "b.onnx"
    write_bars(pair, bar_config, {}, path)
    figures = evaluate_bars(path, bar_config, songs.split("test"))
    real = figures["baselines"]["what followed"]
    assert 0 < real["notes"] < 64
    assert figures["baselines"]["its last bar again"]["familiar"] == 1.0
    assert 0 <= figures["differ"] <= 1


def test_weights_of_another_config_are_refused(
    core: Any, frame_config: FrameConfig, songs: Corpus, tmp_path: Path
) -> None:
    run = Run(tmp_path, "frames")
    core.save_weights(run.weights)
    other = replace(frame_config, model=replace(frame_config.model, units=7))
    with pytest.raises(ExportError, match="does not hold this config's weights"):
        shipment_of(run, other, songs, {})
