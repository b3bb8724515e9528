"""Ports that go while they are looked at."""

import pytest
import rtmidi

from live.hands.names import PortError
from live.hands.ports import InPort, OutPort


class Shrinking:
    """As RtMidi is where so many ports go, one by one, while their names are read."""

    def __init__(self, gone):
        self.gone = gone

    def get_ports(self):
        if self.gone:
            self.gone -= 1
            raise rtmidi.InvalidPortError("the 'portNumber' argument (2) is invalid")
        return ["Synth"]

    def open_port(self, number, name):
        raise rtmidi.InvalidPortError(f"the 'portNumber' argument ({number}) is invalid")

    def send_message(self, message):
        pass


def test_a_port_that_goes_while_names_are_read_is_no_fault():
    assert OutPort(Shrinking(2), "Synth", virtual=False, later=True).names() == ["Synth"]


def test_a_port_that_goes_before_it_is_opened_is_one_line():
    port = OutPort(Shrinking(0), "Synth", virtual=False, later=True)
    with pytest.raises(PortError, match="output 'Synth' does not open"):
        port.reconnect("Synth")


class Moving:
    """As RtMidi is where another port comes in front while one is opened, so many times."""

    def __init__(self, comes):
        self.ports, self.comes, self.opened, self.callback = ["Synth"], comes, None, None

    def ignore_types(self, **types):
        pass

    def get_ports(self):
        return list(self.ports)

    def set_callback(self, callback, source):
        self.callback = callback

    def open_port(self, number, name):
        assert self.opened is None
        if self.comes:
            self.comes -= 1
            self.ports.insert(0, f"another {self.comes}")
        self.opened = self.ports[number]

    def close_port(self):
        self.opened = self.callback = None

    def delete(self):
        pass


def test_a_port_whose_number_changes_while_it_is_opened_is_opened_again():
    rt = Moving(comes=2)
    InPort(rt, "Synth", False, print, 0, later=False)
    assert (rt.opened, rt.callback) == ("Synth", print)


def test_a_port_whose_number_never_rests_is_one_line():
    with pytest.raises(PortError, match="input 'Synth' does not open: ports come and go"):
        InPort(Moving(comes=1000), "Synth", False, print, 0, later=False)
