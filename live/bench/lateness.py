"""How late the machine's notes are sent, beside a bare loop with the same wait, in turn."""

import multiprocessing
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from live.bench.figures import ratio, spread
from live.bench.rig import EVERY, hands, load
from live.hands.config import HandsConfig
from live.hands.realtime import SCHEDULE, ask_realtime
from live.hands.waiting import Waiter
from live.plan import OnTouch

TURNS, SECONDS = 6, 10.0

_CONTEXT = multiprocessing.get_context("spawn")


def bench_lateness(model: Path, turns: int = TURNS) -> dict[str, Any]:
    """100 notes a second while a model works, with real-time priority and without.

    Raises UserError.
    """
    figures: dict[str, Any] = {}
    with load(model):
        for realtime in (True, False):
            ours: list[float] = []
            bare: list[float] = []
            with hands(realtime) as rig:
                for _ in range(turns):
                    bare += _bare(realtime)
                    before = len(rig.sounded)
                    rig.play(SECONDS, OnTouch.KEEP)
                    time.sleep(SECONDS + 0.5)
                    ours += [sounded.late for sounded in rig.sounded[before:]]
            name = "real-time priority" if realtime else "no priority"
            figures[name] = {
                "antiphon": spread(ours),
                "bare loop": spread(bare),
                "ratio": ratio(spread(ours), spread(bare)),
            }
    return figures


def _bare(realtime: bool) -> list[float]:
    ours, its = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_loop, args=(its, realtime), daemon=True)
    process.start()
    late: list[float] = ours.recv()
    process.join()
    return late


def _loop(wire: Connection, realtime: bool) -> None:
    if realtime:
        ask_realtime(SCHEDULE)
    late = []
    waiter = Waiter(time.perf_counter, HandsConfig().spin)
    due = time.perf_counter() + 0.1
    for _ in range(int(SECONDS / EVERY)):
        due += EVERY
        waiter.until(due)
        late.append(time.perf_counter() - due)
    wire.send(late)
