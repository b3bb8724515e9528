"""Records what another client of a JACK server plays, in a process of its own."""

import contextlib
import multiprocessing
import time
from collections.abc import Callable, Iterator
from itertools import accumulate
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

import numpy as np

from live.errors import UserError
from live.hands.realtime import SOUND, ask_realtime
from live.sound.blocks import Blocks
from live.sound.samples import Floats

_CONTEXT = multiprocessing.get_context("spawn")
_LIMIT = 20.0  # seconds


class Recorded(NamedTuple):
    """begins: when each block began, by time.perf_counter(); places: the frame that each begins
    with; frames: both sides added up; gaps: when the server lost time, as it says."""

    begins: list[float]
    places: list[int]
    frames: Floats
    gaps: list[float]


Record = Callable[[], Recorded]


@contextlib.contextmanager
def recording(client: str, rate: int) -> Iterator[Record]:
    """Call what comes for what was recorded since. Raises UserError where there is nothing to
    record from."""
    ours, its = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_record, args=(its, client, rate), daemon=True)
    process.start()
    its.close()
    try:
        _hear(ours)
        yield lambda: _stop(ours)
    finally:
        process.terminate()
        process.join(5)


def _hear(wire: Connection) -> Any:
    if not wire.poll(_LIMIT):
        raise UserError("nothing is recorded: is it a JACK server that the synth plays to?")
    word, what = wire.recv()
    if word == "problem":
        raise UserError(what)
    return what


def _stop(wire: Connection) -> Recorded:
    wire.send("stop")
    recorded: Recorded = _hear(wire)
    return recorded


def _record(wire: Connection, client: str, rate: int) -> None:
    import sounddevice

    blocks: Blocks | None = None
    begins: list[float] = []
    gaps: list[float] = []
    taken: list[Floats] = []

    def called(data: Floats, frames: int, times: Any, status: Any) -> None:
        nonlocal blocks
        at = time.perf_counter()
        if blocks is None:
            ask_realtime(SOUND)
            blocks = Blocks(frames / rate)
        blocks.begin(at, bool(status.input_overflow))
        if status.input_overflow:
            gaps.append(at)
        begins.append(blocks.began)
        taken.append(data.sum(axis=1))

    try:
        stream = sounddevice.InputStream(
            device=client, channels=2, samplerate=rate, blocksize=0, callback=called
        )
    except (sounddevice.PortAudioError, ValueError) as error:
        wire.send(
            ("problem", f"nothing to record from ({error}): start JACK, with its dummy driver")
        )
        return
    with stream:
        wire.send(("ready", None))
        wire.recv()
    places = [0, *accumulate(map(len, taken))][:-1]
    wire.send(("frames", Recorded(begins, places, np.concatenate(taken), gaps)))
