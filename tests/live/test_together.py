"""Both play at once: duet and accompaniment, in virtual time."""

import math

import numpy as np
import pytest

from live import midi
from live.models.asking import Ask
from live.plan import Beat, Heard, OnTouch
from live.planning.notewise import MOST, MOST_OWED, SHORTLY
from live.scales import pitches_of
from live.settings import Settings
from live.tempo.timeline import Timeline

from .counted import Counted
from .test_partner import assert_has_read_what_sounded
from .virtual import Busy, VirtualStage

MODES = ("duet", "accompany")
SEEDS = range(3)


def stage_of(model, mode="accompany", seed=0, thinking=lambda: 0.0, **settings):
    return VirtualStage(Busy(model), Settings(mode=mode, **settings), seed, thinking)


def play_on(stage, start=0.0, until=8.0, every=0.25, velocity=80):
    for n in range(math.ceil((until - start) / every)):
        stage.plays(start + n * every, 60 + n * 5 % 12, every * 0.8, velocity)


def during(stage, until=8.0):
    """The machine's notes that began by then."""
    return [onset for onset in stage.machine_onsets() if onset < until]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("mode", MODES)
def test_it_plays_while_you_do_and_you_do_not_silence_it(tiny, mode, seed):
    stage = stage_of(tiny, mode, seed)
    play_on(stage)
    stage.run(8.0)
    assert len(during(stage)) > 6
    assert stage.playing.counts["yields"] == stage.playing.counts["stale"] == 0
    assert {plan.on_touch for _, plan in stage.plans} == {OnTouch.KEEP}
    assert stage.replayed().same


@pytest.mark.parametrize("seed", SEEDS)
def test_the_plan_is_made_anew_at_each_of_your_notes_and_what_is_about_to_come_stays(tiny, seed):
    stage = stage_of(tiny, seed=seed, lead=0.1)
    play_on(stage)
    stage.run(8.0)
    cuts = {round(plan.cut, 6) for _, plan in stage.plans if plan.cut is not None}
    yours = [n * 0.25 for n in range(1, 32)]
    assert {round(at + 0.1, 6) for at in yours} <= cuts
    for at, plan in stage.plans:
        assert all(note.onset >= at + 0.1 - 1e-6 for note in plan.notes)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("slow", [0.0, 0.02])
def test_it_goes_on_from_what_has_really_sounded(tiny, seed, slow):
    stage = stage_of(tiny, seed=seed, thinking=lambda: slow, modulate=0)
    play_on(stage)
    stage.run(7.9)
    assert len(during(stage)) > 6
    assert_has_read_what_sounded(stage, you="melody", me="piano", yields=False)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_next_beat_is_planned_first_and_the_rest_when_it_is_time(tiny, seed):
    stage = stage_of(tiny, seed=seed, horizon=4.0, tempo=100.0, patience=4.0)
    play_on(stage, until=1.0)
    stage.run(2.0)
    anew = next(n for n, (at, plan) in enumerate(stage.plans) if at >= 0.75 and plan.cut)
    at, soon = stage.plans[anew]
    rest = [plan for then, plan in stage.plans[anew + 1 :] if then < at + 0.1]
    assert all(note.onset < soon.cut + 0.6 for note in soon.notes[:-1])
    assert all(plan.cut is None for plan in rest)
    assert max(note.onset for plan in rest for note in plan.notes) > soon.cut + 2.0


@pytest.mark.parametrize("mode", MODES)
def test_however_much_there_is_to_plan_you_are_listened_to_after_a_few_notes(tiny, mode):
    model = Counted(Busy(tiny))
    stage = VirtualStage(model, Settings(mode=mode, horizon=8.0, patience=4.0))
    play_on(stage, until=1.0)
    counted = []

    def wake(now, wake=stage.partner.wake):
        before = model.steps
        plan = wake(now)
        counted.append(model.steps - before)
        return plan

    stage.partner.wake = wake
    stage.run(2.0)
    assert sum(counted) > 40
    assert max(counted) <= 10


@pytest.mark.parametrize("seed", SEEDS)
def test_a_chord_that_waits_to_be_heard_makes_it_plan_once(tiny, seed):
    stage = stage_of(tiny, seed=seed, thinking=lambda: 0.001)
    play_on(stage, until=2.0)
    for pitch in (48, 55, 60, 64):
        stage.plays(2.1, pitch, 0.5)
    stage.run(2.15)
    anew = [plan for at, plan in stage.plans if at >= 2.1 and plan.cut is not None]
    assert len(anew) == 1
    assert anew[0].after == max(
        e.seq for e in stage.entries if isinstance(e, Heard) and e.at < 2.15
    )
    assert stage.replayed().same


