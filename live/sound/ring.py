"""MIDI messages on their way from the hands to the synth: a ring in shared memory.

One writes and one reads; neither ever waits for the other, nor for the system. What is not read
before the ring has gone round is lost, and the reader is told so.
"""

import struct
from collections.abc import Iterator
from multiprocessing.sharedctypes import RawArray
from typing import Any

_SIZE = 1024  # messages
_LONGEST = 8  # bytes of a message
_COUNT = struct.Struct("=Q")
_ENTRY = struct.Struct(f"=QdB{_LONGEST}s")  # its number, when it is due, its length, itself
_FIRST = 64  # where the entries begin


def shared_ring() -> Any:
    """Empty shared memory for one ring, to be made by the supervisor and passed to both."""
    return RawArray("B", _FIRST + _SIZE * _ENTRY.size)


def _place(number: int) -> int:
    return _FIRST + number % _SIZE * _ENTRY.size


class RingWriter:
    """Not for two threads at once: the caller has a lock."""

    def __init__(self, memory: Any) -> None:
        self._memory = memoryview(memory).cast("B")
        self._count = _COUNT.unpack_from(self._memory)[0]

    def write(self, message: bytes, due: float) -> None:
        """due: when it is to sound, by time.perf_counter(). What is too long is left out."""
        if len(message) > _LONGEST:
            return
        self._count += 1
        entry = (self._count, due, len(message), message)
        _ENTRY.pack_into(self._memory, _place(self._count), *entry)
        _COUNT.pack_into(self._memory, 0, self._count)


class RingReader:
    """Reads what is written from now on. lost: how many messages it came too late for."""

    def __init__(self, memory: Any) -> None:
        self._memory = memoryview(memory).cast("B")
        self._count = _COUNT.unpack_from(self._memory)[0]
        self.lost = 0

    def read(self) -> Iterator[tuple[bytes, float]]:
        """Each message that has come since, and when it is due."""
        written = _COUNT.unpack_from(self._memory)[0]
        while self._count < written:
            if written - self._count > _SIZE // 2:
                self.lost += written - self._count
                self._count = written
                return
            number, due, length, message = _ENTRY.unpack_from(self._memory, _place(self._count + 1))
            if number != self._count + 1:  # not there in full yet: the next time
                return
            self._count = number
            yield message[:length], due
