"""The open ports of one session, and what becomes of them when a cable is pulled."""

import contextlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from live.hands.choosing import Choice, choose_inputs
from live.hands.config import HandsConfig
from live.hands.destinations import Destination, Send
from live.hands.ledger import ANYBODY, PLAYER
from live.hands.local import local_control, tell_local
from live.hands.names import PortError, match, own_output, without_numbers
from live.hands.playing import Playing
from live.hands.ports import Backend, Callback, Output, Port


class Ports:
    """The outputs and the inputs. tell is called with ("lost", ...), ("found", ...) and
    ("problem", line); guarded wraps a sending, so that it never raises.

    A port that has been unplugged is reported by nobody: its name is looked for now and then.
    """

    def __init__(
        self,
        config: HandsConfig,
        backend: Backend,
        callback: Callback,
        playing: Playing,
        tell: Callable[..., None],
        guarded: Callable[[Send], Send],
    ) -> None:
        self._config = config
        self._backend = backend
        self._callback = callback
        self._playing = playing
        self._tell = tell
        self._guarded = guarded
        self._inputs: list[Port] = []
        self._outputs: list[tuple[Output, Destination]] = []
        self._lost: set[Port] = set()
        self._local = True  # what the keyboards were told last

    @property
    def input_names(self) -> list[str]:
        return [port.name for port in self._inputs]

    @property
    def output_names(self) -> list[str]:
        """Each with whose it is, where that is not both sides'."""
        return [
            port.name
            if one.takes == ANYBODY
            else f"{port.name} ({'you' if one.takes == PLAYER else 'machine'})"
            for port, one in self._outputs
        ]

    def open(self, outputs: Mapping[Choice, int], destinations: Sequence[Destination]) -> None:
        """Open the outputs for their destinations, then the inputs that the config asks for.
        Raises PortError, one line."""
        inputs = choose_inputs(self._config, self._backend)
        for choice, one in zip(outputs, destinations, strict=True):
            out = self._backend.open_output(choice.name, choice.virtual)
            self._outputs.append((out, one))
            one.send = self._guarded(out.send)
        for source, choice in enumerate(inputs):
            port = self._backend.open_input(choice.name, choice.virtual, self._callback, source)
            self._inputs.append(port)

    def look(self) -> None:
        """See whether a port has gone or come back. Reads names: not when a note is due."""
        for source, port in enumerate(self._inputs):
            lost = partial(self._playing.input_lost, source)
            self._look_at(port, lost, partial(self._tell_keyboard, port, self._local))
        for out, one in self._outputs:
            lost = partial(self._playing.output_lost, one)
            self._look_at(out, lost, partial(self._output_found, out, one))

    def _look_at(self, port: Port, lost: Callable[[], None], found: Callable[[], None]) -> None:
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
            found()
            self._tell("found", port.name)

    def _output_found(self, out: Output, one: Destination) -> None:
        self._playing.output_found(one, self._guarded(out.send))

    # ---- Local Control

    def set_local(self, local: bool) -> None:
        """Whether the keyboards' keys are to sound the keyboards themselves."""
        if local != self._local:
            for port in self._inputs:
                self._tell_keyboard(port, local)
        self._local = local

    def _tell_keyboard(self, port: Port, local: bool) -> None:
        # As they come out of the box nothing is to be said.
        if port.virtual or port in self._lost or (local and self._local):
            return
        name = own_output(port.name, self._backend.outputs())
        if name is None:
            line = f"{port.name!r} has no output of its own: switch Local Control there, by hand"
            self._tell("problem", line)
            return
        for out, one in self._outputs:
            if out.name == name:  # some systems open none twice
                self._playing.tell(one, local_control(local))
                return
        try:
            tell_local(self._backend, name, local)
        except PortError as error:
            self._tell("problem", str(error))

    def close(self, finish: Callable[[], None]) -> None:
        """Hear nothing more, let `finish` end what sounds, then close the outputs."""
        try:
            for port in self._inputs:
                port.close()
        finally:
            finish()
            self.set_local(True)
            for out, _ in self._outputs:
                out.close()
            self._backend.close()
