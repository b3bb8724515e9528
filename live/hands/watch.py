"""The open ports of one session, and what becomes of them when a cable is pulled."""

from collections.abc import Callable, Sequence
from functools import partial

from live.hands.config import Chosen, HandsConfig
from live.hands.destinations import Destination, Send
from live.hands.ledger import ANYBODY, PLAYER
from live.hands.local import local_control, tell_local
from live.hands.names import PortError, come_back, own_output
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
        self._anew = config.chosen is not None
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

    def open(self, chosen: Chosen, destinations: Sequence[Destination]) -> None:
        """Open the outputs for their destinations, then the inputs. Raises PortError, one line;
        where there were hands before us, what cannot be opened is lost for now instead."""
        for (choice, _), one in zip(chosen.outputs, destinations, strict=True):
            out = self._backend.open_output(choice.name, choice.virtual, self._anew)
            self._outputs.append((out, one))
        self._open_those_here([out for out, _ in self._outputs])
        for out, one in self._outputs:
            if out not in self._lost:
                one.send = self._guarded(out.send)
        for source, choice in enumerate(chosen.inputs):
            port = self._backend.open_input(
                choice.name, choice.virtual, self._callback, source, self._anew
            )
            self._inputs.append(port)
        self._open_those_here(self._inputs)

    def _open_those_here(self, ports: Sequence[Port]) -> None:
        """What hands before us had is not opened with its making: it may have gone meanwhile."""
        for port in ports if self._anew else ():
            if not port.virtual and (why := self._take_up(port, ports)) is not None:
                self._lost.add(port)
                self._tell("lost", port.name, why)

    def _take_up(self, port: Port, like: Sequence[Port]) -> str | None:
        """Open a port, one of `like`, if it is there; else why it cannot be."""
        others = [other.name for other in like if other is not port]
        name = come_back(port.name, port.names(), others)
        if name is None:
            return _unplugged(port)
        try:
            port.reconnect(name)
        except PortError as error:
            return str(error)
        return None

    def look(self) -> None:
        """See whether a port has gone or come back. Reads names: not when a note is due."""
        for source, port in enumerate(self._inputs):
            lost = partial(self._playing.input_lost, source)
            found = partial(self._tell_keyboard, port, self._local)
            self._look_at(port, self._inputs, lost, found)
        outs = [out for out, _ in self._outputs]
        for out, one in self._outputs:
            lost = partial(self._playing.output_lost, one)
            self._look_at(out, outs, lost, partial(self._output_found, out, one))

    def _look_at(
        self, port: Port, like: Sequence[Port], lost: Callable[[], None], found: Callable[[], None]
    ) -> None:
        if port.virtual:
            return
        if port in self._lost:
            if self._take_up(port, like) is None:
                self._lost.discard(port)
                found()
                self._tell("found", port.name)
        elif port.name not in port.names():
            self._lost.add(port)
            lost()
            port.disconnect()
            self._tell("lost", port.name, _unplugged(port))

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


def _unplugged(port: Port) -> str:
    return f"{port.name!r} is unplugged: plug it in again and it goes on"
