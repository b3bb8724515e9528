"""The hands without ports, threads or waiting: what goes out for what comes in, and when."""

import itertools
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live import midi
from live.hands.config import PAGE, HandsConfig, HandsSettings
from live.hands.destinations import Destination
from live.hands.ledger import MOST_OWED, Ledger
from live.hands.playing import Playing
from live.plan import Heard, Longer, OnTouch, Plan, PlannedNote, Sounded
from live.tempo.timeline import Timeline

KEEP = OnTouch.KEEP


class Stage:
    """A Playing on a clock that stands still until told, and a synth that counts."""

    def __init__(self, **config):
        self.now = 0.0
        self.sent = []
        self.ledger = Ledger()
        config = HandsConfig(settings=HandsSettings(**config))
        self.synth = Destination(self.sent.append, self.ledger)
        self.playing = Playing(config, [self.synth], lambda: self.now)

    def plan(self, *notes, after=0, **rest):
        self.playing.follow(Plan(after, tuple(notes), **rest))

    def hear(self, hexes, source=0):
        self.playing.hear(source, bytes.fromhex(hexes), self.now)

    def run_to(self, moment):
        """Play everything due on the way to `moment`, each at its time."""
        while (due := self.playing.next_due()) is not None and due <= moment:
            self.now = max(self.now, due)
            self.playing.play()
        self.now = max(self.now, moment)

    def heard(self):
        return [e for e in self.playing.waiting_events() if isinstance(e, Heard)]

    @property
    def out(self):
        """What went out since last asked, in hex."""
        hexes = [message.hex(" ") for message in self.sent]
        self.sent.clear()
        return hexes


def note(onset, pitch=60, duration=0.5, channel=0, id=0):
    return PlannedNote(id, onset, duration, channel, pitch, 80)


# --- thru ---


def test_what_is_played_on_the_page_goes_through_and_is_heard():
    stage = Stage()
    stage.hear("90 3c 40", PAGE)
    stage.hear("80 3c 00", PAGE)
    assert stage.out == ["90 3c 40", "80 3c 00"]
    assert [event.message.hex(" ") for event in stage.heard()] == ["90 3c 40", "80 3c 00"]


def test_the_page_may_strike_the_key_that_the_machine_has_just_played():
    stage = Stage()
    stage.plan(note(0.0))
    stage.run_to(0.01)
    stage.hear("90 3c 50", PAGE)  # at a port it would be the machine's own, come back
    assert [event.message.hex(" ") for event in stage.heard()] == ["90 3c 50"]


@pytest.mark.parametrize(
    "message",
    [
        *("90 3c 40", "80 3c 40", "90 3c 00", "a0 3c 20", "b0 40 7f", "b0 7b 00", "c0 05"),
        *("d0 20", "e0 00 40", "f0 7d 01 02 03 f7", "f1 33", "f3 01", "f6", "fe"),
    ],
)
def test_everything_goes_through_as_it_came_and_is_heard(message):
    stage = Stage()
    stage.hear(message)
    assert stage.out == [message]
    assert [event.message.hex(" ") for event in stage.heard()] == [message]


@pytest.mark.parametrize("message", ["f2 01 02", "f8", "fa", "fb", "fc"])
def test_clock_and_transport_go_through_and_do_not_wake_the_mind(message):
    stage = Stage()
    stage.hear(message)
    assert stage.out == [message]
    assert stage.playing.waiting_events() == []


def test_a_note_off_goes_through_in_the_form_it_came():
    stage = Stage()
    for message in ("90 3c 40", "90 3c 00", "90 3c 40", "80 3c 21"):
        stage.hear(message)
    assert stage.out == ["90 3c 40", "90 3c 00", "90 3c 40", "80 3c 21"]


def test_with_thru_off_all_is_heard_and_nothing_goes_out():
    stage = Stage(thru=0)
    for message in ("90 3c 40", "b0 40 7f", "80 3c 00", "fe"):
        stage.hear(message)
    stage.hear("f8")
    assert stage.out == []
    assert len(stage.heard()) == 4


