"""Audio files laid together: how loud, where between the speakers, and when each of them is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, isfinite, pi, sin, sqrt
from pathlib import Path

import numpy as np
import soxr

from live.render.audio import (
    CHANNELS,
    RATES,
    AudioError,
    Frames,
    amplitude,
    format_of,
    read,
    within,
    write,
)  # fmt: skip
from live.render.loudness import loudness, true_peak

LONGEST = 2 * 3600.0  # seconds: all of it is in memory at once
LOUDNESSES = (-70.0, 0.0)  # LUFS: the standard's meter hears nothing below
CEILINGS = (-60.0, 0.0)  # dBTP
_RANGES = {"gain": (-96.0, 48.0), "pan": (-1.0, 1.0), "offset": (-LONGEST, LONGEST)}
_SETTING = re.compile(r":([a-z]+)=([^:]*)$")


@dataclass(frozen=True, slots=True)
class Track:
    """A file in the mix. gain: dB; pan: -1 left to 1 right; offset: seconds that it begins after
    the mix does, or, where negative, that are left out of its beginning."""

    path: Path
    gain: float = 0.0
    pan: float = 0.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Mixed:
    """What came of it. seconds: its length; peak: dBTP; lufs: its loudness, if one was asked for;
    held_down: by how much the ceiling kept it below that (dB, 0 for not at all)."""

    seconds: float
    rate: int
    peak: float
    lufs: float | None
    held_down: float


def parse_track(text: str) -> Track:
    """`FILE[:gain=DB][:pan=P][:offset=S]`, in any order. Raises AudioError."""
    values: dict[str, float] = {}
    name = text
    while found := _SETTING.search(name):
        name = name[: found.start()]
        word, value = found.groups()
        if word not in _RANGES:
            raise AudioError(f"{text}: there is no {word!r}: give {', '.join(_RANGES)}")
        if word in values:
            raise AudioError(f"{text}: {word} is there twice")
        values[word] = _number(text, word, value)
    if not name:
        raise AudioError(f"{text!r} names no file: give FILE:gain=-3:pan=0.5")
    return Track(Path(name), **values)


def mix(
    tracks: Sequence[Track],
    output: Path,
    rate: int | None = None,
    lufs: float | None = None,
    ceiling: float = -1.0,
) -> Mixed:
    """Lay the tracks together and write them.

    rate: Hz, None for the highest among the files; the others are resampled. lufs: the loudness
    that it is brought to (ITU-R BS.1770-4). ceiling: the true peak (dBTP) that nothing goes
    above: where it would, all is turned down. Raises AudioError.
    """
    within("lufs", lufs if lufs is not None else LOUDNESSES[0], LOUDNESSES)
    within("ceiling", ceiling, CEILINGS)
    within("rate", rate or RATES[0], RATES)
    sounds = [read(track.path) for track in tracks]
    rate = rate or max(its for _, its in sounds)
    format_of(output, rate)
    mixed = laid([(t, f, r) for t, (f, r) in zip(tracks, sounds, strict=True)], rate)
    if not len(mixed):
        raise AudioError("nothing is left to hear: the offsets are longer than the files")
    gain = 0.0
    if lufs is not None:
        if not isfinite(now := loudness(mixed, rate)):
            raise AudioError("all is silent: it cannot be brought to a loudness")
        gain = lufs - now
    peak = true_peak(mixed, rate)
    over = max(0.0, peak + gain - ceiling)
    gain -= over
    mixed *= np.float32(amplitude(gain))
    write(output, rate, [mixed])
    reached = None if lufs is None else lufs - over
    return Mixed(len(mixed) / rate, rate, peak + gain, reached, over)


def laid(sounds: Sequence[tuple[Track, Frames, int]], rate: int) -> Frames:
    """The sum of all, (frames, 2) at a rate in Hz, neither raised nor lowered as a whole.
    Raises AudioError where it is too long."""
    placed = []
    for track, frames, its in sounds:
        seconds = track.offset + len(frames) / its
        if seconds > LONGEST:
            raise AudioError(f"{track.path} ends after {seconds / 3600:.1f} hours: too long to mix")
        start = round(track.offset * rate)
        same = frames if its == rate else soxr.resample(frames, its, rate)
        heard = same[max(0, -start) :] * np.float32(amplitude(track.gain))
        placed.append((max(0, start), heard * _sides(track.pan)))
    total = np.zeros((max(start + len(heard) for start, heard in placed), CHANNELS), np.float32)
    for start, heard in placed:
        total[start : start + len(heard)] += heard
    return total


def _sides(pan: float) -> Frames:
    """Factors of left and right, 1 and 1 in the middle, of the same power everywhere: a single
    channel is heard from between the speakers, and of two the balance moves."""
    angle = (pan + 1) * pi / 4
    return np.array([sqrt(2) * cos(angle), sqrt(2) * sin(angle)], np.float32)


def _number(text: str, word: str, value: str) -> float:
    try:
        number = float(value)
    except ValueError as error:
        raise AudioError(f"{text}: {word} is {value!r}, which is no number") from error
    return within(f"{text}: {word}", number, _RANGES[word])
