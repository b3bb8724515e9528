"""Reading SoundFont files (SoundFont 2.04, the specification of E-mu and Creative, 2006).

A preset becomes a list of zones: which keys and velocities, which stretch of the recording, how it
is tuned, and how its loudness goes. Left out: modulators, and the filter's movement.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from live.errors import UserError

DRUMS = 128  # the bank of drum kits

_TABLES: dict[bytes, list[tuple[str, str]]] = {
    b"phdr": [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("_", "V12")],
    b"inst": [("name", "S20"), ("bag", "<u2")],
    b"pbag": [("gen", "<u2"), ("mod", "<u2")],
    b"ibag": [("gen", "<u2"), ("mod", "<u2")],
    b"pgen": [("what", "<u2"), ("amount", "<i2")],
    b"igen": [("what", "<u2"), ("amount", "<i2")],
    b"shdr": [
        ("name", "S20"),
        *((name, "<u4") for name in ("start", "end", "loop", "loop_end", "rate")),
        *(("root", "u1"), ("tune", "i1"), ("link", "<u2"), ("kind", "<u2")),
    ],
}
# The generators that are used here, by their number, with what they are where a file is silent.
_INSTRUMENT, _KEYS, _VELOCITIES, _SAMPLE = 41, 43, 44, 53
_DEFAULTS = {
    **dict.fromkeys((0, 1, 2, 3, 4, 12, 45, 50), 0),  # where the sample and its loop are
    **dict.fromkeys((5, 6, 11, 17, 37, 39, 40, 48, 51, 52, 54, 57), 0),
    **dict.fromkeys((21, 22, 23, 24), 0),
    **dict.fromkeys((33, 34, 35, 36, 38), -12000),
    8: 13500,
    46: -1,
    47: -1,
    56: 100,
    58: -1,
}
_NOT_ADDED = {0, 1, 2, 3, 4, 12, 45, 50, 46, 47, 54, 57, 58}  # a preset has no say in these
_EVERY = (0, 127)
_OPEN = 13500  # cents: the filter lets everything through
_ATTENUATION = 0.04  # decibels to a unit: as the first synths understood it, and all fonts rely on


class FontError(UserError):
    """A SoundFont that cannot be read or found."""


@dataclass(frozen=True, slots=True)
class Zone:
    """One recording as a preset plays it.

    keys, velocities: from and to, both included. start, end, loop, loop_end: samples in the file;
    loop and loop_end are equal where nothing repeats. rate: samples a second; root: the key that
    it was recorded at; scale: semitones a key; tune: semitones. gain: linear; pan: -0.5 left to
    0.5. delay to release: the loudness, in seconds; sustain in decibels down; key_hold, key_decay:
    factors on these for each key above 60. vibrato: (delay in seconds, Hz, cents). cutoff: Hz,
    None for no filter. group: it ends others of its group (0: none). key, velocity: play as this
    one (-1: as struck).
    """

    keys: tuple[int, int]
    velocities: tuple[int, int]
    start: int
    end: int
    loop: int
    loop_end: int
    rate: int
    root: int
    scale: float
    tune: float
    gain: float
    pan: float
    delay: float
    attack: float
    hold: float
    decay: float
    sustain: float
    release: float
    key_hold: float
    key_decay: float
    vibrato: tuple[float, float, float]
    cutoff: float | None
    group: int
    key: int
    velocity: int


class SoundFont:
    """An open SoundFont. presets: (bank, program) -> name. Raises FontError, one line."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                self._chunks = dict(_chunks(file, path.stat().st_size))
        except (OSError, struct.error) as error:
            raise FontError(f"{path} cannot be read: {error}") from error
        missing = [name.decode() for name in (*_TABLES, b"smpl") if name not in self._chunks]
        if missing:
            raise FontError(f"{path} is no SoundFont (.sf2): it has no {', '.join(missing)}")
        try:
            self._tables = {name: self._table(path, name, kind) for name, kind in _TABLES.items()}
            where, size = self._chunks[b"smpl"]
            self.samples: npt.NDArray[np.int16] = np.memmap(
                path, np.dtype("<i2"), "r", where, (size // 2,)
            )
            headers = self._tables[b"phdr"]
            self._index = {
                (int(head["bank"]), int(head["program"])): number
                for number, head in enumerate(headers[:-1])
            }
            self.presets = {
                key: bytes(headers[number]["name"]).split(b"\0")[0].decode("latin-1").strip()
                for key, number in sorted(self._index.items())
            }
        except (ValueError, OSError) as error:
            raise FontError(f"{path} is damaged: {error}") from error
        if not self.presets:
            raise FontError(f"{path} has no instrument in it")
        if b"sfVb" in self._chunks or (self._tables[b"shdr"]["kind"] & 0x10).any():
            raise FontError(f"{path} is compressed (.sf3): give an .sf2")
        self._path = path

    def _table(self, path: Path, name: bytes, kind: Any) -> npt.NDArray[Any]:
        where, size = self._chunks[name]
        row = np.dtype(kind)
        return np.fromfile(path, row, size // row.itemsize, offset=where)

    def zones(self, bank: int, program: int) -> tuple[Zone, ...]:
        """What a preset is made of. Raises KeyError where there is none, FontError."""
        try:
            return tuple(self._zones(self._index[bank, program]))
        except (IndexError, ValueError) as error:
            name = self.presets[bank, program]
            raise FontError(f"{self._path} is damaged in {name!r}: {error}") from error

    def _zones(self, preset: int) -> Iterator[Zone]:
        every: dict[int, Any] = {}
        for wanted in self._bags(b"phdr", b"pbag", b"pgen", preset):
            if _INSTRUMENT not in wanted:
                every = every or wanted
                continue
            above = every | wanted
            common: dict[int, Any] = {}
            for own in self._bags(b"inst", b"ibag", b"igen", wanted[_INSTRUMENT]):
                if _SAMPLE not in own:
                    common = common or own
                    continue
                zone = self._zone(common | own, above)
                if zone is not None:
                    yield zone

    def _bags(
        self, heads: bytes, bags: bytes, gens: bytes, number: int
    ) -> Iterator[dict[int, Any]]:
        """The zones of a preset or an instrument, each as generators and their amounts."""
        head, bag, gen = self._tables[heads], self._tables[bags]["gen"], self._tables[gens]
        for place in range(int(head[number]["bag"]), int(head[number + 1]["bag"])):
            rows = gen[int(bag[place]) : int(bag[place + 1])]
            yield {int(row["what"]): _amount(int(row["what"]), int(row["amount"])) for row in rows}

    def _zone(self, own: dict[int, Any], above: dict[int, Any]) -> Zone | None:
        """None where it can never sound."""
        keys = _both(own.get(_KEYS, _EVERY), above.get(_KEYS, _EVERY))
        velocities = _both(own.get(_VELOCITIES, _EVERY), above.get(_VELOCITIES, _EVERY))
        sample = self._tables[b"shdr"][own[_SAMPLE]]
        g = {
            what: own.get(what, default) + (0 if what in _NOT_ADDED else above.get(what, 0))
            for what, default in _DEFAULTS.items()
        }
        start = int(sample["start"]) + g[0] + 32768 * g[4]
        end = min(int(sample["end"]) + g[1] + 32768 * g[12], len(self.samples))
        loop = int(sample["loop"]) + g[2] + 32768 * g[45]
        loop_end = int(sample["loop_end"]) + g[3] + 32768 * g[50]
        if not (keys and velocities and 0 <= start < end and sample["rate"]):
            return None
        if not (g[54] & 1 and start <= loop < loop_end - 1 and loop_end <= end):
            loop = loop_end = start
        root = g[58] if g[58] >= 0 else int(sample["root"]) if sample["root"] < 128 else 60
        vibrato = (g[23], g[24], g[6]) if g[6] else (g[21], g[22], g[5])
        cutoff = g[8] + max(0, g[11])
        return Zone(
            keys=keys,
            velocities=velocities,
            start=start,
            end=end,
            loop=loop,
            loop_end=loop_end,
            rate=int(sample["rate"]),
            root=root,
            scale=g[56] / 100,
            tune=g[51] + (g[52] + int(sample["tune"])) / 100,
            gain=10 ** (-min(max(g[48], 0), 1440) * _ATTENUATION / 20),
            pan=min(max(g[17], -500), 500) / 1000,
            delay=_seconds(g[33]),
            attack=_seconds(g[34]),
            hold=_seconds(g[35]),
            decay=_seconds(g[36]),
            sustain=min(max(g[37], 0), 1440) / 10,
            release=_seconds(g[38]),
            key_hold=2 ** (-g[39] / 1200),
            key_decay=2 ** (-g[40] / 1200),
            vibrato=(_seconds(vibrato[0]), _hertz(vibrato[1]), float(vibrato[2])),
            cutoff=_hertz(cutoff) if cutoff < _OPEN else None,
            group=g[57],
            key=g[46],
            velocity=g[47],
        )


def _chunks(file: Any, size: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """(name, (offset, size)) of every chunk that is no list."""
    where = 0
    while where + 8 <= size:
        file.seek(where)
        name, length = struct.unpack("<4sI", file.read(8))
        if name in (b"RIFF", b"LIST"):
            where += 12
            continue
        if where + 8 + length > size:
            raise OSError("it is cut short")
        yield name, (where + 8, length)
        where += 8 + length + length % 2


def _amount(what: int, amount: int) -> Any:
    if what in (_KEYS, _VELOCITIES):
        return amount & 0xFF, amount >> 8 & 0xFF
    return amount & 0xFFFF if what in (_INSTRUMENT, _SAMPLE) else amount


def _both(one: tuple[int, int], other: tuple[int, int]) -> Any:
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return (low, high) if low <= high else None


def _seconds(timecents: int) -> float:
    return 0.0 if timecents <= -12000 else float(2 ** (min(timecents, 8000) / 1200))


def _hertz(cents: int) -> float:
    return float(8.176 * 2 ** (min(max(cents, -16000), 20000) / 1200))
