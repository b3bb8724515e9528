"""A loop with the synth's thread, its blocks and as much work in each, and nothing to be slow with:
what this machine makes of it is nobody's fault."""

import contextlib
import gc
import multiprocessing
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from live.sound.config import SoundConfig
from live.sound.device import NullDevice
from live.sound.fonts import find_font
from live.sound.process import Player
from live.sound.ring import shared_ring
from live.sound.samples import Floats
from live.sound.synth import Synth
from live.sound.voices import BLOCK

_CONTEXT = multiprocessing.get_context("spawn")
_TURNS = 100  # until it is known how long they take
_MEASURE = 2.0  # seconds
_ROWS = 32


class Same(Synth):
    """Does the same work for every block, and is silent."""

    def __init__(self, font: Path, rate: int) -> None:
        super().__init__(font, rate, at_once=False)
        self.turns = _TURNS
        self._table = np.ones((_ROWS, BLOCK), np.float32)

    def render(self, frames: int) -> Floats:
        for _ in range(self.turns):
            np.multiply(self._table, self._table, out=self._table)
        return super().render(frames)


@contextlib.contextmanager
def bare_loop(config: SoundConfig, busy: float) -> Iterator[Callable[[], dict[str, Any]]]:
    """busy: the share of a processor that it is to take. Call what comes for its Player.stats since
    the last call."""
    ours, its = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_run, args=(its, config, busy), daemon=True)
    process.start()
    its.close()

    def ask() -> dict[str, Any]:
        ours.send("stats")
        stats: dict[str, Any] = ours.recv()
        return stats

    try:
        ask()
        yield ask
    finally:
        process.terminate()
        process.join(5)


def _run(wire: Connection, config: SoundConfig, busy: float) -> None:
    same = Same(find_font(), config.rate)
    player = Player(config, shared_ring(), same)
    gc.disable()
    NullDevice(config, player.fill).start()
    for _ in range(2):
        player.stats()
        time.sleep(_MEASURE)
        same.turns = max(1, round(same.turns * busy / player.stats()["busy"]))
    with contextlib.suppress(EOFError):
        while wire.recv():
            wire.send(player.stats())