def test_thru_may_go_to_another_channel():
    stage = Stage(thru_channel=10)
    for message in ("90 3c 40", "b0 40 7f", "80 3c 00", "f8"):
        stage.hear(message)
    assert stage.out == ["99 3c 40", "b9 40 7f", "89 3c 00", "f8"]


def test_two_channels_into_one_end_a_key_when_both_have_let_go():
    stage = Stage(thru_channel=1)
    for message in ("90 3c 40", "91 3c 40", "80 3c 00"):
        stage.hear(message)
    assert stage.out == ["90 3c 40", "90 3c 40"]
    stage.hear("81 3c 00")
    assert stage.out == ["80 3c 00", "80 3c 00"]


def test_switching_thru_ends_what_is_held_through_it():
    stage = Stage()
    stage.hear("90 3c 40")
    stage.hear("b0 40 7f")
    stage.playing.set({"thru_channel": 6})
    assert stage.out == ["90 3c 40", "b0 40 7f", "80 3c 00", "b0 40 00"]
    stage.hear("90 3e 40")
    stage.playing.set({"thru": 0})
    assert stage.out == ["95 3e 40", "85 3e 00"]


def test_events_are_numbered_from_one_and_stamped():
    stage = Stage()
    stage.now = 2.5
    stage.hear("90 3c 40")
    stage.now = 3.0
    stage.hear("80 3c 40")
    assert [(event.seq, event.at) for event in stage.heard()] == [(1, 2.5), (2, 3.0)]


# --- the machine's notes ---


def test_planned_notes_sound_and_end_and_the_mind_is_told():
    stage = Stage()
    stage.plan(note(1.0, id=7))
    stage.run_to(2.0)
    assert stage.out == ["90 3c 50", "80 3c 00"]
    assert stage.playing.waiting_events() == [Sounded(7, 1.0, 0.0)]


def test_lateness_is_what_it_was():
    stage = Stage()
    stage.plan(note(1.0, id=7))
    stage.now = 1.05
    stage.playing.play()
    (sounded,) = stage.playing.waiting_events()
    assert sounded.late == pytest.approx(0.05)


def end_at(stage, moment):
    """The next message, which is a note-off due before, goes out then; what the stats say."""
    stage.now = moment
    assert stage.playing.play()
    return stage.playing.stats()


def test_a_note_offs_lateness_is_told_and_counted_over_five_ms():
    stage = Stage()
    stage.plan(note(1.0), note(2.0))
    stage.run_to(1.2)
    stats = end_at(stage, 1.504)
    assert stats["off_late_ms"]["max"] == pytest.approx(4.0)
    assert stats["late_offs"] == 0
    stage.run_to(2.2)
    stats = end_at(stage, 2.506)
    assert stats["off_late_ms"]["max"] == pytest.approx(6.0)
    assert stats["late_offs"] == 1
    assert stats["late_ms"]["max"] == 0.0


def test_a_note_off_that_waits_for_your_own_key_is_not_late():
    stage = Stage()
    stage.plan(note(1.0), on_touch=KEEP)
    stage.run_to(1.1)
    stage.hear("90 3c 40")
    end_at(stage, 1.6)
    stage.now = 2.0
    stage.hear("80 3c 40")
    assert stage.out[-2:] == ["80 3c 40"] * 2
    stats = stage.playing.stats()
    assert stats["late_offs"] == 0
    assert stats["off_late_ms"]["max"] == 0.0


def test_an_end_that_the_mind_asks_for_too_late_is_due_when_it_asks():
    stage = Stage()
    stage.plan(note(1.0, duration=5.0, id=1))
    stage.run_to(2.0)
    stage.plan(longer=(Longer(1, 1.5),))
    assert stage.playing.next_due() == 2.0
    assert end_at(stage, 2.004)["late_offs"] == 0


def test_an_end_that_a_faster_beat_moves_into_the_past_is_due_when_that_is_known():
    stage = Stage()
    slow = Timeline(0.0, 0.0, 60.0)
    stage.plan(note(1.0, duration=1.02), timeline=slow)
    stage.run_to(2.016)
    stage.plan(timeline=slow.with_tempo(240.0, 2.0))  # its end was at 2.005
    assert stage.playing.next_due() == 2.016
    assert end_at(stage, 2.020)["late_offs"] == 0


