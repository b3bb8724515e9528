"""The hands' process: opens the ports, starts the threads, and ends what sounds on every way out.

What it says to the supervisor, as tuples on `control`:
    ("ready", {"input", "inputs", "output", "outputs", "address", "realtime", "api", "chosen"})
    ("lost", port, line)   ("found", port)   ("problem", line)
    ("stats", {...})       about four times a second, and at the end: see Playing.stats; no stats,
                           no pulse
What it is told:
    ("stop",)   ("panic",)   ("set", {name: value}): see HandsSettings
    ("keys", mute, split): see Playing.set_keys
    ("heard", message): one of the player's, from the page
    ("perform", notes)   ("hush",): see Playing
    ("synth",): the built-in synth has just begun, or another in its place
The end of `control` is an order to stop. Exit codes: 0 stopped, 2 no port to be had, 1 a fault.
"""

import gc
import os
import select
import signal
import socket
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any

from live import midi
from live.errors import UserError
from live.hands.backend import open_backend
from live.hands.choosing import choose
from live.hands.config import PAGE, SYNTH, HandsConfig
from live.hands.destinations import Destination, Send, nowhere
from live.hands.ledger import Ledger, left_sounding, pages, shared_book
from live.hands.link import MindLink
from live.hands.names import PortError
from live.hands.playing import Playing
from live.hands.realtime import SCHEDULE, SHARED, ask_realtime
from live.hands.waiting import Waiter
from live.hands.watch import Ports

LAST_WORDS = 0.3  # seconds that the mind has at the end to be told what was played
PULSE = 0.25  # seconds between stats
# Seconds: a message is got ready so long before it is due. After a pause the caches have cooled
# and the work takes half as long, or all of it when another thread has the interpreter.
EARLY = 0.00015
_SWITCH = 0.00005  # seconds: how long a thread may keep the interpreter from another
_QUIET = 0.01  # seconds: ports' names are read only when nothing is due sooner


def run_hands(
    config: HandsConfig,
    control: Connection,
    book: Any = None,
    loopback: Connection | None = None,
    ring: Any = None,
) -> None:
    """Be the hands until told to stop: the target of a process of its own (spawned).

    book: shared memory from ledger.shared_book(), so that the supervisor knows what sounds; what
    it holds already (hands before us were killed) is ended first. loopback: the other end's
    connection, for config.backend "loopback". ring: shared memory from sound.ring, for
    config.synth.
    """
    hands = _Hands(config, control, book, loopback, ring)
    code = hands.run()
    if code:
        sys.exit(code)


