"""Local Control: keyboards are told where they listen, and as they were in the end."""

import pytest

from live.hands.choosing import choose
from live.hands.config import HandsConfig
from live.hands.destinations import Destination, nowhere
from live.hands.ledger import Ledger
from live.hands.local import local_control
from live.hands.names import PortError
from live.hands.playing import Playing
from live.hands.watch import Ports

OFF, ON = [b"\xb0\x7a\x00", b"\xbf\x7a\x00"], [b"\xb0\x7a\x7f", b"\xbf\x7a\x7f"]


class Port:
    def __init__(self, system, names, name, virtual):
        self.system, self.names, self.name, self.virtual = system, names, name, virtual
        system.open.append(self)

    def send(self, message):
        assert self in self.system.open
        self.system.sent.append((self.name, message))

    def disconnect(self):
        pass

    def reconnect(self, name):
        self.name = name

    def close(self):
        self.system.open.remove(self)


class System:
    """A backend with these ports, that opens none twice."""

    name = "system"
    has_virtual = True

    def __init__(self, inputs, outputs):
        self.ins, self.outs = inputs, outputs
        self.open, self.sent = [], []

    def inputs(self):
        return self.ins

    def outputs(self):
        return self.outs

    def open_input(self, name, virtual, callback, source, later=False):
        return Port(self, self.inputs, name, virtual)

    def open_output(self, name, virtual, later=False):
        if name in [port.name for port in self.open if port.names == self.outputs]:
            raise PortError(f"{name} is open")
        return Port(self, self.outputs, name, virtual)

    def close(self):
        pass


class Session:
    def __init__(self, system, **config):
        self.system, self.said = system, []
        config = HandsConfig(**config)
        chosen = choose(config, system)
        to = [Destination(nowhere, Ledger(), takes) for _, takes in chosen.outputs]
        self.playing = Playing(config, to, lambda: 0.0)
        self.ports = Ports(
            config,
            system,
            lambda *_: None,
            self.playing,
            lambda *words: self.said.append(words),
            lambda send: send,
        )
        self.ports.open(chosen, to)

    @property
    def sent(self):
        """(port, first and last message) of each telling since last asked."""
        sent = list(self.system.sent)
        self.system.sent.clear()
        groups = [sent[n : n + 16] for n in range(0, len(sent), 16)]
        return [(group[0][0], [group[0][1], group[-1][1]]) for group in groups]


def test_each_channel_is_told_once():
    assert len(set(local_control(False))) == 16


@pytest.mark.parametrize("output", ["Synth", "Piano"])
def test_it_is_told_at_its_own_output_open_already_or_not(output):
    session = Session(System(["Piano"], ["Synth", "Piano"]), output=output)
    count = len(session.system.open)
    session.ports.set_local(False)
    assert session.sent == [("Piano", OFF)]
    assert len(session.system.open) == count
    session.ports.set_local(False)
    assert session.sent == []
    session.ports.set_local(True)
    assert session.sent == [("Piano", ON)]


def test_it_is_on_again_at_the_end_and_nothing_is_said_where_it_was_never_off():
    session = Session(System(["Piano"], ["Piano"]), output="Piano")
    session.ports.set_local(True)
    session.ports.close(session.playing.finish)
    assert session.sent == []
    session = Session(System(["Piano"], ["Piano"]), output="Piano")
    session.ports.set_local(False)
    session.ports.close(session.playing.finish)
    assert session.sent == [("Piano", OFF), ("Piano", ON)]
    assert session.system.open == []


def test_a_keyboard_that_comes_back_is_told_again():
    session = Session(System(["Piano"], ["Piano", "Synth"]), output="Synth")
    session.ports.set_local(False)
    session.system.ins = []
    session.ports.look()
    assert session.sent == [("Piano", OFF)]
    session.system.ins = ["Piano"]
    session.ports.look()
    assert session.sent == [("Piano", OFF)]


def test_every_keyboard_is_told_and_our_own_port_is_none():
    system = System(["Piano", "Organ"], ["Organ", "Piano"])
    session = Session(system, input=("Piano", "Antiphon In", "Organ"))
    session.ports.set_local(False)
    assert session.sent == [("Piano", OFF), ("Organ", OFF)]


def test_a_keyboard_without_an_output_of_its_own_is_named_in_one_line():
    session = Session(System(["Piano"], ["Synth"]), output="Synth")
    session.ports.set_local(False)
    ((word, line),) = session.said
    assert word == "problem"
    assert "'Piano'" in line
    assert session.sent == []
