"""The mode `bars`, with models of rolls, in virtual time."""

import math
from itertools import pairwise

import numpy as np
import pytest

from live import midi
from live.models.roll_model import Chance
from live.modes import MODES, Turn
from live.notes import MACHINE, PLAYER, Note, Part
from live.plan import OnTouch
from live.planning import barwise
from live.planning.barwise import BarPlanner
from live.planning.next_bar import AGAIN, WIDE, alike, next_bar
from live.planning.planner import Mine, Place
from live.roll import LOW, SOUNDING, STRUCK, read, write
from live.settings import SettingError, Settings
from live.tempo.timeline import Timeline

from .virtual import VirtualStage

TEMPO = 240.0  # a bar a second, a frame 1/16 s
BAR, FRAME = 1.0, 1 / 16
ANY = Mine(
    frozenset(("piano",)),
    {"piano": Place(0, frozenset(range(128)))},
    Part(PLAYER, "piano"),
    MODES["bars"],
)
LINE = Timeline(0.0, 0.0, TEMPO)


@pytest.fixture(params=["frames", "bars"])
def model(request):
    return request.getfixturevalue(request.param)


def stage_of(model, seed=0, **settings):
    return VirtualStage(model, Settings(tempo=TEMPO, **settings), seed)


def play_on(stage, start=0.0, until=6.0, every=0.25):
    """The player plays without a pause."""
    for n in range(math.ceil((until - start) / every)):
        stage.plays(start + n * every, 60 + n % 5, every / 2)


def planner_of(model, **settings):
    planner = BarPlanner(model, np.random.default_rng(0), iter(range(1, 10_000)))
    planner.apply(Settings(tempo=TEMPO, **settings), ANY, 0.0)
    planner.keep_time(None, LINE, 0.0)
    return planner


def test_it_plays_on_the_grid_that_your_first_note_set_from_your_second_bar_on(model):
    stage = stage_of(model)
    play_on(stage, start=0.37)
    stage.run(6.0)
    assert stage.planned
    places = [(note.onset - 0.37) / FRAME for note in stage.planned]
    assert np.allclose(places, np.round(places), atol=1e-6)
    assert 16 <= min(places) < 48


def test_it_goes_on_while_you_play_and_you_do_not_silence_it(model):
    stage = stage_of(model)
    play_on(stage, until=8.0)
    stage.run(7.9)
    assert stage.playing.counts["yields"] == stage.playing.counts["stale"] == 0
    assert {math.floor(note.onset / BAR) for note in stage.planned} >= set(range(2, 8))
    assert stage.playing.counts["sounded"] == sum(n.onset < 7.9 for n in stage.planned)


def test_each_bar_is_planned_just_before_it_begins(model):
    stage = stage_of(model, lead=0.05)
    play_on(stage)
    stage.run(6.0)
    ahead = [min(n.onset for n in plan.notes) - at for at, plan in stage.plans if plan.notes]
    assert all(0.0 < a < 0.05 + BAR for a in ahead)
    lines = [at + 0.05 for at, plan in stage.plans if plan.notes]
    assert np.allclose(np.diff(lines), BAR)


def test_it_ends_after_two_bars_of_your_silence_and_begins_anew_where_you_do(model):
    stage = stage_of(model)
    play_on(stage, until=3.0)
    play_on(stage, start=9.4, until=12.4)
    stage.run(13.0)
    onsets = [note.onset for note in stage.planned]
    assert [o for o in onsets if 4.0 <= o < 5.0]
    assert not [o for o in onsets if 6.0 <= o < 10.4 - 1e-9]
    again = [(o - 9.4) / FRAME for o in onsets if o > 9.0]
    assert again
    assert np.allclose(again, np.round(again), atol=1e-6)


def test_a_key_held_is_no_silence(model):
    stage = stage_of(model)
    stage.plays(0.0, 60, length=8.0)
    stage.run(7.0)
    assert any(note.onset > 6.0 for note in stage.planned)


def test_the_same_seed_and_playing_give_the_same_bars_another_seed_others(model):
    def notes(seed):
        stage = stage_of(model, seed)
        play_on(stage)
        stage.run(6.0)
        assert stage.replayed().same
        return [(n.onset, n.pitch) for n in stage.planned]

    assert notes(1) == notes(1)
    assert notes(1) != notes(2)


def test_notes_keep_to_the_range_by_octaves_and_to_your_loudness(model):
    stage = stage_of(model, low=60, high=71, velocity=5, channel=3)
    play_on(stage)
    stage.run(6.0)
    assert stage.planned
    assert {60 <= n.pitch <= 71 for n in stage.planned} == {True}
    assert {n.velocity for n in stage.planned} == {85}
    assert {n.channel for n in stage.planned} == {2}
    free = stage_of(model, low=21, high=108, velocity=5, channel=3)
    play_on(free)
    free.run(2.0)
    keys = [{(n.onset, n.pitch % 12) for n in s.planned if n.onset < 2.0} for s in (stage, free)]
    assert keys[0] == keys[1]


