"""What the benches over ports share: hands of our own, a mind's load, a musician's gear."""

import contextlib
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Client, Connection
from pathlib import Path
from typing import Any

from live.demo.keyboard import PortKeyboard
from live.errors import UserError
from live.hands.config import HandsConfig, HandsSettings
from live.hands.ports import open_system
from live.hands.process import run_hands
from live.hands.realtime import MIND, SHARED, ask_realtime
from live.mind import WARM_UP
from live.plan import OnTouch, Plan, PlannedNote, Sounded
from live.wire import Wire

INPUT, OUTPUT = "Bench In", "Bench Out"
BARE_INPUT, BARE_OUTPUT = "Bare In", "Bare Out"
MACHINE_CHANNEL = 15
EVERY = 0.01  # seconds between two machine notes, and between two steps of the load
READY_LIMIT = 30.0  # seconds
KEY = b"k"  # one was struck, or is answered

_CONTEXT = multiprocessing.get_context("spawn")


@dataclass
class Rig:
    """Hands that play, and what they report. sounded: every machine note begun."""

    epoch: float
    wire: Wire
    sounded: list[Sounded] = field(default_factory=list)
    _next: int = 1

    def now(self) -> float:
        return time.perf_counter() - self.epoch

    def play(self, seconds: float, on_touch: OnTouch, duration: float = 0.005) -> None:
        """Plan a note every 10 ms from shortly on, for so long; the pitches go round."""
        start, count = self.now() + 0.1, int(seconds / EVERY)
        numbers = range(self._next, self._next + count)
        self._next += count
        notes = tuple(
            PlannedNote(n, start + i * EVERY, duration, MACHINE_CHANNEL, n % 128, 64)
            for i, n in enumerate(numbers)
        )
        for i in range(0, count, 50):
            self.wire.send(Plan(1_000_000_000, notes[i : i + 50], on_touch=on_touch))

    def listen(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                event = self.wire.recv()
                if isinstance(event, Sounded):
                    self.sounded.append(event)


@contextlib.contextmanager
def hands(
    realtime: bool = True, settings: HandsSettings | None = None, ring: Any = None
) -> Iterator[Rig]:
    """Hands on virtual ports, with us as their mind, and with the built-in synth that reads a
    ring. Raises UserError if they cannot start."""
    epoch, authkey = time.perf_counter(), os.urandom(16)
    config = HandsConfig(
        epoch=epoch,
        input=(INPUT,),
        output=(OUTPUT,),
        virtual_input=INPUT,
        virtual_output=OUTPUT,
        settings=settings or HandsSettings(),
        realtime=realtime,
        authkey=authkey,
        synth=ring is not None,
    )
    control, its = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=run_hands, args=(config, its, None, None, ring), daemon=True)
    process.start()
    its.close()
    try:
        rig = Rig(epoch, Wire(Client(_address(control), authkey=authkey)))
        rig.wire.send(("from", 0))
        threading.Thread(target=rig.listen, name="sounded", daemon=True).start()
        threading.Thread(target=_drain, args=(control,), name="stats", daemon=True).start()
        yield rig
    finally:
        with contextlib.suppress(OSError):
            control.send(("stop",))
        process.join(5)
        if process.is_alive():
            process.kill()


def _address(control: Connection) -> Any:
    while control.poll(READY_LIMIT):
        try:
            word, *rest = control.recv()
        except EOFError:
            break
        if word == "ready":
            return rest[0]["address"]
        if word in ("problem", "lost"):
            raise UserError(str(rest[-1]))
    raise UserError("the hands did not start: is the MIDI system busy?")


def _drain(control: Connection) -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            control.recv()


@contextlib.contextmanager
def load(model: Path) -> Iterator[None]:
    """A process that steps the model every 10 ms, as a mind at work does."""
    with _running(_work, model):
        time.sleep(2.0)  # it loads the model first
        yield


@contextlib.contextmanager
def bare_thru() -> Iterator[None]:
    """A process that does nothing but pass on, by mido's own callback."""
    with _running(_pass_on):
        yield


