"""Who accompanies in the accompany benchmark: the model, and baselines that any rule must beat."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from live.models.note_model import Chance, NoteModel
from live.notes import MACHINE, PLAYER, Note, Part
from live.reader import Reader
from training.bars_reader import Ticks, end_of
from training.baselines import Markov
from training.benchmarks.accompany.accompanist import Accompanist, Question, Thinking, answered
from training.benchmarks.accompany.markov import Heard, draw, unknowing
from training.benchmarks.accompany.songs import MELODY, PIANO, Song, in_ticks
from training.measures.harmony import TEMPLATES

SPAN = 2.0  # beats that a baseline's chord lasts, and looks back
TRIADS = TEMPLATES[:24]  # major and minor
LOW, LOUD = 48, 64

Temperature = float | tuple[float, ...]  # of all fields, or of each
Player = Callable[[Sequence[Song], Sequence[int]], list[list[Note]]]  # songs and their seeds


def each(one: Callable[[Song, int], list[Note]]) -> Player:
    """One song after the other."""
    return lambda songs, seeds: list(map(one, songs, seeds))


def _begin(
    model: Any, song: Song, seed: int, commit: int, temperature: Temperature, modulate: bool,
    chords: float,
) -> tuple[Reader, Thinking[list[Note]]]:  # fmt: skip
    """Somebody who is about to accompany the song, told where the bars lie; times in ticks."""
    tick = model.codec.ticks_per_beat

    def place(at: float) -> tuple[int, int]:
        since, bar = (round(b * tick) for b in song.place(at / tick))
        return since % max(1, bar), max(1, bar)

    reader = Reader(model, Ticks(place))
    accompanist = Accompanist(
        reader, Part(PLAYER, MELODY), Part(MACHINE, PIANO), commit,
        Chance(np.random.default_rng(seed), model.codec), temperature, modulate, chords,
    )  # fmt: skip
    return reader, accompanist.follow(in_ticks(song.melody, model.codec), song.beats * tick)


def _in_beats(notes: Sequence[Note], tick: int) -> list[Note]:
    return [replace(n, onset=n.onset / tick, duration=(n.duration or 0) / tick) for n in notes]


def model_player(
    model: NoteModel, commit: int, temperature: Temperature, chords: float, modulate: bool = True
) -> Player:
    """The note model; see Accompanist for `commit`, `modulate` and `chords`, and
    live.models.note_model.ask for `temperature`."""

    def play(song: Song, seed: int) -> list[Note]:
        reader, thinking = _begin(model, song, seed, commit, temperature, modulate, chords)
        return _in_beats(answered(thinking, reader), model.codec.ticks_per_beat)

    return each(play)


def markov_player(
    markov: Markov, model: NoteModel, commit: int, temperature: Temperature
) -> Player:
    """The plain back-off model with the note model's fields, under the same rules; all songs side
    by side."""
    heard, blind = Heard(model.codec), unknowing(markov)

    def play(songs: Sequence[Song], seeds: Sequence[int]) -> list[list[Note]]:
        pairs = zip(songs, seeds, strict=True)
        begun = [_begin(heard, song, seed, commit, temperature, False, 0.0) for song, seed in pairs]
        open_: dict[int, Question] = {i: next(thinking) for i, (_, thinking) in enumerate(begun)}
        made: list[list[Note]] = [[] for _ in songs]
        while open_:
            places = [begun[i][0].grid.place(q.cursor.tick) for i, q in open_.items()]
            drawn = draw(blind, heard, places, list(open_.values()))
            for (i, question), bins in zip(list(open_.items()), drawn, strict=True):
                reader, thinking = begun[i]
                forced = replace(question.ask, forced=bins)
                told = reader.foretell(question.cursor, forced, question.chance)
                try:
                    open_[i] = thinking.send(told)
                except StopIteration as end:
                    del open_[i]
                    made[i] = _in_beats(end.value, model.codec.ticks_per_beat)
        return made

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
