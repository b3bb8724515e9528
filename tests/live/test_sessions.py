"""Whole sessions of wild playing, in virtual time: no note hangs, none is cut, each replays.

Every run plays SESSIONS of them. To play more, or others:

    ANTIPHON_SESSIONS=1000 ANTIPHON_FIRST_SESSION=5000 pytest tests/live/test_sessions.py

A session is decided by its number, which a failure names. Shorten the loop in `wild` to shrink it.
"""

import os
from collections import Counter, defaultdict
from dataclasses import replace
from random import Random

import pytest

from live import midi
from live.controls.control import Home
from live.controls.presets import SHIPPED, SUFFIX, read_preset
from live.hands.config import HandsConfig, HandsSettings
from live.hands.ledger import MOST_OWED
from live.hands.schedule import SHORTEST
from live.modes import MODES
from live.plan import Beat, OnTouch
from live.settings import Settings
from live.tempo import click
from live.tempo.timeline import Timeline

from .virtual import Busy, VirtualStage

SESSIONS = int(os.environ.get("ANTIPHON_SESSIONS", "60"))
FIRST = int(os.environ.get("ANTIPHON_FIRST_SESSION", "0"))
JAM = float(os.environ.get("ANTIPHON_JAM", "60"))
GROUPS = 12  # tests that share the sessions
LENGTH = 8.0  # seconds
LATE = 0.005  # seconds
OVER = 60.0  # seconds: so long past, a note is of no account any more
PITCHES = range(58, 66)  # few, so that both sides meet on the same keys


class Synth:
    """Two synths in one, and what they must never be told.

    One ends a key at its first note-off. The other counts, up to as many strikes as the hands
    promise to end singly.
    """

    def __init__(self):
        self.sounding = set()
        self.struck = Counter()
        self.pedals = set()

    def take(self, message):
        if len(message) != 3:
            return
        channel = midi.channel_of(message)
        key = channel, message[1]
        if midi.is_note_on(message):
            self.sounding.add(key)
            self.struck[key] = min(MOST_OWED, self.struck[key] + 1)
        elif midi.is_note_off(message):
            self.sounding.discard(key)
            self.struck[key] = max(0, self.struck[key] - 1)
        elif midi.is_control(message, midi.SUSTAIN):
            (self.pedals.add if message[2] >= 64 else self.pedals.discard)(channel)
        elif message[0] & 0xF0 == midi.CONTROL_CHANGE and message[1] in (120, 123):
            self.sounding = {key for key in self.sounding if key[0] != channel}
            for key in [key for key in self.struck if key[0] == channel]:
                del self.struck[key]

    @property
    def hanging(self):
        return self.sounding | set(+self.struck) | self.pedals


