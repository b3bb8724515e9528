"""Where the ports of a session are: the system's, a pipe, nowhere; and the built-in synth's."""

from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from live.hands.config import LOOPBACK, HandsConfig
from live.hands.names import PortError
from live.hands.ports import Backend, NoPorts, open_system


def open_backend(
    config: HandsConfig, loopback: Connection | None, ring: Any, problem: Callable[[str], None]
) -> Backend:
    """loopback: the other end's connection, for config.backend "loopback"; ring: shared memory from
    sound.ring, for config.synth; problem: told in one line why it goes on without MIDI. Raises
    PortError."""
    backend = _ports(config, loopback, problem)
    if not config.synth or ring is None:
        return backend
    from live.hands.synth import RingWriter, WithSynth

    return WithSynth(backend, RingWriter(ring))


def _ports(
    config: HandsConfig, loopback: Connection | None, problem: Callable[[str], None]
) -> Backend:
    if config.backend == LOOPBACK:
        if loopback is None:
            raise PortError("backend loopback needs a connection to play into")
        from live.hands.loopback import LoopbackPorts

        return LoopbackPorts(loopback)
    if config.wants_no_ports:
        return NoPorts()
    try:
        return open_system(config.api, config.client)
    except PortError as error:
        if not config.alone:
            raise
        problem(f"{error}; it goes on without")
        return NoPorts()
