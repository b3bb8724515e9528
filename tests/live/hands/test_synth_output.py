"""The built-in synth as an output, and sessions without a port."""

import pytest

from live import midi
from live.errors import UserError
from live.hands.choosing import choose_inputs, choose_outputs
from live.hands.config import NONE, SYNTH, HandsConfig, HandsSettings
from live.hands.destinations import Destination
from live.hands.ledger import ANYBODY, CLICK, MACHINE, PLAYER, Ledger
from live.hands.playing import Playing
from live.hands.ports import NoPorts
from live.hands.synth import WithSynth
from live.sound.ring import RingReader, RingWriter, shared_ring

OURS = MACHINE | CLICK
WITH, ALONE = {"synth": True, "alone": True}, {"alone": True}


class Ports(NoPorts):
    """A system that makes virtual ports, with two synths."""

    has_virtual = True

    def outputs(self):
        return ["Piano", "Organ"]


def outputs(backend, **config):
    ring = RingWriter(shared_ring())
    backend = WithSynth(backend, ring) if config.get("synth") else backend
    chosen = choose_outputs(HandsConfig(**config), backend)
    return {choice.name: who for choice, who in chosen.items()}


@pytest.mark.parametrize(
    ("asked", "chosen"),
    [
        ({}, {"Antiphon Out": ANYBODY, SYNTH: ANYBODY}),
        ({"output": "piano"}, {"Piano": ANYBODY, SYNTH: ANYBODY}),
        ({"output": SYNTH}, {SYNTH: ANYBODY}),
        ({"output": NONE}, {SYNTH: ANYBODY}),
        ({"output": "piano", "output_machine": SYNTH}, {"Piano": PLAYER, SYNTH: OURS}),
        ({"output_you": NONE, "output_machine": "organ"}, {"Organ": OURS, SYNTH: ANYBODY}),
    ],
)
def test_the_synth_plays_beside_the_other_outputs_or_where_it_is_named(asked, chosen):
    assert outputs(Ports(), **WITH, **asked) == chosen


def test_where_no_port_can_be_had_it_goes_on_without_if_it_may():
    assert outputs(NoPorts(), **WITH) == {SYNTH: ANYBODY}
    assert outputs(NoPorts(), **ALONE) == {}
    assert choose_inputs(HandsConfig(**ALONE), NoPorts()) == ()
    assert choose_inputs(HandsConfig(input=NONE), Ports()) == ()
    assert outputs(Ports(), output=NONE) == {}
    for choose in (choose_inputs, choose_outputs):
        with pytest.raises(UserError, match=r"no (in|out)put"):
            choose(HandsConfig(), NoPorts())
    with pytest.raises(UserError, match="no output"):
        outputs(NoPorts(), **ALONE, output="piano")


@pytest.mark.parametrize(
    ("asked", "none"),
    [
        ({"input": NONE, "output": NONE}, True),
        ({"input": NONE, "output": SYNTH}, True),
        ({"input": NONE, "output_you": SYNTH, "output_machine": NONE}, True),
        ({"input": NONE}, False),
        ({"output": NONE}, False),
        ({"input": NONE, "output": "piano"}, False),
        ({"input": NONE, "output_you": NONE}, False),
    ],
)
def test_no_midi_system_is_asked_for_where_every_port_is_refused(asked, none):
    assert HandsConfig(**asked).wants_no_ports is none


class Rig:
    """A Playing with a synth of its own, and another."""

    def __init__(self, **settings):
        self.own, self.other = [], []
        self.synth = Destination(self.own.append, Ledger(), ANYBODY, True)
        outs = [self.synth, Destination(self.other.append, Ledger())]
        self.playing = Playing(HandsConfig(settings=HandsSettings(**settings)), outs, lambda: 0.0)
        self.playing.begin([[], []])


def test_volume_and_reverb_are_told_to_the_built_in_synth_alone():
    rig = Rig(volume=0.25)
    assert midi.master_volume(0.25) in rig.own
    rig.own.clear()
    rig.playing.set({"reverb": 1.0})
    sent = {m for m in rig.own if midi.is_control(m, midi.REVERB)}
    assert sent == {midi.control_change(c, midi.REVERB, 127) for c in range(midi.CHANNELS)}
    rig.own.clear()
    rig.playing.set({"thru_channel": 3})
    assert rig.own == rig.other == []


def test_a_synth_that_was_started_anew_is_told_all_and_left_nothing_hanging():
    rig = Rig(program_you=20, volume=0.75)
    rig.playing.hear(0, midi.note_on(0, 60, 90), 0.0)
    rig.own.clear()
    rig.other.clear()
    rig.playing.synth_again()
    assert midi.master_volume(0.75) in rig.own
    assert midi.program_change(0, 19) in rig.own
    assert midi.note_off(0, 60) in rig.own
    assert rig.other == []


def test_what_goes_to_the_synth_is_in_the_ring_with_its_moment():
    memory = shared_ring()
    ports = WithSynth(Ports(), RingWriter(memory))
    reader = RingReader(memory)
    out = ports.open_output(SYNTH, False)
    assert SYNTH in out.names()
    out.send(midi.note_on(0, 60, 90))
    out.send(midi.note_off(0, 60))
    (on, first), (off, second) = reader.read()
    assert (on, off) == (midi.note_on(0, 60, 90), midi.note_off(0, 60))
    assert 0.0 <= second - first < 60.0
