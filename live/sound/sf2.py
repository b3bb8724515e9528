"""Reading SoundFont files: .sf2 (SoundFont 2.04, the specification of E-mu and Creative, 2006), and
.sf3, the same with each recording packed as Ogg Vorbis (MuseScore's).

A preset becomes a list of zones: which keys and velocities, which stretch of the recording, how it
is tuned, and how its loudness goes. Left out: modulators, and the filter's movement.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from live.sound.config import FontError

Floats = npt.NDArray[np.float32]

DRUMS = 128  # the bank of drum kits

TABLES: dict[bytes, list[tuple[str, str]]] = {
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
INSTRUMENT, SAMPLE = 41, 53
_KEYS, _VELOCITIES = 43, 44
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
PACKED = 0x10  # of a recording's kind: Ogg Vorbis, and its loop counts from its own beginning
_EVERY = (0, 127)
_OPEN = 13500  # cents: the filter lets everything through
_ATTENUATION = 0.04  # decibels to a unit: as the first synths understood it, and all fonts rely on


@dataclass(frozen=True, slots=True)
class Zone:
    """One recording as a preset plays it.

    keys, velocities: from and to, both included. sample: the number of its recording. start: where
    in it the zone begins; cut: how much before its end it ends; loop, loop_end: what repeats, equal
    where nothing does (all in samples). rate: samples a second; root: the key that
    it was recorded at; scale: semitones a key; tune: semitones. gain: linear; pan: -0.5 left to
    0.5. delay to release: the loudness, in seconds; sustain in decibels down; key_hold, key_decay:
    factors on these for each key above 60. vibrato: (delay in seconds, Hz, cents). cutoff: Hz,
    None for no filter. group: it ends others of its group (0: none). key, velocity: play as this
    one (-1: as struck).
    """

    keys: tuple[int, int]
    velocities: tuple[int, int]
    sample: int
    start: int
    cut: int
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
    """An open SoundFont. presets: (bank, program) -> name; index: the same -> row of the table of
    presets; tables: as in the file, by their names there. Raises FontError, one line."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                self._chunks = dict(_chunks(file, path.stat().st_size))
        except (OSError, struct.error) as error:
            raise FontError(f"{path} cannot be read: {error}") from error
        missing = [name.decode() for name in (*TABLES, b"smpl") if name not in self._chunks]
        if missing:
            raise FontError(f"{path} is no SoundFont (.sf2): it has no {', '.join(missing)}")
        try:
            self.tables = {name: self._table(path, name, kind) for name, kind in TABLES.items()}
            where, size = self._chunks[b"smpl"]
            self._bytes = np.memmap(path, np.uint8, "r", where, (size,))
            headers = self.tables[b"phdr"]
            self.index = {
                (int(head["bank"]), int(head["program"])): number
                for number, head in enumerate(headers[:-1])
            }
            self.presets = {
                key: bytes(headers[number]["name"]).split(b"\0")[0].decode("latin-1").strip()
                for key, number in sorted(self.index.items())
            }
        except (ValueError, OSError) as error:
            raise FontError(f"{path} is damaged: {error}") from error
        if not self.presets:
            raise FontError(f"{path} has no instrument in it")
        self._path = path

    def _table(self, path: Path, name: bytes, kind: Any) -> npt.NDArray[Any]:
        where, size = self._chunks[name]
        row = np.dtype(kind)
        return np.fromfile(path, row, size // row.itemsize, offset=where)

    def zones(self, bank: int, program: int) -> tuple[Zone, ...]:
        """What a preset is made of. Raises KeyError where there is none, FontError."""
        try:
            return tuple(self._zones(self.index[bank, program]))
        except (IndexError, ValueError) as error:
            name = self.presets[bank, program]
            raise FontError(f"{self._path} is damaged in {name!r}: {error}") from error

    def recording(self, sample: int) -> Floats:
        """A recording, from -1 to 1. Raises FontError."""
        head = self.tables[b"shdr"][sample]
        start, end = int(head["start"]), int(head["end"])
        if not head["kind"] & PACKED:
            whole = self._bytes[2 * start : 2 * end]
            return whole[: len(whole) // 2 * 2].view("<i2").astype(np.float32) / np.float32(32768)
        import soundfile  # where there is something to unpack

        try:
            packed = io.BytesIO(self._bytes[start:end].tobytes())
            data: Floats = soundfile.read(packed, dtype="float32", always_2d=True)[0][:, 0]
            return data
        except soundfile.LibsndfileError as error:
            raise FontError(f"{self._path} is damaged in recording {sample}: {error}") from error

    def _zones(self, preset: int) -> Iterator[Zone]:
        every: dict[int, Any] = {}
        for wanted in self._bags(b"phdr", b"pbag", b"pgen", preset):
            if INSTRUMENT not in wanted:
                every = every or wanted
                continue
            above = every | wanted
            common: dict[int, Any] = {}
            for own in self._bags(b"inst", b"ibag", b"igen", wanted[INSTRUMENT]):
                if SAMPLE not in own:
                    common = common or own
                    continue
                zone = self._zone(common | own, above)
                if zone is not None:
                    yield zone

    def _bags(
        self, heads: bytes, bags: bytes, gens: bytes, number: int
    ) -> Iterator[dict[int, Any]]:
        """The zones of a preset or an instrument, each as generators and their amounts."""
        head, bag, gen = self.tables[heads], self.tables[bags]["gen"], self.tables[gens]
        for place in range(int(head[number]["bag"]), int(head[number + 1]["bag"])):
            rows = gen[int(bag[place]) : int(bag[place + 1])]
            yield {int(row["what"]): _amount(int(row["what"]), int(row["amount"])) for row in rows}

    def _zone(self, own: dict[int, Any], above: dict[int, Any]) -> Zone | None:
        """None where it can never sound."""
        keys = _both(own.get(_KEYS, _EVERY), above.get(_KEYS, _EVERY))
        velocities = _both(own.get(_VELOCITIES, _EVERY), above.get(_VELOCITIES, _EVERY))
        sample = self.tables[b"shdr"][own[SAMPLE]]
        g = {
            what: own.get(what, default) + (0 if what in _NOT_ADDED else above.get(what, 0))
            for what, default in _DEFAULTS.items()
        }
        first = 0 if sample["kind"] & PACKED else int(sample["start"])
        start = max(0, g[0] + 32768 * g[4])
        loop = int(sample["loop"]) - first + g[2] + 32768 * g[45]
        loop_end = int(sample["loop_end"]) - first + g[3] + 32768 * g[50]
        if not (keys and velocities and sample["start"] < sample["end"] and sample["rate"]):
            return None
        if not (g[54] & 1 and start <= loop < loop_end - 1):
            loop = loop_end = start
        root = g[58] if g[58] >= 0 else int(sample["root"]) if sample["root"] < 128 else 60
        vibrato = (g[23], g[24], g[6]) if g[6] else (g[21], g[22], g[5])
        cutoff = g[8] + max(0, g[11])
        return Zone(
            keys=keys,
            velocities=velocities,
            sample=own[SAMPLE],
            start=start,
            cut=max(0, -(g[1] + 32768 * g[12])),
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
    return amount & 0xFFFF if what in (INSTRUMENT, SAMPLE) else amount


def _both(one: tuple[int, int], other: tuple[int, int]) -> Any:
    low, high = max(one[0], other[0]), min(one[1], other[1])
    return (low, high) if low <= high else None


def _seconds(timecents: int) -> float:
    return 0.0 if timecents <= -12000 else float(2 ** (min(timecents, 8000) / 1200))


def _hertz(cents: int) -> float:
    return float(8.176 * 2 ** (min(max(cents, -16000), 20000) / 1200))
