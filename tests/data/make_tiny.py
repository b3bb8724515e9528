"""Makes the model files that tests play, over a few random weights: tiny.onnx with the pop model's
contract and codec, tiny_frames.onnx and tiny_bars.onnx of the two kinds of models of rolls.

    PYTHONPATH=. python tests/data/make_tiny.py

Run it again (it needs the [training] extra) when a graph or the contract changes; the tests that
play them need only onnxruntime.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

from training.config import BarConfig, FrameConfig, read_any_config, read_config
from training.export import write_onnx
from training.network import build_core
from training.rolls import bars, frames
from training.rolls.export import write_bars, write_frames

FOLDER = Path(__file__).parent
ORIGIN = {"data": "none: random weights, for tests"}


def widened(model: Any) -> Any:
    """Weights wider than Keras draws them: else every choice would be all but even."""
    rng = keras.random.SeedGenerator(0)
    for layer in model.layers:
        layer.set_weights(
            [w + 0.3 * keras.random.normal(w.shape, seed=rng) for w in layer.get_weights()]
        )
    return model


def notes(path: Path) -> None:
    config = read_config("pop")
    model = replace(config.model, layers=1, units=12, embed=4, head=8)
    core = widened(build_core(config.codec, model))
    write_onnx(core, config.codec, model, ORIGIN, path)


def rolls(frames_path: Path, bars_path: Path) -> None:
    config = read_any_config("frames")
    assert isinstance(config, FrameConfig)
    config = replace(config, model=replace(config.model, units=8, embed=4))
    write_frames(widened(frames.build_core(config.grid, config.model)), config, ORIGIN, frames_path)
    other = read_any_config("bars")
    assert isinstance(other, BarConfig)
    other = replace(other, model=replace(other.model, channels=2, noise=4, candidates=3))
    pair = (
        widened(bars.build_generator(other.grid, other.model)),
        bars.build_critic(other.grid, other.model),
    )
    write_bars(pair, other, ORIGIN, bars_path)


def main() -> None:
    paths = [FOLDER / f"{name}.onnx" for name in ("tiny", "tiny_frames", "tiny_bars")]
    keras.utils.set_random_seed(0)
    notes(paths[0])
    rolls(*paths[1:])
    for path in paths:
        print(f"{path}: {path.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