class Waits:
    """A model that foretells the player's next note half a beat after each note, or as soon after
    that as it may."""

    def __init__(self, model):
        self._model = model

    def __getattr__(self, name):
        return getattr(self._model, name)

    def step(self, state, heard, sounding, ask, chance, **more):
        allowed = ask.allowed.copy()
        for field, least in ((0, self.codec.fields[0].encode(12)), (1, 0)):
            cut = self.codec.slices[field]
            first = least + np.flatnonzero(allowed[cut][least:])[0]
            allowed[cut] = np.eye(len(allowed[cut]), dtype=np.float32)[first]
        asked = Ask(allowed, ask.forced, ask.temperature)
        return self._model.step(state, heard, sounding, asked, chance, **more)


def test_a_note_of_yours_that_it_expects_and_that_does_not_come_makes_it_think_again(tiny):
    stage = stage_of(Waits(tiny), density=0.1, patience=4.0)
    stage.plays(0.0, 60)
    stage.run(3.0)
    woken = [at for at, plan in stage.plans if plan.cut is not None]
    assert woken[:2] == pytest.approx([0.31, woken[1]])  # half a beat, and some patience
    assert len(woken) > 3


@pytest.mark.parametrize("mode", MODES)
def test_it_stops_when_you_have_been_silent_for_two_bars(tiny, mode):
    stage = stage_of(tiny, mode)
    play_on(stage, until=4.0)
    stage.run(20.0)
    assert not stage.partner.playing
    last = 3.75 + 2 * 2.0
    assert max(stage.machine_onsets()) <= last + 1.0 + 1e-6
    assert [o for o in stage.machine_onsets() if o > 4.5]


def test_its_notes_lie_on_the_beat_that_somebody_keeps(tiny):
    stage = stage_of(tiny, clock="internal", tempo=100.0)
    play_on(stage, start=0.37, every=0.29)  # beside the beat
    stage.run(8.0)
    assert stage.planned
    ticks = [(note.onset - 0.37) * 100 / 60 * 24 for note in stage.planned]
    assert np.allclose(ticks, np.round(ticks), atol=1e-4)


def test_through_a_change_of_tempo_too(tiny):
    stage = stage_of(tiny, clock="internal", tempo=100.0)
    play_on(stage, until=12.0)
    stage.sets(6.0, tempo=140.0)
    stage.run(12.0)
    late = [note.onset for at, plan in stage.plans for note in plan.notes if at >= 6.0]
    ticks = [(6.0 * 100 / 60 + (onset - 6.0) * 140 / 60) * 24 for onset in late]
    assert len(ticks) > 6
    assert np.allclose(ticks, np.round(ticks), atol=1e-4)


def test_the_more_density_the_more_it_plays(tiny):
    def notes(density):
        return sum(len(notes_of(density, seed)) for seed in SEEDS)

    def notes_of(density, seed):
        stage = stage_of(tiny, seed=seed, density=density)
        play_on(stage)
        stage.run(8.0)
        return stage.machine_onsets()

    assert notes(0.1) < notes(1.0) < notes(4.0)


class Shy(Waits):
    """A model that leaves it all to the player, if it may."""

    def step(self, state, heard, sounding, ask, chance, **more):
        allowed = ask.allowed.copy()
        allowed[self.codec.slices[1]][: len(self.codec.voices)] *= 1e3
        asked = Ask(allowed, ask.forced, ask.temperature)
        return self._model.step(state, heard, sounding, asked, chance, **more)


def test_it_does_not_leave_you_alone_for_long(tiny):
    stage = stage_of(Shy(tiny))
    play_on(stage, until=16.0)
    stage.run(16.0)
    onsets = [o for o in stage.machine_onsets() if o > 8.0]
    assert len(onsets) > 0.1 * 32
    assert len(onsets) < 32


class Eager(Busy):
    """A model that plays all the time, note upon note."""

    def step(self, state, heard, sounding, ask, chance, **more):
        allowed = ask.allowed.copy()
        allowed[self.codec.slices[1]][len(self.codec.voices) :] *= 1e3
        allowed[self.codec.slices[0]][4:] *= 1e-6  # ticks
        return super().step(
            state, heard, sounding, Ask(allowed, ask.forced, ask.temperature), chance, **more
        )


