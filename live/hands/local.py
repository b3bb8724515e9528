"""Local Control (CC 122): whether a keyboard's own keys sound it. It is told where it listens."""

from collections.abc import Iterator

from live import midi
from live.hands.ports import Backend


def local_control(on: bool) -> Iterator[bytes]:
    """The messages, one a channel: nobody knows on which a keyboard listens."""
    for channel in range(midi.CHANNELS):
        yield midi.control_change(channel, midi.LOCAL_CONTROL, 127 if on else 0)


def tell_local(backend: Backend, name: str, on: bool) -> None:
    """Tell it at an output that is not open. Raises PortError."""
    out = backend.open_output(name, False)
    for message in local_control(on):
        out.send(message)
    out.close()
