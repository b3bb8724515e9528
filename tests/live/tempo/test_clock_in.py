"""A MIDI clock comes in: the beat is where its ticks say, whatever they look like."""

import math
import random
from itertools import accumulate

import pytest

from live.tempo.clock_in import ClockIn
from live.tempo.timeline import Timeline

TICK, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"


def position(sixteenths):
    return bytes((0xF2, sixteenths & 0x7F, sixteenths >> 7))


def ticks(*tempos, beats=8, start=1.0):
    """When the ticks are of a clock that has each tempo for so many beats."""
    lengths = [60 / bpm / 24 for bpm in tempos for _ in range(24 * beats)]
    return list(accumulate(lengths, initial=start))


class Follower:
    """A ClockIn and what it said last."""

    def __init__(self):
        self.clock = ClockIn()
        self.beats = []

    def hear(self, at, message=TICK):
        if (beat := self.clock.hear(message, at)) is not None:
            self.beats.append(beat)
        return beat

    def all(self, times):
        for at in times:
            self.hear(at)
        return self

    @property
    def line(self) -> Timeline | None:
        return self.beats[-1].timeline if self.beats else None

    def errors(self, times, seen=lambda at: at, ahead=0.01):
        """By how much each beat was off, as told `ahead` of it (seconds), while ticks come as
        `seen`."""
        off, due = [], list(times[::24])
        for at in times:
            if at >= due[0] and self.line is not None:
                off.append(self.line.time_of(len(times[::24]) - len(due)) - due[0])
            while due and at >= due[0]:
                due.pop(0)
            if not due:
                return off
            self.hear(seen(at))
        return off


def test_the_first_tick_after_a_start_is_beat_0():
    one = Follower()
    one.hear(0.99, START)
    one.all(ticks(120))
    assert one.line.running
    assert one.line.bpm == pytest.approx(120)
    assert one.line.time_of(0) == pytest.approx(1.0)
    assert one.line.time_of(9) == pytest.approx(5.5)


def test_a_clock_that_only_ticks_has_a_tempo_and_does_not_run():
    one = Follower().all(ticks(90))
    assert not one.line.running
    assert one.line.bpm == pytest.approx(90)
    assert len(one.beats) == 1


def test_the_tempo_known_before_the_start_holds_from_its_first_tick():
    one = Follower().all(ticks(120, beats=2))
    one.hear(2.01, START)
    assert one.hear(2.0 + 1 / 48).timeline.running
    assert one.line.time_of(4) == pytest.approx(2.0 + 1 / 48 + 2.0)


def test_a_clock_silent_while_it_is_stopped_is_known_at_its_next_start():
    one = Follower()
    one.hear(0.99, START)
    one.all(ticks(120, beats=2))
    one.hear(2.01, STOP)
    one.hear(9.9, START)
    assert one.hear(10.0).timeline == Timeline(10.0, 0.0, pytest.approx(120), running=True)


def test_stop_keeps_the_place_and_continue_goes_on_from_it():
    one = Follower()
    one.hear(0.99, START)
    one.all(ticks(120, beats=2)[:-1])  # 48: the next would be beat 2
    one.hear(2.0, STOP)
    assert (one.line.running, one.line.beat) == (False, 2.0)
    one.all(ticks(120, beats=1, start=2.01))
    assert not one.line.running
    one.hear(2.9, CONTINUE)
    one.all(ticks(120, beats=1, start=3.0))
    assert one.line.time_of(2.0) == pytest.approx(3.0, abs=1e-6)


@pytest.mark.parametrize("sixteenths", [1, 16, 4000])
def test_a_song_position_is_where_continue_goes_on(sixteenths):
    one = Follower().all(ticks(120, beats=2))
    one.hear(2.1, position(sixteenths))
    assert (one.line.running, one.line.beat) == (False, sixteenths / 4)
    one.hear(2.11, CONTINUE)
    one.hear(2.12)
    assert one.line.time_of(sixteenths / 4) == pytest.approx(2.12, abs=0.002)


def test_a_song_position_while_it_runs_is_that_of_the_next_tick():
    one = Follower()
    one.hear(0.99, START)
    one.all(ticks(120, beats=2)[:-1])
    one.hear(1.99, position(64))
    one.hear(2.0)
    assert one.line.time_of(16) == pytest.approx(2.0)


def test_start_goes_back_to_beat_0_wherever_it_stands():
    one = Follower()
    one.hear(0.99, START)
    one.all(ticks(120, beats=2)[:-1])
    one.hear(1.99, START)
    one.hear(2.0)
    assert one.line.time_of(0) == pytest.approx(2.0)


def in_periods(period):
    """As a system sees it that hands its messages on in periods."""
    return lambda at: math.ceil(at / period) * period


def late_by_up_to(most, seed=0):
    chance = random.Random(seed)
    return lambda at: at + chance.uniform(0, most)


