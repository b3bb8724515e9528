"""Songs with a melody, an accompaniment and, where somebody wrote them down, chords."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from live.codec import Codec
from live.errors import UserError
from live.notes import MACHINE, PLAYER, Note, Part
from training.config import CorpusConfig, read_config
from training.corpus import SUFFIXES
from training.measures.excerpts import STEPS
from training.measures.harmony import chord_of, in_force
from training.midi_file import BadFile, Piece, read_piece

MELODY, PIANO, CHORDS = "melody", "piano", "chords"
CHORDS_FILE = "chord_midi.txt"
SAFE = ("pd_check.json", ("pd_us_before_1930", "traditional"))  # OpenEWLD: songs free to use
LEAD_SHEET = CorpusConfig(voices={MELODY: [], PIANO: [CHORDS]}, otherwise=MELODY)
LEAST = 16  # notes of a melody

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Song:
    """From the bar in which the melody begins on. Onsets and lengths in beats from there.

    starts: where bars begin, in beats; lengths: theirs; chords: those written down, (frames, 12),
    by sixteenth.
    """

    name: str
    melody: list[Note]
    human: list[Note]
    starts: npt.NDArray[np.float64]
    lengths: npt.NDArray[np.float64]
    beats: float
    chords: Bools

    @property
    def frames(self) -> int:
        return int(self.beats * STEPS)

    def place(self, beat: float) -> tuple[float, float]:
        """Beats since the bar began, and the bar's length."""
        here = max(0, int(np.searchsorted(self.starts, beat + 1e-6, side="right")) - 1)
        length = float(self.lengths[here])
        return (beat - float(self.starts[here])) % length, length

    def half_bars(self) -> Ints:
        """The number of the two beats (or the rest of a bar) that each frame lies in."""
        since = np.array([self.place(f / STEPS)[0] for f in range(self.frames)])
        begins = np.mod(since, 2) < 1 / STEPS
        return np.cumsum(begins)


def read_songs(folder: Path, split: str, count: int, beats: float, seed: int) -> list[Song]:
    """Songs of a split, drawn at random, so many beats of each. Raises UserError.

    The folder holds songs of two tracks or more: a track `chords` and a melody (lead sheets), or
    tracks that the pop config tells by their names; or it has the folders `melody` and `chords`,
    with a file of the same name in each.
    """
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}: name a folder of songs as MIDI files")
    songs = []
    paths = listed(folder, split)
    for index in np.random.default_rng(seed).permutation(len(paths)):
        try:
            song = song_of(paths[index], beats)
        except BadFile:
            continue
        if song is not None:
            songs.append(song)
        if len(songs) == count:
            break
    if not songs:
        raise UserError(f"{folder} has no song with a melody and chords in its {split} split")
    return songs


def listed(folder: Path, split: str) -> list[Path]:
    """The MIDI files of a split, by the `splits.json` in the folder or beside it; else all."""
    melodies = [p for p in folder.rglob(MELODY) if p.is_dir() and (p.parent / CHORDS).is_dir()]
    files = sorted((melodies[0] if melodies else folder).rglob("*"))
    paths = [p for p in files if p.suffix.lower() in SUFFIXES]
    for name, keep in (("splits.json", (split,)), SAFE):
        listed = next(_tables(folder, name), None)
        if listed is not None:
            stems = {n.removesuffix(".mid") for k in keep for n in listed.get(k, [])}
            paths = [p for p in paths if p.stem in stems]
    return paths


def _tables(folder: Path, name: str) -> Iterator[dict[str, list[str]]]:
    for place in (folder, folder.absolute().parent):
        try:
            yield json.loads((place / name).read_text())
        except FileNotFoundError:
            continue
        except ValueError as error:
            raise UserError(f"{place / name} is not JSON ({error}): mend or remove it") from error


def song_of(path: Path, most: float) -> Song | None:
    """At most so many beats of it; None when it has no melody or no accompaniment.

    Raises BadFile.
    """
    chords = path.parents[1] / CHORDS / path.name
    if path.parent.name == MELODY and chords.exists():
        melody, human = read_piece(path, LEAD_SHEET), read_piece(chords, LEAD_SHEET)
        return _of(path, melody, _notes(melody, 0), _notes(human, 0), most)
    piece, own, other = read_piece(path, LEAD_SHEET), 0, 1
    if not (piece.voice == other).any():
        config = read_config("pop").corpus
        own, other = (list(config.voices).index(voice) for voice in (MELODY, PIANO))
        piece = read_piece(path, config)
    return _of(path, piece, _notes(piece, own), _notes(piece, other), most)


def _notes(piece: Piece, voice: int) -> list[Note]:
    its = piece.voice == voice
    columns = (c[its].tolist() for c in (piece.beat, piece.pitch, piece.velocity, piece.beats))
    part = Part(PLAYER, MELODY)
    return [Note(at, part, *rest) for at, *rest in zip(*columns, strict=True)]


def _of(
    path: Path, piece: Piece, melody: Sequence[Note], human: Sequence[Note], most: float
) -> Song | None:
    if len(melody) < LEAST or not human or piece.beatless:
        return None
    bars = np.round(piece.beat - piece.in_bar, 3)
    starts, first = np.unique(bars, return_index=True)
    begin = float(starts[np.searchsorted(starts, melody[0].onset + 1e-3, side="right") - 1])
    beats = min(most, max(n.end or n.onset for n in melody) - begin)

    def moved(notes: Sequence[Note], side: str, voice: str) -> list[Note]:
        part = Part(side, voice)
        return [
            Note(n.onset - begin, part, n.pitch, n.velocity, n.duration)
            for n in notes
            if begin - 0.1 <= n.onset < begin + beats
        ]

    its = moved(human, MACHINE, PIANO)
    frames = int(beats * STEPS)
    written = path.parent / CHORDS_FILE
    return Song(
        name=path.stem,
        melody=moved(melody, PLAYER, MELODY),
        human=its,
        starts=starts - begin,
        lengths=piece.bar[first],
        beats=beats,
        # Where the accompaniment is block chords, those are what is written.
        chords=_read_chords(written, piece, begin, frames)
        if written.exists()
        else in_force(its, frames, 1),
    )


def _read_chords(file: Path, piece: Piece, begin: float, frames: int) -> Bools:
    """POP909's chords, whose times are seconds, on the grid."""
    rows = [line.split() for line in file.read_text().splitlines() if line.strip()]
    times = np.array([row[:2] for row in rows], np.float64)
    ends = (np.interp(times, piece.second, piece.beat) - begin) * STEPS
    chords = np.zeros((frames, 12), np.bool_)
    for (start, end), row in zip(np.maximum(0, np.round(ends)).astype(int), rows, strict=True):
        chords[start:end] = chord_of(row[2])
    return chords


def in_ticks(notes: Sequence[Note], codec: Codec) -> list[Note]:
    """Onsets and lengths in whole ticks."""

    def ticks(beats: float | None) -> float:
        return float(round((beats or 0.0) * codec.ticks_per_beat))

    return [replace(n, onset=ticks(n.onset), duration=ticks(n.duration)) for n in notes]
