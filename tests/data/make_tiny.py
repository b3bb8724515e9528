"""Makes tests/data/tiny.onnx: the pop model's contract and codec over a few random weights.

    PYTHONPATH=. python tests/data/make_tiny.py

Run it again (it needs the [training] extra) when the graph or the contract changes; the tests that
play it need only onnxruntime.
"""

import os
from dataclasses import replace
from pathlib import Path

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras

from training.config import read_config
from training.export import write_onnx
from training.network import build_core

PATH = Path(__file__).with_name("tiny.onnx")


def main() -> None:
    config = read_config("pop")
    model = replace(config.model, layers=1, units=12, embed=4, head=8)
    keras.utils.set_random_seed(0)
    core = build_core(config.codec, model)
    rng = keras.random.SeedGenerator(0)
    for layer in core.layers:
        # Wider than Keras draws them: else every choice would be all but even.
        layer.set_weights(
            [w + 0.3 * keras.random.normal(w.shape, seed=rng) for w in layer.get_weights()]
        )
    write_onnx(core, config.codec, model, {"data": "none: random weights, for tests"}, PATH)
    print(f"{PATH}: {PATH.stat().st_size / 1024:.0f} KB")


if __name__ == "__main__":
    main()
