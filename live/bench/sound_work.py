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


def change(number: int) -> list[bytes]:
    """The messages of change `number`: another key goes down, and the one of KEYS changes before
    comes up. All comes round after _RANGE changes."""
    up = [midi.note_off(0, _key(number - KEYS))] if number >= KEYS else []
    return [*up, midi.note_on(0, _key(number), 80)]


def ends(number: int) -> list[bytes]:
    """The keys that are down after so many changes come up."""
    return [midi.note_off(0, _key(n)) for n in range(max(0, number - KEYS), number)]


def _key(number: int) -> int:
    return _LOWEST + number * _STEP % _RANGE


def block_work(config: SoundConfig, seconds: float) -> dict[str, Any]:
    """Processor time of each block of the music, at its quickest and in the middle of its times.

    seconds: of sound, rendered as fast as it goes."""
    every = round(CHANGE * config.rate)
    blocks = lcm(every * _RANGE, config.block) // config.block
    times = max(_LEAST, ceil(seconds * config.rate / (blocks * config.block)))
    took = np.fromiter(_rendered(config, every, blocks * (times + 1)), float) * 1e3
    took = took.reshape(-1, blocks)[1:]
    quickest, middle = took.min(axis=0), np.median(took, axis=0)
    lasts = config.block / config.rate * 1e3
    return {
        "blocks": blocks,
        "times": times,
        "a block lasts_ms": round(lasts, 2),
        "longest at its quickest_ms": round(float(quickest.max()), 3),
        "longest in the middle_ms": round(float(middle.max()), 3),
        "took more than they last, of all": int((took > lasts).sum()),
        "took more every time": int((quickest > lasts).sum()),
        "most times of one block": int((took > lasts).sum(axis=0).max()),
    }


def _rendered(config: SoundConfig, every: int, blocks: int) -> Iterator[float]:
    """Seconds of the thread's own that each block takes; every: frames to a change."""
    synth = Synth(find_font(), config.rate)
    synth.send(PROGRAM)
    synth.rehearse()
    gc.collect()
    gc.disable()  # as it plays
    try:
        for begin in range(0, blocks * config.block, config.block):
            for at in range(begin + -begin % every, begin + config.block, every):
                for message in change(at // every):
                    synth.send(message, at - begin)
            before = time.thread_time()
            synth.render(config.block)
            yield time.thread_time() - before
    finally:
        gc.enable()