def test_an_end_that_was_late_before_the_beat_moved_is_as_late_as_it_was():
    stage = Stage()
    slow = Timeline(0.0, 0.0, 60.0)
    stage.plan(note(1.0, duration=1.0), timeline=slow)
    stage.run_to(1.5)
    stage.now = 2.006
    stage.plan(timeline=slow.with_tempo(61.0, 1.5))
    assert end_at(stage, 2.006)["late_offs"] == 1


def test_a_note_that_makes_way_for_the_next_on_its_key_is_late_as_that_one():
    stage = Stage()
    stage.plan(note(1.0, duration=5.0), note(2.0))
    stage.run_to(1.1)
    stats = end_at(stage, 2.007)
    assert stage.out == ["90 3c 50", "80 3c 00", "90 3c 50"]
    assert stats["late_ms"]["max"] == pytest.approx(7.0)
    assert stats["late_offs"] == 0


def test_cut_makes_room_for_the_revised_plan():
    stage = Stage()
    stage.plan(note(1.0, 60), note(2.0, 62))
    stage.plan(note(2.0, 65), cut=1.5)
    stage.run_to(3.0)
    assert [m for m in stage.out if m[0] == "9"] == ["90 3c 50", "90 41 50"]


# --- yielding ---


def test_a_touch_silences_the_machine_in_the_very_next_messages():
    stage = Stage()
    stage.plan(note(1.0, 60), note(1.0, 64), note(1.2, 67))
    stage.run_to(1.1)
    assert stage.out == ["90 3c 50", "90 40 50"]
    stage.hear("90 48 40")
    assert stage.out == ["90 48 40", "80 3c 00", "80 40 00"]
    stage.run_to(9.0)
    assert stage.out == []


def test_a_plan_made_before_the_touch_is_stale():
    stage = Stage()
    stage.hear("90 48 40")
    stage.hear("80 48 40")
    stage.plan(note(1.0), after=0)
    stage.run_to(9.0)
    assert "90 3c 50" not in stage.out
    assert stage.playing.counts["stale"] == 1
    stage.plan(note(10.0), after=1)
    stage.run_to(19.0)
    assert stage.out == ["90 3c 50", "80 3c 00"]


def test_only_a_key_struck_is_a_touch():
    stage = Stage()
    stage.plan(note(1.0, duration=5.0))
    stage.run_to(1.0)
    for message in ("80 48 40", "90 48 00", "b0 40 7f", "f8", "fe"):
        stage.hear(message)
    assert "80 3c 00" not in stage.out


def test_with_keep_the_machine_goes_on():
    stage = Stage()
    stage.plan(note(1.0), note(2.0, 62), on_touch=KEEP)
    stage.run_to(1.1)
    stage.hear("90 48 40")
    stage.plan(note(3.0, 64), after=0, on_touch=KEEP)
    stage.run_to(9.0)
    assert [m for m in stage.out if m[0] == "9" and m.endswith("50")] == [
        "90 3c 50",
        "90 3e 50",
        "90 40 50",
    ]


def test_a_touch_yields_with_thru_off_too():
    stage = Stage(thru=0)
    stage.plan(note(1.0))
    stage.run_to(1.1)
    stage.hear("90 48 40")
    assert stage.out == ["90 3c 50", "80 3c 00"]


def test_a_touch_on_the_machines_own_key_takes_it_over():
    stage = Stage()
    stage.plan(note(1.0, 60))
    stage.run_to(1.1)
    stage.hear("90 3c 40")
    assert stage.out == ["90 3c 50", "90 3c 40"]  # ending ours now would cut the player's
    stage.hear("80 3c 40")
    assert stage.out == ["80 3c 40", "80 3c 40"]  # struck twice, ended twice


def test_without_a_mind_what_sounds_ends_on_time_and_no_more_begins():
    stage = Stage()
    stage.plan(note(1.0, 60), note(1.4, 62))
    stage.run_to(1.1)
    stage.playing.mind_gone()
    stage.run_to(1.4)
    assert stage.out == ["90 3c 50"]
    stage.run_to(9.0)
    assert stage.out == ["80 3c 00"]


