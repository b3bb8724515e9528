"""The frame protocol of Boulanger-Lewandowski et al. 2012 and Bai, Kolter & Koltun 2018.

Nats a frame: the 88 keys of frame t + 1 given the frames up to t, summed over keys, averaged over
all frames of the test pieces but each piece's first, at the best validation pass.
"""

import argparse
import json
import os
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np

from live.errors import UserError
from training.benchmarks import Say
from training.benchmarks.poly.rolls import SETS, Bytes, load, read
from training.benchmarks.poly.settings import MODELS, SETTINGS
from training.runs import use_backend

HELP = "frames of piano roll: nats a frame on JSB, Nottingham, MuseData and Piano-midi"
RESULTS = "results.json"

BAI = "Bai et al. 2018, Table 1"
BOULANGER = "Boulanger-Lewandowski et al. 2012, Table 1"
# The keys independent given the past, or jointly; nats a frame on test.
PUBLISHED: dict[str, dict[str, dict[str, float]]] = {
    "independent": {
        f"RNN ({BAI})": {"jsb": 8.91, "nottingham": 4.05},
        f"GRU ({BAI})": {"jsb": 8.43, "nottingham": 3.46},
        f"LSTM ({BAI})": {"jsb": 8.45, "nottingham": 3.29},
        f"TCN ({BAI})": {"jsb": 8.10, "nottingham": 3.07},
    },
    "joint": {
        f"RNN-RBM ({BOULANGER})": {"jsb": 6.27, "nottingham": 2.39, "muse": 6.01, "piano": 7.09},
        f"RNN-NADE ({BOULANGER})": {"jsb": 5.56, "nottingham": 2.31, "muse": 5.60, "piano": 7.05},
    },
}


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="that holds the .mat files")
    parser.add_argument(
        "--out", type=Path, metavar="RUN", default=Path("runs/poly"),
        help="folder of what is finished, to go on from [%(default)s]",
    )  # fmt: skip
    for name, known in (("sets", list(SETS)), ("models", list(MODELS))):
        parser.add_argument(
            f"--{name}", nargs="+", choices=known, default=known, metavar="NAME",
            help=f"which of {', '.join(known)} [all]",
        )  # fmt: skip
    parser.add_argument(
        "--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="N",
        help="a training from each [0 1 2]",
    )  # fmt: skip


def marginal(train: Sequence[Bytes], test: Sequence[Bytes]) -> float:
    """Nats a frame of each key's frequency in the training frames (with one more of each kind)."""
    seen, asked = np.concatenate(train), np.concatenate([roll[1:] for roll in test])
    share = (seen.sum(axis=0) + 1) / (len(seen) + 2)
    on = asked.mean(axis=0)
    return float(-(on * np.log(share) + (1 - on) * np.log(1 - share)).sum())


def _finished(path: Path) -> dict[str, Any]:
    try:
        results: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise UserError(f"{path} is damaged: remove it to begin again") from error
    return results


def _keep(path: Path, results: dict[str, Any]) -> None:
    """Written whole or not at all: a training takes minutes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(results, indent=1))
    os.replace(fresh, path)


def run(given: argparse.Namespace, say: Say) -> dict[str, Any]:
    """Train what is not yet finished, and sum up. Raises UserError."""
    use_backend("jax")
    path = given.out / RESULTS
    results = _finished(path)
    figures: dict[str, Any] = {}
    for name in given.sets:
        rolls = load(given.folder, name)
        figures[name] = {
            "frames": sum(len(roll) - 1 for roll in rolls["test"]),
            "marginal": round(marginal(rolls["train"], rolls["test"]), 3),
        }
        pieces: dict[str, Any] = {}
        for model in given.models:
            settings = SETTINGS[name, model]
            for seed in given.seeds:
                key = f"{name}/{model}/{seed}"
                if results.get(key, {}).get("settings") == asdict(settings):
                    continue
                from training.benchmarks.poly.train import train

                pieces = pieces or {k: [read(roll) for roll in v] for k, v in rolls.items()}
                say(f"{name}, {model}, seed {seed}")
                found = train(pieces, settings, MODELS[model], seed, say)
                results[key] = found | {"settings": asdict(settings)}
                _keep(path, results)
            figures[name][model] = _summed(
                {seed: results[f"{name}/{model}/{seed}"] for seed in given.seeds}
            )
    return figures


def _summed(by_seed: dict[int, dict[str, Any]]) -> dict[str, Any]:
    test = [found["test"] for found in by_seed.values()]
    return {
        "test": round(mean(test), 4),
        "spread": round(stdev(test), 4) if len(test) > 1 else None,
        "valid": round(mean(found["valid"] for found in by_seed.values()), 4),
        "seeds": {seed: round(found["test"], 4) for seed, found in by_seed.items()},
        "parameters": next(iter(by_seed.values()))["parameters"],
    }


def table(figures: dict[str, Any]) -> str:
    """Ours beside the published, and whether the best of those is beaten."""
    names = list(figures)
    lines: list[str] = []

    def row(label: str, cells: Sequence[str]) -> None:
        lines.append((f"{label:<72}" + "".join(f"{cell:>16}" for cell in cells)).rstrip())

    row("nats a frame, test (mean ± standard deviation over seeds)", names)
    row("each key's frequency", [f"{figures[name]['marginal']:.2f}" for name in names])
    for model, what in (("independent", "keys independent"), ("joint", "keys jointly")):
        if not any(model in figures[name] for name in names):
            continue
        row(f"{what}: ours", [_cell(figures[name].get(model)) for name in names])
        for label, published in PUBLISHED[model].items():
            cells = [f"{published[n]:.2f}" if n in published else "" for n in names]
            row(f"{what}: {label}", cells)
        row(f"{what}: best published", [_verdict(figures[n].get(model), model, n) for n in names])
    return "\n".join(lines)


def _cell(ours: dict[str, Any] | None) -> str:
    if ours is None:
        return ""
    spread = "" if ours["spread"] is None else f" ± {ours['spread']:.3f}"
    return f"{ours['test']:.3f}{spread}"


def _verdict(ours: dict[str, Any] | None, model: str, name: str) -> str:
    known = [figures[name] for figures in PUBLISHED[model].values() if name in figures]
    if ours is None or not known:
        return ""
    return "beaten" if ours["test"] < min(known) else "not reached"
