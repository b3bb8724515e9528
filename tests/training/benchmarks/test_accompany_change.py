"""A change of key that nobody announces, and the back-off model as an accompanist."""

import shutil
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from live.codec import DURATION, TIME
from live.models.note_model import NoteModel
from live.notes import MACHINE, PLAYER, Note, Part
from training import baselines
from training.baselines import Markov
from training.benchmarks import accompany
from training.benchmarks.accompany.accompaniments import Player, markov_player
from training.benchmarks.accompany.change import AFTER, BEFORE, change_of, changed, counts, recovery
from training.benchmarks.accompany.songs import Song
from training.coded import code
from training.midi_file import Piece
from training.roles import both_directions

MELODY, PIANO = Part(PLAYER, "melody"), Part(MACHINE, "piano")
BEATS = 96
CHANGE = 32  # where the ninth bar of four beats begins
BASE = np.isin(np.arange(12), (0, 4, 7))


def song(first: int = 0, beats: int = BEATS) -> Song:
    """A melody of one note over one chord, a note a beat; bars before it are counted too."""
    starts = np.arange(-8.0, beats, 4)
    melody = [Note(float(b), MELODY, 60 + first, 80, 1.0) for b in range(beats)]
    chords = np.tile(np.roll(BASE, first), (beats * 4, 1))
    return Song("tune", melody, [], starts, np.full(len(starts), 4.0), float(beats), chords)


def comp(late: int, beats: int, pitch: int = 60) -> list[Note]:
    """A note a beat that changes key so many beats after the change."""
    return [Note(float(b), PIANO, pitch + 6 * (b >= CHANGE + late), 70, 1.0) for b in range(beats)]


def test_melody_and_chords_change_key_at_the_ninth_bar() -> None:
    one = song()
    assert change_of(one) == CHANGE
    other = changed(one, CHANGE)
    assert other.beats == CHANGE + AFTER
    assert {n.pitch for n in other.melody if n.onset < CHANGE} == {60}
    assert {n.pitch for n in other.melody if n.onset >= CHANGE} == {66}
    assert (other.chords[: 4 * CHANGE] == BASE).all()
    assert (other.chords[4 * CHANGE :] == np.roll(BASE, 6)).all()
    assert {n.pitch for n in one.melody} == {60}


def test_too_short_a_song_has_no_change() -> None:
    assert change_of(song(beats=CHANGE + AFTER - 1)) is None
    assert change_of(song(beats=16)) is None


@pytest.mark.parametrize(("late", "after"), [(0, 0), (5, 5), (99, None)])
def test_it_has_recovered_when_it_plays_the_new_chords(late: int, after: int | None) -> None:
    one = song()
    other = changed(one, CHANGE)
    plain = [counts(one, comp(99, BEATS), CHANGE)] * 3
    moved = [counts(other, comp(late, CHANGE + AFTER), CHANGE)] * 3
    found = recovery(plain, moved)
    assert found["recovered"] == after
    assert found["plain"] == [1.0] * (BEFORE + AFTER)
    wrong = min(late, AFTER)
    assert found["moved"] == [1.0] * BEFORE + [0.0] * wrong + [1.0] * (AFTER - wrong)


def test_who_was_never_right_is_measured_against_himself() -> None:
    one = song()
    other = changed(one, CHANGE)
    plain = [counts(one, comp(99, BEATS, p), CHANGE) for p in (60, 62, 62)]
    moved = [counts(other, comp(5, CHANGE + AFTER, p), CHANGE) for p in (60, 62, 62)]
    found = recovery(plain, moved)
    assert found["plain"][-1] == pytest.approx(1 / 3, abs=1e-3)
    # Within the spread over the songs it is back as soon as one note of four is right.
    assert found["recovered"] == 2


# ---- the back-off model


@pytest.fixture(scope="module")
def model(tiny: Path) -> NoteModel:
    return NoteModel.open(tiny)


@pytest.fixture(scope="module")
def markov(model: NoteModel, piece: Piece) -> Markov:
    read = [code(piece, roles, model.codec) for roles in both_directions(piece)]
    ticks = (model.codec.fields[f].values for f in (TIME, DURATION))
    sizes, voices = model.codec.sizes, len(model.codec.voices)
    return baselines.fit(read * 6, read, sizes, *ticks, voices, echoes=False, memory=False)


@pytest.fixture(scope="module")
def player(markov: Markov, model: NoteModel) -> Player:
    return markov_player(markov, model, 1, 1.0)


TUNES = (song(beats=6), song(7, beats=9), song(2, beats=6))


def test_a_song_is_accompanied_as_it_is_alone(player: Player) -> None:
    together = player(TUNES, (1, 2, 3))
    assert together == [player([s], [seed])[0] for s, seed in zip(TUNES, (1, 2, 3), strict=True)]
    assert together[0] != player(TUNES[:1], [4])[0]


def test_it_plays_its_own_part_and_within_the_song(player: Player) -> None:
    for tune, made in zip(TUNES, player(TUNES, (1, 2, 3)), strict=True):
        assert {n.part for n in made} == {PIANO}
        assert 0 < made[0].onset <= made[-1].onset < tune.beats


def test_it_knows_nothing_of_what_comes(player: Player) -> None:
    one = TUNES[1]
    late = [n if n.onset < 4 else replace(n, pitch=n.pitch + 5, velocity=30) for n in one.melody]
    long = [n if n.onset != 3 else replace(n, duration=1.5) for n in late]
    heard, other = player([one, replace(one, melody=long)], (1, 1))
    until = 4 + 1 / 24
    assert [n for n in heard if n.onset < until] == [n for n in other if n.onset < until]
    assert heard != other


# ---- the benchmark


def test_the_benchmark_has_the_baseline_and_the_change(
    tiny: Path, tmp_path: Path, markov: Markov, write_midi: Callable
) -> None:
    models, sheets = tmp_path / "models", tmp_path / "sheets"
    models.mkdir()
    shutil.copy(tiny, models / "tiny.onnx")
    baselines.save(markov, models / "tiny.markov.npz")
    tune = [(3.0 * i, 3.0, 60, 80) for i in range(28)]
    chords = [(4.0 * i, 4.0, p, 60) for i in range(21) for p in (48, 52, 55)]
    write_midi(sheets / "a.mid", {"Piano": tune, "chords": chords}, [(0, 4, 4)])
    parser = ArgumentParser()
    accompany.add(parser)
    given = parser.parse_args([str(models / "tiny.onnx"), str(sheets)])
    figures = accompany.run(given, lambda _: None)
    (its,) = figures["sets"].values()
    assert its["rows"]["Markov"]["onsets"] > 0
    assert its["change"]["human"]["recovered"] == 0
    assert its["change"]["human"]["moved"] == [1.0] * (BEFORE + AFTER)
    assert its["change"]["model"]["about"]["songs"] == 1
    text = accompany.table(figures)
    assert "recovered after" in text
    assert "in written: Markov" in text
