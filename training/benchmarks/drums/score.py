"""Performances of the Groove MIDI Dataset as scores: nine drums on a grid of sixteenths."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from live.errors import UserError
from training.config import CorpusConfig
from training.midi_file import BadFile, Piece, read_piece

# Kick, snare, closed and open hi-hat, low, middle and high tom, crash, ride: the nine drums of the
# dataset's page, each with the pitches that a Roland TD-11 sends for it.
DRUMS = (
    (36,),
    (38, 37, 40),
    (42, 22, 44),
    (46, 26),
    (43, 58),
    (47, 45),
    (50, 48),
    (49, 52, 55, 57),
    (51, 53, 59),
)
DRUM = {pitch: drum for drum, pitches in enumerate(DRUMS) for pitch in pitches}
SIXTEENTHS = 4  # to the beat
BAR = 16  # sixteenths
WINDOW = 2 * BAR
LIST = "info.csv"
CORPUS = CorpusConfig({"drums": []}, "drums", percussion=True)


@dataclass(frozen=True)
class Hit:
    """sixteenth: from the start; off: beats after it, as played; pitch, velocity: MIDI."""

    sixteenth: int
    off: float
    pitch: int
    velocity: int

    @property
    def drum(self) -> int:
        return DRUM[self.pitch]


@dataclass(frozen=True)
class Performance:
    """beat: ms in a beat; hits: in order of sixteenths and drums."""

    beat: float
    hits: tuple[Hit, ...]

    def windows(self) -> Iterator[tuple[Hit, ...]]:
        """The hits of every two whole bars, their sixteenths from the window's start."""
        bars = self.hits[-1].sixteenth // BAR + 1
        for start in range(0, (bars - 1) * BAR, BAR):
            inside = (h for h in self.hits if start <= h.sixteenth < start + WINDOW)
            if window := tuple(replace(h, sixteenth=h.sixteenth - start) for h in inside):
                yield window


def performance(piece: Piece, bpm: float) -> Performance:
    """The loudest hit of each drum in each sixteenth."""
    loudest: dict[tuple[int, int], Hit] = {}
    nearest = np.floor(piece.beat * SIXTEENTHS + 0.5).astype(int).tolist()
    notes = zip(nearest, piece.beat.tolist(), piece.pitch.tolist(), piece.velocity, strict=True)
    for sixteenth, beat, pitch, velocity in notes:
        if pitch in DRUM:
            hit = Hit(sixteenth, beat - sixteenth / SIXTEENTHS, pitch, int(velocity))
            other = loudest.get((sixteenth, hit.drum))
            if other is None or hit.velocity > other.velocity:
                loudest[sixteenth, hit.drum] = hit
    return Performance(60_000 / bpm, tuple(loudest[key] for key in sorted(loudest)))


def read(folder: Path, split: str) -> list[Performance]:
    """The performances in 4/4 of a split that have a hit. Raises UserError."""
    try:
        with (folder / LIST).open(newline="") as file:
            rows = [
                (folder / row["midi_filename"], float(row["bpm"]))
                for row in csv.DictReader(file)
                if row["split"] == split and row["time_signature"] == "4-4"
            ]
    except (OSError, KeyError, ValueError) as error:
        raise UserError(
            f"{folder} has no usable {LIST}: give the folder of the Groove MIDI Dataset"
        ) from error
    found = []
    for path, bpm in rows:
        try:
            played = performance(read_piece(path, CORPUS), bpm)
        except BadFile as error:
            raise UserError(f"{path}: {error}; unpack the dataset again") from error
        found += [played] if played.hits else []
    if not found:
        raise UserError(f"{folder / LIST} lists nothing in 4/4 for {split}")
    return found
