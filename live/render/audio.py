"""Audio files: which kinds are written, and how they are read. Frames are (count, channels)."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from live.errors import UserError

Frames = np.ndarray[Any, np.dtype[np.float32]]
CHANNELS = 2
_MUSIC = (".take", ".mid", ".midi")
RATES = (8000, 192_000)  # Hz


class AudioError(UserError):
    """Audio that cannot be read or written; the message is one line."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file, in libsndfile's words. quality: 0 the largest file to 1 the smallest."""

    name: str
    subtype: str
    quality: float | None = None
    at_most: int = 192_000  # Hz


FORMATS = {
    ".wav": Format("WAV", "PCM_24"),
    ".flac": Format("FLAC", "PCM_24"),
    ".ogg": Format("OGG", "VORBIS", 0.4),
    ".mp3": Format("MP3", "MPEG_LAYER_III", 0.2, 48_000),
}


def format_of(path: Path, rate: int) -> Format:
    """The kind that a file is to be, by its name. Raises AudioError for another, for a rate it
    cannot have, and where its folder is not there."""
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise AudioError(f"{path} is none of {', '.join(FORMATS)}: end its name so")
    if rate > kind.at_most:
        raise AudioError(f"{path}: {kind.name} goes up to {kind.at_most} Hz, not {rate}")
    if not path.parent.is_dir():
        raise AudioError(f"{path} cannot be written: there is no folder {path.parent}")
    return kind


def write(path: Path, rate: int, blocks: Iterable[Frames]) -> None:
    """Write stereo frames, -1 to 1, at a rate in Hz. Raises AudioError."""
    kind = format_of(path, rate)
    try:
        with soundfile.SoundFile(
            path, "w", rate, CHANNELS, kind.subtype, format=kind.name,
            compression_level=kind.quality,
        ) as file:  # fmt: skip
            for block in blocks:
                file.write(block)
    except (OSError, soundfile.SoundFileError) as error:
        raise AudioError(f"{path} cannot be written ({_reason(error)})") from error


def read(path: Path) -> tuple[Frames, int]:
    """The frames (count, 1 or 2 channels) of a file, and its rate in Hz. Raises AudioError."""
    try:
        frames, rate = soundfile.read(path, dtype="float32", always_2d=True)
    except (OSError, soundfile.SoundFileError) as error:
        why = _reason(error) if path.exists() else "it does not exist"
        if path.suffix.lower() in _MUSIC:
            why = "it is no sound yet: antiphon render makes it one"
        raise AudioError(f"{path} cannot be read as audio ({why})") from error
    if frames.shape[1] > CHANNELS:
        raise AudioError(f"{path} has {frames.shape[1]} channels: give one or two")
    if not np.isfinite(frames).all():
        raise AudioError(f"{path} holds samples that are no numbers")
    return frames, int(rate)


def within(name: str, value: float, span: tuple[float, float]) -> float:
    """The value. Raises AudioError where it is out of its range."""
    low, high = span
    if not low <= value <= high:
        raise AudioError(f"{name} is {value:g}: it goes from {low:g} to {high:g}")
    return value


def decibels(ratio: float) -> float:
    """An amplitude beside 1, in dB; minus infinity for 0."""
    return float(20 * np.log10(ratio)) if ratio > 0 else float("-inf")


def amplitude(decibels: float) -> float:
    """The amplitude beside 1 of so many dB."""
    return float(10 ** (decibels / 20))


def _reason(error: Exception) -> str:
    text = getattr(error, "error_string", None) or getattr(error, "strerror", None) or str(error)
    return " ".join(str(text).split()).rstrip(".")