class Watched(VirtualStage):
    """A stage that knows who holds which key, apart from the hands, and sees a note cut."""

    def __init__(self, *args, **more):
        self.synth = Synth()
        self.yours = set()
        self.its = {}  # key -> when its note is to end
        self.sounds = {}  # key -> the number of its note
        self.began = {}  # key -> when its note did
        self.until = {}  # the number of a note -> the end it was given later
        self.due = defaultdict(list)  # key -> planned notes
        self.line = None
        self.ends_all = False  # a touch, a panic, an end: the machine's notes may end early
        self.struck_again = None  # the key that was ended early to be struck again
        self.machines_turn = False
        self.cut, self.late = [], []
        self.forgotten = 0.0  # when the last of what was over was
        self.shared = set()  # keys that you have too, and that sound until you let go
        self.thru = more["hands"].settings.thru
        super().__init__(*args, **more)

    def _follow(self, plan):
        self._forget()
        if plan.cut is not None:
            for key, notes in self.due.items():
                self.due[key] = [note for note in notes if note.onset < plan.cut]
        if plan.timeline is not None:
            if self.line is not None:
                self._move(self.line, plan.timeline)
            self.line = plan.timeline
        for note in plan.notes:
            self.due[note.channel, note.pitch].append(note)
        for longer in plan.longer:  # or shorter
            self.until[longer.id] = longer.until
            for key, number in self.sounds.items():
                if number == longer.id and key in self.its:
                    self.its[key] = max(longer.until, self.now, self.began[key] + SHORTEST)
        super()._follow(plan)

    def _forget(self):
        """What is long over, or a long session would be slow."""
        if self.now < self.forgotten + OVER:
            return
        self.forgotten = self.now
        past = self.now - OVER
        self.until = {number: end for number, end in self.until.items() if end > past}
        for key, notes in self.due.items():
            self.due[key] = [note for note in notes if note.onset > past]

    def _move(self, before, after):
        """The beat lies elsewhere, and with it all that is to come."""
        moved = before.moved
        # An end that so comes to lie in the past is due now.
        self.its = {
            key: max(moved(end, after), min(end, self.now)) for key, end in self.its.items()
        }
        self.until = {number: moved(end, after) for number, end in self.until.items()}
        for key, notes in self.due.items():
            ends = [moved(n.onset + n.duration, after) for n in notes]
            onsets = [moved(n.onset, after) if n.onset > self.now else n.onset for n in notes]
            # However fast the beat becomes, what was long enough to be heard stays so.
            self.due[key] = [
                replace(n, onset=onset, duration=max(end - onset, min(n.duration, SHORTEST)))
                for n, onset, end in zip(notes, onsets, ends, strict=True)
            ]

    def _next_of_hands(self):
        moment, play = super()._next_of_hands()

        def machine_plays():
            self.machines_turn = True
            play()
            self.machines_turn = False

        return moment, machine_plays

    def _send(self, message):
        super()._send(message)
        self.synth.take(message)
        if midi.has_channel(message) and midi.channel_of(message) == click.CHANNEL:
            return
        key = midi.channel_of(message), message[1] if len(message) > 1 else None
        if self.struck_again is not None:
            if key != self.struck_again:
                self.cut.append((self.now, self.struck_again))
            if key != self.struck_again or midi.is_note_on(message):
                self.struck_again = None
        if midi.is_note_on(message) and self.machines_turn:
            its = [n for n in self.due[key] if n.onset <= self.now and n.velocity == message[2]]
            note = max(its, key=lambda n: (n.onset, n.id))
            end = self.until.get(note.id, note.onset + note.duration)
            self.its[key] = max(end, self.now + min(note.duration, SHORTEST))
            self.sounds[key], self.began[key] = note.id, self.now
            (self.shared.add if key in self.yours else self.shared.discard)(key)
        elif midi.is_note_off(message) and not self.ends_all:
            if key in self.yours:
                self.cut.append((self.now, key))
            end = self.its.pop(key, self.now)
            if end > self.now:
                self.struck_again = key
            if self.machines_turn and key not in self.shared and self.now > end + LATE:
                self.late.append((self.now, key))

    def _hear(self, source, message):
        on = midi.is_note_on(message)
        key = midi.channel_of(message), message[1] if len(message) > 1 else None
        before = set(self.yours)
        yields = self.playing._player.on_touch is OnTouch.YIELD
        takes_floor = yields and midi.takes_floor(message)
        self.ends_all = takes_floor
        if on:
            self.yours.add(key)
            self.shared.add(key)
        elif midi.is_note_off(message):
            self.yours.discard(key)
        elif message[0] & 0xF0 == midi.CONTROL_CHANGE and message[1] in (120, 123):
            self.yours = {k for k in self.yours if k[0] != key[0]}
        echoes = self.playing.counts["echoes"]
        super()._hear(source, message)
        self.ends_all = False
        if self.playing.counts["echoes"] > echoes:
            self.yours = before
        elif not self.thru:
            self.yours.clear()
        if takes_floor and self.playing.counts["echoes"] == echoes:
            self.its.clear()

    def end_all(self, how):
        self.ends_all = True
        how()
        self.ends_all = False
        self.yours.clear()
        self.its.clear()


