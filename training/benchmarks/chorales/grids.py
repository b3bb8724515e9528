"""Chorales as grids of four voices by sixteenths, and as the notes that make such a grid."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from live.errors import UserError
from training.config import CorpusConfig
from training.grid_file import FRAMES, read_grids
from training.midi_file import BadFile, Piece

VOICES = 4
LONGEST = 256  # frames a note can last

Grid = npt.NDArray[np.int64]  # (frames, voices): MIDI pitches, -1 for silence


@dataclass(frozen=True)
class Chorale:
    """A piece and how many frames its grid has, with what silence it ends in."""

    piece: Piece
    frames: int

    def notes(self) -> Grid:
        """In order, (N, 4): first frame, voice, pitch, frames."""
        piece = self.piece
        begin, length = np.round(piece.beat * FRAMES), np.round(piece.beats * FRAMES)
        table = np.stack((begin, piece.voice, piece.pitch, length), 1).astype(np.int64)
        return table[np.lexsort((table[:, 1], table[:, 0]))]

    def grid(self) -> Grid:
        """The grid that its notes make."""
        grid = np.full((self.frames, VOICES), -1, np.int64)
        for begin, voice, pitch, length in self.notes():
            grid[begin : begin + length, voice] = pitch
        return grid


def read(path: Path, splits: Sequence[str]) -> dict[str, list[Chorale]]:
    """The chorales by split. Raises UserError."""
    try:
        found = read_grids(path, CorpusConfig({f"voice {v}": [] for v in range(VOICES)}, "voice 0"))
        table = json.loads(path.read_bytes())
    except BadFile as error:
        raise UserError(f"{path}: {error}; give Jsb16thSeparated.json") from error
    chorales: dict[str, list[Chorale]] = {split: [] for split in splits}
    for (split, at), piece in found.items():
        if isinstance(piece, str):
            raise UserError(f"{path}: piece {at} of {split}: {piece}")
        chorale = Chorale(piece, len(table[split][at]))
        if chorale.notes()[:, 3].max() > LONGEST:
            raise UserError(f"{path}: {split} has a note of more than {LONGEST} sixteenths")
        if split in chorales:
            chorales[split].append(chorale)
    for split, its in chorales.items():
        if not its:
            raise UserError(f"{path}: it has no {split} pieces")
    return chorales
