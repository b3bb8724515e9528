"""Accompaniment: chords by hand, a machine that cannot see ahead, and the benchmark itself."""

import json
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from live.errors import UserError
from live.models.asking import Ask
from live.models.note_model import Chance, NoteModel, Step
from live.notes import MACHINE, PLAYER, Note, Part
from live.reader import Reader
from training.bars_reader import Sounding, Ticks
from training.benchmarks import accompany
from training.benchmarks.accompany import instrument
from training.benchmarks.accompany.accompaniments import held_triad
from training.benchmarks.accompany.accompanist import Accompanist, answered
from training.benchmarks.accompany.songs import Song, read_songs
from training.coded import code
from training.evaluate import step_through
from training.measures import harmony
from training.midi_file import Piece
from training.roles import both_directions

MELODY, PIANO = Part(PLAYER, "melody"), Part(MACHINE, "piano")
Play = Callable[..., list[Note]]


def notes(*rows: tuple[float, float, int], part: Part = PIANO) -> list[Note]:
    return [Note(at, part, pitch, 64, length) for at, length, pitch in rows]


def classes(chords: np.ndarray) -> set[int]:
    return set(np.flatnonzero(chords).tolist())


# ---- chords


@pytest.mark.parametrize(
    ("name", "pitch_classes"),
    [
        ("C:maj", {0, 4, 7}),
        ("Bb:min7/b3", {10, 1, 5, 8}),
        ("F#:sus4(b7)", {6, 11, 1, 4}),
        ("N", set()),
    ],
)
def test_a_chords_name_says_its_notes(name: str, pitch_classes: set[int]) -> None:
    assert classes(harmony.chord_of(name)) == pitch_classes


def test_a_chord_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="H:maj"):
        harmony.chord_of("H:maj")


def test_broken_chords_are_named_as_what_they_spell() -> None:
    spans = np.repeat((0, 1, 2), 8)
    arpeggio = notes((0, 0.5, 48), (0.5, 0.5, 52), (1, 1, 55), (2, 1, 57), (3, 1, 60), (3, 1, 64))
    chords = harmony.named(arpeggio, spans)
    assert classes(chords[0]) == classes(chords[7]) == {0, 4, 7}
    assert classes(chords[8]) == {9, 0, 4}
    assert classes(chords[16]) == set()


def test_what_began_within_the_window_is_still_in_force() -> None:
    chords = harmony.in_force(notes((0, 0.25, 60), (1, 2, 64)), 16, 4)
    assert [classes(chords[f]) for f in (0, 3, 4, 11, 12)] == [{0}, {0}, {4}, {4}, set()]


def test_only_frames_with_melody_and_chord_count() -> None:
    melody = harmony.line(notes((0, 1, 72), (1, 0.5, 62), (3, 1, 64)), 16)
    assert melody.tolist() == [0] * 4 + [2] * 2 + [harmony.SILENCE] * 6 + [4] * 4
    chords = harmony.in_force(notes((0, 2, 60), (0, 2, 64)), 16, 1)
    assert harmony.in_chord(melody, chords) == (4, 6, 10)


def test_notes_lie_in_what_is_written_over_them() -> None:
    written = np.zeros((8, 12), np.bool_)
    written[:4, [0, 4, 7]] = True
    # A beat in the chord, half a beat beside it, and one where nothing is written.
    assert harmony.in_annotated(notes((0, 1, 60), (0.5, 0.5, 61), (1, 1, 60)), written) == (4, 6)


# ---- as in training


def test_the_reader_hears_a_piece_as_training_wrote_it(tiny: Path, piece: Piece) -> None:
    model = NoteModel.open(tiny)
    codec = model.codec
    tick = codec.ticks_per_beat
    roles = both_directions(piece)[0]
    coded = code(piece, roles, codec)
    reader = Reader(model, Ticks(lambda at: (round(at) % (4 * tick), 4 * tick)))
    heard = []
    for at, side, voice, pitch, velocity, beats in zip(
        piece.beat, *roles, piece.pitch, piece.velocity, piece.beats, strict=True
    ):
        part = codec.parts[int(side) * len(codec.voices) + int(voice)]
        heard.append(Note(round(at * tick), part, int(pitch), int(velocity), beats * tick))
    heard.sort(key=lambda n: (n.onset, codec.parts.index(n.part), n.pitch))
    cursor, sounding = reader.start(), Sounding(reader)
    logs = []
    for note, bins in zip(heard, coded.bins, strict=True):
        forced = Ask(model.anything.allowed, bins, model.anything.temperature)
        foretold = reader.foretell(cursor, forced, model.no_chance)
        logs.append(model.log_probability(Step(bins, foretold.logits, foretold.state), forced))
        cursor = reader.read(cursor, note, sounding.begin(note))
    assert np.array(logs) == pytest.approx(step_through(model, coded)[0], abs=1e-5)


