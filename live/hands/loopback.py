"""Ports without a MIDI system: a pair of pipes, for tests, for a demo, and where there is none.

The other end is a multiprocessing connection: it sends messages as bytes, and receives what the
hands play as (bytes, at) with at the reading of time.perf_counter().
"""

import contextlib
import threading
import time
from multiprocessing.connection import Connection

from live.hands.ports import Callback

INPUT = "Loopback In"
OUTPUT = "Loopback Out"


class LoopbackPorts:
    """A backend with one input and one output, both on one connection. They are always there."""

    name = "loopback"
    has_virtual = True

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def inputs(self) -> list[str]:
        return [INPUT]

    def outputs(self) -> list[str]:
        return [OUTPUT]

    def open_input(
        self, name: str, virtual: bool, callback: Callback, source: int, later: bool = False
    ) -> "LoopIn":
        return LoopIn(self._connection, name, virtual, callback, source)

    def open_output(self, name: str, virtual: bool, later: bool = False) -> "LoopOut":
        return LoopOut(self._connection, name, virtual)

    def close(self) -> None:
        self._connection.close()


class LoopIn:
    """Calls back, in a thread of its own, for every message that the other end sends."""

    def __init__(
        self, connection: Connection, name: str, virtual: bool, callback: Callback, source: int
    ) -> None:
        self.name = name
        self.virtual = virtual
        self._connection = connection
        self._callback = callback
        self._source = source
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._read, name="loopback", daemon=True)
        self._thread.start()

    def names(self) -> list[str]:
        return [INPUT]

    def disconnect(self) -> None:
        """It cannot be unplugged."""

    def reconnect(self, name: str) -> None:
        """It cannot be unplugged."""

    def _read(self) -> None:
        with contextlib.suppress(EOFError, OSError):
            while not self._closed.is_set():
                if self._connection.poll(0.1):
                    self._callback((self._connection.recv_bytes(), 0.0), self._source)

    def close(self) -> None:
        self._closed.set()
        self._thread.join(1.0)


class LoopOut:
    """Sends every message to the other end, with the moment of sending."""

    def __init__(self, connection: Connection, name: str, virtual: bool) -> None:
        self.name = name
        self.virtual = virtual
        self._connection = connection

    def names(self) -> list[str]:
        return [OUTPUT]

    def disconnect(self) -> None:
        """It cannot be unplugged."""

    def reconnect(self, name: str) -> None:
        """It cannot be unplugged."""

    def send(self, message: bytes) -> None:
        with contextlib.suppress(OSError):  # nobody listens any more
            self._connection.send((bytes(message), time.perf_counter()))

    def close(self) -> None:
        """Nothing to do: the connection is closed with the backend."""
