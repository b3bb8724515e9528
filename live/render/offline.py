"""A side played on a synth with no clock, each message at its own frame, until it dies away."""

from collections import deque
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from live.render.audio import CHANNELS, Frames
from live.render.score import Stem

BLOCK = 0.25  # seconds handed over at once; the last of them fades away
SILENT = 1e-4  # amplitude (-80 dBFS): below it a tail is over
LONGEST_TAIL = 15.0  # seconds that a sound may go on for after everything has come up


class Synth(Protocol):
    """What makes the sound."""

    def send(self, message: bytes) -> None:
        """Take a raw MIDI message: it holds from the next frame on."""

    def render(self, frames: int) -> Frames:
        """The next frames, (frames, 2) float32."""

    def close(self) -> None:
        """Let go of everything."""


def play(stem: Stem, synth: Synth, rate: int) -> Iterator[Frames]:
    """Blocks of equal size, (frames, 2), at `rate` Hz, from second 0 of the stem until it has died
    away. A message at second t is sent exactly before frame round(t * rate)."""
    size = round(BLOCK * rate)
    waiting = deque((round(at * rate), message) for at, message in stem.events)
    at, last = 0, max(round(stem.end * rate), waiting[-1][0] if waiting else 0)
    while True:
        block = _next(synth, waiting, at, size)
        at += size
        over = at > last and bool(np.abs(block).max() < SILENT)
        if over or at > last + LONGEST_TAIL * rate:
            yield block * np.linspace(1, 0, size, dtype=np.float32)[:, None]
            return
        yield block


def _next(synth: Synth, waiting: deque[tuple[int, bytes]], at: int, size: int) -> Frames:
    block = np.empty((size, CHANNELS), np.float32)
    done = 0
    while done < size:
        while waiting and waiting[0][0] <= at + done:
            synth.send(waiting.popleft()[1])
        until = min(size, waiting[0][0] - at) if waiting else size
        block[done:until] = synth.render(until - done)
        done = until
    return block
