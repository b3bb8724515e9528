"""Voices at once with each of your notes, in virtual time."""

import pytest

from live import midi
from live.models.note_model import NoteModel
from live.models.shelf import find
from live.planning.planner import LONGEST_NOTE
from live.settings import Settings
from live.tonality import Tonality

from .virtual import VirtualStage


@pytest.fixture(scope="module")
def chorale():
    return NoteModel.open(find("chorale"))


def stage_of(model, **settings):
    return VirtualStage(model, Settings(mode="harmonise", **settings))


def test_each_note_sounds_at_once_with_a_note_of_each_other_voice_below_it(chorale):
    stage = stage_of(chorale)
    stage.phrase(pitches=(67, 69, 71, 72), every=0.5, length=0.4)
    stage.run(3.0)
    for n, pitch in enumerate((67, 69, 71, 72)):
        its = [note.pitch for note in stage.planned if note.onset == n * 0.5]
        assert len(its) == 3
        assert sorted(its, reverse=True) == its
        assert its[0] < pitch


def test_the_voices_end_with_your_key(chorale):
    stage = stage_of(chorale)
    stage.plays(0.0, 67, length=3.0)
    stage.plays(4.0, 69, length=0.3)
    stage.run(6.0)
    assert {o.until for _, plan in stage.plans for o in plan.longer} == {3.0, 4.3}
    assert not midi.keys_down(out.message for out in stage.out)
    ends = [out.at for out in stage.out if out.off]
    assert sorted(ends) == pytest.approx([3.0] * 4 + [4.3] * 4)


def test_they_stand_over_a_bass(chorale):
    stage = stage_of(chorale, you="bass", me="soprano, alto, tenor")
    stage.plays(0.0, 43)
    stage.run(1.0)
    its = [note.pitch for note in stage.planned]
    assert len(its) == 3
    assert its == sorted(its, reverse=True)
    assert min(its) > 43


def test_of_a_chord_the_top_note_alone_is_harmonised(chorale):
    stage = stage_of(chorale)
    stage.plays(0.0, 67, length=1.0)
    stage.plays(0.1, 60, length=1.0)
    stage.plays(0.2, 72, length=1.0)
    stage.run(3.0)
    assert sorted({note.onset for note in stage.planned}) == [0.0, 0.2]


def test_a_key_held_for_ever_does_not_make_it_hang(chorale):
    stage = stage_of(chorale)
    stage.hears(0.0, midi.note_on(0, 67, 80))
    stage.run(LONGEST_NOTE + 1)
    assert midi.keys_down(out.message for out in stage.out) == {(0, 67)}


def test_with_one_voice_there_is_one(tiny):
    stage = stage_of(tiny, you="melody", me="bridge")
    stage.plays(0.0, 67)
    stage.run(1.0)
    assert len(stage.planned) == 1
    assert stage.replayed().same


def test_to_rehearse_changes_nothing(chorale):
    played = []
    for rehearses in (False, True):
        stage = stage_of(chorale)
        stage.phrase(pitches=(67, 69, 71, 72), every=0.5, length=0.4)
        for n in range(300 * rehearses):
            stage.at(n * 0.01 + 0.003, stage.partner.rehearse)
        stage.run(3.0)
        played.append(stage.out)
    assert played[0] == played[1]
    assert len(played[0]) == 32


def test_it_rehearses_only_where_keys_are_answered_at_once(chorale):
    for mode, at_once in {"harmonise": True, "duet": True, "answer": False}.items():
        stage = VirtualStage(chorale, Settings(mode=mode))
        assert (stage.partner.rehearse is not None) is at_once


def test_the_melody_is_followed_while_it_rests(chorale):
    stage = stage_of(chorale, rest=1)
    pitches = [69, 71, 73, 74, 76, 78, 80, 81] * 4
    stage.phrase(pitches=pitches, every=0.25, length=0.2)
    stage.run(9.0)
    truth = Tonality()
    for pitch in pitches[:-1]:  # the last is followed with its voices, or before the next
        truth.hear(pitch)
    tonality = stage.partner._planner._tonality
    assert (tonality.key, tonality.lead) == (truth.key, truth.lead)
