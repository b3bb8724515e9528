"""Songs whose beats are known: what the follower is given, and what it should have said."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from live.tempo.follow import TOGETHER
from training.config import read_any_config
from training.corpus import find_files, given_splits, split_of
from training.midi_file import BadFile, Piece, read_piece

Floats = npt.NDArray[np.float64]

CHORDS = "chord_midi.txt"  # of POP909: begin and end in seconds, and a name
CLEARLY = 1.2  # times as many chords change on downbeats as on any other beat
PIANO = "piano"
CONFIG = "pop"  # whose voices name the tracks


@dataclass(frozen=True)
class Song:
    """notes: (onset in seconds, pitch, velocity) in order, all of them; piano: those of the piano.

    beats, downbeats: seconds, rising; bar: beats. agreed: whether the chords annotated change on
    the downbeats annotated, where there are chords: else nobody knows where the bars begin.
    """

    name: str
    notes: tuple[tuple[float, int, int], ...]
    piano: tuple[tuple[float, int, int], ...]
    beats: Floats
    downbeats: Floats
    bar: int
    agreed: bool


def read_songs(folder: Path, split: str, most: int | None = None) -> Iterator[Song]:
    """The songs of a split, by name; those that cannot be read or have no steady bar left out.

    Raises CorpusError for a folder without MIDI files.
    """
    config = read_any_config(CONFIG).corpus
    given = given_splits([folder])
    files = [(n, p) for n, p in sorted(find_files([folder]).items()) if split_of(n, given) == split]
    step = max(1, len(files) // most) if most else 1
    for name, path in files[::step][:most]:
        try:
            piece = read_piece(path, config)
        except BadFile:
            continue
        song = _song(name, piece, path.with_name(CHORDS), list(config.voices).index(PIANO))
        if song is not None:
            yield song


def _song(name: str, piece: Piece, chords: Path, piano: int) -> Song | None:
    bar = float(np.median(piece.bar))
    if bar != round(bar) or len(piece) < 50:
        return None
    beats = np.arange(np.ceil(piece.beat[0]), np.floor(piece.beat[-1]) + 1)
    begun = np.unique(np.round(piece.beat - piece.in_bar, 3))
    if bar == 6:  # two halves of three beats
        bar, begun = 3.0, np.union1d(begun, begun + 3)
    begun = np.unique(np.concatenate([np.arange(a, b - 0.5, bar) for a, b in pairwise(begun)]))
    begun = begun[(begun >= beats[0]) & (begun <= beats[-1])]
    whole = tuple(
        zip(piece.second.tolist(), piece.pitch.tolist(), piece.velocity.tolist(), strict=True)
    )
    alone = tuple(note for note, voice in zip(whole, piece.voice, strict=True) if voice == piano)
    return Song(
        name=name,
        notes=tuple(sorted(whole)),
        piano=tuple(sorted(alone)),
        beats=np.interp(beats, piece.beat, piece.second),
        downbeats=np.interp(begun, piece.beat, piece.second),
        bar=int(bar),
        agreed=not chords.exists() or _agree(chords, piece, begun, int(bar)),
    )


def _agree(chords: Path, piece: Piece, begun: Floats, bar: int) -> bool:
    lines = chords.read_text().splitlines()
    at = [float(line.split()[0]) for line in lines if line.strip()]
    changed = np.rint(np.interp(at, piece.second, piece.beat) - begun[0]).astype(int) % bar
    counts = np.bincount(changed, minlength=bar)
    return bool(counts[0] >= CLEARLY * counts[1:].max())


def played(
    notes: tuple[tuple[float, int, int], ...], spread: float, name: str
) -> list[tuple[float, int, int]]:
    """The same notes as a hand plays them, each off by a normal deviation of `spread` seconds;
    drawn by the song's name. A song's own timing is on a grid."""
    rng = random.Random(name)
    off = [(onset + rng.gauss(0, spread), pitch, velocity) for onset, pitch, velocity in notes]
    return sorted(off)


def chords_of(notes: list[tuple[float, int, int]]) -> Iterator[list[tuple[float, int, int]]]:
    """Notes in order, those of a chord together, as the follower puts them."""
    chord: list[tuple[float, int, int]] = []
    for note in notes:
        if chord and note[0] - chord[0][0] >= TOGETHER:
            yield chord
            chord = []
        chord.append(note)
    if chord:
        yield chord
