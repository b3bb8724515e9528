"""A model's card: what it was made from, how, and how good it is, from its figures alone."""

import json
import platform
from pathlib import Path
from typing import Any

from live.codec import NAMES
from live.errors import UserError
from live.models.note_model import NoteModel
from training.config import Config
from training.evaluate import Progress, evaluate
from training.runs import Run

ABOUT = {
    "markov": "back-off, of the best order",
    "markov_memory": "the same, with a memory of the piece's own notes and bars",
}


def machine() -> str:
    """The processor and system that figures were taken on."""
    name = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        name = f"{len(names)} x {names[0]}" if names else name
    except OSError:
        pass
    return f"{name}, {platform.system()}, Python {platform.python_version()}"


def gather(
    run: Run, config: Config, path: Path, workers: int, progress: Progress
) -> dict[str, Any]:
    """All figures of a shipped model: those of its export, and those on the whole test split.

    The latter are taken anew when the run's are another file's. Raises UserError when the file
    is not the one the run exported.
    """
    model = NoteModel.open(path)
    exported = _read(run.exported)
    if exported.get("sha256") != model.sha256:
        raise UserError(
            f"{path} is not the file that {run.folder} exported last: "
            f"run antiphon-train export {config.name} again"
        )
    evaluation = _read(run.evaluated)
    if evaluation.get("sha256") != model.sha256 or not evaluation.get("baselines"):
        pieces = run.read_corpus(config).split("test")
        evaluation = evaluate(path, pieces, workers=workers, progress=progress)
        evaluation["split"] = "test"
        run.evaluated.write_text(json.dumps(evaluation, indent=1))
    return {**exported, "evaluation": evaluation, "bytes": path.stat().st_size}


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError):
        return {}


def write(figures: dict[str, Any], config: Config) -> str:
    """The card, in Markdown."""
    origin, export, test = figures["origin"], figures["export"], figures["evaluation"]
    model = config.model
    parts = ", ".join(config.codec.voices)
    lines = [
        f"# {config.name}",
        "",
        f"A note model, an LSTM of {model.layers} x {model.units}, for the voices {parts}, "
        "each the player's or the machine's.",
        "",
        f"- File: `{test['model']}`, {figures['bytes'] / 2**20:.1f} MB, {export['variant']} "
        f"weights, sha256 `{test['sha256']}`",
        f"- Trained for {origin['passes']} passes over {origin['pieces']} pieces with "
        f"{origin['notes']:,} notes, transposed, in other tempi, dynamics and roles",
        f"- Made with {', '.join(f'{name} {v}' for name, v in origin['packages'].items())}",
        "",
        "## Data",
        f"{origin['data']}, licence {origin['licence']}. {origin['attribution']}.",
        f"Source: {origin['source']}. Digest of the prepared corpus: `{origin['corpus']}`.",
        "",
        "## Make it again",
        "```",
        *origin["command"],
        "```",
        "",
        "## Figures",
        f"{test['pieces']} pieces that were kept out of training ({test['split']} split), each in "
        f"both directions: {test['notes']:,} notes, the file itself stepped note by note. Bits a "
        "note, fewer is better; `no bar, seconds` is the same with no position in the bar and "
        "time in played seconds, as an instrument hears that keeps no beat.",
        "",
        *_table(test, "bits", lambda v: f"{v:.3f}"),
        "",
        *_against(test),
        "Accuracy: how often the likeliest choice, given the note's earlier fields, was the one "
        "that came.",
        "",
        *_table(test, "accuracy", lambda v: f"{v:.1%}"),
        "",
        f"## The file: float or int8\n{figures['machine']}. A sampled note, one thread, every "
        f"{export['pace_ms']:g} ms, {export['steps']} times; bits a note on "
        f"{export['sample_notes']:,} notes. Keras and the float file differ by at most "
        f"{export['candidates'][0]['parity']:.1e} in a log-probability.",
        "",
        "| variant | MB | bits a note | median ms | p99 ms |",
        "|---|---|---|---|---|",
        *(
            f"| {c['variant']} | {c['bytes'] / 2**20:.1f} | {c['bits']:.3f} | "
            f"{c['median_ms']:.2f} | {c['p99_ms']:.2f} |"
            for c in export["candidates"]
        ),
        "",
        f"Shipped: {export['variant']}, which loses {export['loss']:.2%} of the bits a note.",
        "",
    ]
    return "\n".join(lines)


def _table(test: dict[str, Any], what: str, show: Any) -> list[str]:
    rows = {"model": test, **test["baselines"]}
    if "free" in test:
        rows["model, no bar, seconds"] = test["free"]
    total = what == "bits"
    lines = [
        f"| {what} | " + ("all | " if total else "") + " | ".join(NAMES) + " |",
        "|---" * (len(NAMES) + 1 + total) + "|",
    ]
    for name, row in rows.items():
        cells = [row["bits_per_note"]] * total + [row[what][n] for n in NAMES]
        lines.append(f"| {name} | " + " | ".join(map(show, cells)) + " |")
    return lines


def _against(test: dict[str, Any]) -> list[str]:
    """How the model stands against the back-off models."""
    lines = []
    for name, about in ABOUT.items():
        if rival := test["baselines"].get(name):
            share = 1 - test["bits_per_note"] / rival["bits_per_note"]
            than = "fewer" if share > 0 else "more"
            lines += [f"Against {name} ({about}): {abs(share):.1%} {than}.", ""]
    return lines
