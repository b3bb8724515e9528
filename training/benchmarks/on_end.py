"""Eight bars on end: what a model of rolls makes of its own bars, while the player plays on as in
the song. Does it go round in circles?"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from live.models.roll_model import Chance
from live.planning.next_bar import alike, next_bar
from live.roll import STRUCK
from training.config import GridConfig
from training.roles import both_directions
from training.rolls.grid import rolled
from training.rolls.windows import window, windows

BARS = 8
SAME = 0.5  # share from which on a bar is the one before again
Rolls = npt.NDArray[np.uint8]


def songs(pieces: Sequence[Any], heard: int, bar: int, most: int, seed: int) -> list[Rolls]:
    """Stretches of `heard` bars and BARS more, (frames, 2, 2, KEYS), one of each piece at most."""
    grid = GridConfig(4, bar // 4, heard + BARS - 1)
    rng = np.random.default_rng(seed)
    found = []
    for piece in pieces:
        arrays = windows([rolled(piece, both_directions(piece)[0], grid)], grid)
        if not piece.beatless and len(arrays["starts"]):
            start = int(rng.choice(arrays["starts"]))
            before, after = heard * bar, BARS * bar
            first, _ = window(arrays, start, before + after, 0)
            if first[before:, 0].any() and first[:before, 1].any():
                found.append(first)
    return [found[i] for i in rng.permutation(len(found))[:most]]


def played_on(model: Any, song: Rolls, heard: int, temperature: float, seed: int) -> list[Rolls]:
    """The machine's next BARS bars, (bar, 2, KEYS) each, as on stage: it hears its own."""
    chance = Chance(np.random.default_rng(seed), model.contract)
    bar = model.contract.bar
    known, bars, state = song[: heard * bar], [], None
    for number in range(BARS):
        made, state = next_bar(model, known, chance, temperature, state)
        following = song[(heard + number) * bar :][:bar].copy()
        following[:, 1] = made
        known = np.concatenate((known, following))
        bars.append(made)
    return bars


def real(song: Rolls, heard: int, bar: int) -> list[Rolls]:
    return list(song[heard * bar :, 1].reshape(BARS, bar, *song.shape[2:]))


def figures(played: Sequence[Sequence[Rolls]]) -> dict[str, float]:
    """again: what a bar has of the one before, mean; circles: share of bars that are the one before
    again; notes, notes_last: to a bar, and to the last."""
    pairs = [
        alike(one, two)
        for bars in played
        for one, two in pairwise(bars)
        if one[:, STRUCK].any() or two[:, STRUCK].any()
    ]
    notes = np.array([[bar[:, STRUCK].sum() for bar in bars] for bars in played])
    return {
        "again": float(np.mean(pairs)),
        "circles": float(np.mean(np.array(pairs) > SAME)),
        "notes": float(notes.mean()),
        "notes_last": float(notes[:, -1].mean()),
    }


def on_end(
    models: Sequence[Any],
    pieces: Sequence[Any],
    heard: int,
    temperature: float,
    most: int,
    seed: int,
) -> dict[str, dict[str, float]]:
    """The figures of the songs themselves and of every model of rolls, by name."""
    rolls = [model for model in models if model.contract.kind == "roll"]
    if not rolls:
        return {}
    bar = rolls[0].contract.bar
    stretches = songs(pieces, heard, bar, most, seed)
    if not stretches:
        return {}
    rows = {"real": figures([real(song, heard, bar) for song in stretches])}
    for model in rolls:
        rows[model.path.name] = figures(
            [
                played_on(model, song, heard, temperature, seed + n)
                for n, song in enumerate(stretches)
            ]
        )
    return rows
