"""Nats a note on the JSB chorales in sixteenths, as CoCoNet and Music Transformer are measured.

The protocol: the chorales as grids of four voices by sixteenths (229/76/77 pieces), and the mean
negative log-likelihood in nats over the cells of the grid (Huang et al. 2017, Huang et al. 2018).

Two rows are ours: a note model, which plays on stage, by what it gives the notes of each grid
(see notes.py); and a network made for this protocol alone, which foretells the cells one by one
(see context.py) and is trained here on the training split.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from live.codec import DURATION, NAMES, PART, PITCH, TIME
from live.errors import UserError
from live.models.note_model import NoteModel
from live.models.shelf import find
from training.benchmarks import Say
from training.benchmarks.chorales.grids import VOICES, Chorale, read
from training.benchmarks.chorales.notes import Nats, measure
from training.benchmarks.kept import add_run
from training.grid_file import FRAMES
from training.runs import use_backend

HELP = "nats a note on the JSB chorales in sixteenths, beside CoCoNet and Music Transformer"
TRAIN, SPLITS = "train", ("valid", "test")
CHARGED = (TIME, PART, PITCH, DURATION)
WEIGHTS = "grid.weights.h5"
LIMIT = 0.335
PUBLISHED = {  # on the valid split
    "CoCoNet (Huang et al. 2017)": 0.436,
    "Transformer (as cited by Huang et al. 2018)": 0.417,
    "Transformer, relative positions (as cited by Huang et al. 2018)": 0.357,
    "Music Transformer (Huang et al. 2018)": LIMIT,
}


def add(parser: ArgumentParser) -> None:
    parser.add_argument("model", help="an .onnx file of four voices, or one that ships (chorale)")
    parser.add_argument("grids", type=Path, help="Jsb16thSeparated.json")
    add_run(parser, "runs/chorales", "grid")


def summed(measured: Sequence[Nats]) -> dict[str, Any]:
    """A note model's figures, as plain values: nats a cell, all told and what of it is whose."""
    cells, notes = sum(m.cells for m in measured), sum(len(m.notes) for m in measured)
    fields = np.sum([m.notes.sum(axis=0) for m in measured], axis=0)
    of_it = {NAMES[f]: float(fields[f]) for f in CHARGED}
    of_it["end"] = sum(m.end for m in measured)
    total = sum(of_it.values())
    return {
        "notes": notes,
        "nats": round(total / cells, 4),
        "nats_a_note_of_ours": round(total / notes, 4),
        "of_it": {name: round(nats / cells, 4) for name, nats in of_it.items()},
        "of_it_openings": round(sum(m.notes[: m.opening].sum() for m in measured) / cells, 4),
    }


def by_cell(chorales: dict[str, list[Chorale]], path: Path, say: Say) -> dict[str, dict[str, Any]]:
    """The grid network's figures, by split: nats a cell, of all and of each voice."""
    use_backend("jax")
    from training.benchmarks.chorales import network

    grids = {split: [c.grid() for c in its] for split, its in chorales.items()}
    model = network.load_or_train(grids[TRAIN], path, say)
    figures = {}
    for split in SPLITS:
        nats = network.nats(model, grids[split])
        voices = [round(float(each), 4) for each in nats.mean(axis=0)]
        figures[split] = {"nats": round(float(nats.mean()), 4), "by_voice": voices}
    return figures


def run(given: Namespace, say: Say) -> dict[str, Any]:
    """Measure both. Raises UserError."""
    model = NoteModel.open(find(given.model))
    codec = model.codec
    if len(codec.voices) != VOICES or codec.ticks_per_beat % FRAMES:
        raise UserError(
            f"{given.model} has the voices {', '.join(codec.voices)} and {codec.ticks_per_beat} "
            f"ticks to the beat: give a model of {VOICES} voices whose beat divides by {FRAMES}"
        )
    chorales = read(given.grids, (TRAIN, *SPLITS))
    ours: dict[str, Any] = {}
    for split in SPLITS:
        say(f"note model, {split}")
        ours[split] = summed([measure(model, chorale) for chorale in chorales[split]])
    rows = {model.path.name: ours, "grid network": by_cell(chorales, given.out / WEIGHTS, say)}
    return {
        "sha256": model.sha256,
        "pieces": {split: len(its) for split, its in chorales.items()},
        "cells": {split: sum(c.frames for c in chorales[split]) * VOICES for split in SPLITS},
        "published": PUBLISHED,
        "ours": rows,
        "limit": LIMIT,
        "under_it": {name: row[SPLITS[0]]["nats"] < LIMIT for name, row in rows.items()},
    }


def table(figures: dict[str, Any]) -> str:
    """The figures for people to read."""
    lines = [f"{'nats a cell (a note of the grid)':<66} {'valid':>6} {'test':>6}"]
    lines += [f"{name:<66} {nats:6.3f} {'-':>6}" for name, nats in figures["published"].items()]
    for name, row in figures["ours"].items():
        lines.append(f"{name:<66} " + " ".join(f"{row[split]['nats']:6.3f}" for split in SPLITS))
    for name, row in figures["ours"].items():
        for split in SPLITS:
            if "of_it" in row[split]:
                of_it = ", ".join(f"{what} {n:.3f}" for what, n in row[split]["of_it"].items())
                lines.append(f"{name}, {split}: {of_it}")
    for name, under in figures["under_it"].items():
        lines.append(f"{name}: {'under' if under else 'not under'} {figures['limit']} on valid")
    return "\n".join(lines)