# ---- never ahead


@pytest.fixture(scope="module")
def play(tiny: Path) -> Play:
    model = NoteModel.open(tiny)

    def play(melody: list[Note], commit: int, seed: int = 0) -> list[Note]:
        reader = Reader(model, Ticks(lambda at: (round(at) % 96, 96)))
        chance = Chance(np.random.default_rng(seed), model.codec)
        end = melody[-1].onset + 48
        its = Accompanist(reader, MELODY, PIANO, commit, chance, 1.0, modulate=True, chords=4.0)
        return answered(its.follow(melody, end), reader)

    return play


TUNE = notes(*((24.0 * i, 20.0, 60 + 5 * i % 12) for i in range(16)), part=MELODY)
TURN = 8  # the note from which on another tune is played
OTHER = [*TUNE[:TURN], *(replace(n, pitch=n.pitch + 13, velocity=120) for n in TUNE[TURN:])]


@pytest.mark.parametrize("commit", [0, 1, 24])
def test_what_is_played_does_not_depend_on_what_comes(play: Play, commit: int) -> None:
    until = TUNE[TURN].onset + commit
    one, other = play(TUNE, commit), play(OTHER, commit)
    assert [n for n in one if n.onset < until] == [n for n in other if n.onset < until]
    assert [n for n in one if n.onset >= until] != [n for n in other if n.onset >= until]


def test_nothing_is_known_of_when_the_next_note_comes(play: Play) -> None:
    late = [*TUNE[:TURN], *(replace(n, onset=n.onset + 30) for n in TUNE[TURN:])]
    until = TUNE[TURN].onset + 1
    one, other = play(TUNE, 1), play(late, 1)
    assert [n for n in one if n.onset < until] == [n for n in other if n.onset < until]


def test_only_its_own_part_in_order_from_the_first_note_on(play: Play) -> None:
    made = play(TUNE, 1)
    onsets = [n.onset for n in made]
    assert {n.part for n in made} == {PIANO}
    assert onsets == sorted(onsets)
    assert onsets[0] > TUNE[0].onset
    assert made == play(TUNE, 1)
    assert made != play(TUNE, 1, seed=1)


def test_an_answer_may_begin_with_the_note_it_answers(play: Play) -> None:
    moments = {n.onset for n in TUNE}
    made = [n for seed in range(12) for n in play(TUNE, 0, seed)]
    assert any(n.onset in moments for n in made)


def song(melody: list[Note]) -> Song:
    return Song(
        "tune", melody, [], np.arange(4) * 4.0, np.full(4, 4.0), 16.0, np.zeros((64, 12), np.bool_)
    )


def test_the_baseline_holds_the_triad_of_what_was_sung() -> None:
    tune = notes(
        (0, 1, 60),
        (1, 0.5, 64),
        (1.5, 0.5, 67),
        (2, 1, 62),
        (3, 0.5, 65),
        (3.5, 0.5, 69),
        part=MELODY,
    )
    made = held_triad(song(tune), 0)
    chord = {at: {n.pitch % 12 for n in made if n.onset == at} for at in (0.0, 2.0, 4.0)}
    assert chord == {0.0: set(), 2.0: {0, 4, 7}, 4.0: {2, 5, 9}}


# ---- songs


def test_half_bars_begin_with_bars() -> None:
    in_three = replace(
        song([]), starts=np.array([0.0, 3.0]), lengths=np.array([3.0, 3.0]), beats=6.0
    )
    spans = in_three.half_bars()
    assert np.unique(spans, return_counts=True)[1].tolist() == [8, 4, 8, 4]


@pytest.fixture(scope="module")
def lead_sheets(tmp_path_factory: pytest.TempPathFactory, write_midi: Callable) -> Path:
    """Melodies over C and G, the first two of them to test by."""
    folder = tmp_path_factory.mktemp("sheets")
    tune = [(4.0 + i, 1.0, 60 if i % 8 < 4 else 67, 80) for i in range(32)]
    roots = zip(range(4, 36, 4), (48, 55) * 4, strict=True)
    chords = [(at, 4.0, root + up, 60) for at, root in roots for up in (0, 4, 7)]
    for name in "abc":
        write_midi(folder / f"{name}.mid", {"Piano": tune, "chords": chords}, [(0, 4, 4)])
    (folder / "splits.json").write_text(json.dumps({"test": ["a", "b"], "train": ["c"]}))
    return folder


