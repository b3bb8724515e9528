"""Recordings made ready for playing: in one array, loops written out, filtered once for all."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from live.sound.sf2 import DRUMS, SoundFont, Zone

Floats = npt.NDArray[np.float32]

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
        self._places: dict[tuple[int, int, int, int, float | None], tuple[int, int, int]] = {}

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
            new: list[Floats] = [self.pool]
            readied = [self._place(zone, new) for zone in self._font.zones(*preset)]
            self.pool = np.concatenate(new)
            keys = tuple(
                tuple(r for r in readied if r.zone.keys[0] <= key <= r.zone.keys[1])
                for key in range(128)
            )
            self._presets[preset] = keys
        return keys

    def _place(self, zone: Zone, new: list[Floats]) -> Ready:
        which = (zone.start, zone.end, zone.loop, zone.loop_end, zone.cutoff)
        if which not in self._places:
            data, end, loop = written_out(self._font.samples, zone)
            start = sum(map(len, new))
            self._places[which] = start, start + end, loop
            new.append(data)
        return Ready(zone, *self._places[which])


def written_out(samples: npt.NDArray[np.int16], zone: Zone) -> tuple[Floats, int, int]:
    """A zone's samples with what comes after them; where they end; and how far back it goes
    there."""
    loop = zone.loop_end - zone.loop
    until = zone.loop_end if loop else zone.end
    data: Floats = samples[zone.start : until].astype(np.float32) / np.float32(32768)
    if not loop:
        return _filtered(data, np.zeros(AFTER, np.float32), zone), len(data), 0
    # Once through the loop before it is gone back to: what the filter makes of it then repeats.
    again = np.resize(data[-loop:], loop + AFTER)
    return _filtered(data, again, zone), len(data) + loop, loop


def _filtered(begin: Floats, after: Floats, zone: Zone) -> Floats:
    """Both in turn, through the zone's low-pass (two poles, as at the key it was recorded at)."""
    data: Floats = np.concatenate((begin, after))
    if zone.cutoff is None or zone.cutoff > 0.45 * zone.rate:
        return data
    size = len(data) + 2048
    hertz = np.fft.rfftfreq(size, 1 / zone.rate)
    lets = 1 / np.sqrt(1 + (hertz / zone.cutoff) ** 4)
    return np.fft.irfft(np.fft.rfft(data, size) * lets, size)[: len(data)].astype(np.float32)
