"""What must not harm the partner: odd models, floods, nonsense, keys that nobody lifts."""

from dataclasses import replace

import numpy as np
import pytest

from live import midi
from live.models.note_model import Step
from live.partner import Partner
from live.plan import Heard
from live.planning.notewise import FINGERS
from live.settings import Settings

from .virtual import VirtualStage


class Stuck:
    """A model that always says the same note, at once; obedient: unless that is not allowed."""

    def __init__(self, like, obedient, pitches):
        self.codec, self.start, self.anything = like.codec, like.start, like.anything
        self.contract, self.sha256 = like.contract, like.sha256
        self.nothing_recalled, self.no_chance = like.nothing_recalled, like.no_chance
        self.obedient = obedient
        self.pitches = pitches
        self.steps = 0

    def step(self, state, heard, sounding, ask, chance, **more):
        self.steps += 1
        assert self.steps < 50_000, "it plans for ever"
        part = self.codec.parts.index(next(p for p in self.codec.parts if p.side == "machine"))
        pitch = 60 + self.steps % self.pitches
        note = np.array([0, part, pitch, 8, 5], np.int32)
        if self.obedient:
            for field, cut in enumerate(self.codec.slices):
                allowed = np.flatnonzero(ask.allowed[cut])
                if note[field] not in allowed:
                    note[field] = allowed[0]
        return Step(note, self.no_chance, state)


@pytest.mark.parametrize("obedient", [True, False])
@pytest.mark.parametrize("pitches", [1, 3, 40])
def test_no_model_can_make_it_plan_an_endless_chord(tiny, obedient, pitches):
    stage = VirtualStage(Stuck(tiny, obedient, pitches), Settings(mode="continue"))
    stage.phrase()
    stage.run(5.0)
    onsets = [note.onset for note in stage.planned]
    assert onsets[-1] > 4.0
    for onset in set(onsets):
        chord = [note.pitch for note in stage.planned if note.onset == onset]
        assert len(chord) == len(set(chord)) <= FINGERS


@pytest.mark.parametrize("temperature", [0.1, 2.0])
def test_one_allowed_pitch_is_enough_to_play_on(tiny, temperature):
    settings = Settings(mode="continue", low=60, high=60, temperature=temperature)
    stage = VirtualStage(tiny, settings)
    stage.phrase()
    stage.run(20.0)
    assert stage.planned
    assert {note.pitch for note in stage.planned} == {60}


def test_ten_thousand_notes_in_a_burst_are_heard_and_answered(tiny):
    stage = VirtualStage(Stuck(tiny, True, 3))
    for index in range(10_000):
        stage.plays(index * 1e-4, 21 + index % 88, 5e-5)
    stage.run(10.0)
    assert stage.playing.counts["heard"] == 20_000
    assert stage.planned
    assert len(stage.partner.window) <= 512


NONSENSE = {
    "nothing": b"",
    "a lone status": b"\x90",
    "a truncated note": b"\x90\x3c",
    "a note too long": b"\x90\x3c\x40\x40",
    "a pitch that is none": b"\x90\xc8\x40",
    "a velocity that is none": b"\x90\x3c\xff",
    "a controller that is none": b"\xb0\xff\x40",
    "data without a status": b"\x3c\x40\x40",
    "sysex": b"\xf0\x7e\x7f\x09\x01\xf7",
    "sysex of notes": b"\xf0" + b"\x3c" * 2000 + b"\xf7",
    "clock": b"\xf8",
    "active sensing": b"\xfe",
    "reset": b"\xff",
    "song position": b"\xf2\x10\x20",
    "pitch bend": b"\xe0\x00\x40",
    "program": b"\xc0\x05",
    "aftertouch": b"\xd0\x20",
}


@pytest.mark.parametrize("message", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_does_no_harm_and_changes_nothing(tiny, message):
    def pitches(*strewn):
        partner = Partner(tiny, Settings(), 1)
        calls = [(0.0, midi.note_on(0, 60, 80)), (0.2, midi.note_off(0, 60))]
        calls = sorted([*calls, *((at, message) for at in strewn)], key=lambda call: call[0])
        for seq, (at, sent) in enumerate(calls, 1):
            assert partner.hear(Heard(seq, at, sent)) is None
        plan = partner.wake(partner.wake_at)
        return [replace(note, id=0) for note in plan.notes]

    assert pitches(0.05, 0.1, 0.3) == pitches()


def test_note_offs_without_a_note_do_not_put_off_the_answer(tiny):
    def began(*strewn):
        stage = VirtualStage(tiny)
        stage.phrase()
        for at in strewn:
            stage.hears(at, midi.note_off(0, 99))
        stage.run(10.0)
        return stage.machine_onsets()[0]

    assert began(1.25, 1.3, 1.35, 1.4, 1.44) == began()


@pytest.mark.parametrize("control", [midi.ALL_NOTES_OFF, midi.ALL_SOUND_OFF])
def test_all_notes_off_from_the_player_lifts_every_key(tiny, control):
    stage = VirtualStage(tiny)
    stage.hears(0.0, midi.note_on(0, 60, 80))
    stage.hears(1.0, midi.control_change(0, control, 0))
    stage.run(10.0)
    assert stage.machine_onsets()
    assert stage.partner.window[0].duration == 1.0


def test_new_hands_that_count_anew_leave_no_key_down(tiny):
    # A key lifted while there were no hands is lifted unheard.
    partner = Partner(tiny, Settings(), 1)
    partner.hear(Heard(1, 0.0, midi.note_on(0, 60, 80)))
    partner.hear(Heard(1, 5.0, midi.note_on(0, 62, 80)))
    partner.hear(Heard(2, 5.2, midi.note_off(0, 62)))
    assert partner.wake_at is not None
    assert partner.wake(partner.wake_at).notes


def test_a_key_struck_twice_and_lifted_once_is_up(tiny):
    stage = VirtualStage(tiny)
    stage.hears(0.0, midi.note_on(0, 60, 80))
    stage.hears(0.5, midi.note_on(0, 60, 80))
    stage.hears(1.0, midi.note_off(0, 60))
    stage.run(0.99 + 0.02)
    assert [note.duration for note in stage.partner.window] == [0.5, 0.5]
    stage.run(10.0)
    assert stage.machine_onsets()


def test_a_note_told_of_late_keeps_the_window_in_order(tiny):
    stage = VirtualStage(tiny, Settings(mode="continue"), thinking=lambda: 0.3)
    stage.phrase()
    for at in np.arange(3.0, 12.0, 0.37):
        stage.plays(float(at), 70, 0.1)
    stage.run(20.0)
    onsets = [note.onset for note in stage.partner.window]
    assert onsets == sorted(onsets)
