"""Pieces -> bars with what came before them: the windows that the bars model learns from."""

import numpy as np
import numpy.typing as npt

from live.roll import KEYS, STRUCK, Roll
from training.batches import Arrays
from training.config import BarConfig, GridConfig
from training.midi_file import Piece
from training.roles import both_directions
from training.rolls.grid import Rolled, augmented, rolled

MACHINE = 1
Floats = npt.NDArray[np.float32]


def windows(pieces: list[Rolled], grid: GridConfig) -> Arrays:
    """frames: all frames of the pieces, (F, 44), in bits; starts: (W,), where each window of
    `context` bars and one more begins.

    All its bars are of the grid's length, and the machine plays somewhere in it.
    """
    length, count = grid.frames * grid.beats, grid.context + 1
    packed, starts, before = [], [], 0
    for piece in pieces:
        flat = piece.rolls.reshape(len(piece), -1)
        # Where a run of as many frames as a window needs is all bars of that length.
        whole = np.flatnonzero((piece.place == 0) & (piece.bar == length))
        follows = np.isin(whole[:, None] + np.arange(count) * length, whole).all(axis=1)
        whole = whole[follows & (whole + count * length <= len(piece))]
        plays = np.cumsum(np.append(0, piece.rolls[:, MACHINE, STRUCK].any(axis=-1)))
        whole = whole[plays[whole + count * length] > plays[whole]]
        packed.append(np.packbits(flat, axis=-1))
        starts.append(whole + before)
        before += len(piece)
    return {"frames": np.concatenate(packed), "starts": np.concatenate(starts)}


def training_pass(pieces: list[Piece], config: BarConfig, number: int) -> Arrays:
    """Every window once, in a new order, each in a new reading; the number decides both."""
    rng = np.random.default_rng((config.seed, number))
    found = windows([augmented(p, config.grid, config.augment, rng) for p in pieces], config.grid)
    return found | {"starts": rng.permutation(found["starts"])}


def fixed(pieces: list[Piece], grid: GridConfig) -> Arrays:
    """The windows of every piece in both directions, as written: for figures."""
    return windows([rolled(p, r, grid) for p in pieces for r in both_directions(p)], grid)


def cut(arrays: Arrays, at: npt.NDArray[np.int64], grid: GridConfig) -> tuple[Floats, Floats]:
    """The windows that begin at the frames `at` (B,): their context (B, frames, KEYS, 4 * bars),
    and the bar that followed, of the machine, (B, frames, KEYS, 2)."""
    length, bars = grid.frames * grid.beats, grid.context + 1
    bits = np.unpackbits(arrays["frames"][at[:, None] + np.arange(bars * length)], axis=-1)
    whole = bits.reshape(len(at), bars, length, 4, KEYS)
    context = context_of(whole[:, :-1])
    return context, whole[:, -1, :, 2 * MACHINE :].transpose(0, 1, 3, 2).astype(np.float32)


def context_of(bars: npt.NDArray[np.uint8]) -> Floats:
    """(B, bars, frames, 4, KEYS) -> (B, frames, KEYS, 4 * bars): the bars laid over each other."""
    laid = bars.transpose(0, 2, 4, 1, 3)
    return laid.reshape(*laid.shape[:3], -1).astype(np.float32)


def window(arrays: Arrays, start: int, before: int, frames: int) -> tuple[Roll, Roll]:
    """One window that begins at that frame: what is heard, (before, 2, 2, KEYS), and the machine's
    roll of the frames that follow, (frames, 2, KEYS)."""
    bits = np.unpackbits(arrays["frames"][start : start + before + frames], axis=-1)
    rolls = bits.reshape(before + frames, 2, 2, KEYS)
    return rolls[:before], rolls[before:, MACHINE]
