"""A loop with the synth's thread, its blocks and as much work in each, and nothing to be slow with:
what this machine makes of it is nobody's fault."""

import contextlib
import gc
import multiprocessing
from collections.abc import Iterator
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
_TURNS = 100  # until it is known how long they take, and how long they are to
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


class Bare:
    """The loop, in a process of its own."""

    def __init__(self, wire: Connection) -> None:
        self._wire = wire
        self.stats()

    def stats(self) -> dict[str, Any]:
        """Player.stats since the last call."""
        return self._ask(1.0)

    def match(self, busy: float) -> None:
        """The share of a processor that it has had since the last call is to be this from now
        on."""
        self._ask(busy / self.stats()["busy"])

    def _ask(self, factor: float) -> dict[str, Any]:
        self._wire.send(factor)
        stats: dict[str, Any] = self._wire.recv()
        return stats


@contextlib.contextmanager
def bare_loop(config: SoundConfig) -> Iterator[Bare]:
    ours, its = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_run, args=(its, config), daemon=True)
    process.start()
    its.close()
    try:
        yield Bare(ours)
    finally:
        process.terminate()
        process.join(5)


def _run(wire: Connection, config: SoundConfig) -> None:
    same = Same(find_font(), config.rate)
    player = Player(config, shared_ring(), same)
    gc.disable()
    NullDevice(config, player.fill).start()
    with contextlib.suppress(EOFError):
        while True:
            same.turns = max(1, round(same.turns * wire.recv()))
            wire.send(player.stats())
