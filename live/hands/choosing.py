"""Which ports to open, by what was asked for and what there is."""

from live.hands.config import NONE, SYNTH, Choice, Chosen, HandsConfig
from live.hands.ledger import ANYBODY, CLICK, MACHINE, PAGES, PLAYER
from live.hands.names import PortError, first_keyboard, match
from live.hands.ports import Backend


def choose(config: HandsConfig, backend: Backend) -> Chosen:
    """The ports of hands before these, else those asked for. Raises PortError, one line, when
    there is none to be had."""
    if config.chosen is not None:
        return config.chosen
    outputs = choose_outputs(config, backend)
    return Chosen(choose_inputs(config, backend), tuple(outputs.items()))


def choose_inputs(config: HandsConfig, backend: Backend) -> tuple[Choice, ...]:
    """The inputs to listen to. Raises PortError, one line, when there is none to be had."""
    if config.input == (NONE,):
        return ()
    names = backend.inputs()
    if not config.input:
        keyboard = first_keyboard(names)
        if keyboard is not None:
            return (Choice(keyboard, False),)
        if config.alone and not backend.has_virtual:
            return ()
        return (_virtual(config.virtual_input, backend, "input"),)
    ours = (config.virtual_input,)
    chosen = [_choose(want, ours, names, backend, "input") for want in config.input]
    return tuple(dict.fromkeys(chosen))


def choose_outputs(config: HandsConfig, backend: Backend) -> dict[Choice, int]:
    """The outputs to play into, and whose messages go to each, as the ledger marks them. Raises
    PortError, one line, when there is none to be had."""
    names = backend.outputs()
    ours = (config.virtual_output, config.virtual_machine_output)
    chosen: dict[Choice, int] = {}
    by_default = [] if config.alone and not backend.has_virtual else [config.virtual_output]
    for who, its_own in ((PLAYER, config.output_you), (MACHINE | CLICK, config.output_machine)):
        wanted = its_own or config.output
        found = [_choose(want, ours, names, backend, "output") for want in wanted if want != NONE]
        for choice in found if wanted else [_virtual(v, backend, "output") for v in by_default]:
            chosen[choice] = chosen.get(choice, 0) | who
    if config.synth:
        chosen.setdefault(Choice(SYNTH, False), ANYBODY)
    if len(chosen) > PAGES:
        raise PortError(f"at most {PAGES} outputs")
    return chosen


def _choose(
    want: str, ours: tuple[str, ...], names: list[str], backend: Backend, kind: str
) -> Choice:
    if want in ours and backend.has_virtual:
        return Choice(want, True)
    return Choice(match(want, names, kind), False)


def _virtual(name: str, backend: Backend, kind: str) -> Choice:
    if backend.has_virtual:
        return Choice(name, True)
    raise PortError(
        f"no {kind} to use, and this system makes no virtual ports: "
        f"install loopMIDI, create a port in it, and name that port as the {kind}"
    )
