"""A side played on a synth with no clock, each message at its own frame, until it dies away."""

from collections import deque
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from live.render.audio import Frames
from live.render.score import Stem

BLOCK = 0.25  # seconds handed over at once; the last of them fades away
SILENT = 1e-4  # amplitude (-80 dBFS): below it a tail is over
LONGEST_TAIL = 15.0  # seconds that a sound may go on for after everything has come up


class Synth(Protocol):
    """What makes the sound."""

    def send(self, message: bytes, frame: int = 0) -> None:
        """Take a raw MIDI message, for a frame of what is rendered next. Those of one frame hold
        in the order in which they were sent."""

    def render(self, frames: int) -> Frames:
        """The next frames, (frames, 2) float32."""

    def close(self) -> None:
        """Let go of everything."""


def play(stem: Stem, synth: Synth, rate: int, level: float = 1.0) -> Iterator[Frames]:
    """Blocks of equal size, (frames, 2), at `rate` Hz, from second 0 of the stem until it has died
    away. A message at second t is for frame round(t * rate). level: a factor on what the synth
    renders."""
    size = round(BLOCK * rate)
    waiting = deque((round(at * rate), message) for at, message in stem.events)
    at, last = 0, max(round(stem.end * rate), waiting[-1][0] if waiting else 0)
    while True:
        while waiting and waiting[0][0] < at + size:
            frame, message = waiting.popleft()
            synth.send(message, frame - at)
        block = synth.render(size) * np.float32(level)
        at += size
        over = at > last and bool(np.abs(block).max() < SILENT)
        if over or at > last + LONGEST_TAIL * rate:
            yield block * np.linspace(1, 0, size, dtype=np.float32)[:, None]
            return
        yield block
