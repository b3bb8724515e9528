"""The partner, with real hands and a small model, in virtual time."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from live import midi
from live.codec import PITCH
from live.hands.config import HandsConfig, HandsSettings
from live.models.note_model import NoteModel
from live.models.shelf import find
from live.modes.pause import BREATH, pause_after
from live.notes import MACHINE, PLAYER, HeldNotes, Note, Part
from live.partner import Partner
from live.plan import Heard, Plan, Sounded
from live.reader import Reader
from live.settings import SettingError, Settings
from live.tempo.grid import Free

from .virtual import Busy, VirtualStage

CONTINUE = Settings(mode="continue", tempo=240)  # quick, so that much happens
SEEDS = range(4)


def sounded(stage):
    return [entry for entry in stage.entries if isinstance(entry, Sounded)]


def truly_read(stage, you="piano", me="piano", yields=True):
    """The cursor of a reader that has read what really sounded, in that order, and no more."""
    reader = Reader(stage.model, Free(stage.settings.tempo / 60 * stage.model.codec.ticks_per_beat))
    cursor = reader.start()
    planned = {}
    keys = HeldNotes()
    mine, yours = [], {}
    for entry in stage.entries:
        if isinstance(entry, Plan):
            planned |= {note.id: note for note in entry.notes}
            continue
        if isinstance(entry, Heard):
            keys.hear(entry.message, entry.at)
            for pitch in [p for p in yours if p not in keys.keys or p == entry.message[1]]:
                note = yours.pop(pitch)
                reader.ended(replace(note, duration=entry.at - note.onset))
            if not midi.is_note_on(entry.message):
                continue
            if yields:
                mine.clear()
            _, pitch, velocity = entry.message
            note = yours[pitch] = Note(entry.at, Part(PLAYER, you), pitch, velocity)
        elif isinstance(entry, Sounded):
            its = planned[entry.id]
            mine.append(its)
            note = Note(its.onset, Part(MACHINE, me), its.pitch, its.velocity, its.duration)
        else:
            continue
        ringing = {n.pitch for n in mine if n.onset <= note.onset < n.onset + n.duration}
        cursor = reader.read(cursor, note, ringing | keys.keys)
    return cursor


def assert_has_read_what_sounded(stage, **roles):
    truth, cursor = truly_read(stage, **roles), stage.partner._planner.cursor
    assert cursor.onset == truth.onset
    assert (cursor.count, cursor.recall.match) == (truth.count, truth.recall.match)
    for name in ("heard", "sounding", "state"):
        assert np.array_equal(getattr(cursor, name), getattr(truth, name)), name


# ---- answering


@pytest.mark.parametrize("seed", SEEDS)
def test_it_answers_after_the_pause_and_not_before(tiny, seed):
    stage = VirtualStage(tiny, seed=seed)
    up = stage.phrase(every=0.25, length=0.2)
    stage.run(10.0)
    pause = pause_after([Note(i * 0.25, Part(PLAYER, "piano"), 60, 80) for i in range(5)])
    taken = max(1.0 + pause, up + BREATH * pause)
    onsets = stage.machine_onsets()
    beat = 60 / stage.settings.tempo
    assert taken < onsets[0] <= taken + stage.settings.lead + beat + 1e-9


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("notes", "every"), [(5, 0.25), (9, 0.5), (24, 0.25)])
def test_an_answer_begins_no_note_after_the_length_of_the_phrase(tiny, notes, every, seed):
    stage = VirtualStage(tiny, seed=seed)
    up = stage.phrase(pitches=[60] * notes, every=every)
    stage.run(30.0)
    onsets = stage.machine_onsets()
    began = stage.plans[0][0]
    assert onsets
    assert onsets[-1] - began < up
    assert not stage.partner.playing


@pytest.mark.parametrize("seed", SEEDS)
def test_an_answer_goes_on_for_about_the_length_of_the_phrase(tiny, seed):
    stage = VirtualStage(tiny, seed=seed)
    up = stage.phrase(pitches=[60] * 40, every=0.25)
    stage.run(30.0)
    began = stage.plans[0][0]
    ends = [note.onset + note.duration for note in stage.planned]
    assert max(ends) - began > 0.5 * up


def test_the_shortest_call_has_an_answer_at_every_tempo(tiny):
    for tempo in (30, 60, 120, 300):
        for seed in range(8):
            stage = VirtualStage(tiny, Settings(tempo=tempo), seed)
            stage.plays(0.0, 60, 0.1)
            stage.run(8.0)
            assert stage.machine_onsets(), (tempo, seed)


def test_it_answers_once_and_then_listens(tiny):
    stage = VirtualStage(tiny)
    stage.phrase()
    stage.run(12.0)
    answered = len(stage.planned)
    stage.run(3600.0)
    assert len(stage.planned) == answered > 0
    assert stage.partner.wake_at is None


def test_after_an_hour_of_silence_it_answers_as_ever(tiny):
    stage = VirtualStage(tiny)
    stage.phrase()
    stage.phrase(start=3600.0)
    stage.run(3610.0)
    assert any(3601 < onset < 3604 for onset in stage.machine_onsets())


# ---- the plan and its time


@pytest.mark.parametrize("settings", [Settings(), CONTINUE, Settings(mode="continue", lead=0.5)])
@pytest.mark.parametrize("seed", SEEDS)
def test_no_note_reaches_the_hands_too_late(tiny, settings, seed):
    stage = VirtualStage(tiny, settings, seed, thinking=lambda: 0.02)
    stage.phrase()
    stage.run(12.0)
    assert stage.planned
    for reached, plan in stage.plans:
        assert all(note.onset >= reached for note in plan.notes)


@pytest.mark.parametrize("seed", SEEDS)
def test_planning_ahead_with_a_long_lead_does_not_slow_the_music(tiny, seed):
    # A plan made late enough to be held back by the lead leaves gaps between every two plans.
    def forced(stage):
        rate = stage.settings.tempo / 60 * tiny.codec.ticks_per_beat
        bins = set(tiny.codec.fields[0].bins)
        gaps = [(b.onset - a.onset) * rate for a, b in pairwise(stage.planned)]
        return [gap for gap in gaps if not math.isclose(gap, round(gap), abs_tol=1e-6)
                or round(gap) not in bins]  # fmt: skip

    stage = VirtualStage(tiny, replace(CONTINUE, lead=0.5, horizon=0.2), seed)
    stage.phrase()
    stage.run(20.0)
    assert len(stage.planned) > 10
    assert forced(stage) == []


def test_onsets_come_in_order_and_ids_are_never_used_twice(tiny):
    stage = VirtualStage(tiny, CONTINUE)
    stage.phrase()
    stage.run(20.0)
    assert [n.onset for n in stage.planned] == sorted(n.onset for n in stage.planned)
    assert len({n.id for n in stage.planned}) == len(stage.planned) > 10


def test_a_mind_that_slept_goes_on_from_now(tiny):
    stage = VirtualStage(tiny, CONTINUE)
    stage.phrase()
    stage.run(5.0)
    partner = stage.partner
    plan = partner.wake(65.0)
    assert plan.notes[0].onset >= 65.0
    while partner.wake_at <= 65.0:  # a few notes at a time
        assert partner.wake(65.0)


# ---- yielding


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("thinking", [0.0, 0.01, 0.3])
@pytest.mark.parametrize("settings", [Settings(), CONTINUE])
def test_a_touch_silences_it_at_once_and_it_does_not_play_on(tiny, settings, thinking, seed):
    stage = VirtualStage(tiny, settings, seed, thinking=lambda: thinking)
    stage.phrase(pitches=[60, 62, 64, 65] * 4)
    while not stage.playing.stats()["machine"]:
        stage.run(stage.now + 0.01)
        assert stage.now < 20.0
    touch = stage.now + 0.001
    # Further than all that it plays, so that the thru'd note is plain to see.
    stage.plays(touch, 127, 5.0)
    before = len(stage.out)
    stage.run(touch)
    ringing = {pitch for pitch in stage.playing.stats()["player"]}
    assert ringing == {127}
    thru, *ends = stage.out[before:]
    while thru.message != midi.note_on(0, 127, 80):  # what was due in that last millisecond
        thru, *ends = ends
    assert ends
    assert all(end.off for end in ends)
    assert stage.playing.stats()["machine"] == []
    stage.run(touch + 4.9)
    assert [out for out in stage.out[before:] if out.on and out.at >= touch] == [thru]
    assert not stage.partner.playing


@pytest.mark.parametrize("seed", SEEDS)
def test_after_a_touch_it_has_read_only_what_really_sounded(tiny, seed):
    stage = VirtualStage(tiny, CONTINUE, seed)
    stage.phrase()
    for moment in (4.1, 6.35, 9.0, 9.05, 13.3):
        stage.plays(moment, 50 + int(moment))
        stage.run(moment)
        assert_has_read_what_sounded(stage)
    assert len(sounded(stage)) > 4


@pytest.mark.parametrize("seed", SEEDS)
def test_notes_that_the_hands_had_to_skip_are_not_taken_for_played(tiny, seed):
    settings = replace(CONTINUE, horizon=8.0)
    stage = VirtualStage(Busy(tiny), settings, seed, hands=HandsConfig(late_limit=0.0))
    stage.phrase()
    stage.run(5.0)
    stage.now += 1.5  # the computer stood still
    stage.run(10.0)
    assert stage.playing.counts["skipped"]
    stage.plays(10.5, 60)
    stage.run(10.5)
    assert_has_read_what_sounded(stage)


@pytest.mark.parametrize("seed", SEEDS)
def test_notes_begun_before_the_hands_knew_that_it_should_stop_are_read(tiny, seed):
    settings = replace(CONTINUE, hold="cc:20", horizon=8.0)
    stage = VirtualStage(Busy(tiny), settings, seed)
    stage.hears(0.0, midi.control_change(0, 20, 127))
    stage.run(3.0)
    stage.thinking = lambda: 1.5
    stage.hears(3.0, midi.control_change(0, 20, 0))
    stage.run(20.0)
    assert 3.0 < stage.machine_onsets()[-1] < 4.5
    assert_has_read_what_sounded(stage)


@pytest.mark.parametrize("seed", [2, 3, 5])
def test_what_it_took_back_and_played_all_the_same_is_what_it_remembers(tiny, seed):
    # A slow mind: the hands go on with the old plan while a new one is on its way.
    stage = VirtualStage(tiny, replace(CONTINUE, horizon=4.0), seed)
    stage.phrase()
    stage.run(4.0)
    stage.thinking = lambda: 0.6
    stage.sets(4.0, temperature=1.2)
    stage.sets(5.5, temperature=1.1)
    stage.run(8.0)
    stage.thinking = lambda: 0.0
    stage.plays(12.0, 60)
    stage.run(12.0)
    remembered = [int(bins[PITCH]) for bins in stage.partner._planner.reader._memory._notes]
    assert remembered == [note.pitch for note in stage.partner.window]


# ---- the same again


def playing(tiny, settings, seed):
    stage = VirtualStage(tiny, settings, seed)
    stage.phrase()
    stage.plays(5.0, 72)
    stage.sets(8.0, temperature=1.3)
    stage.run(12.0)
    return stage


@pytest.mark.parametrize("settings", [Settings(), CONTINUE])
def test_the_same_playing_and_seed_give_the_same_notes(tiny, settings):
    first, second = playing(tiny, settings, 5), playing(tiny, settings, 5)
    assert first.plans == second.plans
    assert first.out == second.out
    assert first.planned


def test_another_seed_gives_other_notes(tiny):
    assert playing(tiny, CONTINUE, 5).plans != playing(tiny, CONTINUE, 6).plans


@pytest.mark.parametrize("settings", [Settings(), CONTINUE])
def test_a_take_replays_the_same_also_where_the_mind_fell(tiny, settings):
    stage = VirtualStage(tiny, settings, 3, thinking=lambda: 0.004)
    stage.phrase()
    stage.at(3.3, stage.kill_mind)
    stage.at(3.8, stage.restart_mind)
    stage.phrase(4.0)
    stage.run(12.0)
    replayed = stage.replayed()
    assert replayed.first_difference is None
    assert replayed.notes == len(stage.planned) > 0


def test_a_new_mind_goes_on_from_the_window(tiny):
    stage = VirtualStage(tiny, seed=2)
    stage.phrase()
    stage.at(2.5, stage.kill_mind)
    stage.run(3.0)
    played = set(stage.machine_onsets())
    window = stage.window()
    stage.restart_mind()
    assert tuple(stage.partner.window) == window
    assert {note.part.side for note in window} == {PLAYER, MACHINE}
    reader = Reader(tiny, Free(2.0 * tiny.codec.ticks_per_beat))
    cursor = reader.start()
    for index, note in enumerate(window):
        ringing = {n.pitch for n in window[: index + 1] if n.end > note.onset}
        cursor = reader.read(cursor, note, ringing | {note.pitch})
    assert np.array_equal(stage.partner._planner.cursor.state, cursor.state)
    stage.phrase(4.0)
    stage.run(12.0)
    assert set(stage.machine_onsets()) > played
    assert len({note.id for note in stage.planned}) == len(stage.planned)


def test_two_starts_of_one_session_do_not_play_the_same(tiny):
    def notes(start):
        partner = Partner(tiny, Settings(mode="continue", hold="cc:20"), 1, (), start)
        plan = partner.hear(Heard(1, 0.0, midi.control_change(0, 20, 127)))
        return [note.pitch for note in plan.notes]

    assert notes(0) != notes(1)


# ---- what it may play


@pytest.mark.parametrize("seed", SEEDS)
def test_its_notes_keep_to_the_range_channel_and_voices_it_was_given(tiny, seed):
    settings = Settings(mode="continue", low=60, high=71, channel=7, me="melody, bridge")
    stage = VirtualStage(tiny, settings, seed)
    stage.phrase()
    stage.run(15.0)
    assert stage.planned
    assert {note.channel for note in stage.planned} == {6}
    assert all(60 <= note.pitch <= 71 for note in stage.planned)
    mine = {note.part for note in stage.partner.window if note.part.side == MACHINE}
    assert mine == {Part(MACHINE, "melody"), Part(MACHINE, "bridge")}
    assert all(1 <= note.velocity <= 127 for note in stage.planned)


@pytest.mark.parametrize("velocity", [-64, 64])
def test_velocities_stay_midi_velocities(tiny, velocity):
    stage = VirtualStage(tiny, Settings(mode="continue", velocity=velocity))
    stage.phrase()
    stage.run(15.0)
    assert {1, 127} & {note.velocity for note in stage.planned}
    assert all(1 <= note.velocity <= 127 for note in stage.planned)


def test_a_low_temperature_is_safer_than_a_high_one(tiny):
    def variety(temperature):
        stage = VirtualStage(tiny, Settings(mode="continue", temperature=temperature))
        stage.phrase()
        stage.run(15.0)
        pitches = [note.pitch for note in stage.planned]
        return len(set(pitches)) / len(pitches)

    assert variety(0.1) < variety(2.0)


@pytest.mark.parametrize("voice", ["you", "me"])
def test_a_voice_that_the_model_has_not_is_named(tiny, voice):
    with pytest.raises(SettingError, match=r"no voice 'kazoo' for the \w+; it has: melody, "):
        Partner(tiny, Settings(**{voice: "kazoo"}), 0)


# ---- the control that gives it the floor


HOLDS = [
    ("pedal", midi.control_change(0, 64, 127), midi.control_change(0, 64, 0)),
    ("cc:20", midi.control_change(3, 20, 64), midi.control_change(3, 20, 63)),
    ("key:36", midi.note_on(0, 36, 90), midi.note_off(0, 36)),
]


@pytest.mark.parametrize(("hold", "press", "release"), HOLDS)
@pytest.mark.parametrize("before", [None, 2.0, 5.2, 400.0])
def test_pressed_it_begins_within_a_beat_and_released_it_begins_nothing_more(
    tiny, hold, press, release, before
):
    for seed in SEEDS:
        stage = VirtualStage(tiny, Settings(mode="continue", hold=hold), seed)
        pressed = 1.0
        if before is not None:
            stage.phrase()
            pressed += before
        stage.hears(pressed, press)
        stage.hears(pressed + 4.0, release)
        stage.run(pressed + 20.0)
        onsets = stage.machine_onsets()
        assert pressed < onsets[0] <= pressed + stage.settings.lead + 0.5 + 1e-9
        assert onsets[-1] < pressed + 4.0
        planned = {note.id: note for note in stage.planned}
        ends = {out.at for out in stage.out if out.off}
        last = planned[sounded(stage)[-1].id]
        assert last.onset + last.duration in ends


def test_up_it_plays_nothing_however_long_you_pause(tiny):
    stage = VirtualStage(tiny, Settings(mode="continue", hold="cc:20"))
    stage.phrase()
    stage.run(60.0)
    assert stage.planned == []


def test_held_down_it_yields_to_you_and_goes_on_after_your_pause(tiny):
    stage = VirtualStage(tiny, Settings(mode="continue", hold="cc:20"))
    stage.hears(0.0, midi.control_change(0, 20, 127))
    stage.plays(3.0, 60, 0.5)
    stage.run(8.0)
    onsets = stage.machine_onsets()
    assert any(onset < 3.0 for onset in onsets)
    assert not [onset for onset in onsets if 3.0 <= onset < 3.5]
    assert any(onset > 3.5 for onset in onsets)


def test_the_key_that_gives_the_floor_is_not_read_as_music(tiny):
    stage = VirtualStage(tiny, Settings(mode="continue", hold="key:36"))
    stage.plays(0.0, 36, 3.0)
    stage.run(5.0)
    assert {note.part.side for note in stage.partner.window} == {MACHINE}


@pytest.mark.parametrize("seed", SEEDS)
def test_that_key_silences_what_sounds_like_any_other_and_nothing_unplayed_is_read(tiny, seed):
    # The hands yield to every key; a partner that went on would read notes that never sounded.
    stage = VirtualStage(tiny, Settings(mode="answer", hold="key:36"), seed)
    stage.phrase(pitches=[60, 62] * 10)
    stage.run(7.0)
    heard = sounded(stage)
    assert heard
    stage.plays(7.001, 36, 0.5)
    stage.run(30.0)
    assert all(s.at < 7.001 for s in sounded(stage))
    window = [note for note in stage.partner.window if note.part.side == MACHINE]
    assert len(window) == len(sounded(stage))
    assert not stage.partner.playing


# ---- settings changed while playing


def test_a_new_range_is_heard_at_once(tiny):
    stage = VirtualStage(tiny, replace(CONTINUE, horizon=8.0))
    stage.phrase()
    stage.sets(5.0, low=60, high=62, channel=3)
    stage.run(12.0)
    after = [out for out in stage.out if out.on and out.at > 5.0 + stage.settings.lead]
    assert len(after) > 5
    assert all(out.key[0] == 2 and 60 <= out.key[1] <= 62 for out in after)


def test_a_change_of_mode_gives_the_floor_back(tiny):
    stage = VirtualStage(tiny, CONTINUE)
    stage.phrase()
    stage.sets(5.0, mode="answer")
    stage.run(60.0)
    onsets = stage.machine_onsets()
    assert onsets
    assert onsets[-1] < 5.0 + stage.settings.lead
    stage.phrase(60.0)
    stage.run(70.0)
    assert stage.machine_onsets()[-1] > 60.0


def test_another_control_is_not_taken_to_be_down(tiny):
    stage = VirtualStage(tiny, Settings(mode="continue", hold="pedal"))
    stage.hears(0.0, midi.control_change(0, 64, 127))
    stage.run(3.0)
    assert stage.partner.playing
    stage.sets(3.0, hold="cc:20")
    stage.hears(4.0, midi.control_change(0, 64, 0))
    stage.run(10.0)
    assert not stage.partner.playing
    assert stage.machine_onsets()[-1] < 3.5


def test_a_key_that_was_music_when_it_went_down_does_not_stay_down(tiny):
    stage = VirtualStage(tiny)
    stage.plays(0.0, 36, 1.0)
    stage.sets(0.5, hold="key:36")
    stage.phrase(1.5)
    stage.run(6.0)
    assert stage.machine_onsets()


def test_a_setting_that_cannot_be_changes_nothing(tiny):
    stage = playing(tiny, CONTINUE, 1)
    same = playing(tiny, CONTINUE, 1)
    for values in ({"me": "kazoo"}, {"low": 200}, {"mode": "sing"}, {"tempo": 60, "you": "kazoo"}):
        with pytest.raises(SettingError):
            stage.partner.change(values, 12.0)
    stage.run(16.0)
    same.run(16.0)
    assert stage.out == same.out


def test_a_drummer_plays_on_the_drums_channel_unless_told_another():
    for asked, channel in ((0, 9), (3, 2)):
        stage = VirtualStage(NoteModel.open(find("drums")), Settings(channel=asked))
        for beat in range(8):
            stage.plays(beat * 0.25, 36 if beat % 2 else 42, 0.05, channel=9)
        stage.run(6.0)
        assert {note.channel for note in stage.planned} == {channel}


# ---- again


def pattern(notes, start):
    return [(round(n.onset - start, 6), n.pitch, n.velocity) for n in notes]


@pytest.mark.parametrize("mode", ["answer", "continue"])
def test_it_repeats_its_last_phrase_once_when_asked(tiny, mode):
    stage = VirtualStage(Busy(tiny), Settings(mode=mode, longest=3.0))
    stage.phrase()
    if mode == "continue":
        stage.sets(6.0, rest=1)
    stage.run(12.0)
    first = list(stage.planned)
    first = [n for n in first if n.onset in set(stage.machine_onsets())]
    stage.sets(12.5, rest=0)
    stage.sets(12.5, again=1)
    stage.run(12.5 + first[-1].onset - first[0].onset + 0.2)
    again = [n for n in stage.planned if n.onset > 12.4]
    assert pattern(again, again[0].onset)[: len(first)] == pattern(first, first[0].onset)
    assert again[0].onset == pytest.approx(12.5 + stage.settings.lead)
    assert stage.partner._settings.again == 0
    assert stage.replayed().same


def test_with_a_beat_it_repeats_at_the_same_place_in_the_bar(tiny):
    stage = VirtualStage(Busy(tiny), Settings(trade=1, clock="internal"))
    stage.phrase(every=0.4)
    stage.run(6.0)
    first = stage.machine_onsets()
    stage.sets(7.1, again=1)
    stage.run(12.0)
    again = [onset for onset in stage.machine_onsets() if onset > 7.0]
    assert again == pytest.approx([onset + 6.0 for onset in first])


def test_with_nothing_played_there_is_nothing_to_repeat(tiny):
    stage = VirtualStage(tiny)
    stage.plays(0.0, 60)
    stage.sets(0.1, again=1)
    stage.run(0.3)
    assert not stage.planned


@pytest.mark.parametrize("mode", ["answer", "accompany"])
def test_no_note_is_late_where_the_output_takes_longer_than_the_lead(tiny, mode):
    hands = HandsConfig(settings=HandsSettings(latency=0.1))
    stage = VirtualStage(Busy(tiny), Settings(mode=mode, latency=0.1), hands=hands)
    stage.phrase()
    stage.run(8.0)
    late = [note.late for note in sounded(stage)]
    assert late
    assert max(late) < 1e-6


def test_a_new_mind_reads_your_notes_as_the_voice_that_you_play(tiny):
    stage = VirtualStage(tiny, Settings(mode="accompany"), seed=2)
    stage.phrase()
    stage.at(2.5, stage.kill_mind)
    stage.run(3.0)
    stage.restart_mind()
    yours = {note.part for note in stage.partner.window if note.part.side == PLAYER}
    assert yours == {Part(PLAYER, "melody")}
