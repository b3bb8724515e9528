"""The excerpts as they are played: all of one kind and as loud as each other, so that nothing but
the music tells them apart. They are made once and kept."""

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import soxr

from live.errors import UserError
from live.render.audio import CHANNELS, Frames, amplitude, read, write
from live.render.listening.pairs import PLAYED
from live.render.loudness import loudness, true_peak
from live.render.rendering import render
from live.render.score import read_score
from live.render.synths import synths

FOLDER = ".listen"
RATE = 48_000
LUFS = -23.0
CEILING = -1.0  # dBTP


class Excerpts:
    """In a folder. font: what takes and MIDI files are rendered with; level: whether all are
    brought to one loudness."""

    def __init__(self, folder: Path, font: Callable[[], Path], level: bool) -> None:
        self._folder, self._font, self._level = folder, font, level
        self._synths = cache(synths)

    def of(self, file: Path) -> Path:
        """Where the excerpt of a file lies, WAV at 48 kHz; made if it is not there. Raises
        UserError."""
        played = file.suffix.lower() in PLAYED
        font = self._font() if played else None
        path = self._folder / f"{self._mark(file, font)}.wav"
        if path.exists():
            return path
        self._make_folder()
        new = path.with_suffix(".new.wav")
        if font:
            render(read_score(file), self._synths(font, RATE), new, RATE)
        write(new, RATE, [self._alike(*read(new if font else file))])
        new.replace(path)
        return path

    def _mark(self, file: Path, font: Path | None) -> str:
        try:
            told = hashlib.sha256(file.read_bytes())
        except OSError as error:
            raise UserError(f"{file} cannot be read ({error.strerror})") from error
        told.update(f"{font and font.name} {self._level} {LUFS}".encode())
        return told.hexdigest()[:32]

    def _make_folder(self) -> None:
        try:
            self._folder.mkdir(exist_ok=True)
        except OSError as error:
            raise UserError(f"{self._folder} cannot be made ({error.strerror})") from error

    def _alike(self, frames: Frames, rate: int) -> Frames:
        frames = np.repeat(frames, CHANNELS // frames.shape[1], axis=1)
        if rate != RATE:
            frames = soxr.resample(frames, rate, RATE)
        if self._level and np.isfinite(now := loudness(frames, RATE)):
            gain = min(LUFS - now, CEILING - true_peak(frames, RATE))
            frames = frames * np.float32(amplitude(gain))
        return frames