def wild(model, number):
    """Session `number`, played to its end."""
    dice = Random(number)
    modes = model.contract.modes
    slowest = dice.choice((0.0, 0.002, 0.05, 0.3))
    settings = Settings(
        mode=dice.choice(modes),
        hold=dice.choice(("", "", "pedal", "cc:20", "key:60")),
        tempo=dice.choice((60.0, 200.0, 300.0, 300.0)),
        temperature=dice.choice((0.1, 0.9, 1.5)),
        low=PITCHES[0],
        high=dice.choice((PITCHES[0], PITCHES[-1], 90)),
        channel=dice.choice((1, 1, 2)),
        patience=dice.choice((0.3, 1.0)),
        horizon=dice.choice((0.2, 1.0, 4.0)),
    )
    stage = Watched(
        Busy(model) if model.contract.kind == "notes" else model,
        settings,
        number,
        thinking=lambda: dice.uniform(0.0, slowest),
        hands=HandsConfig(settings=HandsSettings(thru=dice.random() < 0.9)),
    )
    at = 0.0
    while at < LENGTH:
        at += dice.choice((0.0, 0.01, 0.15, 0.15, 0.3, 0.3, 1.5, 2.5))
        play_something(stage, dice, at)
    end(stage, dice)
    return stage


def play_something(stage, dice, at):
    channel, pitch = dice.choice((0, 0, 1)), dice.choice(PITCHES)
    length = dice.choice((0.05, 0.2, 0.6))
    kind = dice.choices(KINDS, WEIGHTS)[0]
    if kind == "note":
        stage.plays(at, pitch, length, dice.randint(1, 127), channel)
    elif kind == "chord":
        for finger in (0, 3, 7):
            stage.plays(at + finger * 0.002, pitch + finger, length, 80, channel)
    elif kind == "same key twice":
        stage.plays(at, pitch, length, 70, channel)
        stage.plays(at + length / 2, pitch, length, 70, channel)
    elif kind == "lifted only":
        stage.hears(at, midi.note_off(channel, pitch))
    elif kind == "struck only":
        stage.hears(at, midi.note_on(channel, pitch, 80))
    elif kind == "control":
        control = dice.choice((64, 64, 20, 20, 1, 120, 123))
        stage.hears(at, midi.control_change(channel, control, dice.choice((0, 127))))
    elif kind == "together":  # it plays while your keys are down
        mode = stage.model.contract.modes[-1]
        stage.sets(at, mode=mode, hold="cc:20", low=PITCHES[0], high=PITCHES[-1], channel=1)
        for pitch in PITCHES[::2]:
            stage.plays(at, pitch, dice.uniform(0.5, 3.0))
        stage.hears(at + 0.1, midi.control_change(0, 20, 127))
        stage.hears(at + 3.0, midi.control_change(0, 20, 0))
    elif kind == "other":
        others = (b"\xe0\x00\x50", b"\xf8", b"\xfe", b"\xf0\x7d\x01\xf7", b"\xc0\x05", b"\xd0\x22")
        stage.hears(at, dice.choice(others))
    elif kind == "settings":
        stage.sets(
            at, **dice.choice((*CHANGES, *({"mode": m} for m in stage.model.contract.modes)))
        )
    elif kind == "beat":
        bpm, beat = dice.choice((60.0, 61.0, 180.0)), dice.choice((0.0, at * 2, at * 2 + 0.1, 90.0))
        line = Timeline(at, beat, bpm, running=dice.random() < 0.9)
        stage.at(at, stage.beats, Beat(at, "midi", dice.choice((line, line, line, None))))
    elif kind == "panic":
        stage.at(at, stage.end_all, stage.playing.panic)
    elif kind == "unplugged":
        stage.at(at, stage.end_all, lambda: stage.playing.input_lost(0))
    elif kind == "mind falls":
        stage.at(at, fall, stage)
        stage.at(at + dice.uniform(0.05, 1.0), rise, stage)


KINDS, WEIGHTS = zip(
    ("note", 40),
    ("chord", 8),
    ("same key twice", 4),
    ("lifted only", 4),
    ("struck only", 2),
    ("control", 12),
    ("together", 8),
    ("other", 8),
    ("settings", 8),
    ("beat", 3),
    ("mind falls", 2),
    ("panic", 1),
    ("unplugged", 1),
    strict=True,
)
# Ends what silences it until the next change.
AWAKE = {"rest": 0, "transport": 1, "mute": "", "hold": "", "channel": 1, "high": 90}
CHANGES = (
    {"hold": ""},
    {"hold": "pedal"},
    {"hold": "key:61"},
    {"channel": 1},
    {"channel": 16},
    {"high": 60},
    {"tempo": 300.0, "temperature": 2.0},
    {"lead": 0.2, "horizon": 0.2},
    {"velocity": 64},
    {"clock": "free"},
    {"clock": "internal", "bar": 3},
    {"clock": "internal", "count_in": 1, "transport": 0},
    {"transport": 1},
    {"clock": "midi", "tempo": 90.0},
    {"clock": "follow"},
    {"trade": 1},
    {"trade": 0, "density": 4.0},
    {"rest": 1},
    {"rest": 0, "dynamics": 1.0},
    {"again": 1},
    {"mute": "piano"},
    {"mute": "", "scale": "E minor"},
    {"split": 60, "left": "key"},
    {"split": 0, "scale": ""},
)


