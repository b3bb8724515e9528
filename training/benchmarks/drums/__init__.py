"""How near a drums model comes to a drummer's timing, as GrooVAE is measured.

The protocol (Gillick et al. 2019, humanisation): performances in 4/4 of the Groove MIDI Dataset's
test split, nine drums, the loudest hit of each drum in each sixteenth, windows of two bars that
begin a bar apart. The model is given the score of a window, which drums in which sixteenths, and
says how far from the grid each hit is played; the error is the mean of |said - played|, in ms.

Ours is stepped through the score as on stage, in order, knowing nothing of what is to come later:
its next hit must be one of the drums left in this sixteenth, at most half a sixteenth from it. It
plays the window several times over and hears its own playing only. A hit is said to be where the
model, over all the times it played it, puts it at the median. The first hit has nothing before it
to be timed from, and is said to be on the grid.

Beside it stands a network made for this protocol alone, which sees the whole score of a window at
once as GrooVAE does, and is trained here on the training split.
"""

from argparse import ArgumentParser, Namespace
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from live.errors import UserError
from live.models.note_model import Chance, NoteModel
from live.models.shelf import find
from training.benchmarks import Say
from training.benchmarks.drums.drummer import Doubles, followed, median, played
from training.benchmarks.drums.score import BAR, SIXTEENTHS, Hit, Performance, read
from training.benchmarks.kept import add_run
from training.runs import use_backend

HELP = "timing of a drum score against the drummer's, in ms, beside GrooVAE"
LIMIT = 18.80
PUBLISHED = {"GrooVAE Seq2Seq (Gillick et al. 2019; as cited in the project's issue)": LIMIT}
GRID, USUAL = "on the grid", "median of the drum in that sixteenth (training split)"
OURS, FOLLOWING = "the model plays the score", "the model follows the drummer"
NETWORK = "network that sees the whole score"
WEIGHTS = "score.weights.h5"
TIMES = 8  # that it plays each window
SEED = 1


def add(parser: ArgumentParser) -> None:
    parser.add_argument("model", help="an .onnx file, or one that ships (drums)")
    parser.add_argument("folder", type=Path, help="the Groove MIDI Dataset, with its info.csv")
    add_run(parser, "runs/groove", "score")


def usual(performances: Sequence[Performance]) -> dict[tuple[int, int], float]:
    """The median offset, in beats, of each drum in each sixteenth of the bar."""
    offs = defaultdict(list)
    for performance in performances:
        for hit in performance.hits:
            offs[hit.drum, hit.sixteenth % BAR].append(hit.off)
    return {key: float(np.median(values)) for key, values in offs.items()}


def errors(performance: Performance, window: Sequence[Hit], said: Doubles) -> Doubles:
    """Ms, (hits,). said: beats from the grid, (hits,)."""
    return np.abs(said - [hit.off for hit in window]) * performance.beat


def run(given: Namespace, say: Say) -> dict[str, Any]:
    """Measure all on the test split. Raises UserError."""
    model = NoteModel.open(find(given.model))
    if model.codec.ticks_per_beat % (2 * SIXTEENTHS):
        raise UserError(
            f"{given.model} has {model.codec.ticks_per_beat} ticks to the beat: "
            f"give a model whose beat divides by {2 * SIXTEENTHS}"
        )
    use_backend("jax")
    from training.benchmarks.drums import network

    performances = {split: read(given.folder, split) for split in ("train", "test")}
    offs = usual(performances["train"])
    reader = network.load_or_train(performances["train"], given.out / WEIGHTS, say)
    chance = Chance(np.random.default_rng(SEED), model.codec)
    found: dict[str, list[Doubles]] = defaultdict(list)
    for number, performance in enumerate(performances["test"], 1):
        say(f"performance {number} of {len(performances['test'])}")
        for window in performance.windows():
            own = np.sum([played(model, window, chance) for _ in range(TIMES)], axis=0)
            for name, said in {
                GRID: np.zeros(len(window)),
                USUAL: np.array([offs.get((h.drum, h.sixteenth % BAR), 0.0) for h in window]),
                NETWORK: network.said(reader, window, performance.beat),
                OURS: median(own) / SIXTEENTHS,
                FOLLOWING: median(followed(model, window)) / SIXTEENTHS,
            }.items():
                found[name].append(errors(performance, window, said))
    ms = {name: round(float(np.concatenate(of).mean()), 3) for name, of in found.items()}
    return {
        "model": model.path.name,
        "sha256": model.sha256,
        "windows": len(found[OURS]),
        "hits": sum(map(len, found[OURS])),
        "times": TIMES,
        "timing_mae_ms": ms,
        "published": PUBLISHED,
        "limit": LIMIT,
        "under_it": {name: ms[name] < LIMIT for name in (OURS, NETWORK)},
    }


def table(figures: dict[str, Any]) -> str:
    """The figures for people to read."""
    rows = {**figures["published"], **figures["timing_mae_ms"]}
    lines = [
        f"{figures['windows']} windows of two bars, {figures['hits']} hits",
        f"{'timing, mean error':<72} {'ms':>6}",
        *(f"{name:<72} {ms:6.2f}" for name, ms in rows.items()),
        f"({FOLLOWING}: it hears each earlier hit as it was played, which is not the protocol)",
    ]
    for name, under in figures["under_it"].items():
        lines.append(f"{name}: {'under' if under else 'not under'} {figures['limit']} ms")
    return "\n".join(lines)
