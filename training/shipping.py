"""From the best weights of a run to the one file that ships: checked, measured, and described."""

import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from live.bench import figures
from live.bench.step import STAGE, stepper, time_steps
from live.models.any_model import open_any
from training.card import machine
from training.config import BaseConfig, Config
from training.corpus import Corpus
from training.evaluate import readings, score_all, spread
from training.export import check_parity, load_core, write_onnx
from training.graphs import quantise, redescribe
from training.runs import Run, passes_done

FLOAT, INT8 = "float", "int8"
MOST_LOSS = 0.01  # of the bits a note, for a smaller and faster file
SAMPLE = 20_000  # notes of held-out music that the variants are compared on
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


def choose(candidates: Sequence[Candidate]) -> Candidate:
    """The fastest of those that lose at most MOST_LOSS of the first one's bits."""
    most = candidates[0].bits * (1 + MOST_LOSS)
    return min((c for c in candidates if c.bits <= most), key=lambda c: c.median_ms)


def origin_of(config: BaseConfig, corpus: Corpus, run: Run) -> dict[str, Any]:
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
        "command": [f"antiphon-train run {config.name} FOLDER"],
        "packages": _versions(),
    }


def _versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


@dataclass(frozen=True)
class Shipment:
    """How a kind of model is written and measured.

    unit: what its bits are counted by; count: how many of those it is measured on; write: writes
    the float file and returns its largest difference from Keras; bits: of a file, a unit.
    """

    unit: str
    count: int
    write: Callable[[Path], float]
    bits: Callable[[Path], float]


def of_notes(run: Run, config: Config, corpus: Corpus, origin: dict[str, Any]) -> Shipment:
    """Raises ExportError when the weights do not fit."""
    core = load_core(config.codec, config.model, run.weights)
    held_out = readings(corpus.split("test") or corpus.split("valid"), config.codec)
    some = spread(held_out, SAMPLE)

    def write(path: Path) -> float:
        write_onnx(core, config.codec, config.model, origin, path)
        return check_parity(core, path)

    def bits(path: Path) -> float:
        return score_all(path, some).bits_per_note

    return Shipment("note", sum(map(len, some)), write, bits)


def ship(
    run: Run,
    shipment: Shipment,
    origin: dict[str, Any],
    target: Path,
    say: Callable[[str], None] = print,
    steps: int = STEPS,
) -> dict[str, Any]:
    """Export, check, quantise, measure, choose; write the chosen file and return the figures.

    The float file is kept in the run. Needs Keras on TensorFlow. Raises ExportError when parity
    fails; then `target` is as it was.
    """
    unit, exact = shipment.unit, run.model(FLOAT)
    parity = shipment.write(exact)
    say(f"float: differs from Keras by at most {parity:.1e}")
    quantise(exact, run.model(INT8))

    candidates = []
    for variant, difference in ((FLOAT, parity), (INT8, None)):
        path = run.model(variant)
        bits = shipment.bits(path)
        timed = figures.spread(time_steps(stepper(open_any(path)), steps, STAGE)[0])
        candidate = Candidate(
            variant, path.stat().st_size, round(bits, 4), difference,
            timed["median_ms"], timed["p99_ms"],
        )  # fmt: skip
        candidates.append(candidate)
        say(
            f"{variant}: {candidate.bytes / 2**20:.1f} MB, {bits:.3f} bits a {unit} on "
            f"{shipment.count}; a step in {candidate.median_ms:.2f} ms (median), "
            f"{candidate.p99_ms:.2f} ms (p99)"
        )
    chosen = choose(candidates)
    measured = {
        "variant": chosen.variant,
        "loss": round(chosen.bits / candidates[0].bits - 1, 5),
        "unit": unit,
        "sample": shipment.count,
        "steps": steps,
        "pace_ms": STAGE * 1e3,
        "candidates": [asdict(c) for c in candidates],
    }
    fresh = target.with_name(target.name + ".new")
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh.write_bytes(run.model(chosen.variant).read_bytes())
    redescribe(
        fresh, {"variant": chosen.variant, "parity": parity, f"bits_per_{unit}": chosen.bits}
    )
    os.replace(fresh, target)
    say(f"{target}: {chosen.variant}")
    sha256 = open_any(target).sha256
    return {"sha256": sha256, "machine": machine(), "origin": origin, "export": measured}