def fall(stage):
    if stage.partner is not None:
        stage.kill_mind()


def rise(stage):
    if stage.partner is None:
        stage.restart_mind()


def end(stage, dice):
    """The session ends in good order, early or late; or the mind falls for good and all is let go
    in its own time."""
    if dice.random() < 0.6:
        stage.run(dice.uniform(1.0, LENGTH + 4.0))
        stage.end_all(stage.playing.finish)
        stage.run(stage.now + 3.0)
        return
    stage.run(LENGTH + 2.0)
    fall(stage)
    for channel in (0, 1):
        for pitch in range(128):
            stage.hears(stage.now, midi.note_off(channel, pitch))
        stage.hears(stage.now, midi.control_change(channel, 64, 0))
    stage.run(stage.now + 70.0)


def check(model, numbers):
    played = 0
    for number in numbers:
        stage = wild(model, number)
        assert not stage.synth.hanging, f"session {number}: hanging"
        assert not stage.cut, f"session {number}: cut short"
        assert not stage.late, f"session {number}: ended late"
        replayed = stage.replayed()
        assert replayed.same, f"session {number}: {replayed.first_difference}"
        played += stage.playing.counts["sounded"]
    assert played


@pytest.mark.parametrize("group", range(GROUPS))
def test_in_wild_playing_no_note_hangs_none_is_cut_and_each_session_replays(tiny, group):
    check(tiny, range(FIRST + group, FIRST + SESSIONS, GROUPS))


@pytest.mark.parametrize("group", range(2))
def test_nor_with_a_model_of_frames_or_of_bars(tiny_rolls, group):
    for model in tiny_rolls:
        check(model, range(FIRST + group, FIRST + SESSIONS // 4, 2))


def test_in_a_long_jam_through_all_modes_models_tempos_and_presets_nothing_hangs(tiny, tiny_rolls):
    """ANTIPHON_JAM says how many seconds it is."""
    dice = Random(FIRST)
    hands = HandsConfig(settings=HandsSettings(thru=True))
    stage = Watched(
        Busy(tiny),
        Settings(),
        FIRST,
        thinking=lambda: dice.choice((0.0, 0.0, 0.002, 0.05)),
        hands=hands,
    )
    models = [Busy(tiny), *tiny_rolls]
    presets = [read_preset(path) for path in sorted(SHIPPED.glob(f"*{SUFFIX}"))]
    at = 0.0
    while at < JAM:
        at += dice.choice((0.1, 0.15, 0.3, 0.3, 0.6, 2.5))
        play_something(stage, dice, at)
        what = dice.choices(("", "model", "preset", "mode", "tempo", "awake"), (84, 1, 1, 3, 5, 6))[
            0
        ]
        # What this model cannot play is refused, as on the real stage.
        if what == "model":
            stage.at(at, stage.load, dice.choice(models))
        elif what == "preset":
            preset = dice.choice(presets)
            stage.sets(at, **preset.of(Home.MIND))
            stage.at(at, stage.playing.set, preset.of(Home.HANDS))
        elif what == "mode":
            stage.sets(at, mode=dice.choice(list(MODES)))
        elif what == "tempo":
            clock = dice.choice(("internal", "internal", "follow", "free"))
            stage.sets(at, clock=clock, tempo=dice.choice((60.0, 90.0, 140.0, 180.0)))
        elif what == "awake":
            stage.sets(at, **AWAKE)
    stage.run(JAM)
    stage.end_all(stage.playing.finish)
    stage.run(JAM + 70.0)
    assert not stage.synth.hanging
    assert not stage.cut
    assert not stage.late
    assert stage.playing.counts["sounded"] > JAM / 2
    replayed = stage.replayed()
    assert replayed.same, replayed.first_difference
