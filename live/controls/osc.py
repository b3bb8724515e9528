"""OSC in: /antiphon/NAME VALUE, for every control and for panic, learn, forget and preset.

The blocking server in one thread: one that makes a thread for each message loses messages under
load and mixes up their order.
"""

import threading
from collections import deque
from typing import Any

from live.controls.control import ROOT, ControlError
from live.controls.reading import brief
from live.errors import UserError

HOST = "127.0.0.1"
MOST = 1024  # messages that wait; of more, the oldest go, for the newest of a fader's counts
POLL = 0.1  # seconds until it sees that it is to end
INSTALL = "OSC needs python-osc: pip install python-osc"

Word = tuple[str, Any]


class OscError(UserError):
    """OSC cannot be had; the message is one line."""


def word_of(address: str, values: list[Any]) -> Word:
    """An OSC message as a word and what goes with it (None for nothing).

    Raises ControlError for another address, or more than one value.
    """
    word = address.removeprefix(ROOT)
    if word == address or not word or not word.isprintable():
        raise ControlError(f"OSC: {brief(address)} is not {ROOT}NAME")
    if len(values) > 1:
        raise ControlError(f"OSC: {brief(address)} has {len(values)} values: give one")
    value = values[0] if values else None
    # OSC's floats have 32 bits: 0.8 comes as 0.800000011920929.
    return word, float(f"{value:.6g}") if isinstance(value, float) else value


class Osc:
    """Listens at a UDP port (0: any that is free) until close(). Its thread only parses and
    appends; take() is for the thread that steers. Raises OscError."""

    def __init__(self, port: int, host: str = HOST) -> None:
        import logging  # and all else where it is used: most sessions have no OSC

        try:
            from pythonosc.dispatcher import Dispatcher
            from pythonosc.osc_packet import OscPacket
            from pythonosc.osc_server import BlockingOSCUDPServer
        except ImportError as error:
            raise OscError(INSTALL) from error
        # It warns of types that it does not know; here that is a message without its value.
        logging.getLogger().addFilter(lambda record: "pythonosc" not in record.pathname)
        heard: deque[Word | ControlError] = deque(maxlen=MOST)

        class Server(BlockingOSCUDPServer):
            def verify_request(self, request: Any, client_address: Any) -> bool:
                return True  # what is damaged is told, not passed over

            def process_request(self, request: Any, client_address: Any) -> None:
                try:
                    # A bundle for later is obeyed now: to wait would hold up the others.
                    for timed in OscPacket(request[0]).messages:
                        heard.append(word_of(timed.message.address, timed.message.params))
                except ControlError as error:
                    heard.append(error)
                except Exception:  # python-osc raises many kinds for damaged ones
                    heard.append(ControlError(f"OSC: {brief(request[0])} is not OSC"))

        self._heard = heard
        try:
            self._server = Server((host, port), Dispatcher())
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise OscError(f"OSC cannot listen at {host}, port {port} ({reason})") from error
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, args=(POLL,), name="osc", daemon=True)
        self._thread.start()

    @property
    def place(self) -> str:
        """Where it listens."""
        host, port = self._server.server_address[:2]
        return f"{host!s}:{port}"

    def take(self) -> list[Word | ControlError]:
        """Take what came since, in order: messages, and what was wrong with others."""
        return [self._heard.popleft() for _ in range(len(self._heard))]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join(1.0)
        self._server.server_close()