class _Hands:
    """The wiring of one process; see run_hands."""

    def __init__(
        self,
        config: HandsConfig,
        control: Connection,
        book: Any,
        loopback: Connection | None,
        ring: Any,
    ) -> None:
        self._config = config
        self._ring = ring
        self._control = control
        self._loopback = loopback
        self._book = book
        self._problems: deque[str] = deque(maxlen=64)
        self._stopping = threading.Event()
        self._epoch = config.epoch
        self._waiter = Waiter(self._clock, config.spin)
        self._playing: Playing  # once the outputs are known
        self._ports: Ports | None = None
        self._link: MindLink | None = None
        self._schedule: threading.Thread | None = None

    def _clock(self) -> float:
        return time.perf_counter() - self._epoch

    # --- the three threads that play ----------------------------------------------------------

    def _on_message(self, event: Any, source: int) -> None:
        """RtMidi's thread: a message has come in. Thru first; nothing here may wait."""
        at = time.perf_counter() - self._epoch
        try:
            self._playing.hear(source, bytes(event[0]), at)
            if self._link is not None and self._playing.waits:
                self._link.tell()
        except Exception as error:  # it would vanish: RtMidi drops what a callback raises
            self._problem(f"a message was not handled: {_where(error)}")

    def _guarded(self, send: Send) -> Send:
        def guarded(message: bytes) -> None:
            try:
                send(message)
            except Exception as error:
                self._problem(f"a message was not sent: {_where(error)}")

        return guarded

    def _play_on_time(self) -> None:
        """The schedule's thread."""
        if self._config.realtime:
            ask_realtime(SCHEDULE)
        playing, waiter = self._playing, self._waiter
        while not self._stopping.is_set():
            try:
                due = playing.next_due()
                if waiter.until(self._clock() + 3600.0 if due is None else due - EARLY):
                    self._play_what_is_due()
            except Exception as error:
                self._problem(f"the schedule stumbled: {_where(error)}")
                time.sleep(0.01)

    def _play_what_is_due(self) -> None:
        """And let the mind know at once: it reads on while it has time."""
        while self._playing.play():
            pass
        if self._link is not None and self._playing.waits:
            self._link.tell()

    def _plan_came(self) -> None:
        """The link's thread: what is late already waits for no other thread."""
        try:
            self._play_what_is_due()
        except Exception as error:
            self._problem(f"the schedule stumbled: {_where(error)}")
        self._waiter.ring()

    # --- the main thread ----------------------------------------------------------------------

    def run(self) -> int:
        """The whole life; returns the exit code."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: self._stopping.set())
        self._signals, self._told = socket.socketpair()
        self._told.setblocking(False)
        signal.set_wakeup_fd(self._told.fileno())
        sys.setswitchinterval(_SWITCH)
        code = 0
        try:
            realtime = self._config.realtime and ask_realtime(SHARED)
            self._open(realtime)
            self._attend()
        except PortError as error:
            self._tell("problem", str(error))
            code = 2
        except Exception as error:
            self._tell("problem", f"the hands fell: {_where(error)}")
            code = 1
        finally:
            self._close()
        return code

    def _open(self, realtime: bool) -> None:
        backend = open_backend(self._config, self._loopback, self._ring, self._problem)
        chosen = choose(self._config, backend)
        book = pages(shared_book() if self._book is None else self._book)[: len(chosen.outputs)]
        left = [left_sounding(page) for page in book]
        destinations = [
            Destination(nowhere, Ledger(page), takes, choice.name == SYNTH)
            for page, (choice, takes) in zip(book, chosen.outputs, strict=True)
        ]
        self._playing = Playing(self._config, destinations, self._clock, EARLY)
        self._link = MindLink(self._playing, self._config.authkey, self._plan_came, self._problem)
        self._ports = Ports(
            self._config, backend, self._on_message, self._playing, self._tell, self._guarded
        )
        self._ports.open(chosen, destinations)
        self._playing.begin(left)
        self._ports.set_local(bool(self._config.settings.local))
        self._schedule = threading.Thread(target=self._play_on_time, name="schedule", daemon=True)
        self._schedule.start()
        self._link.start()
        # What is here now stays: no collection, however long, may come between two notes.
        gc.collect()
        gc.freeze()
        gc.disable()
        inputs, outputs = self._ports.input_names, self._ports.output_names
        self._tell(
            "ready",
            {
                "input": ", ".join(inputs) or "no port",
                "inputs": inputs,
                "output": ", ".join(outputs) or "no port",
                "outputs": outputs,
                "address": self._link.address,
                "realtime": realtime,
                "api": backend.name,
                "chosen": chosen,
                "pid": os.getpid(),
            },
        )

    def _attend(self) -> None:
        """Do as told, say how it goes, watch the ports."""
        pulse = look = self._clock()
        while not self._stopping.is_set():
            # Woken seldom: whatever this thread does may take the interpreter from a note.
            ready = wait([self._control, self._signals], max(0.0, pulse - self._clock()))
            if self._control in ready:
                try:
                    self._obey(self._control.recv())
                except (EOFError, OSError):
                    return
            now = self._clock()
            if now >= pulse:
                pulse = now + PULSE
                if (line := self._playing.look()) is not None and self._link is not None:
                    self._problem(line)
                    self._link.tell()
                self._tell_problems()
                self._tell("stats", self._playing.stats())
            if now >= look and self._nothing_due(now, now - look):
                look = now + self._config.poll_every
                if self._ports is not None:
                    self._ports.look()

    def _nothing_due(self, now: float, put_off: float) -> bool:
        """Whether there is time to read names (not put off for ever, where notes are dense)."""
        due = self._playing.next_due()
        return due is None or due - now > _QUIET or put_off > self._config.poll_every

    def _obey(self, order: Any) -> None:
        playing = self._playing
        orders: dict[str, Callable[..., None]] = {
            "stop": self._stopping.set,
            "panic": playing.panic,
            "set": self._set,
            "keys": playing.set_keys,
            "heard": self._hear_page,
            "synth": playing.synth_again,
            "perform": playing.perform,
            "hush": playing.hush,
        }
        try:
            word, *rest = order
            orders[word](*rest)
            self._waiter.ring()
        except UserError as error:
            self._problem(str(error))
        except Exception as error:
            self._problem(f"cannot do {order!r}: {_where(error)}")

    def _hear_page(self, message: bytes) -> None:
        if midi.is_whole(message):
            self._on_message((message, 0.0), PAGE)

    def _set(self, values: dict[str, Any]) -> None:
        self._playing.set(values)
        if self._ports is not None:
            self._ports.set_local(bool(self._playing.settings.local))

    def _problem(self, line: str) -> None:
        self._problems.append(line)

    def _tell_problems(self) -> None:
        lines = dict.fromkeys(self._problems.popleft() for _ in range(len(self._problems)))
        for line in lines:
            self._tell("problem", line)

    def _tell(self, *words: Any) -> None:
        """To the supervisor, unless it has stopped reading: the hands never wait for it."""
        try:
            if _has_room(self._control):
                self._control.send(words)
        except OSError:
            self._stopping.set()

    def _close(self) -> None:
        self._stopping.set()
        self._waiter.ring()
        if self._link is not None:
            self._link.close()
        if self._ports is not None:
            self._ports.close(self._playing.finish)
            self._playing.forget()  # it has all left
            self._tell("stats", self._playing.stats())
        if self._link is not None:
            self._link.flush(LAST_WORDS)
        if self._schedule is not None:
            self._schedule.join(1.0)
        self._tell_problems()


def _has_room(connection: Connection) -> bool:
    if sys.platform == "win32":
        return True
    return bool(select.select([], [connection], [], 0)[1])


def _where(error: BaseException) -> str:
    """One line: what went wrong, and where."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({os.path.basename(frames[-1].filename)}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {error}{place}"
