"""The mind's process: a Partner on one model, between the hands and the stage.

What it says to the stage, on `stage`: ("loaded", {...}) when the model is loaded and warm;
("ready", None) when it has begun; ("refused", line) when the model or the settings cannot be
played, and it ends; then every entry of the take as it happens, and ("problem", line). What it is
told: first ("begin", Beginning); then ("hands", address, seq) where the hands are and what was
heard last; ("change", {...}) settings; ("beat", Beat) by a keeper of the beat that is not the
hands; ("leave", at) to give its place to another; ("stop",). The end of the wire is an order to
stop; without the hands it waits to be told of new ones.
"""

import contextlib
import gc
import math
import queue
import select
import signal
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Client, Connection, wait
from pathlib import Path
from typing import Any

from live.errors import ModelError
from live.hands.realtime import MIND, ask_realtime
from live.notes import Note
from live.plan import LEAVE, Beat, Channels, Heard, Plan, Sounded
from live.settings import SettingError, Settings
from live.take.entries import Settings as Changed
from live.take.entries import Wake
from live.tempo.timeline import Timeline
from live.wire import Wire

LAST_WORDS = 1.0  # seconds that the end may wait for the hands, and for the stage
AT_ONCE = 8  # times that what has come is read before what is due is done
LONGEST_WAIT = 3600.0  # seconds
MOST_WRITTEN = 256  # entries that are kept back from the diary while there is much to do
WARM_UP = 8  # steps of the model before the first that matters
# Seconds: where keys are answered at once it rehearses so often, for so long after each, because
# caches cool within milliseconds, and a step out of cold ones takes twice as long.
REHEARSE, REHEARSED = 0.001, 3.0


@dataclass(frozen=True)
class MindConfig:
    """What the mind is told once, when it starts.

    epoch: the reading of time.perf_counter() at which the session's clock stands at 0 (seconds).
    realtime: ask the system for real-time priority once it plays (goes on without it if refused).
    """

    model: Path
    seed: int
    epoch: float
    authkey: bytes
    realtime: bool = False


@dataclass(frozen=True)
class Beginning:
    """What it begins from. window, line: notes and where the beat was, of the mind before it;
    start: how many there were."""

    settings: Mapping[str, Any]
    window: tuple[Note, ...] = ()
    start: int = 0
    line: Timeline | None = None


