"""The built-in synth as one more output: what goes there is written into a ring, and never
waits."""

import time

from live.hands.config import SYNTH
from live.hands.ports import Backend, Callback, Output, Port
from live.sound.ring import RingWriter


class WithSynth:
    """The ports of another backend, and the synth at the ring."""

    def __init__(self, backend: Backend, ring: RingWriter) -> None:
        self._backend = backend
        self._ring = ring
        self.name = backend.name
        self.has_virtual = backend.has_virtual

    def inputs(self) -> list[str]:
        return self._backend.inputs()

    def outputs(self) -> list[str]:
        return [*self._backend.outputs(), SYNTH]

    def open_input(
        self, name: str, virtual: bool, callback: Callback, source: int, later: bool = False
    ) -> Port:
        return self._backend.open_input(name, virtual, callback, source, later)

    def open_output(self, name: str, virtual: bool, later: bool = False) -> Output:
        if name == SYNTH:
            return SynthOut(self._ring)
        return self._backend.open_output(name, virtual, later)

    def close(self) -> None:
        self._backend.close()


class SynthOut:
    """Writes every message into the ring, with the moment of sending: it was due then."""

    name = SYNTH
    virtual = False

    def __init__(self, ring: RingWriter) -> None:
        self._ring = ring

    def names(self) -> list[str]:
        return [SYNTH]

    def disconnect(self) -> None:
        """It is always there, also while nobody reads the ring."""

    def reconnect(self, name: str) -> None:
        """It is always there."""

    def send(self, message: bytes) -> None:
        self._ring.write(message, time.perf_counter())

    def close(self) -> None:
        """Nothing to do: the ring is the supervisor's."""