# --- echo ---


def test_the_machines_notes_coming_back_are_neither_passed_on_nor_heard():
    stage = Stage()
    stage.plan(note(1.0, duration=0.02))
    stage.run_to(1.003)
    stage.hear("90 3c 50")
    stage.run_to(1.025)
    stage.hear("80 3c 00")
    assert stage.out == ["90 3c 50", "80 3c 00"]
    assert stage.heard() == []
    assert stage.playing.counts["yields"] == 0


def test_the_end_of_a_key_the_player_holds_is_never_taken_for_an_echo():
    stage = Stage()
    stage.hear("90 3c 40")
    stage.plan(note(1.0, duration=0.02), after=1)
    stage.run_to(1.025)
    stage.hear("80 3c 40")
    assert stage.out[-1] == "80 3c 40"
    assert stage.ledger.keys(0xFF) == []


# --- ending ---


def test_finish_ends_ours_then_the_players_then_pedals_and_nothing_follows():
    stage = Stage()
    stage.plan(note(1.0, 64, duration=5.0), on_touch=KEEP)
    stage.run_to(1.1)
    stage.hear("90 3c 40")
    stage.hear("b0 40 7f")
    stage.sent.clear()
    stage.playing.finish()
    assert stage.out == ["80 40 00", "80 3c 00", "b0 40 00"]
    stage.hear("90 3e 40")
    stage.plan(note(1.2))
    stage.run_to(9.0)
    stage.playing.finish()
    assert stage.out == []


def test_panic_ends_ours_and_again_within_two_seconds_everything():
    stage = Stage()
    stage.plan(note(1.0, 64, duration=5.0))
    stage.run_to(1.1)
    stage.playing.panic()
    assert stage.out == ["90 40 50", "80 40 00"]
    stage.now += 1.9
    stage.playing.panic()
    assert len(stage.out) == 48
    stage.now += 2.1
    stage.playing.panic()
    assert stage.out == []


def test_a_lost_input_ends_only_what_was_held_on_it():
    stage = Stage()
    stage.hear("90 3c 40", source=0)
    stage.hear("90 40 40", source=1)
    stage.sent.clear()
    stage.playing.input_lost(1)
    assert stage.out == ["80 40 00"]


def test_an_output_that_comes_back_is_silenced():
    stage = Stage()
    stage.plan(note(1.0), note(1.2))
    stage.run_to(1.1)
    stage.playing.output_lost(stage.synth)
    stage.run_to(5.0)
    stage.sent.clear()
    stage.playing.output_found(stage.synth, stage.sent.append)
    assert len(stage.out) == 48
    assert stage.playing.next_due() is None


# --- the mind comes back ---


def test_a_new_mind_hears_again_what_it_missed_in_order():
    stage = Stage()
    for pitch in range(60, 65):
        stage.now += 1.0
        stage.hear(f"90 {pitch:x} 40")
    stage.playing.waiting_events()
    stage.now += 1.0
    stage.hear("80 3c 00")
    stage.playing.replay_after(3)
    assert [event.seq for event in stage.heard()] == [4, 5, 6]
    stage.playing.replay_after(0)
    assert [event.seq for event in stage.heard()] == [1, 2, 3, 4, 5, 6]


# --- never a hanging note ---

pitches = st.integers(60, 63)
channels = st.integers(0, 1)
planned = st.builds(
    PlannedNote,
    id=st.integers(0, 99),
    onset=st.floats(0, 3),
    duration=st.floats(0.001, 2),
    channel=channels,
    pitch=pitches,
    velocity=st.integers(1, 127),
)
presses = st.builds(
    lambda kind, channel, pitch, velocity: f"{kind | channel:x} {pitch:02x} {velocity:02x}",
    st.sampled_from([0x80, 0x90]),
    channels,
    pitches,
    st.integers(0, 3) | st.integers(0, 127),
)
controls = st.builds(
    lambda channel, control, value: f"{0xB0 | channel:x} {control:02x} {value:02x}",
    channels,
    st.sampled_from([64, 120, 123, 1]),
    st.sampled_from([0, 127]),
)
steps = st.one_of(
    st.tuples(
        st.just("plan"),
        st.lists(planned, max_size=4),
        st.none() | st.floats(0, 3),
        st.sampled_from(OnTouch),
    ),
    st.tuples(st.just("hear"), presses | controls, st.integers(0, 1)),
    st.tuples(st.just("run"), st.floats(0, 1)),
    st.tuples(st.just("mind gone")),
    st.tuples(st.just("thru"), st.booleans(), st.none() | channels),
    st.tuples(st.just("panic")),
    st.tuples(st.just("input lost"), st.integers(0, 1)),
)


