"""The wire between the hands and the mind.

Between two keys the caches cool, and then every line of Python and every call of the system counts:
what is said for each key is laid out by a table, in a third of the time that pickling takes, and
written and read in one call. Anything else is pickled. A message is framed as
multiprocessing.connection frames it, so that either end may be a plain Connection that pickles.
"""

import os
import pickle
import select
from collections.abc import Callable
from multiprocessing.connection import Connection
from struct import Struct, error
from typing import Any

from live.plan import Heard, Longer, OnTouch, Plan, PlannedNote, Sounded
from live.tempo.timeline import Timeline

AT_ONCE = 1024  # bytes read in one call: some thirty messages of a player's

_LENGTH = Struct("!i")
_HEARD = Struct("<cqd")
_SOUNDED = Struct("<cqdd")
_PLAN = Struct("<cqBBdIIB")
_NOTE = Struct("<qddqqq")
_LONGER = Struct("<qd")
_LINE = Struct("<dddq?")
_TOUCHES = tuple(OnTouch)


def _pack_heard(heard: Heard) -> bytes:
    return _HEARD.pack(b"h", heard.seq, heard.at) + heard.message


def _read_heard(data: bytes) -> Heard:
    _, seq, at = _HEARD.unpack_from(data)
    return Heard(seq, at, data[_HEARD.size :])


def _pack_sounded(sounded: Sounded) -> bytes:
    return _SOUNDED.pack(b"s", sounded.id, sounded.at, sounded.late)


def _read_sounded(data: bytes) -> Sounded:
    _, *values = _SOUNDED.unpack(data)
    return Sounded(*values)


def _pack_plan(plan: Plan) -> bytes:
    notes, longer, line = plan.notes, plan.longer, plan.timeline
    packed = [
        _PLAN.pack(
            b"p", plan.after, _TOUCHES.index(plan.on_touch), plan.cut is not None, plan.cut or 0.0,
            len(notes), len(longer), line is not None,
        )
    ]  # fmt: skip
    for n in notes:
        packed.append(_NOTE.pack(n.id, n.onset, n.duration, n.channel, n.pitch, n.velocity))
    for its in longer:
        packed.append(_LONGER.pack(its.id, its.until))
    if line is not None:
        packed.append(_LINE.pack(line.at, line.beat, line.bpm, line.bar, line.running))
    return b"".join(packed)


def _read_plan(data: bytes) -> Plan:
    _, after, touch, cuts, cut, notes, longer, lines = _PLAN.unpack_from(data)
    first = _PLAN.size + notes * _NOTE.size
    then = first + longer * _LONGER.size
    return Plan(
        after,
        tuple([PlannedNote(*its) for its in _NOTE.iter_unpack(data[_PLAN.size : first])]),
        cut if cuts else None,
        _TOUCHES[touch],
        tuple([Longer(*its) for its in _LONGER.iter_unpack(data[first:then])]),
        Timeline(*_LINE.unpack(data[then:])) if lines else None,
    )


_PACK: dict[type, Callable[[Any], bytes]] = {
    Heard: _pack_heard,
    Sounded: _pack_sounded,
    Plan: _pack_plan,
}
_READ: dict[int, Callable[[bytes], Any]] = {
    ord("h"): _read_heard,
    ord("s"): _read_sounded,
    ord("p"): _read_plan,
}


def packed(word: Any) -> bytes:
    """A message as bytes."""
    try:
        return _PACK[type(word)](word)
    except (KeyError, error, TypeError):  # another kind, or values that no table foresees
        return pickle.dumps(word, pickle.HIGHEST_PROTOCOL)


class Wire:
    """One end. load: reads what was pickled.

    Not for two threads that send at once, nor for two that read.
    """

    def __init__(self, connection: Connection, load: Callable[[bytes], Any] = pickle.loads) -> None:
        self._connection = connection
        self._load = load
        self._part = b""  # of a message that has not all come
        self._ready: list[bytes] = []  # what has come and is not read
        self._plain = not hasattr(select, "poll")  # no file descriptor, as on Windows
        if not self._plain:
            self._room = select.poll()
            self._room.register(connection.fileno(), select.POLLOUT)

    def fileno(self) -> int:
        """Raises OSError once it is closed."""
        return self._connection.fileno()

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    @property
    def has_room(self) -> bool:
        """Whether a message of a few hundred bytes can be sent without waiting, as far as is
        known."""
        return not self._plain and bool(self._room.poll(0))

    def send(self, word: Any) -> None:
        """Raises OSError when nobody is there to read."""
        data = packed(word)
        if self._plain:
            self._connection.send_bytes(data)
            return
        data = _LENGTH.pack(len(data)) + data
        while data:
            data = data[os.write(self.fileno(), data) :]

    def poll(self, seconds: float = 0.0) -> bool:
        """Whether there is something to read, or the other end is gone."""
        return bool(self._ready) or self._connection.poll(seconds)

    def recv(self) -> Any:
        """The next message. Raises EOFError or OSError when the other end is gone, and what `load`
        raises."""
        while not self._ready:
            self._fill()
        return self.read(self._ready.pop(0))

    def come(self) -> list[bytes]:
        """The messages that have come, one at least, to be read. Raises EOFError or OSError when
        the other end is gone."""
        while not self._ready:
            self._fill()
        come, self._ready = self._ready, []
        return come

    def read(self, data: bytes) -> Any:
        """What a message says."""
        read = _READ.get(data[0]) if data else None
        return self._load(data) if read is None else read(data)

    def _fill(self) -> None:
        if self._plain:
            self._ready.append(self._connection.recv_bytes())
            return
        came = os.read(self.fileno(), AT_ONCE)
        if not came:
            raise EOFError
        data = self._part + came
        start = 0
        while len(data) >= start + _LENGTH.size:
            (length,) = _LENGTH.unpack_from(data, start)
            end = start + _LENGTH.size + length
            if len(data) < end:
                break
            self._ready.append(data[start + _LENGTH.size : end])
            start = end
        self._part = data[start:]