def run_mind(config: MindConfig, stage: Connection) -> None:
    """Be the mind until told to stop: the target of a process of its own (spawned)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Here and not above, so that only this process pays for loading onnxruntime.
    from live.models.any_model import open_any
    from live.partner import Partner

    try:
        model = open_any(config.model)
        for _ in range(WARM_UP):
            model.warm()
        about = {"modes": model.contract.modes, "voices": model.contract.voices}
        stage.send(("loaded", {"model": model.path.name, "sha256": model.sha256} | about))
        _, begin = stage.recv()
        settings = Settings().with_values(begin.settings)
        partner = Partner(model, settings, config.seed, begin.window, begin.start, begin.line)
    except (ModelError, SettingError) as error:
        stage.send(("refused", str(error)))
        return
    except (EOFError, ValueError):  # it was told to stop before it began
        return
    # No collection, of milliseconds, may come before a plan; nothing here is part of a circle.
    gc.collect()
    gc.freeze()
    gc.disable()
    if config.realtime:
        ask_realtime(MIND)
    stage.send(("ready", None))
    Mind(partner, config, stage).run()


class Mind:
    """The loop: one call into the partner at a time, each written down before what it brings."""

    def __init__(self, partner: Any, config: MindConfig, stage: Connection) -> None:
        self._partner = partner
        self._calls = {Heard: partner.hear, Sounded: partner.sounded, Beat: partner.beat}
        partner.say = self._say
        self._epoch = config.epoch
        self._authkey = config.authkey
        self._stage = stage
        self._hands: Wire | None = None
        self._heard_at = -math.inf
        self._waiting = waiting_on([stage])
        self._channels: tuple[int, ...] | None = None  # as the hands know them
        self._written: list[Any] = []  # what has happened and is not in the diary yet
        self._diary: queue.SimpleQueue[list[Any] | None] = queue.SimpleQueue()

    def run(self) -> None:
        # A thread, so that a stage that is busy or stopped never holds up the music.
        diary = threading.Thread(target=self._write, name="diary", daemon=True)
        diary.start()
        while self._turn():
            pass
        self._hear_out()
        self._tell_diary()
        self._diary.put(None)
        diary.join(LAST_WORDS)
        self._stage.close()  # before Python has cleared up: another mind may be waiting

    def _hear_out(self) -> None:
        """What the hands did last belongs in the take; they close their end when they have done."""
        with contextlib.suppress(EOFError, OSError):
            while self._hands is not None and self._hands.poll(LAST_WORDS):
                self._take_in(self._hands.recv())

    def _now(self) -> float:
        return time.perf_counter() - self._epoch

    def _write(self) -> None:
        try:
            while (entries := self._diary.get()) is not None:
                for entry in entries:
                    self._stage.send(entry)
        except OSError:
            return

    def _tell_diary(self) -> None:
        """Only when there is time: the diary's thread takes the interpreter from the music."""
        if self._written:
            self._diary.put(self._written)
            self._written = []

    def _turn(self) -> bool:
        """Wait for the next thing and do it; False when it is time to stop."""
        wake = self._partner.wake_at
        left = None if wake is None else max(0.0, wake - self._now())
        ready = self._waiting(0.0)
        if (left != 0.0 and not ready) or len(self._written) > MOST_WRITTEN:
            self._tell_diary()
            ready = self._idle(left)
        try:
            for wire in ready:
                if wire is self._stage:
                    if not self._obey(self._stage.recv()):
                        return False
                elif wire is self._hands:
                    self._hear()
        except (EOFError, OSError):
            # Without the stage it is over; without the hands, the stage will name new ones.
            if wire is self._stage:
                return False
            self._listen_to(None)
        wake = self._partner.wake_at
        if wake is not None and self._now() >= wake:
            now = self._now()
            self._written.append(Wake(now))
            self._say(self._partner.wake(now))
        return True

    def _idle(self, left: float | None) -> Sequence[Any]:
        """Wait so many seconds at most (None: without end) for something to read; returns from
        where."""
        rehearse = self._partner.rehearse
        if rehearse is None or self._now() - self._heard_at > REHEARSED:
            return self._waiting(left)
        ready = self._waiting(REHEARSE if left is None else min(left, REHEARSE))
        if not ready:
            rehearse()
        return ready

    def _hear(self) -> None:
        """Take in what waits, a chord's notes together, before any more is planned."""
        assert self._hands is not None
        for _ in range(AT_ONCE):
            for data in self._hands.come():
                self._take_in(self._hands.read(data))
            if self._hands not in self._waiting(0.0):
                return

    def _listen_to(self, hands: Wire | None) -> None:
        self._hands = hands
        self._waiting = waiting_on([self._stage] if hands is None else [hands, self._stage])

    def _obey(self, order: Any) -> bool:
        word, *rest = order
        if word == "hands":
            address, seq = rest
            hands = Wire(Client(address, authkey=self._authkey))
            hands.send(("from", seq))
            hands.send(self._partner.greet())
            self._listen_to(hands)
            self._channels = None
        elif word == "change":
            now = self._now()
            self._written.append(Changed(now, rest[0]))
            try:
                self._say(self._partner.change(rest[0], now))
            except SettingError as error:
                self._written[-1] = "problem", str(error)
        elif word == "beat":
            self._take_in(rest[0])
        elif word == "leave" and self._hands is not None:
            with contextlib.suppress(OSError):
                self._hands.send(self._partner.leave(rest[0]))
                self._hands.send(LEAVE)
        self._tell_channels()
        return word not in ("stop", "leave")

    def _tell_channels(self) -> None:
        if self._hands is not None and self._channels != self._partner.channels:
            self._channels = self._partner.channels
            with contextlib.suppress(OSError):
                self._hands.send(Channels(self._channels))

    def _take_in(self, event: Heard | Sounded | Beat) -> None:
        self._written.append(event)
        if isinstance(event, Heard):
            self._heard_at = event.at
        self._say(self._calls[type(event)](event))

    def _say(self, plan: Plan | None) -> None:
        if plan is None:
            return
        if self._hands is not None:
            with contextlib.suppress(OSError):  # they fell: reading from them will tell
                self._hands.send(plan)
        self._written.append(plan)


def waiting_on(wires: Sequence[Any]) -> Callable[[float | None], Sequence[Any]]:
    """What waits, so many seconds at most (None: without end), until some of these wires have
    something to read, and returns those. Made once: a selector made anew each time costs more than
    the wait."""
    if not hasattr(select, "poll"):
        return partial(wait, wires)
    poll, by_number = select.poll(), {wire.fileno(): wire for wire in wires}
    for number in by_number:
        poll.register(number, select.POLLIN)

    def waiting(left: float | None) -> Sequence[Any]:
        most = None if left is None else math.ceil(1e3 * min(left, LONGEST_WAIT))
        return [by_number[number] for number, _ in poll.poll(most)]

    return waiting