class Synth:
    """Keys sounding by what was sent: one that counts strikes, and one that does not."""

    def __init__(self):
        self.strikes = Counter()
        self.struck_often = set()
        self.down = set()
        self.pedals = set()

    def play(self, message):
        key = (message[0] & 15, message[1])
        if midi.is_note_on(message):
            self.strikes[key] += 1
            if self.strikes[key] > MOST_OWED:
                self.struck_often.add(key)
            self.down.add(key)
        elif midi.is_note_off(message):
            self.strikes[key] = max(0, self.strikes[key] - 1)
            self.down.discard(key)
        elif midi.is_control(message, midi.SUSTAIN):
            (self.pedals.add if message[2] >= 64 else self.pedals.discard)(key[0])
        elif midi.is_control(message, 120) or midi.is_control(message, 123):
            self.down = {k for k in self.down if k[0] != key[0]}
            self.strikes = Counter({k: n for k, n in self.strikes.items() if k[0] != key[0]})


def perform(stage, step):
    word, *rest = step
    if word == "plan":
        notes, cut, on_touch = rest
        stage.plan(*notes, after=10**6, cut=cut, on_touch=on_touch)
    elif word == "hear":
        stage.hear(*rest)
    elif word == "run":
        stage.run_to(stage.now + rest[0])
    elif word == "mind gone":
        stage.playing.mind_gone()
    elif word == "thru":
        on, channel = rest
        stage.playing.set({"thru": on, "thru_channel": 0 if channel is None else channel + 1})
    elif word == "panic":
        stage.playing.panic()
    elif word == "input lost":
        stage.playing.input_lost(*rest)


def silent(stage):
    synth = Synth()
    for message in stage.sent:
        synth.play(message)
    return synth


@given(st.lists(steps, max_size=40))
def test_nothing_hangs_after_the_end_whatever_happened(script):
    stage = Stage()
    for step in script:
        perform(stage, step)
    stage.playing.finish()
    synth = silent(stage)
    assert synth.down == set()
    assert {key for key, n in synth.strikes.items() if n} <= synth.struck_often
    assert synth.pedals == set()


@given(st.lists(steps, max_size=40))
def test_nothing_of_the_machines_hangs_when_the_mind_falls_silent(script):
    stage = Stage()
    for step in script:
        perform(stage, step)
    stage.playing.mind_gone()
    stage.run_to(1e6)
    assert stage.ledger.keys(0x80) == []
    held = set(stage.ledger.keys(0x7F))
    assert silent(stage).down <= held


@given(st.lists(steps, max_size=40))
def test_the_book_is_what_the_synth_sounds(script):
    stage, synth = Stage(), Synth()
    for step in script:
        perform(stage, step)
        for message in stage.sent:
            synth.play(message)
        stage.sent.clear()
        assert synth.down <= set(stage.ledger.keys(0xFF))


def test_many_interruptions_leave_nothing_behind():
    stage = Stage()
    numbers = itertools.count()
    for turn in range(200):
        start = stage.now
        seq = stage.playing.counts["heard"]
        stage.plan(
            *(note(start + i / 50, 40 + i % 30, 0.1, id=next(numbers)) for i in range(20)),
            after=seq,
        )
        stage.run_to(start + 0.2)
        stage.hear(f"90 {60 + turn % 12:x} 40")
        stage.hear(f"80 {60 + turn % 12:x} 40")
    assert stage.playing.counts["yields"] == 200
    assert stage.ledger.keys(0xFF) == []
    assert stage.playing.next_due() is None
