"""How well the beat is followed, on songs whose beats are written beside them."""

import json
from argparse import ArgumentParser
from pathlib import Path

import mido
import numpy as np
import pytest

from live.errors import UserError
from training.benchmarks import follow, protocol
from training.benchmarks.follow.learn import learn
from training.benchmarks.follow.scoring import Told, f_measure, figures
from training.benchmarks.follow.scoring import follow as told_of
from training.benchmarks.follow.songs import Song, chords_of, played, read_songs

PERIOD = 0.75  # seconds to the beat
TICKS = 480  # to half a second
ROOTS = (48, 45, 41, 43)


def write(folder: Path, name: str, bars: int = 16, chords_on: int = 0) -> None:
    """A song: bass, chords and a melody; its beats, and chords that change on a beat of the bar."""
    file = mido.MidiFile(ticks_per_beat=TICKS)
    for track, rows in {"MELODY": melody(bars), "PIANO": piano(bars)}.items():
        events = [(at, "note_on", p, v) for at, p, v in rows]
        events += [(at + 0.2, "note_off", p, 0) for at, p, _ in rows]
        written = mido.MidiTrack([mido.MetaMessage("track_name", name=track)])
        tick = 0
        for at, kind, pitch, velocity in sorted(events):
            to = round(at * PERIOD * 2 * TICKS)
            written.append(mido.Message(kind, note=pitch, velocity=velocity, time=to - tick))
            tick = to
        file.tracks.append(written)
    there = folder / name
    there.mkdir(parents=True)
    file.save(there / f"{name}.mid")
    beats = [f"{n * PERIOD} {float(n % 2 == 0)} {float(n % 4 == 0)}" for n in range(bars * 4 + 1)]
    (there / "beat_midi.txt").write_text("\n".join(beats))
    chords = [f"{(n * 4 + chords_on) * PERIOD} {(n * 4 + 4) * PERIOD} C" for n in range(bars)]
    (there / "chord_midi.txt").write_text("\n".join(chords))


def piano(bars: int) -> list[tuple[float, int, int]]:
    return [
        (bar * 4 + beat, ROOTS[bar % 4] + step, 90 if beat == 0 else 64)
        for bar in range(bars)
        for beat in range(4)
        for step in ((-12, 0, 4, 7) if beat == 0 else (12, 16, 19))
    ]


def melody(bars: int) -> list[tuple[float, int, int]]:
    return [(half / 2, 72 + half * 5 % 7, 80 - half % 2 * 10) for half in range(bars * 8)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    songs = tmp_path / "songs"
    write(songs, "001")
    write(songs, "002", chords_on=1)
    write(songs, "003")
    (songs / "splits.json").write_text(json.dumps({"test": ["001", "002"], "train": ["003"]}))
    return songs


def song(folder: Path) -> Song:
    return next(read_songs(folder, "test"))


def test_a_song_has_its_beats_its_piano_and_sure_downbeats(folder: Path) -> None:
    first, second = read_songs(folder, "test")
    assert first.name.startswith("001")
    assert first.bar == 4
    np.testing.assert_allclose(np.diff(first.beats), PERIOD, atol=1e-3)
    np.testing.assert_allclose(first.downbeats[:3], [0, 4 * PERIOD, 8 * PERIOD], atol=2e-3)
    assert len(first.piano) < len(first.notes)
    assert first.agreed
    assert not second.agreed


def test_beats_are_foretold_and_found(folder: Path) -> None:
    one = song(folder)
    told = told_of(one.notes, one.bar)
    found = figures(one, one.notes, told)
    assert found["kind"] == "right"
    assert found["beats"] > 0.8
    assert found["downbeats"] > 0.8
    assert min(np.diff(told.beats)) > 0.3 * PERIOD


def test_what_comes_later_changes_no_beat_before_it(folder: Path) -> None:
    notes = song(folder).notes
    half = notes[len(notes) // 2][0]
    other = [(at, p, v) if at < half else (at * 1.3 - half * 0.3, p, v) for at, p, v in notes]
    before, after = ([b for b in told_of(n, 4).beats if b < half - PERIOD] for n in (notes, other))
    assert before
    assert before == after


def test_a_tempo_off_by_an_octave_is_counted_as_such(folder: Path) -> None:
    one = song(folder)
    for factor, kind in {
        1.0: "right",
        0.5: "half",
        2.0: "double",
        0.0: "none",
        1.2: "other",
    }.items():
        told = Told(tempo=[(at, 60 / PERIOD * factor) for at, *_ in one.notes])
        assert figures(one, one.notes, told)["kind"] == kind


def test_a_beat_is_found_within_seventy_milliseconds() -> None:
    truth = np.arange(0.0, 20.0, 0.5)
    assert f_measure(truth, truth + 0.06) == 1
    assert f_measure(truth, truth + 0.08) == 0
    assert f_measure(truth, truth[::2]) == pytest.approx(2 / 3, abs=0.02)
    assert f_measure(truth, []) == 0


def test_a_hand_is_unsteady_the_same_way_each_time(folder: Path) -> None:
    notes = song(folder).notes
    assert played(notes, 0.01, "a") == played(notes, 0.01, "a") != played(notes, 0.01, "b")
    assert played(notes, 0.0, "a") == list(notes)


def test_notes_close_together_are_one_chord() -> None:
    notes = [(0.0, 60, 1), (0.03, 64, 1), (0.05, 67, 1), (0.5, 60, 1)]
    assert [len(chord) for chord in chords_of(notes)] == [2, 1, 1]


def test_what_is_learned_is_the_table_of_accents(folder: Path) -> None:
    table = learn(read_songs(folder, "train"))
    assert [line.split(" = ")[0] for line in table.splitlines()] == [
        "WEIGHTS", "BIAS", "SHARES", "RATES",
    ]  # fmt: skip
    with pytest.raises(UserError, match="nothing to learn"):
        learn([])


def test_the_benchmark_says_all_of_it(folder: Path) -> None:
    parser = ArgumentParser()
    protocol("follow").add(parser)
    said: list[str] = []
    figures = follow.run(parser.parse_args([str(folder), "--each"]), said.append)
    assert figures["songs"] == 2
    assert set(figures["rows"]) == {"all tracks", "piano alone"}
    assert figures["rows"]["all tracks"]["songs_with_downbeats"] == 1
    assert any(line.startswith("001") for line in said)
    assert "beats, F" in follow.table(figures)


def test_a_folder_without_such_songs_is_one_line(folder: Path) -> None:
    parser = ArgumentParser()
    follow.add(parser)
    with pytest.raises(UserError, match="valid"):
        follow.run(parser.parse_args([str(folder), "--split", "valid"]), print)
