"""The hands and the beat: what they tell of a clock that comes in, and what they send on it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live import midi
from live.hands.config import HandsConfig, HandsSettings
from live.hands.destinations import Destination
from live.hands.ledger import CLICK, Ledger
from live.hands.playing import Playing
from live.plan import Beat, Heard, OnTouch, Plan, PlannedNote, Sounded
from live.settings import SettingError
from live.tempo.timeline import Timeline

LINE = Timeline(1.0, 0.0, 120.0)


class Stage:
    def __init__(self, **settings):
        self.now = 0.0
        self.sent = []  # (seconds, message)
        self.ledger = Ledger()
        config = HandsConfig(settings=HandsSettings(**settings))
        self.synth = Destination(self._send, self.ledger)
        self.playing = Playing(config, [self.synth], lambda: self.now)

    def _send(self, message):
        self.sent.append((self.now, message))

    def hear(self, hexes, source=0, at=None):
        self.now = self.now if at is None else at
        self.playing.hear(source, bytes.fromhex(hexes), self.now)

    def ticks(self, count, start, source=0, bpm=120.0):
        for number in range(count):
            self.hear("f8", source, start + number * 60 / bpm / 24)

    def plan(self, *notes, **rest):
        self.playing.follow(Plan(99, tuple(notes), **rest))

    def run_to(self, moment):
        while (due := self.playing.next_due()) is not None and due <= moment:
            self.now = max(self.now, due)
            self.playing.play()
        self.now = max(self.now, moment)

    def times(self, *hexes):
        return [at for at, message in self.sent if message.hex(" ") in hexes]


def note(onset, pitch=60, duration=0.5):
    return PlannedNote(7, onset, duration, 0, pitch, 80)


# --- a clock comes in ---


def test_a_beat_told_waits_once_only_and_in_order_with_the_rest():
    stage = Stage()
    stage.hear("fa")
    stage.ticks(49, 1.0)
    stage.hear("90 3c 40")
    beat, heard = stage.playing.waiting_events()
    assert isinstance(beat, Beat)
    assert beat.source == "midi"
    assert beat.timeline.time_of(2) == pytest.approx(2.0)
    assert isinstance(heard, Heard)
    stage.ticks(24, 2.0 + 1 / 48)
    stage.hear("80 3c 40")
    assert [type(event) for event in stage.playing.waiting_events()] == [Beat, Heard]


def test_a_mind_that_comes_anew_is_told_where_the_beat_is():
    stage = Stage()
    stage.hear("fa")
    stage.ticks(48, 1.0)
    (told,) = stage.playing.waiting_events()
    stage.playing.replay_after(0)
    assert stage.playing.waiting_events() == [told]


def test_what_was_not_delivered_does_not_go_before_newer_news_of_the_beat():
    stage = Stage()
    stage.hear("fa")
    stage.ticks(25, 1.0)
    old = stage.playing.waiting_events()
    stage.ticks(24, 1.5 + 1 / 48)
    stage.playing.put_back(old)
    (told,) = stage.playing.waiting_events()
    assert told.at > old[0].at


def test_of_two_clocks_the_first_is_followed_as_long_as_it_goes_on():
    stage = Stage()
    stage.ticks(24, 1.0, source=1, bpm=90)
    stage.ticks(48, 1.7, source=0, bpm=150)
    assert stage.playing.waiting_events()[-1].timeline.bpm == pytest.approx(90)
    stage.ticks(48, 5.0, source=0, bpm=150)
    assert stage.playing.waiting_events()[-1].timeline.bpm == pytest.approx(150)


def test_a_lost_clock_is_told_to_the_mind_and_to_the_player_once():
    stage = Stage()
    stage.hear("fa")
    stage.ticks(48, 1.0)
    stage.playing.waiting_events()
    assert stage.playing.look() is None
    stage.now = 5.0
    line = stage.playing.look()
    assert "MIDI clock" in line
    assert "\n" not in line
    assert stage.playing.waiting_events() == [Beat(5.0, "midi", None)]
    assert stage.playing.look() is None


@pytest.mark.parametrize("message", ["f8", "fa", "fb", "fc", "f2 01 02"])
def test_with_our_own_clock_going_out_no_other_goes_through(message):
    stage = Stage(clock_out=1)
    stage.hear(message)
    assert stage.sent == []


# --- the beat goes out ---


def test_planned_notes_move_with_the_beat():
    stage = Stage()
    stage.plan(note(3.0), timeline=LINE)
    stage.run_to(2.0)
    stage.plan(note(3.5, 62), timeline=LINE.with_tempo(240.0, 2.0))
    stage.run_to(4.0)
    assert stage.times("90 3c 50") == [2.5]
    assert stage.times("80 3c 00") == [2.75]
    assert stage.times("90 3e 50") == [3.5]  # it was on the new line already


def test_a_stale_plan_tells_where_the_beat_is_all_the_same():
    stage = Stage(click=1)
    stage.hear("90 3c 40")
    stage.playing.follow(Plan(0, timeline=LINE))
    stage.run_to(1.1)
    assert stage.times("99 4c 64")[-1] == 1.0


def test_clock_and_click_are_on_the_beat_beside_the_notes():
    stage = Stage(click=1, clock_out=1)
    stage.now = 0.995
    stage.plan(note(1.5), timeline=LINE)
    stage.run_to(2.1)
    assert len(stage.times("fa")) == 1
    assert stage.times("f8") == pytest.approx([1.0 + n / 48 for n in range(53)])
    assert stage.times("99 4c 64") == [1.0]
    assert stage.times("99 4d 46") == [1.5, 2.0]
    assert stage.times("90 3c 50") == [1.5]


def test_a_touch_silences_the_notes_and_not_the_click():
    stage = Stage(click=1)
    stage.now = 0.995
    stage.plan(note(1.0, duration=5.0), timeline=LINE)
    stage.run_to(1.01)
    stage.hear("90 48 40")
    assert [m.hex(" ") for _, m in stage.sent[-2:]] == ["90 48 40", "80 3c 00"]
    stage.run_to(1.6)
    assert stage.times("89 4c 00") == [1.05]
    assert stage.times("99 4d 46") == [1.5]
    assert stage.playing.counts["yields"] == 1


def test_a_click_alone_is_nothing_to_yield():
    stage = Stage(click=1)
    stage.now = 0.995
    stage.plan(timeline=LINE)
    stage.run_to(1.01)
    stage.hear("90 48 40")
    assert stage.playing.counts["yields"] == 0


def test_notes_and_clicks_are_sent_sooner_by_the_latency_and_the_clock_by_its_own():
    stage = Stage(click=1, clock_out=1, latency=0.03, clock_latency=0.01)
    stage.now = 0.9
    stage.plan(note(1.5), timeline=LINE)
    stage.run_to(2.2)
    assert stage.times("99 4c 64")[-1] == pytest.approx(0.97)
    assert stage.times("90 3c 50") == pytest.approx([1.47])
    assert stage.times("80 3c 00") == pytest.approx([1.97])
    assert stage.times("fa") == pytest.approx([0.99 - 0.001])
    sounded = [e for e in stage.playing.waiting_events() if isinstance(e, Sounded)]
    assert sounded == [Sounded(7, 1.5, 0.0)]


def test_a_note_planned_sooner_than_the_latency_is_told_to_be_late():
    stage = Stage(latency=0.03)
    stage.now = 1.0
    stage.plan(note(1.01))
    stage.playing.play()
    (sounded,) = stage.playing.waiting_events()
    assert sounded.late == pytest.approx(0.02)
    assert sounded.at == pytest.approx(1.03)


def test_no_latency_is_so_long_that_notes_are_left_out_for_it():
    stage = Stage(latency=0.5)
    stage.now = 1.0
    stage.plan(note(1.03))
    stage.run_to(2.0)
    assert stage.times("90 3c 50") == [1.0]
    assert stage.playing.counts["skipped"] == 0


def test_what_follows_our_clock_is_stopped_at_the_end():
    stage = Stage(click=1, clock_out=1)
    stage.now = 0.995
    stage.plan(timeline=LINE)
    stage.run_to(1.51)
    stage.playing.finish()
    assert stage.sent[-1][1] == b"\xfc"
    assert midi.keys_down(message for _, message in stage.sent) == set()
    sent = len(stage.sent)
    stage.run_to(9.0)
    stage.plan(timeline=Timeline(9.0, 0.0, 120.0))
    stage.run_to(19.0)
    assert len(stage.sent) == sent


def test_a_mind_that_falls_does_not_stop_the_beat():
    stage = Stage(click=1, clock_out=1)
    stage.plan(timeline=LINE)
    stage.run_to(1.5)
    stage.playing.mind_gone()
    stage.run_to(9.0)
    assert stage.times("f8")[-1] > 8.9
    assert "fc" not in {m.hex() for _, m in stage.sent}


def test_an_output_that_comes_back_is_told_where_the_beat_is():
    stage = Stage(clock_out=1)
    stage.now = 0.995
    stage.plan(timeline=LINE)
    stage.run_to(3.01)
    stage.sent.clear()
    stage.playing.output_found(stage.synth, stage._send)
    stage.run_to(4.0)
    assert len(stage.times("f2 10 00")) == len(stage.times("fb")) == 1


# --- settings while it plays ---


def test_clock_and_click_are_switched_while_it_plays():
    stage = Stage()
    stage.plan(timeline=LINE)
    stage.run_to(1.6)
    assert stage.sent == []
    stage.playing.set({"clock_out": 1, "click": 1})
    stage.run_to(2.6)
    assert stage.times("99 4d 46") == [2.0, 2.5]
    assert len(stage.times("fb")) == 1
    stage.playing.set({"clock_out": 0, "click": 0})
    stage.run_to(9.0)
    assert len(stage.times("fc")) == 1
    assert max(stage.times("f8")) < 2.7
    assert midi.keys_down(message for _, message in stage.sent) == set()


@pytest.mark.parametrize("values", [{"latency": 3}, {"loudness": 1}, {"thru": "loud"}])
def test_a_setting_that_does_not_fit_changes_nothing(values):
    stage = Stage()
    with pytest.raises(SettingError):
        stage.playing.set({"thru_channel": 3} | values)
    stage.hear("90 3c 40")
    assert stage.sent[-1][1] == midi.note_on(0, 60, 64)


lines = st.builds(
    Timeline,
    st.floats(0, 10),
    st.floats(-4, 99),
    st.floats(30, 300),
    st.integers(1, 12),
    st.booleans(),
)
steps = st.one_of(
    st.tuples(st.just("line"), lines),
    st.tuples(st.just("tempo"), st.floats(30, 300)),
    st.tuples(st.just("note"), st.floats(0, 3), st.integers(60, 62)),
    st.tuples(st.just("touch")),
    st.tuples(st.just("run"), st.floats(0, 2)),
    st.tuples(
        st.just("set"),
        st.fixed_dictionaries(
            {},
            optional={
                "click": st.integers(0, 1),
                "clock_out": st.integers(0, 1),
                "latency": st.floats(0, 0.5),
                "clock_latency": st.floats(0, 0.5),
            },
        ),
    ),
    st.tuples(st.just("panic")),
)


@given(st.lists(steps, max_size=30))
def test_no_note_and_no_click_hangs_whatever_the_beat_does(script):
    stage, line = Stage(click=1, clock_out=1), LINE
    for word, *rest in script:
        if word == "line":
            (line,) = rest
            stage.plan(timeline=line)
        elif word == "tempo":
            line = line.with_tempo(rest[0], stage.now)
            stage.plan(timeline=line)
        elif word == "note":
            stage.plan(note(stage.now + rest[0], rest[1]), on_touch=OnTouch.YIELD)
        elif word == "touch":
            stage.hear("90 48 40")
            stage.hear("80 48 40")
        elif word == "run":
            stage.run_to(stage.now + rest[0])
        elif word == "set":
            stage.playing.set(*rest)
        else:
            stage.playing.panic()
    stage.playing.set({"click": 0, "clock_out": 0})
    stage.playing.mind_gone()
    stage.run_to(stage.now + 70.0)
    assert midi.keys_down(message for _, message in stage.sent) == set()
    assert stage.ledger.keys(CLICK) == []
    rolling = [m[0] for _, m in stage.sent if m[0] in (0xFA, 0xFB, 0xFC)]
    assert all((a == 0xFC) != (b == 0xFC) for a, b in pairwise(rolling))
