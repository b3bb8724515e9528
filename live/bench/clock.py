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
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from live import midi
from live.bench.figures import spread
from live.bench.rig import OUTPUT, hands
from live.hands.config import HandsConfig, HandsSettings
from live.hands.ports import open_system
from live.hands.realtime import SCHEDULE, ask_realtime
from live.hands.waiting import Waiter
from live.plan import Plan
from live.settings import Settings
from live.stage import Stage, StageConfig
from live.tempo.clock_in import CONTINUE, START, STOP, TICK, TICKS
from live.tempo.fit import fit
from live.tempo.timeline import Timeline

TEMPOS = (60.0, 180.0, 120.0, 60.0, 90.0, 180.0, 75.0, 150.0)  # stepped through
STEP = 16  # beats
OUT_TEMPOS = (60.0, 120.0, 180.0)
OUT_SECONDS = 20.0  # of each tempo and rival
SETTLE = 4  # beats after a start that are not counted: the tempo is not known yet
CLOCK, LISTENER = "Bench Clock", "Bench Mark"
THIRD = "jack_midi_clock"
DUMP = "jack_midi_dump"

_CONTEXT = multiprocessing.get_context("spawn")
Heard = list[tuple[float, bytes]]  # seconds, message


def bench_clock(model: Path, seconds: float = 300.0) -> dict[str, Any]:
    """`seconds` of following tempo steps, a fifth of that at a constant tempo, and our own clock
    beside a bare loop's. Raises UserError."""
    figures: dict[str, Any] = {"period_ms": _period()}
    with _stepping(seconds) as go, _following(model, CLOCK) as heard:
        go()
        time.sleep(seconds)
        figures["clicks on a clock that steps"] = _phase(*heard())
    if shutil.which(THIRD):
        with _third() as name, _following(model, name) as heard:
            _transport("play")
            time.sleep(seconds / 5)
            _transport("stop")
            figures[f"clicks on {THIRD}"] = _phase(*heard())
    if shutil.which(DUMP):
        ours, bare = _out(), _bare_out()
        figures["our clock"], figures["bare loop's clock"] = ours, bare
        figures["jitter, ours over bare"] = {
            name: round(ours[name]["jitter_ms"] / bare[name]["jitter_ms"], 3) for name in ours
        }
    return figures


def _period() -> float | str:
    """JACK's period in ms."""
    try:
        said = subprocess.run(["jack_bufsize"], capture_output=True, text=True, timeout=10).stdout
        rate = subprocess.run(
            ["jack_samplerate"], capture_output=True, text=True, timeout=10
        ).stdout
        return round(1e3 * int(said.split()[-1]) / int(rate.split()[-1]), 3)
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return "unknown"


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
    try:
        stage.wait_ready()
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


@contextlib.contextmanager
def _stepping(seconds: float, tempos: Sequence[float] = TEMPOS) -> Iterator[Any]:
    """A clock in a process of its own; gives a function that starts it."""
    ours, its = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=_send, args=(its, CLOCK, seconds, tempos), daemon=True)
    process.start()
    try:
        ours.recv()
        yield lambda: ours.send("go")
    finally:
        process.terminate()
        process.join(5)
        ours.close()


def _moments(seconds: float, tempos: Sequence[float]) -> Iterator[float]:
    """When ticks are, from 0 on, each tempo for STEP beats."""
    at = 0.0
    for bpm in itertools.cycle(tempos):
        for _ in range(STEP * TICKS):
            if at > seconds:
                return
            yield at
            at += 60 / bpm / TICKS


def _send(wire: Connection, name: str, seconds: float, tempos: Sequence[float]) -> None:
    """A bare loop: a start, and ticks at their moments."""
    ask_realtime(SCHEDULE)
    system = open_system()
    port = system.open_output(name, True)
    wire.send("ready")
    wire.recv()
    waiter = Waiter(time.perf_counter, HandsConfig().spin)
    start = time.perf_counter() + 0.2
    port.send(bytes((START,)))
    for at in _moments(seconds, tempos):
        waiter.until(start + at)
        port.send(bytes((TICK,)))
    port.send(bytes((STOP,)))
    wire.recv()


@contextlib.contextmanager
def _third() -> Iterator[str]:
    """jack_midi_clock at 120 beats a minute; it runs with JACK's transport."""
    _transport("stop", "locate 0")
    process = subprocess.Popen(
        [THIRD, "-B", "-b", "120"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield THIRD
    finally:
        process.terminate()
        process.wait(5)


def _transport(*orders: str) -> None:
    subprocess.run(
        ["jack_transport"], input="\n".join(orders) + "\nexit\n", text=True, timeout=10,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip


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
        with hands(settings=HandsSettings(clock_out=1)) as rig, _dump(OUTPUT) as stamps:
            rig.wire.send(Plan(0, timeline=Timeline(rig.now() + 0.5, 0.0, bpm)))
            time.sleep(OUT_SECONDS)
            figures[f"{bpm:g}"] = _even(stamps(), bpm)
    return figures


def _bare_out() -> dict[str, Any]:
    """A bare loop's clock at each tempo."""
    figures = {}
    for bpm in OUT_TEMPOS:
        with _stepping(OUT_SECONDS, (bpm,)) as go, _dump(CLOCK) as stamps:
            go()
            time.sleep(OUT_SECONDS)
            figures[f"{bpm:g}"] = _even(stamps(), bpm)
    return figures


@contextlib.contextmanager
def _dump(port: str) -> Iterator[Any]:
    """jack_midi_dump on that port; gives a function that tells the moments of the ticks since
    (seconds, in JACK's frames)."""
    process = subprocess.Popen(
        [DUMP, "-a", LISTENER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        _connect(port)

        def stamps() -> list[float]:
            process.terminate()
            said, _ = process.communicate(timeout=10)
            rate = subprocess.run(["jack_samplerate"], capture_output=True, text=True).stdout
            lines = [line.split(":") for line in said.splitlines() if ":" in line]
            ticks = [int(at) for at, message in lines if message.split()[:1] == ["f8"]]
            return [tick / int(rate) for tick in ticks]

        yield stamps
    finally:
        process.kill()
        process.wait()


def _connect(port: str) -> None:
    limit = time.monotonic() + 10
    while time.monotonic() < limit:
        listed = subprocess.run(["jack_lsp"], capture_output=True, text=True).stdout.splitlines()
        outputs = [name for name in listed if port in name]
        inputs = [name for name in listed if name.startswith(LISTENER)]
        if outputs and inputs:
            subprocess.run(["jack_connect", outputs[0], inputs[0]], check=True)
            return
        time.sleep(0.05)


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