STEPS = (60, 180, 60, 120, 75, 150, 75, 180)


@pytest.mark.parametrize(
    ("seen", "most"),
    [
        (lambda at: at, 1e-6),
        (in_periods(64 / 48000), 0.002),
        (in_periods(256 / 48000), 0.007),
        (late_by_up_to(0.0013), 0.003),
        (late_by_up_to(0.005), 0.008),
    ],
    ids=["exact", "jack 64", "jack 256", "1.3 ms", "5 ms"],
)
def test_a_tempo_that_steps_is_followed_by_the_next_beat(seen, most):
    one = Follower()
    one.hear(0.9, START)
    off = one.errors(ticks(*STEPS), seen)
    assert len(off) >= 60
    assert max(map(abs, off)) < most


@pytest.mark.parametrize("tempos", [(60, 180), (180, 60), (120, 126), (126, 120)])
def test_a_step_is_locked_to_within_six_ticks(tempos):
    one = Follower()
    one.hear(0.9, START)
    times = ticks(*tempos)
    one.all(times[: 24 * 8 + 7])
    assert one.line.bpm == pytest.approx(tempos[1])


def test_a_steady_clock_is_smooth_and_told_little_more_than_once_a_beat():
    one = Follower()
    one.hear(0.9, START)
    times = ticks(120, beats=100)
    one.errors(times, late_by_up_to(0.0013))
    settled = [beat.timeline for beat in one.beats if beat.at > 5.0]
    assert len(settled) < 2 * 100
    assert max(abs(line.bpm - 120) for line in settled) < 0.5


def test_one_doubled_tick_moves_nothing():
    one = Follower()
    one.hear(0.9, START)
    times = ticks(120, beats=20)
    times.insert(100, times[99] + 0.0001)
    one.all(times)
    assert one.line.time_of(10) == pytest.approx(6.0, abs=1e-6)


def test_of_a_clock_that_is_doubled_from_somewhere_on_each_second_tick_counts():
    one = Follower()
    one.hear(0.9, START)
    times = ticks(120, beats=20)
    one.all(times[:100])
    for at in times[100:]:
        one.hear(at)
        one.hear(at + 0.0002)
    assert one.line.time_of(20) == pytest.approx(11.0, abs=1e-6)


def test_ticks_held_up_and_sent_in_a_burst_move_nothing():
    one = Follower()
    one.hear(0.9, START)
    times = ticks(120, beats=20)
    held = times[104] + 0.001
    one.all(held + 0.0015 * (n - 100) if 100 <= n < 105 else at for n, at in enumerate(times))
    assert one.line.time_of(20) == pytest.approx(11.0, abs=1e-6)
    assert all(abs(beat.timeline.bpm - 120) < 1 for beat in one.beats)


def test_ticks_that_come_two_in_a_period_all_count():
    one = Follower()
    one.hear(0.9, START)
    times = ticks(120, beats=60)
    one.all(map(in_periods(1024 / 48000), times))
    assert one.line.bpm == pytest.approx(120, rel=0.01)
    assert abs(one.line.time_of(60) - 31.0) < 1024 / 48000


def test_a_lost_clock_is_coasted_then_told_once_and_locked_to_when_it_comes_back():
    one = Follower()
    one.hear(0.9, START)
    times = ticks(120, beats=40)
    one.all(at for at in times if at < 6.0)
    assert one.clock.look(6.9) is None
    assert one.clock.look_at == pytest.approx(5.98 + 2.0, abs=0.03)
    assert one.clock.look(8.0).timeline is None
    assert one.clock.look(9.0) is None
    assert one.clock.look_at is None
    one.all(at for at in times if at > 10.0)
    assert one.line.running
    assert one.line.time_of(40) == pytest.approx(21.0, abs=1e-6)


def test_a_transport_that_is_stopped_has_no_clock_to_lose():
    one = Follower()
    one.hear(0.9, START)
    one.all(ticks(120, beats=4))
    one.hear(3.1, STOP)
    assert one.clock.look_at is None
    assert one.clock.look(99.0) is None


def test_noise_breaks_nothing():
    chance = random.Random(3)
    one, at = Follower(), 0.0
    for _ in range(3000):
        at += chance.choice((0.0, 0.0001, 0.01, 0.02, 0.02, 0.02, 0.3, 3.0))
        one.hear(at, chance.choice((TICK,) * 20 + (START, STOP, CONTINUE, position(40), b"\xf2")))
        one.clock.look(at + chance.choice((0.0, 5.0)))
    at += 1.0
    one.hear(at, START)
    times = ticks(100, beats=8, start=at + 0.01)
    one.all(times)
    assert one.line.bpm == pytest.approx(100)
    assert one.line.time_of(8) == pytest.approx(times[-1], abs=1e-6)
