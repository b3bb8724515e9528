"""MIDI clock: how well the machine is on the beat of one that comes in, and how even ours is.

In: a metronome's clicks of a whole session that follows a third party's clock, against that
clock's ticks, both heard at one place. Out: our ticks as a third party reads them, beside a bare
loop's. The third party of constant tempo is jack_midi_clock, and jack_midi_dump reads ours; where
they are not installed those figures are left out.
"""

import contextlib
import itertools
import multiprocessing
import shutil
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from live import midi
from live.bench.clock_peers import (
    CLOCK,
    DUMP,
    THIRD,
    bare_clock,
    jack_clock,
    jack_dump,
    jack_period,
    jack_transport,
)
from live.bench.figures import spread
from live.bench.rig import OUTPUT, hands
from live.hands.config import HandsConfig, HandsSettings
from live.hands.ports import open_system
from live.plan import Plan
from live.settings import Settings
from live.stage import Stage, StageConfig
from live.tempo.clock_in import CONTINUE, START, TICK, TICKS
from live.tempo.fit import fit
from live.tempo.timeline import Timeline

OUT_TEMPOS = (60.0, 120.0, 180.0)
OUT_SECONDS = 20.0  # of each tempo and rival
SETTLE = 4  # beats after a start that are not counted: the tempo is not known yet

_CONTEXT = multiprocessing.get_context("spawn")
Heard = list[tuple[float, bytes]]  # seconds, message


def bench_clock(model: Path, seconds: float = 300.0) -> dict[str, Any]:
    """`seconds` of following tempo steps, a fifth of that at a constant tempo, and our own clock
    beside a bare loop's. Raises UserError."""
    figures: dict[str, Any] = {"period_ms": jack_period()}
    with bare_clock(seconds) as go, _following(model, CLOCK) as heard:
        go()
        time.sleep(seconds)
        figures["clicks on a clock that steps"] = _phase(*heard())
    if shutil.which(THIRD):
        with jack_clock() as name, _following(model, name) as heard:
            jack_transport("play")
            time.sleep(seconds / 5)
            jack_transport("stop")
            figures[f"clicks on {THIRD}"] = _phase(*heard())
    if shutil.which(DUMP):
        ours, bare = _out(), _bare_out()
        figures["our clock"], figures["bare loop's clock"] = ours, bare
        figures["jitter, ours over bare"] = {
            name: round(ours[name]["jitter_ms"] / bare[name]["jitter_ms"], 3) for name in ours
        }
    return figures


# --- in


@contextlib.contextmanager
def _following(model: Path, clock: str) -> Iterator[Any]:
    """A session that follows the clock at that port, which must be there soon, and clicks. Gives
    a function that tells what was heard since: of the clock, and of the session."""
    ears, its = _CONTEXT.Pipe()
    listener = _CONTEXT.Process(target=_listen, args=(its, clock), daemon=True)
    system = open_system()
    while not any(clock in name for name in system.inputs()):
        time.sleep(0.05)
    system.close()
    stage = Stage(
        StageConfig(
            model,
            Settings(clock="midi"),
            0,
            HandsConfig(
                input=(clock,),
                output=(OUTPUT,),
                virtual_output=OUTPUT,
                settings=HandsSettings(click=1, thru=0),
            ),
        ),
        lambda line: print(line, file=sys.stderr),
    )
    ended = threading.Event()

    def turn() -> None:
        while not ended.is_set():
            stage.turn(0.1)

    turner = threading.Thread(target=turn, name="stage", daemon=True)
    stage.wait_ready()
    try:
        turner.start()
        listener.start()
        ears.recv()

        def heard() -> tuple[Heard, Heard]:
            ears.send("stop")
            return ears.recv()

        yield heard
    finally:
        ended.set()
        turner.join()
        stage.stop()
        listener.terminate()
        listener.join(5)


def _listen(wire: Connection, clock: str) -> None:
    """Write down what comes from the clock and from the session, on one clock."""
    system = open_system()
    heard: tuple[Heard, Heard] = ([], [])
    ports = []
    for source, want in enumerate((clock, OUTPUT)):
        name = next(name for name in system.inputs() if want in name)

        def hear(event: Any, source: int) -> None:
            heard[source].append((time.perf_counter(), bytes(event[0])))

        ports.append(system.open_input(name, False, hear, source))
    wire.send("ready")
    wire.recv()
    for port in ports:
        port.close()
    wire.send(heard)


def _phase(clock: Heard, session: Heard) -> dict[str, Any]:
    """By how much clicks were off the ticks of their beats."""
    beats: list[float] = []
    number = SETTLE * -TICKS
    for at, message in clock:
        if message[0] in (START, CONTINUE):
            number = SETTLE * -TICKS
        elif message[0] == TICK:
            if number >= 0 and number % TICKS == 0:
                beats.append(at)
            number += 1
    clicks = [at for at, message in session if midi.is_note_on(message)]
    off, missing = [], 0
    for beat in beats[:-1]:
        near = min(clicks, key=lambda click: abs(click - beat), default=float("inf"))
        if abs(near - beat) < 0.1:
            off.append(near - beat)
        else:
            missing += 1
    return spread([abs(each) for each in off]) | {
        "mean_ms": round(1e3 * statistics.fmean(off), 3) if off else None,
        "missing": missing,
        "clicks_too_many": max(0, len([c for c in clicks if c >= beats[0] - 0.1]) - len(beats) - 1),
    }


# --- out


def _out() -> dict[str, Any]:
    """Our own clock at each tempo."""
    figures = {}
    for bpm in OUT_TEMPOS:
        with hands(settings=HandsSettings(clock_out=1)) as rig, jack_dump(OUTPUT) as stamps:
            rig.wire.send(Plan(0, timeline=Timeline(rig.now() + 0.5, 0.0, bpm)))
            time.sleep(OUT_SECONDS)
            figures[f"{bpm:g}"] = _even(stamps(), bpm)
    return figures


def _bare_out() -> dict[str, Any]:
    """A bare loop's clock at each tempo."""
    figures = {}
    for bpm in OUT_TEMPOS:
        with bare_clock(OUT_SECONDS, (bpm,)) as go, jack_dump(CLOCK) as stamps:
            go()
            time.sleep(OUT_SECONDS)
            figures[f"{bpm:g}"] = _even(stamps(), bpm)
    return figures


def _even(stamps: list[float], bpm: float) -> dict[str, float]:
    """The tempo's error, and the standard deviation and p99 of the intervals' error."""
    stamps = stamps[TICKS:]
    line, _ = fit(list(enumerate(stamps)))
    off = [b - a - 60 / bpm / TICKS for a, b in itertools.pairwise(stamps)]
    return {
        "tempo_error_%": round(100 * (60 / TICKS / line.period / bpm - 1), 4),
        "jitter_ms": round(1e3 * statistics.pstdev(off), 4),
        "p99_ms": spread([abs(each) for each in off])["p99_ms"],
        "ticks": len(stamps),
    }
