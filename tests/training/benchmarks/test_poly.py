"""The protocol as a command: what is trained, kept, gone on from and said."""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from live.errors import UserError
from training.benchmarks import poly
from training.benchmarks.poly import train as trainer
from training.benchmarks.poly.rolls import KEYS


@pytest.fixture(autouse=True)
def trained(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seeds that were trained; no model is."""
    seeds: list[int] = []
    roll = np.zeros((4, KEYS), np.uint8)
    monkeypatch.setattr(poly, "use_backend", lambda _: None)
    rolls = {split: [roll] for split in ("train", "valid", "test")}
    monkeypatch.setattr(poly, "load", lambda folder, name: rolls)

    def train(pieces: Any, settings: Any, joint: bool, seed: int, say: Any) -> dict[str, Any]:
        seeds.append(seed)
        return {"valid": 8.0 + seed, "test": 5.0 + seed + joint, "parameters": 9}

    monkeypatch.setattr(trainer, "train", train)
    return seeds


def given(out: Path, *words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    poly.add(parser)
    return parser.parse_args([str(out), "--out", str(out), "--sets", "jsb", *words])


def quiet(line: str) -> None: ...


def test_the_frequencies_of_the_keys_by_hand() -> None:
    train, test = (np.zeros((2, 4, KEYS), np.uint8) for _ in range(2))
    train[0, :, 60] = 1  # 4 of 8 frames: (4 + 1) / (8 + 2)
    test[:, 0] = 1  # first frames do not count
    test[1, 1, 60] = 1
    expected = np.log(2) + 87 * np.log(10 / 9)
    assert poly.marginal(list(train), list(test)) == pytest.approx(expected)


def test_mean_and_spread_over_seeds(tmp_path: Path) -> None:
    figures = poly.run(given(tmp_path, "--models", "joint"), quiet)
    assert figures["jsb"]["joint"]["test"] == 7
    assert figures["jsb"]["joint"]["spread"] == 1
    assert figures["jsb"]["joint"]["seeds"] == {0: 6, 1: 7, 2: 8}
    assert figures["jsb"]["frames"] == 3


def test_what_is_finished_is_not_trained_again(tmp_path: Path, trained: list[int]) -> None:
    one = ("--models", "joint", "--seeds")
    poly.run(given(tmp_path, *one, "1"), quiet)
    poly.run(given(tmp_path, *one, "0", "1"), quiet)
    assert trained == [1, 0]
    path = tmp_path / poly.RESULTS
    results = json.loads(path.read_text())
    results["jsb/joint/1"]["settings"]["units"] += 1
    path.write_text(json.dumps(results))
    poly.run(given(tmp_path, *one, "0", "1"), quiet)
    assert trained == [1, 0, 1]  # it was of another model


def test_damaged_results_are_one_line(tmp_path: Path) -> None:
    (tmp_path / poly.RESULTS).write_text('{"jsb/')
    with pytest.raises(UserError, match="is damaged: remove it to begin again"):
        poly.run(given(tmp_path), quiet)


def test_the_table_says_what_is_beaten_and_what_is_not(tmp_path: Path) -> None:
    lines = poly.table(poly.run(given(tmp_path, "--seeds", "0"), quiet)).splitlines()
    ends = {line[:72].strip(): line[72:].strip() for line in lines}
    assert ends["keys independent: ours"] == "5.000"
    assert ends["keys independent: best published"] == "beaten"
    assert ends["keys independent: TCN (Bai et al. 2018, Table 1)"] == "8.10"
    assert ends["keys jointly: best published"] == "not reached"
