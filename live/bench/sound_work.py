"""What a block of many voices takes at its quickest: the same music over and over, no card asking.

What other programs, interrupts and the host of a virtual machine take from a thread is counted as
its own time, but does not fall on the same block of the music every time. What the block itself
needs does.
"""

import gc
import time
from collections.abc import Iterator
from math import ceil, lcm
from typing import Any

import numpy as np

from live import midi
from live.sound.config import SoundConfig
from live.sound.fonts import find_font
from live.sound.synth import Synth

KEYS = 32  # held at once
CHANGE = 0.1  # seconds from one change of key to the next
PROGRAM = midi.program_change(0, 33)  # a bass: a voice for each key
_LOWEST, _RANGE, _STEP = 36, KEYS + 5, 7
_LEAST = 20  # times that the music is rendered, after one that is not counted


def key(number: int) -> int:
    """The pitch of the key that change `number` presses; the one it lifts is that of KEYS before.
    All comes round after _RANGE changes."""
    return _LOWEST + number * _STEP % _RANGE


def block_work(config: SoundConfig, seconds: float) -> dict[str, Any]:
    """Processor time of each block of the music, at its quickest and in the middle of its times.

    seconds: of sound, rendered as fast as it goes."""
    change = round(CHANGE * config.rate)
    frames = lcm(change * _RANGE, config.block)
    times = max(_LEAST, ceil(seconds * config.rate / frames))
    took = np.array([list(once) for once in _rendered(config, change, frames, times)][1:]) * 1e3
    quickest, middle = took.min(axis=0), np.median(took, axis=0)
    lasts = config.block / config.rate * 1e3
    return {
        "blocks": len(quickest),
        "times": len(took),
        "a block lasts_ms": round(lasts, 2),
        "longest at its quickest_ms": round(float(quickest.max()), 3),
        "longest in the middle_ms": round(float(middle.max()), 3),
        "took more than they last, of all": int((took > lasts).sum()),
        "took more every time": int((quickest > lasts).sum()),
        "most times of one block": int((took > lasts).sum(axis=0).max()),
    }


def _rendered(
    config: SoundConfig, change: int, frames: int, times: int
) -> Iterator[Iterator[float]]:
    synth = Synth(find_font(), config.rate)
    synth.send(PROGRAM)
    synth.rehearse()
    number = 0
    gc.collect()
    gc.disable()  # as it plays

    def once() -> Iterator[float]:
        nonlocal number
        for begin in range(0, frames, config.block):
            for frame in range(-begin % change, config.block, change):
                if number >= KEYS:
                    synth.send(midi.note_off(0, key(number - KEYS)), frame)
                synth.send(midi.note_on(0, key(number), 80), frame)
                number += 1
            before = time.thread_time()
            synth.render(config.block)
            yield time.thread_time() - before

    try:
        for _ in range(times + 1):
            yield once()
    finally:
        gc.enable()
