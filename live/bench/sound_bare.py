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
_TURNS = 3000  # by which the work is measured out
_ROWS = 32


class Same(Synth):
    """Does the same work for every block, so many seconds of it, and is silent."""

    def __init__(self, font: Path, rate: int, work: float) -> None:
        super().__init__(font, rate, at_once=False)
        self._table = np.ones((_ROWS, BLOCK), np.float32)
        began = time.thread_time()
        self._work(_TURNS)
        self._turns = round(_TURNS * work / (time.thread_time() - began))

    def _work(self, turns: int) -> None:
        for _ in range(turns):
            np.multiply(self._table, self._table, out=self._table)

    def render(self, frames: int) -> Floats:
        self._work(self._turns)
        return super().render(frames)


@contextlib.contextmanager
def bare_loop(config: SoundConfig, work: float) -> Iterator[Callable[[], dict[str, Any]]]:
    """work: seconds a block. Call what comes for Player.stats of it, since the last call."""
    ours, its = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_run, args=(its, config, work), daemon=True)
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


def _run(wire: Connection, config: SoundConfig, work: float) -> None:
    player = Player(config, shared_ring(), Same(find_font(), config.rate, work))
    gc.disable()
    NullDevice(config, player.fill).start()
    with contextlib.suppress(EOFError):
        while wire.recv():
            wire.send(player.stats())
