"""A MIDI file is played in as it is written, and every key comes up."""

from pathlib import Path

import mido
import pytest

from live import midi
from live.demo import session
from live.demo.session import Demo, play_demo
from live.demo.song import read_song
from live.errors import UserError
from live.models.note_model import NoteModel


def written(path: Path, *messages: mido.Message | mido.MetaMessage) -> Path:
    """One track at 120 beats a minute, 480 ticks to the beat."""
    mido.MidiFile(ticks_per_beat=480, tracks=[mido.MidiTrack(messages)]).save(path)
    return path


def message(kind: str, time: float, **more: int) -> mido.Message:
    """time: seconds since the one before."""
    return mido.Message(kind, time=round(time * 960), **more)


def test_it_begins_with_the_first_note_and_leaves_no_key_down(tmp_path: Path) -> None:
    path = written(
        tmp_path / "song.mid",
        message("program_change", 0.5, program=4),
        message("note_on", 1.5, note=60, velocity=70),
        message("control_change", 0.5, control=64, value=127),
        message("note_on", 0.5, note=64, velocity=80, channel=3),
        message("note_off", 0.5, note=60),
        message("note_off", 4.0, note=64, channel=3),
        message("note_on", 0.0, note=65, velocity=80),
    )
    assert read_song(path, 2.0) == (
        (0.0, b"\xc0\x04"),
        (0.0, midi.note_on(0, 60, 70)),
        (0.5, midi.control_change(0, 64, 127)),
        (1.0, midi.note_on(3, 64, 80)),
        (1.5, midi.note_off(0, 60, 64)),
        (2.0, midi.note_off(3, 64)),
    )


def test_a_key_that_the_file_leaves_down_comes_up_at_its_end(tmp_path: Path) -> None:
    path = written(
        tmp_path / "song.mid",
        message("note_on", 0.0, note=60, velocity=70),
        message("control_change", 1.5, control=1, value=3),
    )
    assert read_song(path, float("inf"))[-1] == (1.5, midi.note_off(0, 60))


def test_a_song_without_a_note_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "song.mid", message("control_change", 0, control=64, value=0))
    with pytest.raises(UserError, match="has no note"):
        read_song(path, 2.0)


def test_a_note_hangs_until_it_ends_on_its_own_channel() -> None:
    begun = [midi.note_on(0, 60, 70), midi.note_on(1, 60, 70), midi.note_on(0, 62, 70)]
    assert len(midi.keys_down(begun)) == 3
    assert len(midi.keys_down([*begun, midi.note_off(1, 60), midi.note_on(0, 62, 0)])) == 1
    ends = [midi.note_off(c, p) for c, p in ((0, 60), (1, 60), (0, 62))]
    assert len(midi.keys_down([*begun, *ends])) == 0


def test_what_sounds_when_the_demo_ends_is_ended_with_it_and_does_not_hang(
    tiny: NoteModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "has_virtual_ports", lambda: False)
    monkeypatch.setattr(session, "ANSWER_LIMIT", 0.3)
    key_left_down = ((0.0, midi.note_on(0, 60, 80)),)
    demo = Demo(tiny.path, phrases=[key_left_down])
    figures = play_demo(demo, tmp_path / "demo.take", print, lambda stats: None)
    assert figures.hanging == 0
