"""The open ports of one session, and what becomes of them when a cable is pulled."""

import contextlib
from collections.abc import Callable
from functools import partial
from typing import Any

from live.hands.choosing import choose_inputs, choose_output
from live.hands.config import HandsConfig
from live.hands.names import PortError, match, without_numbers
from live.hands.playing import Playing
from live.hands.ports import Backend, Callback, Output, Port


class Ports:
    """One output and up to seven inputs. tell is called with ("lost", ...) and ("found", ...).

    A port that has been unplugged is reported by nobody: its name is looked for now and then.
    """

    def __init__(
        self,
        config: HandsConfig,
        backend: Backend,
        callback: Callback,
        playing: Playing,
        tell: Callable[..., None],
    ) -> None:
        self._config = config
        self._backend = backend
        self._callback = callback
        self._playing = playing
        self._tell = tell
        self._inputs: list[Port] = []
        self._output: Output | None = None
        self._lost: set[Port] = set()
        self._put: Callable[[bytes], Any] = lambda message: None

    @property
    def input_names(self) -> list[str]:
        return [port.name for port in self._inputs]

    @property
    def output_name(self) -> str:
        return self._output.name if self._output else ""

    def open(self) -> None:
        """Open what the config asks for, the output first. Raises PortError, one line."""
        inputs = choose_inputs(self._config, self._backend)
        choice = choose_output(self._config, self._backend)
        self._output = self._backend.open_output(choice.name, choice.virtual)
        self._put = self._output.send
        for source, choice in enumerate(inputs):
            port = self._backend.open_input(choice.name, choice.virtual, self._callback, source)
            self._inputs.append(port)

    def send(self, message: bytes) -> None:
        """Send to the output; into the void while it is unplugged."""
        self._put(message)

    def look(self) -> None:
        """See whether a port has gone or come back. Reads names: not when a note is due."""
        for source, port in enumerate(self._inputs):
            self._look_at(port, partial(self._playing.input_lost, source), None)
        if self._output is not None:
            self._look_at(self._output, self._output_lost, self._output_found)

    def _look_at(
        self, port: Port, lost: Callable[[], None], found: Callable[[], None] | None
    ) -> None:
        if port.virtual:
            return
        names = port.names()
        if port not in self._lost:
            if port.name not in names:
                self._lost.add(port)
                lost()
                port.disconnect()
                line = f"{port.name!r} is unplugged: plug it in again and it goes on"
                self._tell("lost", port.name, line)
            return
        with contextlib.suppress(PortError):
            name = match(without_numbers(port.name), names, "port")
            port.reconnect(name)
            self._lost.discard(port)
            if found is not None:
                found()
            self._tell("found", port.name)

    def _output_lost(self) -> None:
        self._put = lambda message: None
        self._playing.output_lost()

    def _output_found(self) -> None:
        if self._output is not None:
            self._put = self._output.send
        self._playing.output_found()

    def close(self, finish: Callable[[], None]) -> None:
        """Hear nothing more, let `finish` end what sounds, then close the output."""
        try:
            for port in self._inputs:
                port.close()
        finally:
            finish()
            if self._output is not None:
                self._output.close()
            self._backend.close()
