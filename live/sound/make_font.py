"""Makes the SoundFont that ships: a part of a larger one, its recordings packed as Ogg Vorbis.

    python -m live.sound.make_font FluidR3_GM.sf2 live/sound/antiphon.sf3

The presets in PRESETS are taken over with all that they are made of, nothing changed but the
packing (.sf3, MuseScore's form of it). See antiphon.md for where the larger one is from.
"""

import io
import struct
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile

from live.sound.sf2 import DRUMS, INSTRUMENT, PACKED, SAMPLE, SoundFont

QUALITY = 0.7  # 0 the best to 1 the smallest
PRESETS = (
    *((0, program) for program in (0, 4, 6, 7, 8, 11, 14)),  # keyboards and mallets
    *((0, program) for program in (16, 19, 20, 22)),  # organs
    *((0, program) for program in (24, 25, 26, 27)),  # guitars
    *((0, program) for program in (32, 33, 38)),  # basses
    *((0, program) for program in (40, 46, 48, 50)),  # strings
    *((0, program) for program in (53, 56, 57, 58, 61)),  # voices, brass
    *((0, program) for program in (65, 68, 71, 73, 75)),  # woodwind
    *((0, program) for program in (80, 81, 88, 89, 95)),  # synths
    *((0, program) for program in (104, 108, 114)),
    (DRUMS, 0),
)
_ABOUT = {  # each of an even length, with its closing zeros
    b"ifil": struct.pack("<HH", 3, 0),
    b"isng": b"EMU8000\0",
    b"INAM": b"Antiphon, part of FluidR3 GM\0\0",
    b"IENG": b"Frank Wen\0",
    b"ICOP": b"Copyright (c) 2000-2002, 2008 Frank Wen. MIT license.\0",
    b"ISFT": b"Antiphon\0\0",
}
# Each table with its bags and their generators, and what in these points to the next table.
_LEVELS = (
    (b"phdr", b"pbag", b"pgen", INSTRUMENT),
    (b"inst", b"ibag", b"igen", SAMPLE),
)
_MODULATORS = {b"pgen": b"pmod", b"igen": b"imod"}

Rows = npt.NDArray[Any]


def make(source: Path, target: Path) -> None:
    """Raises FontError."""
    font = SoundFont(source)
    tables: dict[bytes, bytes] = {}
    keep = [font.index[preset] for preset in sorted(PRESETS)]
    for heads, bags, gens, points in _LEVELS:
        keep = _level(font, tables, heads, bags, gens, points, keep)
    samples, tables[b"shdr"] = _recordings(font, keep)
    order = (b"phdr", b"pbag", b"pmod", b"pgen", b"inst", b"ibag", b"imod", b"igen", b"shdr")
    body = b"sfbk" + b"".join(
        (
            _list(b"INFO", _ABOUT.items()),
            _list(b"sdta", [(b"smpl", samples)]),
            _list(b"pdta", ((name, tables[name]) for name in order)),
        )
    )
    target.write_bytes(_chunk(b"RIFF", body))


def _level(
    font: SoundFont,
    tables: dict[bytes, bytes],
    heads: bytes,
    bags: bytes,
    gens: bytes,
    points: int,
    keep: list[int],
) -> list[int]:
    """Write these rows of a table and what belongs to them; return what they point to, in the
    order in which it is numbered anew."""
    head, bag, gen = (font.tables[name] for name in (heads, bags, gens))
    rows = np.concatenate((head[keep], head[-1:]))
    bag_rows: list[tuple[int, int]] = []
    gen_rows: list[Rows] = []
    pointed: dict[int, int] = {}
    count = 0
    for row, number in zip(rows, keep, strict=False):
        first, last = int(head[number]["bag"]), int(head[number + 1]["bag"])
        row["bag"] = len(bag_rows)
        for place in range(first, last):
            its = gen[int(bag[place]["gen"]) : int(bag[place + 1]["gen"])].copy()
            for one in its[its["what"] == points]:
                pointed.setdefault(int(one["amount"]) & 0xFFFF, len(pointed))
            for one in its:
                if one["what"] == points:
                    one["amount"] = pointed[int(one["amount"]) & 0xFFFF]
            bag_rows.append((count, 0))
            gen_rows.append(its)
            count += len(its)
    rows[-1]["bag"] = len(bag_rows)
    bag_rows.append((count, 0))
    gen_rows.append(np.zeros(1, gen.dtype))
    tables[heads] = rows.tobytes()
    tables[bags] = np.array(bag_rows, bag.dtype).tobytes()
    tables[gens] = np.concatenate(gen_rows).tobytes()
    tables[_MODULATORS[gens]] = bytes(10)
    return list(pointed)


def _recordings(font: SoundFont, keep: list[int]) -> tuple[bytes, bytes]:
    """The packed recordings, and their table."""
    heads = font.tables[b"shdr"]
    rows = np.concatenate((heads[keep], heads[-1:]))
    places = {number: place for place, number in enumerate(keep)}
    packed: list[bytes] = []
    where = 0
    for row, number in zip(rows, keep, strict=False):
        old = heads[number]
        data = _vorbis(font.recording(number), int(old["rate"]))
        row["start"], row["end"] = where, where + len(data)
        row["loop"], row["loop_end"] = old["loop"] - old["start"], old["loop_end"] - old["start"]
        row["link"] = places.get(int(old["link"]), 0)
        row["kind"] = int(old["kind"]) | PACKED
        packed.append(data)
        where += len(data)
    return b"".join(packed), rows.tobytes()


def _vorbis(data: npt.NDArray[np.float32], rate: int) -> bytes:
    out = io.BytesIO()
    with soundfile.SoundFile(
        out, "w", rate, 1, "VORBIS", format="OGG", compression_level=QUALITY
    ) as file:
        file.write(data)
    return out.getvalue()


def _chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _list(name: bytes, chunks: Iterable[tuple[bytes, bytes]]) -> bytes:
    return _chunk(b"LIST", name + b"".join(_chunk(n, body) for n, body in chunks))


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]))