def test_a_new_tempo_counts_at_once_and_the_beat_goes_on(model):
    stage = stage_of(model)
    play_on(stage, until=9.0)
    stage.sets(2.5, tempo=120.0)
    stage.run(9.0)
    onsets = sorted({n.onset for n in stage.planned})
    slow = [(o - 3.5) / (2 * FRAME) for o in onsets if o >= 3.5]  # half of a bar was left
    assert slow
    assert np.allclose(slow, np.round(slow), atol=1e-6)


def test_a_mind_too_slow_for_a_bar_leaves_it_out_and_stays_on_the_grid(model):
    stage = VirtualStage(model, Settings(tempo=TEMPO), thinking=lambda: 1.3)
    play_on(stage, every=0.5, until=3.0)
    stage.run(20.0)
    assert all(n.onset * 16 == pytest.approx(round(n.onset * 16)) for n in stage.planned)


def test_it_hears_both_sides_as_they_were_played_up_to_the_line(model):
    planner = planner_of(model)
    planner.begin(Turn(10.0, math.inf))
    you, me = Part(PLAYER, "piano"), Part(MACHINE, "piano")
    notes = (
        Note(8.51, you, 60, 80, 0.24),  # a little late, by the grid
        Note(9.5, you, 64, 80, None),  # held
        Note(9.99, you, 67, 80, None),  # meant for the line itself
        Note(9.0, me, 48, 80, 1.0),
    )
    planner.restore(notes)
    heard = planner.heard()
    frames = len(heard)
    assert read(heard[:, 0]) == [(frames - 24, frames - 20, 60), (frames - 8, frames, 64)]
    assert read(heard[:, 1]) == [(frames - 16, frames, 48)]


def bar_of(*spans):
    """(first frame, frame past the last, pitch); what begins before the bar is held into it."""
    return write(*np.array(spans).T, 16)


def test_what_is_held_over_the_line_without_having_sounded_is_struck_there(bars, monkeypatch):
    planner = planner_of(bars)
    monkeypatch.setattr(barwise, "next_bar", lambda *_: (bar_of((-1, 3, 60)), None))
    planner.begin(Turn(1.0, math.inf))
    planned = planner.plan(0.99, Turn(1.0, math.inf), frozenset())
    (note,) = planned.notes
    assert (note.onset, note.duration, note.pitch) == (1.0, 3 * FRAME, 60)
    assert not planned.longer


def test_a_note_held_over_the_line_goes_on(bars, monkeypatch):
    planner, turn = planner_of(bars), Turn(1.0, math.inf)
    made = iter([bar_of((0, 16, 60), (12, 16, 64), (0, 14, 67)),
                 bar_of((-1, 5, 60), (-1, 16, 64), (-1, 4, 67)),
                 bar_of((-1, 2, 60), (-1, 2, 64))])  # fmt: skip
    monkeypatch.setattr(barwise, "next_bar", lambda *_: (next(made), None))
    planner.begin(turn)
    first = planner.plan(1.0, turn, frozenset())
    ids = {n.pitch: n.id for n in first.notes}
    planner.played(ids[60], 1.001, frozenset())
    second = planner.plan(2.0, turn, frozenset())
    assert {(o.id, o.until) for o in second.longer} == {(ids[60], 2 + 5 * FRAME), (ids[64], 3.0)}
    assert [n.pitch for n in second.notes] == [67]  # it had ended before the line
    (held,) = second.held
    assert (held.onset, held.pitch, held.end) == (1.001, 60, pytest.approx(2 + 5 * FRAME))
    third = planner.plan(3.0, turn, frozenset())
    assert [(o.id, o.until) for o in third.longer] == [(ids[64], 3 + 2 * FRAME)]
    assert [(n.pitch, n.onset) for n in third.notes] == [(60, 3.0)]


def test_notes_held_over_a_line_are_heard_as_one_and_replayed(bars, monkeypatch):
    stage = stage_of(bars)
    held = bar_of((-1, 16, 72), (4, 8, 64))
    monkeypatch.setattr(barwise, "next_bar", lambda *_: (held.copy(), None))
    play_on(stage, until=6.0)
    stage.run(5.9)
    assert [(out.at, out.on) for out in stage.out if out.key == (0, 72)] == [(1.0, True)]
    window = [n for n in stage.partner.window if n.part.side == MACHINE and n.pitch == 72]
    assert [(n.onset, n.end) for n in window] == [(1.0, 6.0)]
    assert stage.replayed().same


