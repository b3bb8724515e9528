"""Ports that come and go: hands started anew take up those of the hands before them."""

from dataclasses import replace

import pytest

from live.hands.choosing import choose
from live.hands.config import HandsConfig, HandsSettings
from live.hands.destinations import Destination, nowhere
from live.hands.ledger import MACHINE, PLAYER, Ledger, left_sounding, pages, shared_book
from live.hands.names import PortError, come_back
from live.hands.playing import Playing
from live.hands.watch import Ports
from live.plan import OnTouch, Plan, PlannedNote


class Port:
    """One that is open, or not yet, in a system where it may not be there."""

    def __init__(self, system, here, name, virtual, later):
        self.system, self.here, self.name, self.virtual = system, here, name, virtual
        if virtual or not later:
            self.reconnect(name)

    def names(self):
        return list(self.here)

    def reconnect(self, name):
        if name in self.system.busy or not (self.virtual or name in self.here):
            raise PortError(f"{name} does not open")
        self.name = name
        self.system.open.add(self)

    def disconnect(self):
        self.system.open.remove(self)

    def send(self, message):
        if self in self.system.open and (self.virtual or self.name in self.here):
            self.system.sent.append((self.name, message.hex(" ")))

    def close(self):
        self.system.open.discard(self)


class System:
    """A backend whose ports can be plugged in and out, and may be taken by another program."""

    name = "system"
    has_virtual = True

    def __init__(self, inputs, outputs):
        self.ins, self.outs = list(inputs), list(outputs)
        self.busy, self.open, self.sent = set(), set(), []

    def inputs(self):
        return list(self.ins)

    def outputs(self):
        return list(self.outs)

    def open_input(self, name, virtual, callback, source, later=False):
        port = Port(self, self.ins, name, virtual, later)
        port.play = lambda hexes: callback(([*bytes.fromhex(hexes)], 0.0), source)
        return port

    def open_output(self, name, virtual, later=False):
        return Port(self, self.outs, name, virtual, later)

    def close(self):
        pass


class Session:
    """Hands that may be killed and started anew, without the process and the threads around."""

    def __init__(self, system, **config):
        self.system, self.config = system, HandsConfig(**config)
        self.book = shared_book()
        self.start()

    def start(self):
        self.said, self.now = [], 0.0
        self.chosen = choose(self.config, self.system)
        book = pages(self.book)[: len(self.chosen.outputs)]
        left = [left_sounding(page) for page in book]
        to = [
            Destination(nowhere, Ledger(page), takes)
            for page, (_, takes) in zip(book, self.chosen.outputs, strict=True)
        ]
        self.playing = Playing(self.config, to, lambda: self.now)
        self.ports = Ports(
            self.config,
            self.system,
            lambda event, source: self.playing.hear(source, bytes(event[0]), self.now),
            self.playing,
            lambda *words: self.said.append(words),
            lambda send: send,
        )
        self.ports.open(self.chosen, to)
        self.playing.begin(left)

    def killed(self):
        self.system.open.clear()
        self.system.sent.clear()
        self.config = replace(self.config, chosen=self.chosen)

    def key(self, hexes, number=0):
        self.ports._inputs[number].play(hexes)

    def machine_plays(self, pitch=64):
        note = PlannedNote(1, self.now, 50.0, 1, pitch, 80)
        self.playing.follow(Plan(99, (note,), on_touch=OnTouch.KEEP))
        self.playing.play()

    @property
    def sent(self):
        sent = list(self.system.sent)
        self.system.sent.clear()
        return sent


def words(session):
    return [said[:2] for said in session.said]


def apart():
    """The player's key sounds at one synth, the machine's note at the other."""
    system = System(["Keys"], ["Piano", "Strings"])
    session = Session(system, output_you="piano", output_machine="strings")
    session.key("90 3c 40")
    session.machine_plays()
    assert session.sent == [("Piano", "90 3c 40"), ("Strings", "91 40 50")]
    return session


