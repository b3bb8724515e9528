"""OSC out: each cue as a message to a UDP port, sent and forgotten."""

import contextlib
import socket
from collections.abc import Mapping
from typing import Any

from live.controls.cues import SENT, Cue, Cues
from live.controls.osc import HOST, INSTALL, OscError
from live.settings import parse_hold
from live.take.entries import Entry

MOST = 500  # messages sent in one turn; of more, the first go


def parse_place(text: str) -> tuple[str, int]:
    """`HOST:PORT`, or `PORT` of this machine. Raises OscError."""
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise OscError(f"OSC cannot be sent to {text!r}: give HOST:PORT, as in 192.168.1.20:9001")
    return host.strip("[]") or HOST, int(port)


class OscOut:
    """Sends what happens to a place. What cannot be sent at once is not sent: the network never
    holds up the stage. Raises OscError."""

    def __init__(self, place: str) -> None:
        try:
            from pythonosc.osc_message_builder import build_msg
        except ImportError as error:
            raise OscError(INSTALL) from error
        host, port = parse_place(place)
        self._to: Any
        try:
            family, kind, proto, _, self._to = socket.getaddrinfo(
                host, port, type=socket.SOCK_DGRAM
            )[0]
            self._socket = socket.socket(family, kind, proto)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise OscError(f"OSC cannot be sent to {place} ({reason})") from error
        self._socket.setblocking(False)
        if family == socket.AF_INET:  # lights often listen at an address for all
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self._build: Any = build_msg
        self._cues = Cues()

    def watch(self, entry: Entry) -> None:
        """An entry of the take, as it happens."""
        self._cues.watch(entry)

    def turn(self, now: float, values: Mapping[str, Any]) -> None:
        """Send what is due at `now` (seconds). values: the settings as they are."""
        hold = parse_hold(values["hold"])
        self._cues.roll.mute = hold[1] if hold is not None and hold[0] == "key" else None
        self._cues.roll.split = values["split"]
        for cue in self._cues.due(now)[-MOST:]:
            self._send(cue)

    def _send(self, cue: Cue) -> None:
        address, values = cue
        with contextlib.suppress(OSError):  # nobody listens, or the way there is full
            self._socket.sendto(self._build(address, values).dgram, self._to)

    def close(self) -> None:
        """Tell that it is over."""
        for cue in self._cues.over():
            self._send(cue)
        self._socket.close()


def rows() -> str:
    """What is sent, for people."""
    table = [("OSC out", "values", "when"), *((it.path, it.values, it.help) for it in SENT)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in table)
    return "\n".join(line.rstrip() for line in lines)