@dataclass
class Rival:
    """answered: seconds from each key in its callback to the answer there, whole when it has
    ended."""

    answered: list[float] = field(default_factory=list)


@contextlib.contextmanager
def rival(model: Path, steps: int) -> Iterator[Rival]:
    """The least that can answer a key: a process with the hands' priority that passes on by mido's
    own callback, and one with the mind's that takes so many bare steps of the model for each key.
    Raises UserError."""
    control, its = _CONTEXT.Pipe()
    wires = _CONTEXT.Pipe()
    targets: tuple[tuple[Any, Any], ...] = (
        (_ask, (its, wires[0])),
        (_answer, (wires[1], model, steps)),
    )
    processes = [_CONTEXT.Process(target=t, args=args, daemon=True) for t, args in targets]
    for process in processes:
        process.start()
    for end in (its, *wires):
        end.close()
    found = Rival()
    try:
        if not control.poll(READY_LIMIT) or not control.recv():
            raise UserError("the bare rival did not start: is the MIDI system busy?")
        yield found
        control.send(True)
        found.answered = control.recv()
    finally:
        for process in processes:
            process.terminate()
            process.join(5)


def _ask(control: Connection, wire: Connection) -> None:
    import mido

    ask_realtime(SHARED)
    wire.recv_bytes()  # the other one is ready
    system = open_system()
    system.close()
    backend = mido.Backend(f"mido.backends.rtmidi/{system.name}")
    out = backend.open_output(BARE_OUTPUT, virtual=True)
    asked: list[float] = []
    answered: list[float] = []

    def hear(message: Any) -> None:
        at = time.perf_counter()
        out.send(message)
        if message.type == "note_on":
            asked.append(at)
            wire.send_bytes(KEY)

    def answer() -> None:
        note = mido.Message("note_on", channel=MACHINE_CHANNEL, note=60)
        with contextlib.suppress(EOFError, OSError):
            while True:
                wire.recv_bytes()
                out.send(note)
                answered.append(time.perf_counter() - asked[len(answered)])

    keep = backend.open_input(BARE_INPUT, virtual=True, callback=hear)
    threading.Thread(target=answer, daemon=True).start()
    control.send(True)
    control.recv()
    control.send(answered)
    keep.close()


def _answer(wire: Connection, path: Path, steps: int) -> None:
    from live.bench.step import stepper
    from live.models.any_model import open_any

    its = stepper(open_any(path))
    for _ in range(WARM_UP):
        its.sample()
    ask_realtime(MIND)
    wire.send_bytes(KEY)
    with contextlib.suppress(EOFError, OSError):
        while True:
            wire.recv_bytes()
            for _ in range(steps):
                its.sample()
                its.read()
            wire.send_bytes(KEY)


@contextlib.contextmanager
def _running(target: Any, *args: Any) -> Iterator[None]:
    process = _CONTEXT.Process(target=target, args=args, daemon=True)
    process.start()
    try:
        yield
    finally:
        process.terminate()
        process.join(5)


def _work(model: Path) -> None:
    import numpy as np

    from live.models.note_model import SILENCE, Chance, NoteModel

    opened = NoteModel.open(model)
    state, note = opened.start, opened.codec.nothing
    chance = Chance(np.random.default_rng(0), opened.codec)
    due = time.perf_counter()
    while True:
        due += EVERY
        time.sleep(max(0.0, due - time.perf_counter()))
        step = opened.step(state, note, SILENCE, opened.anything, chance.draw())
        state, note = step.state, step.note


def _pass_on() -> None:
    import mido

    system = open_system()
    system.close()
    backend = mido.Backend(f"mido.backends.rtmidi/{system.name}")
    out = backend.open_output(BARE_OUTPUT, virtual=True)
    keep = backend.open_input(BARE_INPUT, virtual=True, callback=out.send)
    threading.Event().wait()
    keep.close()


def gear(into: str, out_of: str) -> PortKeyboard:
    """A keyboard and ears on those ports. Raises PortError."""
    return PortKeyboard(into, out_of)
