"""The metronome clicks on the beat, and every click ends."""

import pytest

from live import midi
from live.tempo.click import ACCENT, BEAT, LATE, LENGTH, Click
from live.tempo.timeline import Timeline

LINE = Timeline(1.0, 0.0, 120.0, bar=3)


class Played:
    def __init__(self, velocity=100):
        self.click = Click(velocity)
        self.sent = []
        self.now = 0.9

    def run(self, until):
        while (due := self.click.next_due()) is not None and due <= until:
            self.now = max(self.now, due)
            if (taken := self.click.take(self.now)) is not None:
                self.sent.append(taken)
        self.now = until

    def follow(self, line):
        self.click.follow(line, self.now)

    def ons(self):
        return [(at, m[1], m[2]) for at, m in self.sent if midi.is_note_on(m)]


def test_each_beat_clicks_and_a_bars_first_with_an_accent():
    one = Played()
    one.follow(LINE)
    one.run(3.2)
    assert one.ons() == [
        (1.0, ACCENT, 100), (1.5, BEAT, 70), (2.0, BEAT, 70), (2.5, ACCENT, 100), (3.0, BEAT, 70)
    ]  # fmt: skip
    assert {midi.channel_of(message) for _, message in one.sent} == {9}


def test_a_count_in_is_heard():
    one = Played()
    one.follow(Timeline(1.0, -3.0, 120.0, bar=3))
    one.run(2.6)
    assert [pitch for _, pitch, _ in one.ons()] == [ACCENT, BEAT, BEAT, ACCENT]


@pytest.mark.parametrize("line", [None, Timeline(2.0, 2.0, 120.0, running=False)])
def test_a_click_ends_though_the_beat_does_not_go_on(line):
    one = Played()
    one.follow(LINE)
    one.run(2.5)
    one.follow(line)
    one.run(9.0)
    assert midi.keys_down(message for _, message in one.sent) == set()
    assert one.sent[-1][0] == 2.5 + LENGTH
    assert one.click.next_due() is None


def test_a_beat_that_moves_a_little_clicks_once():
    one = Played()
    one.follow(LINE)
    one.run(2.5)
    one.follow(Timeline(2.51, 3.0, 120.0, bar=3))
    one.run(2.9)
    one.follow(Timeline(2.99, 4.0, 120.0, bar=3))
    one.run(3.0)
    assert [at for at, *_ in one.ons()] == pytest.approx([1.0, 1.5, 2.0, 2.5, 2.99])


def test_a_click_that_comes_too_late_is_left_out():
    one = Played()
    one.follow(LINE)
    one.run(1.2)
    one.now = 2.5 + 2 * LATE
    one.run(3.1)
    assert [at for at, *_ in one.ons()] == [1.0, 3.0]
    one = Played()
    one.now = 1.0 + LATE / 2
    one.follow(LINE)
    one.run(1.1)
    assert [at for at, *_ in one.ons()] == [1.0]


def test_the_softest_click_is_still_one():
    one = Played(velocity=1)
    one.follow(LINE)
    one.run(2.0)
    assert {velocity for *_, velocity in one.ons()} == {1}