@pytest.mark.parametrize(("density", "every"), [(1.0, 0.5), (0.5, 0.5), (1.0, 0.08)])
def test_it_does_not_play_you_down(tiny, density, every):
    stage = VirtualStage(Eager(tiny), Settings(mode="duet", density=density))
    play_on(stage, every=every)
    stage.run(8.0)
    onsets = np.array(during(stage))
    most = density * max(MOST, SHORTLY / every)
    within = [((onsets >= at) & (onsets < at + SHORTLY)).sum() for at in onsets]
    assert most / 2 < max(within) < most + 4 * MOST_OWED


def test_it_keeps_to_its_range_and_scale_whatever_you_play(tiny):
    stage = stage_of(tiny, low=40, high=60, scale="E minor")
    play_on(stage)
    stage.run(8.0)
    allowed = pitches_of("E minor") & set(range(40, 61))
    assert stage.planned
    assert {note.pitch for note in stage.planned} <= allowed


def test_muted_voices_rest_and_so_does_all_while_it_is_to_rest(tiny):
    muted = stage_of(tiny, mute="piano")
    play_on(muted)
    muted.run(8.0)
    assert not muted.planned
    resting = stage_of(tiny)
    play_on(resting, until=12.0)
    resting.sets(4.0, rest=1)
    resting.sets(8.0, rest=0)
    resting.run(12.0)
    onsets = np.array(resting.machine_onsets())
    assert ((onsets > 1.0) & (onsets < 4.0)).any()
    assert not ((onsets > 4.0 + 1e-6) & (onsets < 8.0)).any()
    assert (onsets > 8.0).any()


def test_it_follows_how_hard_you_play_as_far_as_it_is_told(tiny):
    def velocity(dynamics, yours):
        stage = stage_of(tiny, dynamics=dynamics)
        play_on(stage, velocity=yours)
        stage.run(8.0)
        return np.mean([note.velocity for note in stage.planned[8:]])

    assert velocity(1.0, 110) > velocity(1.0, 40) + 30


def test_a_change_of_mode_hands_over_without_a_note_lost_or_left(tiny):
    stage = stage_of(tiny, "duet")
    play_on(stage, until=12.0)
    for at, mode in ((3.0, "accompany"), (5.0, "harmonise"), (7.0, "answer"), (9.0, "duet")):
        stage.sets(at, mode=mode)
    stage.run(11.9)
    stage.playing.finish()
    assert not midi.keys_down(out.message for out in stage.out)
    assert stage.replayed().same


def test_one_of_its_voices_may_play_alone(tiny):
    def channels(**settings):
        stage = stage_of(tiny, "duet", parts="melody:3, bridge:4", **settings)
        play_on(stage)
        stage.run(8.0)
        return {note.channel for note in stage.planned}

    assert channels() == {2, 3}
    assert channels(solo="bridge") == {3}
    assert channels(solo="bridge", mute="bridge") == set()


def test_where_the_song_position_jumps_it_goes_on_from_there(tiny):
    stage = stage_of(tiny, clock="midi")
    stage.at(0.0, stage.beats, Beat(0.0, "midi", Timeline(0.0, 0.0, 120.0)))
    play_on(stage, until=12.0)
    jumped = Timeline(6.0, 97.3, 120.0)
    stage.at(6.0, stage.beats, Beat(6.0, "midi", jumped))
    stage.run(12.0)
    late = [note.onset for at, plan in stage.plans for note in plan.notes if at >= 6.0]
    ticks = [jumped.beat_at(onset) * 24 for onset in late]
    assert len(ticks) > 6
    assert np.allclose(ticks, np.round(ticks), atol=1e-4)
    before = {n.onset for at, plan in stage.plans for n in plan.notes if at < 6.0}
    played = set(stage.machine_onsets())
    assert not [onset for onset in before & played if onset > 6.0 + stage.settings.lead]
    assert stage.replayed().same


def test_its_pitches_alone_can_be_safer(tiny):
    def variety(pitches):
        stage = stage_of(tiny, mode="accompany", temperature=1.0, pitches=pitches)
        play_on(stage)
        stage.run(8.0)
        its = [note.pitch for note in stage.planned]
        return len(set(its)) / len(its)

    assert variety(0.02) < variety(2.0)


def test_hands_that_begin_now_are_told_where_the_beat_is_and_what_a_touch_is(tiny):
    stage = stage_of(tiny, clock="internal", tempo=100.0)
    assert stage.partner.greet().on_touch is OnTouch.KEEP
    play_on(stage, until=4.0)
    stage.run(4.0)
    told = [plan.timeline for _, plan in stage.plans if plan.timeline is not None]
    greeting = stage.partner.greet()
    assert (greeting.on_touch, greeting.timeline) == (OnTouch.KEEP, told[-1])
    assert (greeting.notes, greeting.cut) == ((), None)
