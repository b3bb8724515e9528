"""A MIDI file is played in through real ports, and a model answers."""

import os
import re
import subprocess
import sys
from pathlib import Path

import mido

from live.take.again import replay_with_model
from live.take.journal import read_take

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests" / "data" / "tiny.onnx"


def test_a_song_is_played_in_and_answered(jack, tmp_path):
    keys = [
        mido.Message(kind, note=pitch, velocity=70, time=120)
        for pitch in (60, 62, 64, 67)
        for kind in ("note_on", "note_off")
    ]
    song = tmp_path / "song.mid"
    mido.MidiFile(tracks=[mido.MidiTrack(keys)]).save(song)
    told = subprocess.run(
        [sys.executable, "-m", "live.cli", "demo", "--model", str(TINY), "--song", str(song)],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert "notes left hanging: 0" in told.stderr + told.stdout
    count = re.search(r"(\d+) notes in answer", told.stderr + told.stdout)
    assert count is not None
    assert int(count[1]) > 0
    take = read_take(tmp_path / "demo" / "tiny.take")
    assert take.complete
    replayed = replay_with_model(take, str(TINY))
    assert replayed.same, replayed.first_difference
    assert {p.suffix for p in (tmp_path / "demo").iterdir()} >= {".take", ".mid", ".png"}