@pytest.mark.parametrize(
    ("gone", "ended"), [("Piano", ("Strings", "81 40 00")), ("Strings", ("Piano", "80 3c 00"))]
)
def test_hands_started_anew_without_a_synth_end_what_sounds_at_the_other(gone, ended):
    session = apart()
    session.system.outs.remove(gone)
    session.killed()
    session.start()
    assert set(session.sent) == {ended}
    assert words(session) == [("lost", gone)]
    assert "\n" not in session.said[0][2]


def test_a_synth_that_comes_back_to_hands_started_anew_is_silenced_and_played_again():
    session = apart()
    session.system.outs.remove("Strings")
    session.killed()
    session.config = replace(session.config, settings=HandsSettings(program=5))
    session.start()
    session.playing.play_on((1,))
    session.ports.look()
    assert words(session) == [("lost", "Strings")]
    session.system.outs.append("Strings")
    session.system.sent.clear()
    session.ports.look()
    assert words(session) == [("lost", "Strings"), ("found", "Strings")]
    sent = session.sent
    assert ("Strings", "b1 7b 00") in sent
    assert sent[-1] == ("Strings", "c1 04")
    session.machine_plays()
    assert session.sent == [("Strings", "91 40 50")]


def test_hands_started_anew_wait_for_the_keyboard_and_for_no_other():
    session = Session(System(["Keys"], ["Piano"]), output="piano")
    session.system.ins[:] = ["Other"]
    session.killed()
    session.start()
    assert words(session) == [("lost", "Keys")]
    session.ports.look()
    assert session.ports.input_names == ["Keys"]
    session.system.ins.append("Keys")
    session.ports.look()
    session.key("90 3c 40")
    assert session.sent == [("Piano", "90 3c 40")]


def test_hands_started_anew_with_all_ports_there_say_nothing_of_them():
    session = apart()
    session.killed()
    session.start()
    assert session.said == []
    assert set(session.sent) == {("Piano", "80 3c 00"), ("Strings", "81 40 00")}


def test_a_synth_plugged_in_again_meanwhile_is_taken_up_by_its_new_number():
    session = Session(System(["Keys"], ["Piano 20:0", "Bass 21:0"]), output=("piano", "bass"))
    session.key("90 3c 40")
    session.system.outs[:] = ["Bass 21:0", "Piano 24:0"]
    session.killed()
    session.start()
    assert session.said == []
    assert set(session.sent) == {("Piano 24:0", "80 3c 00"), ("Bass 21:0", "80 3c 00")}


def test_a_synth_that_another_program_has_taken_meanwhile_is_waited_for():
    session = apart()
    session.system.busy = {"Piano"}
    session.killed()
    session.start()
    assert session.said == [("lost", "Piano", "Piano does not open")]
    session.system.busy = set()
    session.ports.look()
    session.key("90 3e 40")
    assert session.sent[-1] == ("Piano", "90 3e 40")


def test_our_own_ports_are_made_anew():
    session = Session(System([], []))
    session.killed()
    session.start()
    assert session.said == []
    session.key("90 3c 40")
    assert session.sent == [("Antiphon Out", "90 3c 40")]


def test_what_nobody_had_before_must_be_there():
    with pytest.raises(PortError, match="no output is called"):
        Session(System(["Keys"], ["Piano"]), output="strings")


def test_who_plays_where_stays_with_hands_started_anew():
    session = apart()
    session.killed()
    session.start()
    assert [takes for _, takes in session.chosen.outputs] == [PLAYER, MACHINE | 0x40]


@pytest.mark.parametrize(
    ("names", "now"),
    [
        (["Keys 24:0", "Keys 28:0"], "Keys 24:0"),
        (["Keys 28:0"], "Keys 28:0"),
        (["Keys 20:0"], None),  # another one of ours
        (["Keys 20:0", "Keys 28:0"], "Keys 28:0"),
        (["Keys 26:0", "Keys 28:0"], None),  # which of them?
        (["Big Keys 24:0", "Keys Pro 24:0"], None),
        ([], None),
    ],
)
def test_a_port_comes_back_under_its_own_name_but_for_the_numbers(names, now):
    assert come_back("Keys 24:0", names, ["Keys 20:0"]) == now
