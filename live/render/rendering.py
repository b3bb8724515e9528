"""A score as audio files: both sides in one, or each in its own, all at one level."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import IO

import numpy as np

from live.errors import UserError
from live.render.audio import CHANNELS, AudioError, Frames, amplitude, decibels, format_of, write
from live.render.offline import Synth, play
from live.render.score import Stem

CEILING = -1.0  # dBFS: room for what a decoder makes of a lossy file
LONGEST = 4 * 3600.0  # seconds
_FRAME = CHANNELS * 4  # bytes
_AT_ONCE = 1 << 16  # frames read back at once


@dataclass(frozen=True, slots=True)
class Rendered:
    """What came of it. seconds: its length; peak: of the mix and its stems (dBFS); turned_down:
    by how much, so that nothing clips (dB, 0 for not at all)."""

    files: tuple[Path, ...]
    seconds: float
    peak: float
    turned_down: float


def stem_file(output: Path, name: str) -> Path:
    """Where a stem goes: song.wav -> song-machine.wav."""
    return output.with_name(f"{output.stem}-{name}{output.suffix}")


def render(
    stems: Sequence[Stem],
    open_synth: Callable[[str], Synth],
    output: Path,
    rate: int,
    apart: bool = False,
    gains: Mapping[str, float] | None = None,
) -> Rendered:
    """Play every stem on a synth of its own and write what is heard.

    open_synth: a stem's name -> its synth. apart: a file a stem, all of one length, whose sum is
    the mix. gains: dB by stem. Where the loudest frame of the mix or of a stem is above the
    ceiling, all are turned down alike. Raises UserError.
    """
    format_of(output, rate)
    if (longest := max(stem.end for stem in stems)) > LONGEST:
        raise UserError(f"{longest / 3600:.1f} hours are too long: render some --seconds of it")
    names = [stem.name for stem in stems]
    files = [stem_file(output, name) for name in names] if apart else [output]
    levels = {name: amplitude((gains or {}).get(name, 0.0)) for name in names}
    with _room(output), ExitStack() as stack:
        kept: list[IO[bytes]] = [stack.enter_context(tempfile.TemporaryFile()) for _ in files]
        sounds = []
        for stem in stems:
            synth = open_synth(stem.name)
            stack.callback(synth.close)
            sounds.append(play(stem, synth, rate, levels[stem.name]))
        peak, frames = 0.0, 0
        for blocks in zip_longest(*sounds):
            heard = _alike(blocks)
            mixed = np.sum(heard, axis=0)
            peak = max(peak, *(float(np.abs(block).max()) for block in (mixed, *heard)))
            frames += len(mixed)
            for file, block in zip(kept, heard if apart else [mixed], strict=True):
                file.write(block.tobytes())
        gain = min(1.0, amplitude(CEILING) / peak) if peak else 1.0
        for path, file in zip(files, kept, strict=True):
            file.seek(0)
            write(path, rate, _read_back(file, gain))
    return Rendered(tuple(files), frames / rate, decibels(peak * gain), -decibels(gain))


@contextmanager
def _room(output: Path) -> Iterator[None]:
    """What is rendered waits on the disk until its peak is known."""
    try:
        yield
    except OSError as error:
        raise AudioError(f"{output} cannot be rendered ({error.strerror})") from error


def _alike(blocks: Sequence[Frames | None]) -> list[Frames]:
    """A block of each stem; one that has died away before the others is silent."""
    silence = np.zeros_like(next(block for block in blocks if block is not None))
    return [silence if block is None else block for block in blocks]


def _read_back(file: IO[bytes], gain: float) -> Iterator[Frames]:
    while data := file.read(_AT_ONCE * _FRAME):
        yield np.frombuffer(data, np.float32).reshape(-1, CHANNELS) * np.float32(gain)
