"""The line of the beat: moments and beats, bar lines, other tempos."""

import math

import pytest

from live.tempo.timeline import Timeline

LINE = Timeline(at=10.0, beat=4.0, bpm=120.0)


def test_moments_and_beats_are_one_another() -> None:
    assert LINE.beat_at(11.0) == 6.0
    assert LINE.time_of(6.0) == 11.0
    assert LINE.time_of(LINE.beat_at(3.7)) == pytest.approx(3.7)


def test_bar_lines() -> None:
    assert [LINE.line(beat) for beat in (4.0, 4.1, 7.9, 8.0)] == [4, 8, 8, 8]
    assert LINE.line(4.1, bars=2) == 8
    assert LINE.line(8.1, bars=2) == 16
    assert Timeline(0, 0, 60, bar=3).line(3.5) == 6
    assert LINE.line(LINE.beat_at(LINE.time_of(8.0))) == 8  # rounding does not skip a bar


def test_another_tempo_keeps_the_beat() -> None:
    faster = LINE.with_tempo(180.0, 11.0)
    assert faster.beat_at(11.0) == 6.0
    assert faster.time_of(9.0) == 12.0
    assert LINE.moved(11.5, faster) == pytest.approx(11.0 + 1 / 3)


def test_while_it_is_stopped_no_beat_comes() -> None:
    still = Timeline(10.0, 4.0, 120.0, running=False)
    assert still.beat_at(99.0) == 4.0
    assert still.time_of(5.0) == math.inf
    assert LINE.moved(11.5, still) == 11.5
