"""What is to sound: every note of a take and of a MIDI file, at its time, and none without end."""

from pathlib import Path

import mido
import pytest

from live import midi
from live.errors import UserError
from live.hands.config import HandsSettings
from live.plan import Heard, OnTouch, Plan, PlannedNote, Sounded
from live.render.score import MACHINE, SONG, YOU, Stem, excerpt, read_score
from live.take.entries import End, Header, ModelName, Settings
from live.take.export import export_midi
from live.take.journal import TakeWriter, read_take

HEADER = Header("0.1.0", "2026-03-14T20:15:09+01:00", 7, ModelName("pop.onnx", "ab" * 32), {})


def written(path: Path, *entries) -> Path:
    writer = TakeWriter(path, HEADER, pytest.fail)
    for entry in entries:
        writer.write(entry, 0.0)
    writer.close(None)
    return path


def session(path: Path, begin: float = 0.0) -> Path:
    """You play two notes, one of them never released, and the machine answers with one."""
    return written(
        path,
        Heard(1, begin + 0.1, b"\xc0\x05"),
        Heard(2, begin + 0.5, midi.note_on(0, 60, 80)),
        Heard(3, begin + 0.75, midi.note_off(0, 60)),
        Heard(4, begin + 1.0, midi.note_on(0, 62, 80)),
        Heard(5, begin + 1.1, midi.control_change(0, 64, 127)),
        Plan(5, (PlannedNote(1, begin + 1.5, 0.25, 1, 72, 90),), None, OnTouch.KEEP),
        Sounded(1, begin + 1.5, 0.0),
        End(begin + 3.0),
    )


USUAL_REVERB = round(HandsSettings().reverb * 127)


def song(path: Path, *tracks, kind: int = 1) -> Path:
    mido.MidiFile(type=kind, ticks_per_beat=480, tracks=tracks).save(path)
    return path


def test_a_take_is_its_two_sides_at_their_times(tmp_path):
    you, machine = read_score(session(tmp_path / "x.take"))
    assert (you.name, you.onsets) == (YOU, [0.5, 1.0])
    assert (machine.name, machine.onsets) == (MACHINE, [1.5])
    assert machine.events == (
        (0.0, midi.control_change(1, midi.REVERB, USUAL_REVERB)),
        (1.5, midi.note_on(1, 72, 90)),
        (1.75, midi.note_off(1, 72)),
    )
    assert machine.channels == [1]


def test_nothing_is_left_sounding_at_the_end_of_a_take(tmp_path):
    you, _ = read_score(session(tmp_path / "x.take"))
    assert you.events[-2:] == ((3.0, midi.note_off(0, 62)), (3.0, midi.control_change(0, 64, 0)))


def test_a_key_that_was_a_control_does_not_sound(tmp_path):
    path = written(
        tmp_path / "x.take",
        Heard(1, 0.1, midi.note_on(0, 21, 80)),
        Heard(2, 0.2, midi.note_off(0, 21)),
        Settings(0.3, {"hold": "key:21"}),
        Heard(3, 0.4, midi.note_on(0, 21, 80)),
        Heard(4, 0.5, midi.note_on(0, 60, 80)),
        Settings(0.6, {"hold": "pedal"}),
        Heard(5, 0.7, midi.note_on(0, 21, 80)),
        End(1.0),
    )
    (you,) = read_score(path)
    sounded = [(at, m[1]) for at, m in you.events if midi.is_note_on(m)]
    assert sounded == [(0.1, 21), (0.5, 60), (0.7, 21)]


def test_a_take_begins_with_the_bar_of_its_first_note_as_its_midi_file_does(tmp_path):
    path = session(tmp_path / "x.take", begin=41.0)
    export_midi(read_take(path), tmp_path / "x.mid")
    for rendered, exported in zip(read_score(path), read_score(tmp_path / "x.mid"), strict=True):
        assert rendered.name == exported.name
        assert rendered.onsets == pytest.approx(exported.onsets, abs=0.001)
    you, _ = read_score(path)
    assert you.onsets == pytest.approx([1.5, 2.0])
    assert (pytest.approx(1.1), b"\xc0\x05") in you.events


def test_a_midi_file_of_anybody_is_one_side_at_its_own_tempi(tmp_path):
    beats = mido.MidiTrack(
        [
            mido.MetaMessage("set_tempo", tempo=500_000),
            mido.MetaMessage("set_tempo", tempo=1_000_000, time=960),
        ]
    )
    notes = mido.MidiTrack(
        [
            mido.Message("note_on", note=60, velocity=70, time=480),
            mido.Message("note_on", note=60, velocity=0, time=480),
            mido.Message("note_on", note=64, velocity=70, time=480),
            mido.MetaMessage("end_of_track", time=480),
        ]
    )
    (only,) = read_score(song(tmp_path / "x.mid", beats, notes))
    assert (only.name, only.onsets, only.end) == (SONG, [0.5, 2.0], 3.0)
    assert only.events[-1] == (3.0, midi.note_off(0, 64))


def test_damaged_messages_are_left_out(tmp_path):
    path = written(
        tmp_path / "x.take",
        Heard(1, 0.1, b"\x90\x3c"),
        Heard(2, 0.2, b"\x90\x3c\xff"),
        Heard(3, 0.3, b"\xf8"),
        Heard(4, 0.4, midi.note_on(0, 60, 80)),
        End(1.0),
    )
    (you,) = read_score(path)
    assert you.events[1:] == ((0.4, midi.note_on(0, 60, 80)), (1.0, midi.note_off(0, 60)))


def test_an_excerpt_keeps_what_was_set_up_and_ends_what_it_begins():
    stem = Stem(
        YOU,
        (
            (0.0, b"\xc0\x05"),
            (0.5, midi.note_on(0, 60, 80)),
            (2.5, midi.note_on(0, 62, 80)),
            (9.0, midi.note_off(0, 62)),
            (9.5, midi.note_on(0, 64, 80)),
        ),
        10.0,
    )
    assert excerpt(stem, 2.0, 3.0) == Stem(
        YOU,
        (
            (0.0, b"\xc0\x05"),
            (0.5, midi.note_on(0, 62, 80)),
            (3.0, midi.note_off(0, 62)),
        ),
        3.0,
    )
    assert excerpt(stem, 20.0).onsets == []


def test_a_file_with_nothing_to_hear_is_one_line(tmp_path):
    silent = song(tmp_path / "silent.mid", mido.MidiTrack())
    apart = song(tmp_path / "apart.mid", mido.MidiTrack(), kind=2)
    for path, why in (
        (written(tmp_path / "x.take", End(1.0)), "no note"),
        (silent, "no note"),
        (apart, "type 0 or 1"),
        (Path(__file__), "cannot be read as a MIDI file"),
        (tmp_path / "none.mid", "No such file"),
        (tmp_path / "none.take", "does not exist"),
    ):
        with pytest.raises(UserError, match=why) as told:
            read_score(path)
        assert "\n" not in str(told.value)
