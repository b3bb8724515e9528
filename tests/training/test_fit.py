"""Training stops and goes on anywhere with the same result, whoever readies its passes.

(On JAX, in a process of its own.)
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from training.config import Config
from training.corpus import prepare, save_corpus

pytest.importorskip("jax")

SCRIPT = """
import sys
from pathlib import Path
from training.config import read_config
from training.corpus import load_corpus
from training.fit import fit, task_of

config, folder = read_config(sys.argv[1]), Path(sys.argv[2])
corpus = load_corpus(folder / "corpus.npz")
task = task_of(config, corpus)
fit(config, task, folder / "whole")
fit(config, task, folder / "stopped", until=1)
fit(config, task, folder / "stopped", workers=1)
"""


def test_a_fit_that_was_stopped_goes_on_to_the_very_same_weights(
    folder: Path, config: Config, small: Path, tmp_path: Path
) -> None:
    save_corpus(prepare([folder], config.corpus), tmp_path / "corpus.npz")
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(filter(None, [os.getcwd(), *sys.path])),
        "KERAS_BACKEND": "jax",
        # What is compiled for the first start serves the others.
        "JAX_COMPILATION_CACHE_DIR": str(tmp_path / "compiled"),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
        # Nothing here runs long enough to be worth optimising.
        "XLA_FLAGS": "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, small, tmp_path],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert [line.split(":")[0] for line in said[:4]] == [
        *(f"pass {n}/3" for n in (1, 2, 3)),
        "pass 1/1",
    ]
    assert all(line.endswith("min left") for line in said[:4])
    assert said[4].startswith("going on after pass 1, ")

    one, two = (np.load(tmp_path / name / "checkpoint.npz") for name in ("whole", "stopped"))
    assert one.files == two.files
    for name in one.files:
        np.testing.assert_array_equal(one[name], two[name], err_msg=name)
    assert one["state"][0] == 3
    logs = [(tmp_path / n / "log.csv").read_text().splitlines() for n in ("whole", "stopped")]
    assert [row.split(",")[0] for row in logs[1]] == ["pass", "1", "2", "3"]
    # All but the seconds that a pass took.
    assert [row.split(",")[2:] for row in logs[0]] == [row.split(",")[2:] for row in logs[1]]
    assert list((tmp_path / "whole" / "tensorboard").rglob("events*"))
