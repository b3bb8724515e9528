"""A split: the left hand's chords steer, the right hand plays."""

import pytest

from live import midi
from live.hands.config import HandsConfig
from live.left_hand import EVERY, LeftHand
from live.scales import pitches_of
from live.settings import SettingError, Settings

from .virtual import Busy, VirtualStage

G7 = {7, 11, 2, 5}


def hand(**settings):
    left = LeftHand()
    left.apply(Settings(split=60, **settings))
    return left


def press(left, *pitches):
    return [left.hear(midi.note_on(0, pitch, 80)) for pitch in pitches]


def lift(left, *pitches):
    return [left.hear(midi.note_off(0, pitch)) for pitch in pitches]


def test_only_keys_below_the_split_are_its():
    left = hand()
    assert left.takes(midi.note_on(0, 59, 80))
    assert not left.takes(midi.note_on(0, 60, 80))
    assert not left.takes(midi.control_change(0, 20, 1))


def test_a_chord_holds_until_the_next_one():
    left = hand()
    assert press(left, 43, 47, 50, 53) == [False, True, True, True]
    assert lift(left, 43, 47, 50, 53) == [False] * 4
    assert left.classes == G7
    press(left, 48, 52)
    assert left.classes == {0, 4}


def test_one_note_is_no_chord():
    left = hand()
    press(left, 48)
    assert left.classes == EVERY


@pytest.mark.parametrize(
    ("pitches", "key"),
    [((45, 48, 52), "A minor"), ((43, 47, 50), "G"), ((48, 53, 57), "C"), ((44, 51), "Ab")],
)
def test_or_it_sets_the_key(pitches, key):
    left = hand(left="key")
    press(left, *pitches)
    assert left.classes == {pitch % 12 for pitch in pitches_of(key)}


@pytest.mark.parametrize("mode", ["duet", "answer"])
def test_the_machine_plays_the_chords_of_the_left_hand(tiny, mode):
    hands = HandsConfig(split=60)
    stage = VirtualStage(Busy(tiny), Settings(mode=mode, split=60, temperature=2.0), hands=hands)
    for pitch in (43, 47, 50, 53):
        stage.plays(0.0, pitch, 3.9)
    stage.phrase(0.5, pitches=(67, 71, 74, 77), every=0.3)
    for pitch in (36, 40):
        stage.plays(4.0, pitch, 10.0)
    stage.phrase(4.5, pitches=(67, 71, 74, 77), every=0.3)
    stage.run(8.0)
    lead = stage.settings.lead
    first = {n.pitch % 12 for n in stage.planned if n.onset < 4.0}
    later = {n.pitch % 12 for at, plan in stage.plans for n in plan.notes if at > 4.0 + lead}
    assert first
    assert first <= G7
    assert later
    assert later <= {0, 4}


def test_the_left_hand_sounds_and_does_not_take_the_floor(tiny):
    stage = VirtualStage(Busy(tiny), Settings(split=60, length=4.0), hands=HandsConfig(split=60))
    stage.phrase(pitches=(67, 71, 74, 77))
    stage.run(2.5)
    assert stage.partner.playing
    stage.plays(2.6, 43, 0.3)
    stage.run(2.7)
    assert stage.partner.playing
    assert stage.playing.counts["yields"] == 0
    assert (0, 43) in {out.key for out in stage.out}
    assert stage.replayed().same


def test_a_setting_that_is_refused_leaves_the_left_hand_as_it_is(tiny):
    hands = HandsConfig(split=60)
    settings = Settings(mode="duet", split=60, temperature=2.0)
    stage = VirtualStage(Busy(tiny), settings, hands=hands)
    for pitch in (43, 47, 50, 53):
        stage.plays(0.0, pitch, 1.9)
    stage.phrase(0.5, pitches=(67, 71, 74, 77), every=0.3)
    stage.run(2.0)
    with pytest.raises(SettingError):
        stage.partner.change({"split": 0, "me": "kazoo"}, 2.0)
    for pitch in (36, 40):
        stage.plays(2.1, pitch, 9.0)
    stage.phrase(2.5, pitches=(67, 71, 74, 77), every=0.3)
    stage.run(6.0)
    later = {n.pitch % 12 for at, plan in stage.plans for n in plan.notes if at > 2.5}
    assert later
    assert later <= {0, 4}
