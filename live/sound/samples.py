"""Recordings made ready for playing: in one array, loops written out, filtered once for all."""

import math
from dataclasses import dataclass

import numpy as np

from live.sound.sf2 import DRUMS, Floats, SoundFont, Zone

# Samples after the end of each recording (its loop again, or silence): what one block may read
# past it, at thirty-two times its own speed.
AFTER = 4160


@dataclass(frozen=True, slots=True)
class Ready:
    """A zone and where it lies in the array: from start on; at `end` it goes back by `loop`
    samples, or is over where that is 0."""

    zone: Zone
    start: int
    end: int
    loop: int


Keys = tuple[tuple[Ready, ...], ...]  # for each key (128) the zones it may sound


class Samples:
    """The presets of a font that are ready. pool: all their samples, one after the other.

    Another thread may make presets ready while one plays: what is in the pool stays where it is.
    """

    def __init__(self, font: SoundFont) -> None:
        self._font = font
        self.pool: Floats = np.zeros(AFTER, np.float32)  # a first block may begin before its start
        self._presets: dict[tuple[int, int], Keys] = {}
        self._places: dict[tuple[object, ...], tuple[int, int, int]] = {}

    def nearest(self, bank: int, program: int) -> tuple[int, int] | None:
        """The preset to take for one that may not be there: the nearest of its family of eight,
        or the nearest of all, the first bank's before others'. Drums stay drums: None where the
        font has none, or nothing else."""
        wanted = [key for key in self._font.presets if (key[0] == DRUMS) == (bank == DRUMS)]

        def distance(key: tuple[int, int]) -> tuple[bool, bool, int, bool]:
            family = key[1] // 8 != program // 8
            return key != (bank, program), family, abs(key[1] - program), key[0] != 0

        return min(wanted, key=distance, default=None)

    def ready(self, preset: tuple[int, int]) -> Keys | None:
        """The zones of a preset by key; None where it is not ready."""
        return self._presets.get(preset)

    def make_ready(self, preset: tuple[int, int]) -> Keys:
        """The same, made ready first where it is not. Raises KeyError, FontError."""
        if (keys := self._presets.get(preset)) is None:
            zones = self._font.zones(*preset)
            recordings = {n: self._font.recording(n) for n in {zone.sample for zone in zones}}
            new: list[Floats] = [self.pool]
            readied = [self._place(zone, recordings[zone.sample], new) for zone in zones]
            self.pool = np.concatenate(new)
            keys = tuple(
                tuple(r for r in readied if r.zone.keys[0] <= key <= r.zone.keys[1])
                for key in range(128)
            )
            self._presets[preset] = keys
        return keys

    def _place(self, zone: Zone, recording: Floats, new: list[Floats]) -> Ready:
        cutoff = _cutoff(zone)
        which = (zone.sample, zone.start, zone.cut, zone.loop, zone.loop_end, cutoff)
        if which not in self._places:
            data, end, loop = written_out(recording, zone)
            start = sum(map(len, new))
            self._places[which] = start, start + end, loop
            new.append(data)
        return Ready(zone, *self._places[which])


def written_out(recording: Floats, zone: Zone) -> tuple[Floats, int, int]:
    """A zone's samples with what comes after them; where they end; and how far back it goes
    there."""
    end = max(zone.start + 1, len(recording) - zone.cut)
    loop = zone.loop_end - zone.loop if zone.loop_end <= end else 0
    data = recording[zone.start : zone.loop_end if loop else end]
    if not loop:
        return _filtered(data, np.zeros(AFTER, np.float32), zone), len(data), 0
    # Once through the loop before it is gone back to: what the filter makes of it then repeats.
    again = np.resize(data[-loop:], loop + AFTER)
    return _filtered(data, again, zone), len(data) + loop, loop


def _cutoff(zone: Zone) -> float | None:
    """The zone's filter, in steps of half an octave: many zones that differ in little else share
    what it makes of a recording. None where it lets everything through."""
    if zone.cutoff is None or zone.cutoff > 0.35 * zone.rate:
        return None
    return float(2 ** (round(2 * math.log2(zone.cutoff)) / 2))


def _filtered(begin: Floats, after: Floats, zone: Zone) -> Floats:
    """Both in turn, through the zone's low-pass (two poles, as at the key it was recorded at)."""
    data: Floats = np.concatenate((begin, after))
    if (cutoff := _cutoff(zone)) is None:
        return data
    size = 1 << (len(data) + 2048).bit_length()
    hertz = np.fft.rfftfreq(size, 1 / zone.rate)
    lets = (1 / np.sqrt(1 + (hertz / cutoff) ** 4)).astype(np.float32)
    return np.fft.irfft(np.fft.rfft(data, size) * lets, size)[: len(data)].astype(np.float32)
