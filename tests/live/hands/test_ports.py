"""Ports that go while they are looked at."""

import pytest
import rtmidi

from live.hands.names import PortError
from live.hands.ports import OutPort


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