def test_of_several_bars_the_critic_chooses_and_what_was_just_played_counts_against_one(bars):
    planner = planner_of(bars)
    planner.restore((Note(-0.5, Part(PLAYER, "piano"), 60, 80, 0.4),))
    heard = planner.heard()
    noise = Chance(np.random.default_rng(0), bars.contract).draw()
    made = bars.step(heard[-bars.contract.window :], noise, WIDE * 0.95)
    order = np.argsort(-made.score)
    best = made.played[order[0]][:, 0].astype(np.uint8)

    def chosen(frames):
        return next_bar(bars, frames, Chance(np.random.default_rng(0), bars.contract), 0.95)[0]

    assert len(set(made.score.tolist())) == bars.contract.candidates
    assert np.array_equal(chosen(heard), best)
    bars_before = heard.copy()

    class Again:  # a model that would play its last bar again, if the critic alone decided
        contract, start = bars.contract, bars.start

        def step(self, frames, noise, temperature):
            return made

    bars_before[-16:, 1] = best
    worth = [s - AGAIN * alike(b[:, 0], best) for s, b in zip(made.score, made.played, strict=True)]
    expected = made.played[int(np.argmax(worth))][:, 0]
    chance = Chance(np.random.default_rng(0), bars.contract)
    assert np.array_equal(next_bar(Again(), bars_before, chance, 0.95)[0], expected)


def test_a_model_that_carries_its_state_need_not_hear_again_what_it_knows(frames):
    rng = np.random.default_rng(1)
    heard = (rng.random((48, 2, 2, 88)) < 0.03).astype(np.uint8)
    heard[:, :, SOUNDING] |= heard[:, :, STRUCK]

    def bar(frames_heard, state=None):
        chance = Chance(np.random.default_rng(0), frames.contract)
        return next_bar(frames, frames_heard, chance, 1.0, state)

    _, line = bar(heard[:32])
    again, going_on = bar(heard), bar(heard[32:], line)
    assert np.array_equal(again[0], going_on[0])
    assert np.allclose(again[1], going_on[1], atol=1e-5)
    assert not np.array_equal(bar(heard[32:])[1], again[1])
    silence = np.zeros_like(heard[:20])
    assert np.array_equal(bar(np.concatenate((silence, heard)))[1], again[1])
    assert bar(silence)[0].shape == (16, 2, 88)


def test_what_is_struck_sounds(model):
    chance = Chance(np.random.default_rng(3), model.contract)
    heard = np.zeros((model.contract.window, 2, 2, 88), np.uint8)
    state = model.start
    for place in range(16):
        made = model.step(heard, chance.draw(), 1.0, state, place)
        struck, sounding = made.played[..., STRUCK, :], made.played[..., SOUNDING, :]
        assert (struck <= sounding).all()
        if state is not None:  # what sounds and did not before is struck
            assert (struck >= sounding * (1 - heard[:, :, SOUNDING])).all()
            state, heard = made.state, made.played[0].astype(np.uint8)


def test_with_no_temperature_chance_decides_nothing(model):
    chance = Chance(np.random.default_rng(3), model.contract)
    heard = np.zeros((model.contract.window, 2, 2, 88), np.uint8)
    one, two = (model.step(heard, chance.draw(), 0.0, model.start).played for _ in range(2))
    assert np.array_equal(one, two)


def test_a_roll_is_not_asked_to_answer_nor_a_note_model_to_play_bars(model, tiny):
    with pytest.raises(SettingError, match="it plays: bars"):
        stage_of(model, mode="answer")
    with pytest.raises(SettingError, match="it plays: answer, continue"):
        VirtualStage(tiny, Settings(mode="bars"))
    with pytest.raises(SettingError, match="no mode 'jazz'"):
        stage_of(model, mode="jazz")


def test_the_hands_are_told_to_play_on_before_the_first_bar(model):
    stage = stage_of(model)
    stage.plays(0.0, 60)
    stage.run(0.5)
    assert {plan.on_touch for _, plan in stage.plans} == {OnTouch.KEEP}


def test_panic_and_the_end_silence_it(model):
    stage = stage_of(model)
    play_on(stage)
    stage.run(3.5)
    stage.playing.finish()
    sounding = set()
    for out in stage.out:
        (sounding.add if midi.is_note_on(out.message) else sounding.discard)(out.key)
    assert not sounding


def test_pairs_of_onsets_never_run_backwards(model):
    stage = stage_of(model)
    play_on(stage)
    stage.run(6.0)
    for _, plan in stage.plans:
        assert all(a.onset <= b.onset for a, b in pairwise(plan.notes))
        assert all(LOW <= n.pitch <= 108 and n.duration > 0 for n in plan.notes)
