"""Pieces -> piano rolls of both sides, on the grid of the beat."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from live import roll
from training.config import AugmentConfig, GridConfig
from training.midi_file import Piece
from training.roles import Roles, draw_roles

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Rolled:
    """F frames. rolls: (F, 2, 2, KEYS) of 0 and 1, the player's roll and the machine's (see
    live.roll); place: (F,), frames since the bar began; bar: (F,), that bar's length in frames."""

    rolls: roll.Roll
    place: Ints
    bar: Ints

    def __len__(self) -> int:
        return len(self.rolls)


def rolled(piece: Piece, roles: Roles, grid: GridConfig, transpose: int = 0) -> Rolled:
    """A piece from the start of its first bar on, each onset and end in its nearest frame.

    transpose in semitones. Raises ValueError for a piece without beats: it has no grid.
    """
    if piece.beatless:
        raise ValueError("a piece without beats has no frames")
    starts = np.round((piece.beat - piece.in_bar) * grid.frames).astype(np.int64)
    zero = starts[0]
    start = np.round(piece.beat * grid.frames).astype(np.int64) - zero
    end = np.round((piece.beat + piece.beats) * grid.frames).astype(np.int64) - zero
    end = np.maximum(end, start + 1)
    frames = int(end.max())
    sides, _ = roles
    both = [
        roll.write(start[sides == s], end[sides == s], piece.pitch[sides == s] + transpose, frames)
        for s in (0, 1)
    ]
    length = np.maximum(1, np.round(piece.bar * grid.frames)).astype(np.int64)
    begins, first = np.unique(starts - zero, return_index=True)
    # A bar with no onset in it is as long as the last one that has some.
    inside = np.maximum(0, np.searchsorted(begins, np.arange(frames), side="right") - 1)
    bar = length[first][inside]
    place = (np.arange(frames) - begins[inside]) % bar
    return Rolled(np.stack(both, 1), place, bar)


def augmented(
    piece: Piece, grid: GridConfig, config: AugmentConfig, rng: np.random.Generator
) -> Rolled:
    """One reading of a piece among many: its key and its roles drawn at random."""
    roles = draw_roles(piece, config.roles, rng)
    transpose = int(rng.integers(-config.transpose, config.transpose + 1))
    return rolled(piece, roles, grid, transpose)
