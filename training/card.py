"""A model's card: what it was made from, how, and how good it is, from its figures alone."""

import json
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Any

from live.codec import NAMES
from live.errors import UserError
from live.models.any_model import open_any
from training.config import AnyConfig, BarConfig, Config, FrameConfig
from training.evaluate import Progress, evaluate
from training.runs import Run

RIVALS = {
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
    run: Run, config: AnyConfig, path: Path, workers: int, progress: Progress
) -> dict[str, Any]:
    """All figures of a shipped model: those of its export, and those on the whole test split.

    The latter are taken anew when the run's are another file's. Raises UserError when the file
    is not the one the run exported.
    """
    model = open_any(path)
    exported = _read(run.exported)
    if exported.get("sha256") != model.sha256:
        raise UserError(
            f"{path} is not the file that {run.folder} exported last: "
            f"run antiphon-train export {config.name} again"
        )
    evaluation = _read(run.evaluated)
    if evaluation.get("sha256") != model.sha256 or not evaluation.get("baselines"):
        pieces = run.read_corpus(config).split("test")
        evaluation = EVALUATE[type(config)](path, config, pieces, workers, progress)
        evaluation["split"] = "test"
        run.evaluated.write_text(json.dumps(evaluation, indent=1))
    return {**exported, "evaluation": evaluation, "bytes": path.stat().st_size}


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text()))
    except (OSError, ValueError):
        return {}


def write(figures: dict[str, Any], config: AnyConfig) -> str:
    """The card, in Markdown."""
    origin, export, test = figures["origin"], figures["export"], figures["evaluation"]
    about, measured = ABOUT[type(config)], FIGURES[type(config)]
    unit = export["unit"]
    lines = [
        f"# {config.name}",
        "",
        about(config),
        "",
        f"- File: `{test['model']}`, {figures['bytes'] / 2**20:.1f} MB, {export['variant']} "
        f"weights, sha256 `{test['sha256']}`",
        f"- Trained for {origin['passes']} passes over {origin['pieces']} pieces with "
        f"{origin['notes']:,} notes, read anew in each (see the config for how)",
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
        *measured(test),
        f"## The file: float or int8\n{figures['machine']}. A {unit} with its sampling, one "
        f"thread, every {export['pace_ms']:g} ms, {export['steps']} times; bits a {unit} on "
        f"{export['sample']:,} of them. Keras and the float file differ by at most "
        f"{export['candidates'][0]['parity']:.1e}.",
        "",
        f"| variant | MB | bits a {unit} | median ms | p99 ms |",
        "|---|---|---|---|---|",
        *(
            f"| {c['variant']} | {c['bytes'] / 2**20:.1f} | {c['bits']:.3f} | "
            f"{c['median_ms']:.2f} | {c['p99_ms']:.2f} |"
            for c in export["candidates"]
        ),
        "",
        f"Shipped: {export['variant']}, which loses {export['loss']:.2%} of the bits a {unit}.",
        "",
    ]
    return "\n".join(lines)


# ---- what differs from kind to kind


def _about_notes(config: Any) -> str:
    model = config.model
    return (
        f"A note model, an LSTM of {model.layers} x {model.units}, for the voices "
        f"{', '.join(config.codec.voices)}, each the player's or the machine's."
    )


def _about_frames(config: Any) -> str:
    model, grid = config.model, config.grid
    return (
        f"A model of piano rolls, an LSTM of {model.layers} x {model.units} over frames of both "
        f"sides, {grid.frames} to the beat; each key by itself."
    )


def _about_bars(config: Any) -> str:
    return (
        "A model of piano rolls, a GAN: the machine's next bar from the last "
        f"{config.grid.context} bars of both sides, {config.model.candidates} in one call, of "
        "which its critic chooses."
    )


def _figures_of_notes(test: dict[str, Any]) -> list[str]:
    return [
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
    ]


def _figures_of_frames(test: dict[str, Any]) -> list[str]:
    rows = {"model": test, **test["baselines"]}
    return [
        f"{test['pieces']} pieces that were kept out of training ({test['split']} split), each in "
        f"both directions: {test['frames']:,} frames of both sides, the file itself stepped frame "
        "by frame. Bits a frame, fewer is better.",
        "",
        "| bits | all | sounding | struck again |",
        "|---|---|---|---|",
        *(
            f"| {name} | {row['bits_per_frame']:.3f} | {row['bits']['sounding']:.3f} | "
            f"{row['bits']['struck']:.3f} |"
            for name, row in rows.items()
        ),
        "",
        "often: each key as often as in those pieces at large. same as before: each key given "
        "whether it sounded in the frame before. (Both know those pieces: they are bounds for "
        "what such counting can reach.)",
        "",
    ]


def _figures_of_bars(test: dict[str, Any]) -> list[str]:
    rows = {"model": test, **test["baselines"]}
    return [
        f"{test['windows']:,} windows of {test['pieces']} pieces that were kept out of training "
        f"({test['split']} split). Made bars beside those that followed.",
        "",
        "| | notes a bar | empty bars | keys sounding | on the beat | on keys struck before |",
        "|---|---|---|---|---|---|",
        *(
            f"| {name} | {row['notes']:.2f} | {row['empty']:.1%} | {row['sounding']:.2f} | "
            f"{row['on_beat']:.1%} | {row['familiar']:.1%} |"
            for name, row in rows.items()
        ),
        "",
        f"Two bars after the same bars differ in {test['differ']:.1%} of their notes; what "
        f"followed and the bar before it in {test['differ_real']:.1%}.",
        "",
    ]


def _evaluate_notes(path: Path, _: Any, pieces: Any, workers: int, progress: Progress) -> Any:
    return evaluate(path, pieces, workers=workers, progress=progress)


def _evaluate_rolls(path: Path, config: Any, pieces: Any, workers: int, progress: Progress) -> Any:
    from training.rolls.evaluate import evaluate_bars, evaluate_frames

    which = evaluate_frames if isinstance(config, FrameConfig) else evaluate_bars
    return which(path, config, pieces, progress)


EVALUATE: dict[type, Callable[..., dict[str, Any]]] = {
    Config: _evaluate_notes,
    FrameConfig: _evaluate_rolls,
    BarConfig: _evaluate_rolls,
}
ABOUT: dict[type, Callable[[Any], str]] = {
    Config: _about_notes,
    FrameConfig: _about_frames,
    BarConfig: _about_bars,
}
FIGURES: dict[type, Callable[[dict[str, Any]], list[str]]] = {
    Config: _figures_of_notes,
    FrameConfig: _figures_of_frames,
    BarConfig: _figures_of_bars,
}


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
    for name, about in RIVALS.items():
        if rival := test["baselines"].get(name):
            share = 1 - test["bits_per_note"] / rival["bits_per_note"]
            than = "fewer" if share > 0 else "more"
            lines += [f"Against {name} ({about}): {abs(share):.1%} {than}.", ""]
    return lines
