"""Who accompanies in the accompany benchmark: the model, and baselines that any rule must beat."""

from collections.abc import Callable

import numpy as np

from live.models.note_model import Chance, NoteModel
from live.notes import MACHINE, PLAYER, Note, Part
from live.reader import Reader
from training.bars_reader import Ticks, end_of
from training.benchmarks.accompany.accompanist import Accompanist
from training.benchmarks.accompany.songs import MELODY, PIANO, Song, in_ticks
from training.measures.harmony import TEMPLATES

SPAN = 2.0  # beats that a baseline's chord lasts, and looks back
TRIADS = TEMPLATES[:24]  # major and minor
LOW, LOUD = 48, 64

Player = Callable[[Song, int], list[Note]]


def model_player(model: NoteModel, commit: int, temperature: float | tuple[float, ...]) -> Player:
    """The note model, told where the bars lie; see Accompanist for `commit`, and
    live.models.note_model.ask for `temperature`."""
    codec = model.codec
    tick = codec.ticks_per_beat

    def play(song: Song, seed: int) -> list[Note]:
        def place(at: float) -> tuple[int, int]:
            since, bar = (round(b * tick) for b in song.place(at / tick))
            return since % max(1, bar), max(1, bar)

        accompanist = Accompanist(
            Reader(model, Ticks(place)), Part(PLAYER, MELODY), Part(MACHINE, PIANO), commit,
            Chance(np.random.default_rng(seed), codec), temperature,
        )  # fmt: skip
        made = accompanist.follow(in_ticks(song.melody, codec), song.beats * tick)
        return [
            Note(n.onset / tick, n.part, n.pitch, n.velocity, (n.duration or 0) / tick)
            for n in made
        ]

    return play


def _chord(at: float, classes: np.ndarray) -> list[Note]:
    part = Part(MACHINE, PIANO)
    return [Note(at, part, LOW + int(pc), LOUD, SPAN) for pc in np.flatnonzero(classes)]


def random_triads(song: Song, seed: int) -> list[Note]:
    """Another major or minor triad every two beats, drawn blindly."""
    rng = np.random.default_rng(seed)
    spans = np.arange(0, song.beats, SPAN)
    return [n for at in spans for n in _chord(float(at), TRIADS[rng.integers(len(TRIADS))])]


def held_triad(song: Song, seed: int) -> list[Note]:
    """Every two beats the triad that holds most of what the melody sang in the two before, and of
    those the one that holds most of all it has sung: as causal as the model."""
    made = []
    for at in np.arange(SPAN, song.beats, SPAN):
        ever, lately = np.zeros(12), np.zeros(12)
        for note in song.melody:
            if note.onset < at:
                end = min(end_of(note), at)
                ever[note.pitch % 12] += end - note.onset
                lately[note.pitch % 12] += max(0.0, end - max(note.onset, at - SPAN))
        worth = TRIADS @ lately + 1e-3 * (TRIADS @ ever)
        made += _chord(float(at), TRIADS[int(worth.argmax())])
    return made
