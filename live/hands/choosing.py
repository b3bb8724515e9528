"""Which ports to open, by what was asked for and what there is."""

from dataclasses import dataclass

from live.hands.config import HandsConfig
from live.hands.names import PortError, first_keyboard, match
from live.hands.ports import Backend


@dataclass(frozen=True, slots=True)
class Choice:
    """A port to open: its name, and whether it is one of our own that others connect to."""

    name: str
    virtual: bool


def choose_inputs(config: HandsConfig, backend: Backend) -> tuple[Choice, ...]:
    """The inputs to listen to. Raises PortError, one line, when there is none to be had."""
    names = backend.inputs()
    if not config.input:
        keyboard = first_keyboard(names)
        if keyboard is not None:
            return (Choice(keyboard, False),)
        return (_virtual(config.virtual_input, backend, "input"),)
    chosen = [_choose(want, config.virtual_input, names, backend, "input") for want in config.input]
    return tuple(dict.fromkeys(chosen))


def choose_output(config: HandsConfig, backend: Backend) -> Choice:
    """The output to play into. Raises PortError, one line, when there is none to be had."""
    if config.output is None:
        return _virtual(config.virtual_output, backend, "output")
    return _choose(config.output, config.virtual_output, backend.outputs(), backend, "output")


def _choose(want: str, virtual: str, names: list[str], backend: Backend, kind: str) -> Choice:
    if want == virtual and backend.has_virtual:
        return Choice(virtual, True)
    return Choice(match(want, names, kind), False)


def _virtual(name: str, backend: Backend, kind: str) -> Choice:
    if backend.has_virtual:
        return Choice(name, True)
    raise PortError(
        f"no {kind} to use, and this system makes no virtual ports: "
        f"install loopMIDI, create a port in it, and name that port as the {kind}"
    )
