"""The machine's next bar by models of any kind, beside the bar that really followed.

Each is given the last bars of both sides of pieces that nobody trained on, and makes one bar of
the machine's as on stage: a model of rolls by the code that plays it, a note model with its place
in the bar known. What the player does in that bar nobody knows.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from training.benchmarks import Say

if TYPE_CHECKING:
    from training.measures.excerpts import Excerpt

HELP = "the machine's next bar by any models (bars, frames, pop), beside the real one"
CONTEXT = 6  # bars that are heard
VERSIONS = 4  # of one bar, for diversity
VARIED = 40  # windows it is measured on


def add(parser: ArgumentParser) -> None:
    parser.add_argument("corpus", type=Path, metavar="CORPUS", help="what prepare wrote")
    parser.add_argument("models", nargs="+", metavar="MODEL", help=".onnx files, or shipped ones")
    parser.add_argument("--windows", type=int, default=300, metavar="N", help="[%(default)s]")
    parser.add_argument("--split", choices=("valid", "test"), default="test", help="[%(default)s]")
    parser.add_argument("--temperature", type=float, default=1.0, help="[%(default)s]")
    parser.add_argument("--seed", type=int, default=0, help="[%(default)s]")


@dataclass(frozen=True)
class Window:
    """rolls: (frames, 2, 2, KEYS) of the bars heard; followed: the machine's next, (bar, 2, KEYS);
    piece: its number."""

    rolls: Any
    followed: Any
    piece: int


Maker = Callable[[Window, int], Any]  # and a seed -> the machine's roll of the next bar


def run(given: Namespace, say: Say) -> dict[str, Any]:
    """The figures of every row. Raises UserError."""
    from live.models.any_model import open_any
    from live.models.shelf import find
    from training.benchmarks.on_end import on_end
    from training.corpus import load_corpus
    from training.measures.statistics import compare, figures, spread

    models = [open_any(find(name)) for name in given.models]
    pieces = load_corpus(given.corpus).split(given.split)
    windows = _windows(pieces, given.windows, given.seed)
    heard = [_excerpt(_both(w.rolls), CONTEXT) for w in windows]
    real = [_excerpt(w.followed) for w in windows]
    makers = {m.path.name: MAKERS[m.contract.kind](m, given.temperature) for m in models}
    sets = {"real": real, "its last bar again": [_excerpt(w.rolls[-BAR:, 1]) for w in windows]}
    rows: dict[str, Any] = {}
    for name, maker in makers.items():
        say(f"{name} ...")
        sets[name] = [_excerpt(maker(w, given.seed + n)) for n, w in enumerate(windows)]
    for name, made in sets.items():
        rows[name] = figures(made, heard)
        if made is not real:
            rows[name]["against"] = compare(made, real)
            rows[name]["told_apart"] = _told_apart(made, real, heard, windows)
    for name, maker in makers.items():
        several = [
            [_excerpt(maker(w, given.seed + 1000 + n)) for n in range(VERSIONS)]
            for w in windows[:VARIED]
        ]
        rows[name]["diversity"] = float(np.mean([spread(bars) for bars in several]))
    by_piece: dict[int, list[Excerpt]] = {}
    for bar, w in zip(real, windows, strict=True):
        by_piece.setdefault(w.piece, []).append(bar)
    rows["real"]["diversity"] = float(
        np.mean([spread(bars) for bars in by_piece.values() if len(bars) > 1])
    )
    return {
        "windows": len(windows),
        "pieces": len(by_piece),
        "split": given.split,
        "bars_heard": CONTEXT,
        "temperature": given.temperature,
        "rows": rows,
        "on_end": on_end(
            models, pieces, CONTEXT, given.temperature, given.windows // 2, given.seed
        ),
    }


FRAMES, BEATS = 4, 4
BAR = FRAMES * BEATS


def _windows(pieces: Sequence[Any], count: int, seed: int) -> list[Window]:
    """Drawn over all pieces, in both directions. Raises UserError where there are too few."""
    from live.errors import UserError
    from training.config import GridConfig
    from training.roles import both_directions
    from training.rolls.grid import rolled
    from training.rolls.windows import window, windows

    grid = GridConfig(FRAMES, BEATS, CONTEXT)
    rng = np.random.default_rng(seed)
    found: list[Window] = []
    for number, piece in enumerate(pieces):
        if piece.beatless:
            continue
        for roles in both_directions(piece):
            arrays = windows([rolled(piece, roles, grid)], grid)
            starts = arrays["starts"]
            if len(starts):
                share = -(-count // (2 * len(pieces)))
                for start in rng.choice(starts, min(share, len(starts)), replace=False):
                    found.append(Window(*window(arrays, int(start), CONTEXT * BAR, BAR), number))
    if len(found) < 2 * VERSIONS:
        raise UserError("the corpus has too few bars of four beats: prepare more pieces")
    order = rng.permutation(len(found))[:count]
    return [found[i] for i in order]


def _both(rolls: Any) -> Any:
    return rolls.max(axis=1)


def _excerpt(roll: Any, bars: int = 1) -> "Excerpt":
    from live.roll import read
    from training.measures.excerpts import Excerpt

    start, end, pitch = np.array(read(roll), dtype=np.int64).reshape(-1, 3).T
    nothing = np.zeros_like(pitch)
    length = (end - start) / FRAMES
    return Excerpt(start / FRAMES, length, pitch, nothing + 80, nothing, bars, float(BEATS))


def _told_apart(made: Any, real: Any, heard: Any, windows: Sequence[Window]) -> float:
    from training.measures.classifier import told_apart
    from training.measures.statistics import features

    ours, theirs = (
        np.stack([features(*pair) for pair in zip(bars, heard, strict=True)])
        for bars in (made, real)
    )
    whose = [w.piece for w in windows]
    return told_apart(ours, theirs, whose, whose)


def _of_rolls(model: Any, temperature: float) -> Maker:
    from live.models.roll_model import Chance
    from live.planning.next_bar import next_bar
    from live.roll import SOUNDING, STRUCK

    def make(w: Window, seed: int) -> Any:
        chance = Chance(np.random.default_rng(seed), model.contract)
        bar, _ = next_bar(model, w.rolls, chance, temperature)
        # As on stage: what goes on but does not sound yet is struck.
        bar[0, STRUCK] |= bar[0, SOUNDING] & ~w.rolls[-1, 1, SOUNDING] & 1
        return bar

    return make


def _of_notes(model: Any, temperature: float) -> Maker:
    from live import roll
    from live.models.note_model import Chance
    from live.notes import MACHINE, SIDES, Note, Part
    from live.reader import Reader
    from training.bars_reader import Ticks, go_on

    codec = model.codec
    ticks = codec.ticks_per_beat / FRAMES
    bar = round(BEATS * codec.ticks_per_beat)
    mine = frozenset(codec.voices[-1:])

    def make(w: Window, seed: int) -> Any:
        notes = [
            Note(start * ticks, Part(side, codec.voices[n - 1]), pitch, 80, (end - start) * ticks)
            for n, side in enumerate(SIDES)
            for start, end, pitch in roll.read(w.rolls[:, n])
        ]
        reader = Reader(model, Ticks(lambda at: (round(at) % bar, bar)))
        chance = Chance(np.random.default_rng(seed), codec)
        begin = CONTEXT * bar
        notes.sort(key=lambda note: (note.onset, note.part.side == MACHINE, note.pitch))
        made = go_on(reader, notes, begin, begin + bar, chance, mine, temperature, 200)
        start = np.round([(n.onset - begin) / ticks for n in made]).astype(int)
        length = np.round([(n.duration or 0) / ticks for n in made]).astype(int)
        return roll.write(start, start + np.maximum(1, length), [n.pitch for n in made], BAR)

    return make


MAKERS: dict[str, Callable[[Any, float], Maker]] = {"notes": _of_notes, "roll": _of_rolls}


def table(figures: dict[str, Any]) -> str:
    rows = figures["rows"]
    single = [name for name, value in rows["real"].items() if isinstance(value, float)]
    against = list(rows["its last bar again"]["against"])
    head = ["told apart", *single, *(f"{name} ov." for name in against)]
    lines = [
        f"{figures['windows']} windows of {figures['pieces']} pieces ({figures['split']}), "
        f"{figures['bars_heard']} bars heard, temperature {figures['temperature']}",
        f"{'':<20}" + "".join(f"{name.replace('_', ' '):>19}" for name in head),
    ]
    for name, row in rows.items():
        cells = [row.get("told_apart"), *(row.get(s) for s in single)]
        cells += [row["against"][a]["overlap"] if "against" in row else None for a in against]
        told = "".join(f"{'-' if c is None else format(c, '.3f'):>19}" for c in cells)
        lines.append(f"{name:<20}{told}")
    if figures["on_end"]:
        names = list(figures["on_end"]["real"])
        lines += ["", f"{'eight bars on end':<20}" + "".join(f"{n:>19}" for n in names)]
    for name, row in figures["on_end"].items():
        lines.append(f"{name:<20}" + "".join(f"{value:19.3f}" for value in row.values()))
    return "\n".join(lines)
