"""The other ends of the clock's bench: a bare loop that sends a clock, and JACK's own programs that
send one (jack_midi_clock) and read one (jack_midi_dump)."""

import contextlib
import itertools
import multiprocessing
import subprocess
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from typing import Any

from live.hands.config import HandsConfig
from live.hands.ports import open_system
from live.hands.realtime import SCHEDULE, ask_realtime
from live.hands.waiting import Waiter
from live.tempo.clock_in import START, STOP, TICK, TICKS

TEMPOS = (60.0, 180.0, 120.0, 60.0, 90.0, 180.0, 75.0, 150.0)  # stepped through
STEP = 16  # beats
CLOCK, LISTENER = "Bench Clock", "Bench Mark"
THIRD = "jack_midi_clock"
DUMP = "jack_midi_dump"

_CONTEXT = multiprocessing.get_context("spawn")


# --- a bare loop


@contextlib.contextmanager
def bare_clock(seconds: float, tempos: Sequence[float] = TEMPOS) -> Iterator[Any]:
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


# --- JACK's own


def jack_period() -> float | str:
    """JACK's period in ms."""
    try:
        said = subprocess.run(["jack_bufsize"], capture_output=True, text=True, timeout=10).stdout
        rate = subprocess.run(
            ["jack_samplerate"], capture_output=True, text=True, timeout=10
        ).stdout
        return round(1e3 * int(said.split()[-1]) / int(rate.split()[-1]), 3)
    except (OSError, ValueError, IndexError, subprocess.SubprocessError):
        return "unknown"


@contextlib.contextmanager
def jack_clock() -> Iterator[str]:
    """jack_midi_clock at 120 beats a minute; it runs with JACK's transport."""
    jack_transport("stop", "locate 0")
    process = subprocess.Popen(
        [THIRD, "-B", "-b", "120"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield THIRD
    finally:
        process.terminate()
        process.wait(5)


def jack_transport(*orders: str) -> None:
    subprocess.run(
        ["jack_transport"], input="\n".join(orders) + "\nexit\n", text=True, timeout=10,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
    )  # fmt: skip


@contextlib.contextmanager
def jack_dump(port: str) -> Iterator[Any]:
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
