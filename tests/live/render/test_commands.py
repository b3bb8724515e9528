"""render, mix and listen-test as they are typed: a mistake is one line and exit code 2."""

from pathlib import Path

import mido
import numpy as np
import pytest
import soundfile

from live.cli import main


@pytest.fixture
def song(tmp_path: Path) -> Path:
    notes = [("note_on", 0), ("note_off", 240), ("note_on", 240), ("note_off", 240)]
    track = mido.MidiTrack([mido.Message(kind, note=69, time=wait) for kind, wait in notes])
    mido.MidiFile(type=0, tracks=[track]).save(tmp_path / "song.mid")
    return tmp_path / "song.mid"


def run(*words: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    return int(str(ended.value.code))


WRONG = {
    "no output": (["render", "{song}"], "required: -o"),
    "a take that is not there": (["render", "none.take", "-o", "x.wav"], "does not exist"),
    "a song that is none": (["render", __file__, "-o", "x.wav"], "cannot be read as a MIDI file"),
    "a kind of file that is none": (["render", "{song}", "-o", "x.aac"], "none of .wav"),
    "a folder that is not there": (["render", "{song}", "-o", "no/x.wav"], "no folder"),
    "a font that is not there": (["render", "{song}", "-o", "{at}/x.wav", "--font", "no"], "'no'"),
    "a rate that is none": (["render", "{song}", "-o", "x.wav", "--rate", "1"], "rate is 1"),
    "a program that is none": (
        ["render", "{song}", "-o", "x.wav", "--program", "129"],
        "program is 129",
    ),
    "a volume that is none": (["render", "{song}", "-o", "x.wav", "--volume", "2"], "volume is 2"),
    "after the end": (["render", "{song}", "-o", "{at}/x.wav", "--from", "99"], "no note"),
    "nothing to mix": (["mix", "-o", "x.wav"], "required: FILE"),
    "a file to mix that is not there": (["mix", "-o", "x.wav", "none.wav"], "does not exist"),
    "no sound yet": (["mix", "-o", "x.wav", "{song}"], "antiphon render makes it one"),
    "a pan that is none": (["mix", "-o", "x.wav", "a.wav:pan=left"], "no number"),
    "no loudness": (["mix", "-o", "x.wav", "a.wav", "--lufs", "5"], "lufs is 5"),
    "nothing to compare": (["listen-test", "{at}"], "nothing to compare"),
    "a folder that is none": (["listen-test", "{song}"], "cannot be read"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_mistake_is_one_line(name, song, capsys):
    words, why = WRONG[name]
    assert run(*(word.format(song=song, at=song.parent) for word in words)) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1, said
    assert said[0].startswith("antiphon")
    assert why in said[0]
    assert not list(song.parent.glob("x*"))


def test_a_mix_says_what_it_is(tmp_path, capsys):
    tone = 0.1 * np.sin(2 * np.pi * 440 * np.arange(48_000) / 48_000)
    soundfile.write(tmp_path / "a.wav", tone, 48_000)
    assert run("mix", "-o", tmp_path / "x.wav", f"{tmp_path}/a.wav:gain=-3", "--lufs", "-20") == 0
    assert "1.0 s, 48000 Hz" in (said := capsys.readouterr().out)
    assert "-20.0 LUFS" in said
    assert soundfile.info(tmp_path / "x.wav").frames == 48_000


def test_the_report_of_an_empty_test_says_so(tmp_path, capsys):
    assert run("listen-test", tmp_path, "--report") == 0
    assert capsys.readouterr().out == "no answers yet\n"
