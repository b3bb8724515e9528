"""Local Control (CC 122): whether a keyboard's own keys sound it. It is told where it listens."""

from collections.abc import Iterator, Mapping

from live import midi
from live.hands.names import PortError, own_output
from live.hands.ports import Backend, Output


def local_control(on: bool) -> Iterator[bytes]:
    """The messages, one a channel: nobody knows on which a keyboard listens."""
    for channel in range(midi.CHANNELS):
        yield midi.control_change(channel, midi.LOCAL_CONTROL, 127 if on else 0)


def tell_local(
    backend: Backend, keyboard: str, outputs: Mapping[str, Output], on: bool
) -> str | None:
    """Tell the keyboard of that input; returns what went wrong, in one line.

    outputs: those that are open already, by name: some systems open none twice."""
    name = own_output(keyboard, backend.outputs())
    if name is None:
        return f"{keyboard!r} has no output of its own: switch Local Control there, by hand"
    try:
        out = outputs.get(name) or backend.open_output(name, False)
    except PortError as error:
        return str(error)
    for message in local_control(on):
        out.send(message)
    if name not in outputs:
        out.close()
    return None
