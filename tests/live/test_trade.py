"""Trading bars, and the drums that play along, in virtual time."""

import math

import pytest

from live.models.note_model import NoteModel
from live.models.shelf import find
from live.plan import Beat
from live.settings import Settings
from live.tempo.timeline import Timeline

from .virtual import Busy, VirtualStage

BAR = 2.0  # seconds, at 120


def trading(model, bars=2, **settings):
    return VirtualStage(Busy(model), Settings(trade=bars, clock="internal", **settings))


def play_on(stage, start, until, every=0.25):
    for n in range(math.ceil((until - start) / every)):
        stage.plays(start + n * every, 60 + n % 5, every / 2)


def bars_of(stage, first=0.0):
    return {math.floor((onset - first) / BAR + 1e-6) for onset in stage.machine_onsets()}


def test_it_answers_as_many_bars_as_you_play_and_then_it_is_your_turn_again(tiny):
    stage = trading(tiny)
    play_on(stage, 0.3, 0.3 + 2 * BAR)
    play_on(stage, 0.3 + 4 * BAR, 0.3 + 6 * BAR)
    stage.run(0.3 + 12 * BAR)
    assert bars_of(stage, 0.3) == {2, 3, 6, 7}


def test_you_may_play_over_it_and_do_not_silence_it(tiny):
    stage = trading(tiny)
    play_on(stage, 0.0, 8 * BAR)
    stage.run(8 * BAR - 0.1)
    assert bars_of(stage) == {2, 3, 6, 7}
    assert stage.playing.counts["yields"] == 0


def test_where_you_leave_your_bars_empty_it_waits(tiny):
    stage = trading(tiny, bars=1)
    play_on(stage, 0.0, BAR)
    play_on(stage, 5 * BAR + 0.5, 6 * BAR)
    stage.run(10 * BAR)
    assert bars_of(stage) == {1, 6}


def test_a_note_just_before_the_bar_belongs_to_it(tiny):
    stage = trading(tiny, bars=1)
    play_on(stage, 0.0, BAR)
    play_on(stage, 2 * BAR - 0.1, 3 * BAR - 0.1)
    stage.run(6 * BAR)
    assert bars_of(stage) == {1, 3}


def test_it_counts_by_whoever_keeps_the_beat(tiny):
    stage = VirtualStage(Busy(tiny), Settings(trade=1, clock="midi"))
    stage.at(0.0, stage.beats, Beat(0.0, "midi", Timeline(0.0, 5.0, 120.0)))
    play_on(stage, 0.0, 1.0)  # beats 5 to 7
    stage.run(8.0)
    # Its bar is that from beat 8 on.
    assert {math.floor((o * 2 + 5) / 4 + 1e-6) for o in stage.machine_onsets()} == {2}


def test_without_a_beat_of_its_own_your_first_note_sets_it(tiny):
    stage = VirtualStage(Busy(tiny), Settings(trade=1))
    play_on(stage, 0.7, 0.7 + BAR)
    stage.run(8.0)
    assert bars_of(stage, 0.7) == {1}


@pytest.fixture(scope="module")
def drums():
    return NoteModel.open(find("drums"))


def test_the_drums_come_in_at_the_bar_and_play_on_without_you(drums):
    stage = VirtualStage(drums, Settings(mode="drums", clock="internal"))
    stage.plays(0.4, 60)
    stage.run(12.0)
    onsets = stage.machine_onsets()
    assert 0.4 + BAR - 1e-6 <= min(onsets) < 0.4 + BAR + 0.5
    assert {math.floor((o - 0.4) / BAR) for o in onsets} >= set(range(1, 5))
    assert {note.channel for note in stage.planned} == {9}


def test_the_drums_do_not_take_your_notes_for_hits(drums):
    def played(pitch):
        stage = VirtualStage(drums, Settings(mode="drums", clock="internal"))
        stage.plays(0.4, 60)
        for n in range(20):
            stage.plays(3.0 + n * 0.37, pitch)
        stage.run(12.0)
        return [(note.onset, note.pitch) for note in stage.planned]

    assert played(40) == played(70)


def test_the_drums_stop_with_the_transport(drums):
    stage = VirtualStage(drums, Settings(mode="drums", clock="midi"))
    line = Timeline(0.0, 0.0, 120.0)
    stage.at(0.0, stage.beats, Beat(0.0, "midi", line))
    stage.at(6.0, stage.beats, Beat(6.0, "midi", Timeline(6.0, 12.0, 120.0, running=False)))
    stage.run(12.0)
    onsets = stage.machine_onsets()
    assert 4.0 < max(onsets) <= 6.0


def test_after_a_duet_bars_are_traded_from_your_next_one_on(tiny):
    stage = VirtualStage(Busy(tiny), Settings(mode="duet", clock="internal"))
    play_on(stage, 0.0, 3 * BAR - 0.3)
    stage.sets(3 * BAR - 0.1, mode="answer", trade=1)
    play_on(stage, 3 * BAR, 5 * BAR)
    stage.run(6 * BAR)
    assert {3, 4, 5} & bars_of(stage) == {4}


def test_and_after_a_turn_without_end_that_you_cut_short(tiny):
    stage = VirtualStage(Busy(tiny), Settings(mode="continue", clock="internal"))
    play_on(stage, 0.0, BAR)
    play_on(stage, 3 * BAR, 6 * BAR)
    stage.sets(3.5 * BAR, mode="answer", trade=1)
    stage.run(7 * BAR)
    assert {3, 4, 5, 6} & bars_of(stage) == {4, 6}


def test_bars_may_be_traded_while_you_play_on(tiny):
    stage = VirtualStage(Busy(tiny), Settings(clock="internal"))
    play_on(stage, 0.0, 8 * BAR)
    stage.sets(4.6 * BAR, trade=1)
    stage.run(8 * BAR - 0.1)
    assert bars_of(stage) == {5, 7}


def test_after_a_rest_it_goes_on(tiny):
    stage = trading(tiny, bars=1)
    play_on(stage, 0.0, 8 * BAR)
    stage.sets(0.5 * BAR, rest=1)
    stage.sets(3.6 * BAR, rest=0)
    stage.run(8 * BAR - 0.1)
    assert bars_of(stage) == {4, 6}
