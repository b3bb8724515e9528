"""MIDI clock goes out: what follows it counts the same beats."""

import random
from itertools import pairwise

import pytest

from live.tempo.clock_in import ClockIn
from live.tempo.clock_out import AHEAD, ClockOut
from live.tempo.timeline import Timeline

TICK, START, CONTINUE, STOP, POSITION = 0xF8, 0xFA, 0xFB, 0xFC, 0xF2
LINE = Timeline(1.0, 0.0, 120.0)
LENGTH = 1 / 48  # seconds: of a tick at 120


class Sender:
    """A ClockOut in virtual time, and what it has sent, with the moments."""

    def __init__(self):
        self.clock = ClockOut()
        self.sent = []
        self.now = 0.0

    def run(self, until):
        while (due := self.clock.next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            _, message = self.clock.take(self.now)
            self.sent.append((self.now, message))
        self.now = until

    def follow(self, line, now=None):
        self.now = self.now if now is None else now
        self.clock.follow(line, self.now)

    def kinds(self):
        return [message[0] for _, message in self.sent]

    def ticks(self):
        return [at for at, message in self.sent if message[0] == TICK]

    def receiver(self):
        """Where one that follows has got to: song position in ticks, and whether it runs."""
        clock = ClockIn()
        for at, message in self.sent:
            clock.hear(message, at)
        clock.hear(bytes((STOP,)), self.now)
        return clock._position


def test_a_start_comes_just_before_the_tick_of_beat_0():
    one = Sender()
    one.follow(LINE, 0.99)
    one.run(1.1)
    assert one.kinds() == [START] + [TICK] * 5
    assert one.sent[0][0] == pytest.approx(1.0 - AHEAD)
    assert one.ticks() == pytest.approx([1.0 + n * LENGTH for n in range(5)])


def test_while_it_is_stopped_the_ticks_go_on_at_the_tempo():
    one = Sender()
    one.follow(Timeline(0.0, 0.0, 120.0, running=False), 0.0)
    one.run(1.0)
    assert set(one.kinds()) == {TICK}
    assert one.ticks() == pytest.approx([n * LENGTH for n in range(len(one.ticks()))])
    assert len(one.ticks()) >= 48


def test_a_count_in_ticks_and_starts_at_beat_0():
    one = Sender()
    one.follow(Timeline(0.0, -4.0, 120.0), 0.0)
    one.run(2.1)
    assert one.kinds()[:98] == [TICK] * 96 + [START, TICK]
    assert one.ticks()[96] == pytest.approx(2.0)


@pytest.mark.parametrize("beat", [0.1, 7.0, 7.3, 1023.9])
def test_inside_the_song_it_continues_on_a_sixteenth(beat):
    one = Sender()
    one.follow(Timeline(0.0, beat, 120.0), 0.0)
    one.run(1.0)
    assert one.kinds()[0] == POSITION
    position = one.sent[0][1]
    sixteenths = position[1] | position[2] << 7
    index = one.kinds().index(CONTINUE)
    at, (tick, _) = one.sent[index][0], one.sent[index + 1]
    assert tick - at <= AHEAD + 1e-9
    assert beat + tick * 2 == pytest.approx(sixteenths / 4)
    assert tick <= 1 / 8 + 1e-9
    assert one.kinds().count(CONTINUE) == 1


def test_a_beat_0_just_past_is_sent_late_and_not_left_out():
    one = Sender()
    one.follow(Timeline(0.995, 0.0, 120.0), 1.0)
    one.run(1.1)
    assert one.kinds()[:2] == [START, TICK]
    assert one.sent[0][0] == one.sent[1][0] == 1.0
    assert one.ticks()[1:] == pytest.approx([0.995 + n * LENGTH for n in range(1, 6)])


def test_ticks_keep_their_count_through_tempo_changes():
    one, chance = Sender(), random.Random(5)
    line = LINE
    one.follow(line, 0.99)
    one.run(1.01)
    for _ in range(200):
        one.run(one.now + chance.uniform(0.0, 0.3))
        line = line.with_tempo(chance.uniform(60, 180), one.now)
        line = Timeline(line.at, line.beat + chance.uniform(-0.01, 0.01), line.bpm)
        one.follow(line)
    one.run(one.now + 0.5)
    assert one.kinds()[0] == START
    assert set(one.kinds()[1:]) == {TICK}
    assert abs(len(one.ticks()) - 24 * line.beat_at(one.now)) <= 1


def test_no_tick_follows_another_in_a_burst():
    one = Sender()
    one.follow(LINE, 0.9)
    one.run(2.0)
    one.now = 2.5  # 24 ticks were not sent
    one.run(3.0)
    late = [at for at in one.ticks() if at >= 2.5]
    assert min(b - a for a, b in pairwise(late)) > LENGTH / 3
    assert late == pytest.approx([1.0 + n * LENGTH for n in range(72, 72 + len(late))], abs=0.02)
    assert [k for k in one.kinds() if k != TICK] == [START, STOP, POSITION, CONTINUE]
    assert one.receiver() == pytest.approx(24 * LINE.beat_at(3.0), abs=1)


def test_a_jump_stops_and_continues_at_the_new_place():
    one = Sender()
    one.follow(LINE, 0.9)
    one.run(2.0)
    one.follow(Timeline(2.0, 32.0, 120.0))
    one.run(3.0)
    assert [k for k in one.kinds() if k != TICK] == [START, STOP, POSITION, CONTINUE]
    assert one.receiver() == pytest.approx(24 * 34, abs=1)


def test_back_to_beat_0_is_a_start():
    one = Sender()
    one.follow(LINE, 0.9)
    one.run(2.0)
    one.follow(Timeline(2.0, 0.0, 120.0))
    one.run(3.0)
    assert [k for k in one.kinds() if k != TICK] == [START, STOP, START]
    assert one.receiver() == pytest.approx(24 * 2, abs=1)


def test_a_stop_is_sent_at_once_and_once():
    one = Sender()
    one.follow(LINE, 0.9)
    one.run(2.0)
    one.follow(Timeline(2.0, 2.0, 120.0, running=False))
    one.follow(Timeline(2.0, 2.0, 100.0, running=False))
    one.run(2.5)
    assert one.kinds().count(STOP) == 1
    assert next(at for at, message in one.sent if message[0] == STOP) == 2.0


def test_switched_off_it_stops_what_follows_and_is_silent():
    one = Sender()
    one.follow(LINE, 0.9)
    one.run(2.0)
    one.follow(None)
    one.run(9.0)
    assert one.kinds()[-1] == STOP
    assert one.clock.next_due() is None


def test_what_was_away_is_started_anew():
    one = Sender()
    one.follow(LINE, 0.9)
    one.run(2.01)
    one.sent.clear()
    one.clock.again(one.now)
    one.run(3.0)
    assert [k for k in one.kinds() if k != TICK] == [POSITION, CONTINUE]
    assert one.receiver() == pytest.approx(24 * LINE.beat_at(3.0), abs=1)


def test_our_own_clock_followed_is_the_same_line():
    one = Sender()
    one.follow(LINE, 0.9)
    one.run(8.0)
    clock = ClockIn()
    told = [beat for at, message in one.sent if (beat := clock.hear(message, at))]
    assert told[-1].timeline.time_of(100.0) == pytest.approx(LINE.time_of(100.0))
