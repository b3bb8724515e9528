"""Training of rolls says what it reached, stops and goes on with the same result."""

import csv
import math
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.config import BarConfig, FrameConfig
from training.corpus import Corpus, save_corpus
from training.fit import fit
from training.rolls.export import load_frames
from training.rolls.frames import LOSSES, fixed, inputs_of, task_of
from training.runs import LOG

# On JAX, in a process of its own.
SCRIPT = """
import pickle, sys
from pathlib import Path
from training.corpus import load_corpus
from training.kinds import train

folder = Path(sys.argv[1])
for config in pickle.loads((folder / "configs").read_bytes()):
    corpus = load_corpus(folder / "corpus.npz")
    train(config, corpus, folder / config.name / "whole")
    train(config, corpus, folder / config.name / "stopped", until=1)
    train(config, corpus, folder / config.name / "stopped", workers=1)
"""


def test_a_fit_that_was_stopped_goes_on_to_the_very_same_weights(
    songs: Corpus, frame_config: FrameConfig, bar_config: BarConfig, tmp_path: Path
) -> None:
    few = [songs.splits.index("train"), songs.splits.index("valid")]
    cut = {n: tuple(getattr(songs, n)[i] for i in few) for n in ("names", "splits", "pieces")}
    save_corpus(replace(songs, **cut), tmp_path / "corpus.npz")
    (tmp_path / "configs").write_bytes(pickle.dumps((frame_config, bar_config)))
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [os.getcwd(), *sys.path])),
        "KERAS_BACKEND": "jax",
        "XLA_FLAGS": "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, tmp_path],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for name in ("frames", "bars"):
        one, two = (
            np.load(tmp_path / name / how / "checkpoint.npz") for how in ("whole", "stopped")
        )
        assert sorted(one.files) == sorted(two.files)
        for array in one.files:
            assert np.array_equal(one[array], two[array]), (name, array)
        weights = [tmp_path / name / how / "best.weights.h5" for how in ("whole", "stopped")]
        assert all(path.exists() for path in weights)
    assert (tmp_path / "bars" / "whole" / "critic.weights.h5").exists()


def test_a_fit_says_the_bits_of_a_frame(
    songs: Corpus, frame_config: FrameConfig, tmp_path: Path
) -> None:
    once = replace(frame_config, fit=replace(frame_config.fit, passes=1))
    core = load_frames(once, fit(once, task_of(once, songs), tmp_path, say=lambda _: None))
    nats, frames = 0.0, 0
    for piece in fixed(songs.split("valid"), once):
        its = inputs_of(piece, once.grid)
        bits = {
            n: np.unpackbits(its[n], axis=-1)[None].astype(np.float32) for n in its if n != "place"
        }
        state = np.zeros((1, *core.input["state"].shape[1:]), np.float32)
        said = core(bits | {"place": its["place"][None], "state": state}, training=False)
        nats += sum(float(np.sum(np.asarray(said[name]))) for name in LOSSES)
        frames += len(piece)
    with (tmp_path / LOG).open() as file:
        row = next(csv.DictReader(file))
    assert float(row["val_bits"]) == pytest.approx(nats / frames / math.log(2), rel=1e-3)