def test_lead_sheets_are_read_from_the_melody_on(lead_sheets: Path) -> None:
    songs = read_songs(lead_sheets, "test", 9, 16, 0)
    assert sorted(s.name for s in songs) == ["a", "b"]
    one = songs[0]
    assert [n.onset for n in one.melody] == [float(i) for i in range(16)]
    assert {n.part for n in one.melody} == {MELODY}
    assert len(one.human) == 4 * 3
    assert classes(one.chords[0]) == {0, 4, 7}
    assert classes(one.chords[16]) == {7, 11, 2}


def test_a_human_who_plays_the_chords_is_right(lead_sheets: Path) -> None:
    one = read_songs(lead_sheets, "test", 1, 16, 0)[0]
    found = accompany.figures(one, one.human)
    assert found["named"] == found["missed"] == found["written"] == found["notes"] == 1
    moved = [replace(n, pitch=n.pitch + 1) for n in one.human]
    assert accompany.figures(one, moved)["named"] == 0
    assert accompany.figures(one, moved)["written"] == 0
    assert np.isnan(accompany.figures(one, [])["named"])
    assert accompany.figures(one, [])["missed"] == 0


def test_melody_and_chords_may_lie_in_two_folders(tmp_path: Path, write_midi: Callable) -> None:
    tune = [(float(i), 1.0, 72, 80) for i in range(20)]
    write_midi(tmp_path / "MIDI" / "melody" / "x.mid", {"": tune})
    write_midi(tmp_path / "MIDI" / "chords" / "x.mid", {"": [(0.0, 16.0, 48, 80)]})
    write_midi(tmp_path / "MIDI" / "x.mid", {"": tune})
    (found,) = read_songs(tmp_path, "test", 9, 64, 0)
    assert (len(found.melody), len(found.human)) == (20, 1)


def test_pop_songs_have_their_chords_in_seconds(tmp_path: Path, write_song: Callable) -> None:
    path = write_song(tmp_path / "7" / "7.mid", 1, bars=8)
    (path.parent / "chord_midi.txt").write_text("0.0\t2.0\tA:min\n2.0\t4.0\tN\n")
    (found,) = read_songs(tmp_path, "test", 1, 64, 0)
    # 120 beats a minute: two seconds are four beats.
    assert [classes(found.chords[f]) for f in (0, 15, 16)] == [{9, 0, 4}, {9, 0, 4}, set()]
    assert {n.pitch > 70 for n in found.melody} == {True}
    assert {n.pitch < 60 for n in found.human} == {True}


# ---- the instrument


def test_the_instrument_plays_along_by_the_same_chance_the_same(
    tiny: Path, lead_sheets: Path
) -> None:
    (song, *_) = read_songs(lead_sheets, "test", 1, 16, 0)
    model = NoteModel.open(tiny)
    its = [instrument.play(model, song, seed, {"horizon": 0.5}) for seed in (0, 0, 1)]
    assert its[0] == its[1] != its[2]
    assert all(0 <= note.onset < song.beats for note in its[0])
    assert [n.onset for n in its[0]] == sorted(n.onset for n in its[0])


def test_the_instrument_does_not_see_what_comes(tiny: Path, lead_sheets: Path) -> None:
    """Another end of the melody changes nothing that begins before it."""
    (song, *_) = read_songs(lead_sheets, "test", 1, 16, 0)
    moved = [replace(n, pitch=n.pitch + 1 if n.onset >= 8 else n.pitch) for n in song.melody]
    model = NoteModel.open(tiny)
    before, after = (
        [n for n in instrument.play(model, s, 0, {}) if n.onset < 8]
        for s in (song, replace(song, melody=moved))
    )
    assert before == after != []


# ---- the benchmark


def given(*arguments: object) -> Namespace:
    parser = ArgumentParser()
    accompany.add(parser)
    return parser.parse_args([str(a) for a in arguments])


def test_the_whole_benchmark(tiny: Path, lead_sheets: Path) -> None:
    figures = accompany.run(given(tiny, lead_sheets, "--beats", 8), lambda _: None)
    assert json.loads(json.dumps(figures)) == figures
    (its,) = figures["sets"].values()
    assert its["songs"] == 2
    assert its["rows"]["human"]["named"] == 1
    text = accompany.table(figures)
    assert all(row in text for row in its["rows"])
    assert "70.94" in text


def test_what_cannot_be_used_is_said(tiny: Path, lead_sheets: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="there is no folder"):
        accompany.run(given(tiny, tmp_path / "none"), lambda _: None)
    with pytest.raises(UserError, match="no song with a melody"):
        accompany.run(given(tiny, tmp_path), lambda _: None)
    with pytest.raises(UserError, match="--songs"):
        accompany.run(given(tiny, lead_sheets, "--songs", 0), lambda _: None)
