"""From the best weights of a run to the one file that ships: checked, measured, and described."""

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from live.memory import Recall
from live.models.note_model import Chance, NoteModel
from training.card import machine
from training.coded import Coded
from training.config import Config
from training.corpus import Corpus
from training.evaluate import readings, score_all, spread
from training.export import check_parity, load_core, write_onnx
from training.graphs import quantise, redescribe
from training.runs import Run, passes_done

FLOAT, INT8 = "float", "int8"
MOST_LOSS = 0.01  # of the bits a note, for a smaller and faster file
SAMPLE = 20_000  # notes of held-out music that the variants are compared on
PACE = 0.010  # seconds from one step to the next, as on stage: the caches cool in between
STEPS = 2_000
PACKAGES = ("keras", "tensorflow-cpu", "tensorflow", "tf2onnx", "onnx", "onnxruntime", "numpy")


@dataclass(frozen=True)
class Candidate:
    """A file that could ship. bits: per note; parity: largest difference from Keras in a
    log-probability (float only); median_ms and p99_ms: of one paced step, one thread."""

    variant: str
    bytes: int
    bits: float
    parity: float | None
    median_ms: float = 0.0
    p99_ms: float = 0.0


def paced(path: Path, piece: Coded, steps: int = STEPS, pace: float = PACE) -> tuple[float, float]:
    """Median and 99th percentile, in milliseconds, of one sampled note, a step every `pace` s."""
    model = NoteModel.open(path)
    model.warm()
    chance = Chance(np.random.default_rng(0), model.codec)
    sounding = piece.sounding().astype(np.float32)
    state, took = model.start, np.empty(steps)
    due = time.perf_counter()
    for n in range(steps):
        due = max(due + pace, time.perf_counter())
        time.sleep(max(0.0, due - time.perf_counter()))
        at = n % len(piece)
        heard = (piece.heard[at], sounding[at])
        recall = Recall(piece.recalled[at], int(piece.match[at]))
        began = time.perf_counter()
        step = model.step(state, *heard, model.anything, chance.draw(), recall=recall)
        took[n] = time.perf_counter() - began
        state = step.state
    return round(float(np.median(took)) * 1e3, 3), round(float(np.quantile(took, 0.99)) * 1e3, 3)


def choose(candidates: Sequence[Candidate]) -> Candidate:
    """The fastest of those that lose at most MOST_LOSS of the first one's bits."""
    most = candidates[0].bits * (1 + MOST_LOSS)
    return min((c for c in candidates if c.bits <= most), key=lambda c: c.median_ms)


def origin_of(config: Config, corpus: Corpus, run: Run) -> dict[str, Any]:
    """What a model says of where it comes from, before any figure."""
    train = corpus.split("train")
    return {
        "data": config.data.name,
        "licence": config.data.licence,
        "attribution": config.data.attribution,
        "source": config.data.source,
        "corpus": corpus.digest,
        "pieces": len(train),
        "notes": sum(map(len, train)),
        "passes": passes_done(run),
        "command": [f"antiphon-train {what}" for what in (
            f"prepare {config.name} FOLDER", f"fit {config.name}", f"export {config.name}"
        )],
        "packages": _versions(),
    }  # fmt: skip


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def ship(
    run: Run,
    config: Config,
    corpus: Corpus,
    target: Path,
    say: Callable[[str], None] = print,
    sample: int = SAMPLE,
    steps: int = STEPS,
) -> dict[str, Any]:
    """Export, check, quantise, measure, choose; write the chosen file and return the figures.

    The float file is kept in the run. Needs Keras on TensorFlow. Raises ExportError when the
    weights do not fit or parity fails; then `target` is as it was.
    """
    core = load_core(config.codec, config.model, run.weights)
    origin = origin_of(config, corpus, run)
    held_out = readings(corpus.split("test") or corpus.split("valid"), config.codec)
    some = spread(held_out, sample)

    exact = run.model(FLOAT)
    write_onnx(core, config.codec, config.model, origin, exact)
    parity = check_parity(core, exact)
    say(f"float: differs from Keras by at most {parity:.1e} in a log-probability")
    quantise(exact, run.model(INT8))

    candidates = []
    for variant, difference in ((FLOAT, parity), (INT8, None)):
        path = run.model(variant)
        scored = score_all(path, some)
        bits = float(scored.bits.sum()) / scored.notes
        median, p99 = paced(path, some[0], steps)
        candidates.append(
            Candidate(variant, path.stat().st_size, round(bits, 4), difference, median, p99)
        )
        say(
            f"{variant}: {path.stat().st_size / 2**20:.1f} MB, {bits:.3f} bits a note on "
            f"{scored.notes} notes; a note in {median:.2f} ms (median), {p99:.2f} ms (p99)"
        )
    chosen = choose(candidates)
    figures = {
        "variant": chosen.variant,
        "loss": round(chosen.bits / candidates[0].bits - 1, 5),
        "sample_notes": sum(map(len, some)),
        "steps": steps,
        "pace_ms": PACE * 1e3,
        "candidates": [asdict(c) for c in candidates],
    }
    fresh = target.with_name(target.name + ".new")
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh.write_bytes(run.model(chosen.variant).read_bytes())
    redescribe(fresh, {"variant": chosen.variant, "parity": parity, "bits_per_note": chosen.bits})
    os.replace(fresh, target)
    say(f"{target}: {chosen.variant}")
    sha256 = NoteModel.open(target).sha256
    return {"sha256": sha256, "machine": machine(), "origin": origin, "export": figures}
