"""The sounds of a session travel in its take: what is rendered and exported has them."""

from dataclasses import replace

import mido
import pytest

from live import midi
from live.plan import OnTouch, Plan, PlannedNote, Sounded
from live.render.score import read_score
from live.settings import SettingError
from live.take.entries import End, Sound, Take, decode_header, encode_header
from live.take.export import export_midi
from live.take.journal import TakeWriter
from live.take.passages import Passage, cut

from . import playing
from .playing import off, on

SOUNDS = {"program": 12, "bank": 0, "program_you": 5, "bank_you": 130, "reverb": 0.0}
ENTRIES = (
    on(1, 0.5),
    off(2, 0.9),
    Plan(2, (PlannedNote(1, 1.0, 0.5, 3, 67, 70), PlannedNote(2, 2.0, 0.5, 3, 69, 70))),
    Sounded(1, 1.0, 0.0),
    Sound(1.5, {"program": 49, "reverb": 0.0}),
    replace(Plan(2), on_touch=OnTouch.KEEP),
    Sounded(2, 2.0, 0.0),
    End(3.0),
)
YOURS = [
    (0.0, midi.control_change(0, midi.BANK, 1)),
    (0.0, midi.control_change(0, midi.BANK_FINE, 1)),
    (0.0, midi.program_change(0, 4)),
]
ITS = [(0.0, midi.program_change(3, 11)), (1.5, midi.program_change(3, 48))]


def session(sound=SOUNDS) -> Take:
    return Take(replace(playing.HEADER, sound=sound), ENTRIES, True, False)


def file_of(take, path):
    writer = TakeWriter(path, take.header, pytest.fail)
    for entry in take.entries:
        writer.write(entry, 0.0)
    writer.close()
    return path


def selected(stem):
    """What selects sounds on a channel of the side's."""
    banks = (midi.BANK, midi.BANK_FINE)
    return [
        (at, m)
        for at, m in stem.events
        if m[0] & 0xF0 == 0xC0 or (m[0] & 0xF0 == 0xB0 and m[1] in banks)
    ]


def test_a_render_has_the_programs_of_the_session_when_they_held(tmp_path):
    you, machine = read_score(file_of(session(), tmp_path / "x.take"))
    assert selected(you) == YOURS
    assert selected(machine) == ITS
    dry = midi.control_change(3, midi.REVERB, 0)
    assert (0.0, dry) in machine.events


def test_what_a_render_is_told_holds_instead(tmp_path):
    path = file_of(session(), tmp_path / "x.take")
    you, machine = read_score(path, {"program": 1, "reverb": 1.0})
    assert selected(you) == YOURS
    assert selected(machine) == [(0.0, midi.program_change(3, 0))]
    assert [m[2] for _, m in machine.events if m[:2] == bytes((0xB3, midi.REVERB))] == [127]


def test_a_midi_file_has_the_programs_before_the_notes_that_need_them(tmp_path):
    export_midi(session(), tmp_path / "x.mid")
    _, you, machine = mido.MidiFile(tmp_path / "x.mid").tracks
    kinds = [(m.type, getattr(m, "program", None)) for m in machine if not m.is_meta]
    assert kinds == [
        ("program_change", 11),
        ("note_on", None),
        ("note_off", None),
        ("program_change", 48),
        ("note_on", None),
        ("note_off", None),
    ]
    assert [m.type for m in you][1:5] == ["control_change"] * 2 + ["program_change", "note_on"]


def test_a_passage_has_the_sounds_that_were_set_before_it(tmp_path):
    passage = cut(session(), Passage(1.8, 3.0, False))
    _, machine = mido.MidiFile(_exported(passage, tmp_path)).tracks[1:]
    assert [m.program for m in machine if m.type == "program_change"][-1] == 48


def _exported(take, folder):
    export_midi(take, folder / "x.mid")
    return folder / "x.mid"


def test_a_take_without_sounds_is_written_as_before_and_sounds_as_it_is(tmp_path):
    header = replace(playing.HEADER, sound={})
    assert "sound" not in encode_header(header)
    assert decode_header(encode_header(header)) == header
    assert decode_header(encode_header(session().header)) == session().header
    _, machine = read_score(file_of(session({}), tmp_path / "x.take"))
    assert selected(machine) == ITS[1:]


def test_a_sound_that_is_none_is_one_line(tmp_path):
    with pytest.raises(SettingError, match="program is 400"):
        read_score(file_of(session({"program": 400}), tmp_path / "x.take"))
