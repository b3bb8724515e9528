"""One JSON file of grids -> pieces: chorales as the JSB set writes them, by its own splits.

The file is {"train": [piece, ...], "valid": [...], "test": [...]}; a piece is a list of frames,
four to the beat, and a frame has one MIDI pitch for each voice, in the order of the config's
voices. Below 0, NaN or null is silence. A pitch that stays is one note: the grid does not tell a
repeated note from a held one. Nor does it tell bars, tempo or loudness: they are put in here.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from training.config import SPLITS, CorpusConfig
from training.midi_file import MOST_NOTES, BadFile, Floats, Piece, bytes_of

SUFFIX = ".json"
MOST_BYTES = 2**25
FRAMES = 4  # to the beat
BAR = 4.0  # beats
BEAT = 0.6  # seconds: 100 beats to the minute
VELOCITY = 64


def read_grids(path: Path, corpus: CorpusConfig) -> dict[tuple[str, int], Piece | str]:
    """The pieces by split and place in it; for one that is no grid, why, in a few words.

    Raises BadFile when the file cannot be read or is no set of grids.
    """
    try:
        table = json.loads(bytes_of(path, MOST_BYTES))
    except (ValueError, RecursionError) as error:
        raise BadFile(f"not a readable JSON file ({type(error).__name__})") from error
    if not isinstance(table, dict) or not any(split in table for split in SPLITS):
        raise BadFile(f"not a set of grids: it has none of {', '.join(SPLITS)}")
    found: dict[tuple[str, int], Piece | str] = {}
    for split in SPLITS:
        grids = table.get(split, [])
        if not isinstance(grids, list):
            raise BadFile(f"not a set of grids: {split} is no list")
        for index, grid in enumerate(grids):
            try:
                found[split, index] = _piece(_frames(grid, len(corpus.voices)))
            except BadFile as error:
                found[split, index] = str(error)
    if not found:
        raise BadFile("no pieces")
    return found


def _frames(grid: Any, voices: int) -> Floats:
    """Pitches, shape (frames, voices), -1 for silence. Raises BadFile."""
    try:
        frames = np.array(grid, dtype=np.float64)
    except (ValueError, TypeError, OverflowError) as error:
        raise BadFile("not a grid: frames of as many pitches each") from error
    if frames.ndim != 2 or frames.shape[1] != voices:
        raise BadFile(f"not a grid: its frames must have {voices} pitches, one a voice")
    if frames.size > MOST_NOTES:
        raise BadFile(f"{len(frames)} frames, more than a piece can have")
    frames = np.where(frames >= 0, frames, -1)  # "not a number" is not at least 0
    if (frames > 127).any() or (frames != np.floor(frames)).any():
        raise BadFile("its pitches are not whole numbers up to 127")
    return frames


def _piece(frames: Floats) -> Piece:
    """Raises BadFile when all is silence."""
    notes = [
        (start, end, voice, pitch)
        for voice in range(frames.shape[1])
        for start, end, pitch in _runs(frames[:, voice])
        if pitch >= 0
    ]
    if not notes:
        raise BadFile("no notes")
    table = np.array(sorted(notes, key=lambda n: (n[0], n[2])), dtype=np.int64)
    beat, beats = table[:, 0] / FRAMES, (table[:, 1] - table[:, 0]) / FRAMES
    return Piece(
        beat=beat,
        beats=beats,
        second=beat * BEAT,
        seconds=beats * BEAT,
        in_bar=np.mod(beat, BAR),
        bar=np.full_like(beat, BAR),
        voice=table[:, 2],
        pitch=table[:, 3],
        velocity=np.full(len(table), VELOCITY),
    )


def _runs(line: Floats) -> Sequence[tuple[int, int, int]]:
    """Stretches of one pitch, as first frame, frame past the last, pitch."""
    starts = np.flatnonzero(np.diff(line, prepend=np.nan) != 0)
    ends = np.append(starts[1:], len(line))
    return [(int(s), int(e), int(line[s])) for s, e in zip(starts, ends, strict=True)]
