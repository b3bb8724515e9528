"""Little songs, written by the tests themselves."""

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import mido
import numpy as np
import pytest

os.environ["KERAS_BACKEND"] = "tensorflow"  # of all tests that run Keras in this process
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

from training.config import CONFIGS, Config, read_config
from training.midi_file import Piece, read_piece

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
TICKS = 480

Notes = Iterable[tuple[float, float, int, int]]  # onset and length in beats, pitch, velocity
WriteMidi = Callable[..., Path]


@pytest.fixture(scope="session")
def tiny() -> Path:
    """A model file with the pop codec and random weights."""
    return TINY


@pytest.fixture(scope="session")
def config() -> Config:
    """The pop config with a model that trains in a moment."""
    pop = read_config("pop")
    return replace(
        pop,
        model=replace(pop.model, layers=2, units=8, embed=4, head=8, attention=6),
        fit=replace(pop.fit, batch=2, steps=8, passes=3, warmup=2),
    )


SMALL = {
    "layers": "1",
    "units": "8\nembed = 4\nhead = 8",
    "attention": "6",
    "batch": "2",
    "steps": "32",
    "passes": "3",
    "warmup": "5",
}


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """The pop config as a file, with a model that trains in a moment."""
    text = (CONFIGS / "pop.toml").read_text()
    for key, value in SMALL.items():
        text, count = re.subn(rf"^{key} = \S+", f"{key} = {value}", text, flags=re.MULTILINE)
        assert count == 1
    path = tmp_path / "small.toml"
    path.write_text(text)
    return path


@pytest.fixture(scope="session")
def write_midi() -> WriteMidi:
    """write(path, {track: notes}, signatures, tempi): a type 1 file of 480 ticks a beat."""

    def write(
        path: Path,
        tracks: Mapping[str, Notes],
        signatures: Iterable[tuple[float, int, int]] = (),
        tempi: Iterable[tuple[float, int]] = ((0, 500_000),),
    ) -> Path:
        head = [(at, mido.MetaMessage("set_tempo", tempo=tempo)) for at, tempo in tempi]
        head += [
            (at, mido.MetaMessage("time_signature", numerator=n, denominator=d))
            for at, n, d in signatures
        ]
        file = mido.MidiFile(type=1, ticks_per_beat=TICKS)
        file.tracks.append(_track("", head))
        for name, notes in tracks.items():
            events = []
            for at, length, pitch, velocity in notes:
                events.append((at, mido.Message("note_on", note=pitch, velocity=velocity)))
                events.append((at + length, mido.Message("note_off", note=pitch)))
            file.tracks.append(_track(name, events))
        path.parent.mkdir(parents=True, exist_ok=True)
        file.save(path)
        return path

    return write


def _track(name: str, events: list) -> mido.MidiTrack:
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
    before = 0
    # Ends before beginnings, so that a repeated key is two notes.
    for at, message in sorted(events, key=lambda e: (e[0], e[1].type != "note_off")):
        tick = round(at * TICKS)
        track.append(message.copy(time=tick - before))
        before = tick
    return track


@pytest.fixture(scope="session")
def write_song(write_midi: WriteMidi) -> Callable[[Path, int], Path]:
    """write(path, seed): melody, second melody and piano, four bars on a grid of sixteenths."""

    def write(path: Path, seed: int, bars: int = 4) -> Path:
        rng = np.random.default_rng(seed)

        def line(step: float, low: int, chord: int) -> Notes:
            return [
                (at, step * 0.9, int(pitch), int(rng.integers(40, 110)))
                for at in np.arange(0, bars * 4, step)
                for pitch in low + rng.choice(12, chord, replace=False)
            ]

        tracks = {"MELODY": line(1.0, 72, 1), "BRIDGE": line(2.0, 60, 1), "PIANO": line(1.0, 48, 2)}
        return write_midi(path, tracks, [(0, 4, 4)])

    return write


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory, write_song: Callable) -> Path:
    """A folder with a dozen songs."""
    folder = tmp_path_factory.mktemp("songs")
    for seed in range(12):
        write_song(folder / f"{seed:02}" / f"{seed:02}.mid", seed)
    return folder


@pytest.fixture(scope="session")
def piece(folder: Path, config: Config) -> Piece:
    return read_piece(folder / "03" / "03.mid", config.corpus)
