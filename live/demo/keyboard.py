"""A keyboard, and ears, at the other end of Antiphon's ports, as a musician's gear would be."""

import contextlib
import threading
import time
from multiprocessing.connection import Connection
from typing import Any, Protocol

from live.hands.names import match
from live.hands.ports import Backend, open_system

PATIENCE = 5.0  # seconds for a port that was just made to be listed, and for the last to be heard


class Keyboard(Protocol):
    """send plays a message; received holds what came back, as (time.perf_counter(), message)."""

    received: list[tuple[float, bytes]]

    def send(self, message: bytes) -> None: ...

    def close(self) -> None: ...


class PortKeyboard:
    """Plays into one port and listens to another, through the system's MIDI."""

    def __init__(self, into: str, out_of: str) -> None:
        self.received: list[tuple[float, bytes]] = []
        self._system: Backend = open_system()
        self._ears = self._system.open_input(
            self._listed("input", out_of), False, self._hear, source=0
        )
        self._keys = self._system.open_output(self._listed("output", into), False)

    def _listed(self, kind: str, name: str) -> str:
        limit = time.monotonic() + PATIENCE
        while True:
            names = self._system.inputs() if kind == "input" else self._system.outputs()
            if any(name in listed for listed in names) or time.monotonic() > limit:
                return match(name, names, kind)
            time.sleep(0.02)

    def _hear(self, event: Any, _: int) -> None:
        self.received.append((time.perf_counter(), bytes(event[0])))

    def send(self, message: bytes) -> None:
        self._keys.send(message)

    def close(self) -> None:
        self._ears.close()
        self._keys.close()
        self._system.close()


class LoopbackKeyboard:
    """The same over a pipe, where the system has no MIDI ports to offer."""

    def __init__(self, wire: Connection) -> None:
        self.received: list[tuple[float, bytes]] = []
        self._wire = wire
        self._ears = threading.Thread(target=self._hear, name="ears", daemon=True)
        self._ears.start()

    def _hear(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while True:
                message, at = self._wire.recv()
                self.received.append((at, message))

    def send(self, message: bytes) -> None:
        self._wire.send_bytes(message)

    def close(self) -> None:
        self._ears.join(PATIENCE)  # the other end is closed when all has been played
        self._wire.close()
