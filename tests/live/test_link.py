"""Link as a keeper of the beat, with a session that is none. Real ones: the system tests."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from live.errors import UserError
from live.link import NEWS, LinkError, LinkKeeper, check
from live.plan import Beat
from live.settings import Settings
from live.tempo.timeline import Timeline

LINK = Settings(clock="link", tempo=100.0)
FREE = Settings()


class Clock:
    def __init__(self):
        self.now = 10.0

    def __call__(self):
        return self.now


class FakeSession:
    """A session of Link's that goes as it is told."""

    def __init__(self, now, settings):
        self._now = now
        self.line = Timeline(now(), 0.0, settings.tempo)
        self.playing = bool(settings.transport)
        self.peers = 0
        self.asked = []
        self.closed = False

    def read(self, bar):
        at = self._now()
        line = replace(self.line, at=at, beat=self.line.beat_at(at), bar=bar, running=self.playing)
        return line, self.peers

    def set_tempo(self, bpm):
        self.asked.append(("tempo", bpm))

    def set_playing(self, playing, bar):
        self.asked.append(("playing", playing, bar))

    def close(self):
        self.closed = True


class Room:
    """A keeper, and the sessions that it has joined."""

    def __init__(self):
        self.clock, self.sessions, self.said = Clock(), [], []
        self.keeper = LinkKeeper(self.clock, self.said.append, self.join)

    def join(self, now, settings):
        self.sessions.append(FakeSession(now, settings))
        return self.sessions[-1]

    @property
    def session(self):
        return self.sessions[-1]

    def look(self, settings=LINK, after=0.05):
        self.clock.now += after
        return self.keeper.look(settings)


@pytest.fixture
def room():
    return Room()


def test_no_session_is_joined_while_another_keeps_the_beat(room):
    assert [room.look(replace(LINK, clock=name)) for name in ("free", "internal", "midi")] == [
        None
    ] * 3
    assert room.sessions == []


def test_the_mind_is_told_where_the_beat_is_once_link_keeps_it(room):
    beat = room.look()
    assert beat == Beat(10.05, "link", Timeline(10.05, 0.0, 100.0))


def test_a_beat_that_goes_on_as_told_is_no_news(room):
    room.look()
    assert [room.look(after=after) for after in (0.05, 3.0, 600.0)] == [None] * 3


@pytest.mark.parametrize("sign", [1, -1])
def test_a_beat_that_is_off_is_news_from_a_third_of_a_millisecond_on(room, sign):
    room.look()
    line = room.session.line
    room.session.line = replace(line, at=line.at + sign * 0.9 * NEWS)
    assert room.look() is None
    room.session.line = replace(line, at=line.at + sign * 1.1 * NEWS)
    beat = room.look()
    assert beat.timeline.time_of(4) == pytest.approx(line.time_of(4) + sign * 1.1 * NEWS)


def test_what_creeps_is_told_before_it_adds_up(room):
    """The two clocks may differ in rate, as by 100 parts in a million."""
    told = room.look().timeline
    worst = 0.0
    for _ in range(1000):
        line = room.session.line
        room.session.line = replace(line, at=line.at + 100e-6 * 0.05)
        beat = room.look()
        told = told if beat is None else beat.timeline
        worst = max(worst, abs(told.time_of(8) - room.session.line.time_of(8)))
    assert worst <= NEWS


def test_another_tempo_is_told_at_once(room):
    room.look()
    room.session.line = room.session.line.with_tempo(130.0, room.clock.now)
    beat = room.look(after=0.0)
    assert (beat.timeline.bpm, beat.at) == (130.0, room.clock.now)


def test_another_bar_is_told_with_the_beats_that_are_its_downbeats(room):
    room.look()
    assert room.look(replace(LINK, bar=3)).timeline.bar == 3
    assert room.look(replace(LINK, bar=3)) is None


def test_a_stop_and_a_start_are_told_and_while_it_stands_there_is_no_news(room):
    room.look()
    room.session.playing = False
    assert room.look().timeline.running is False
    assert [room.look(), room.look()] == [None, None]
    room.session.playing = True
    assert room.look().timeline.running is True


def test_the_session_begins_with_the_tempo_and_transport_that_are_set(room):
    timeline = room.look(replace(LINK, tempo=77.0, transport=0)).timeline
    assert (timeline.bpm, timeline.running) == (77.0, False)


def test_what_the_player_sets_the_session_follows(room):
    room.look()
    room.keeper.changed({"tempo": 90}, replace(LINK, tempo=90.0))
    room.keeper.changed({"transport": 0, "low": 40}, replace(LINK, transport=0, bar=3))
    room.keeper.changed({"temperature": 1.0}, LINK)
    assert room.session.asked == [("tempo", 90.0), ("playing", 0, 3)]


def test_outside_of_a_session_what_is_set_goes_nowhere(room):
    room.keeper.changed({"tempo": 90, "transport": 0}, LINK)
    room.look(FREE)
    assert room.sessions == []


def test_who_leaves_says_so_once_and_may_come_again(room):
    room.look()
    beat = room.look(FREE)
    assert beat == Beat(room.clock.now, "link", None)
    assert room.session.closed
    assert room.look(FREE) is None
    assert room.look().timeline is not None
    assert len(room.sessions) == 2


def test_the_end_closes_the_session_and_may_be_asked_for_twice(room):
    room.look()
    room.keeper.close()
    room.keeper.close()
    assert room.session.closed


def test_the_player_is_told_who_comes_and_goes(room):
    for peers in (0, 1, 1, 2, 0):
        if room.sessions:
            room.session.peers = peers
        room.look()
    assert room.said == ["Link: with 1 other", "Link: with 2 others", "Link: alone"]


def test_without_the_package_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "link", None)
    check(FREE)
    with pytest.raises(LinkError, match=r"pip install 'antiphon\[link\]'") as raised:
        check(LINK)
    assert isinstance(raised.value, UserError)
    assert "\n" not in str(raised.value)


def test_without_the_package_play_ends_at_once_with_that_line(tmp_path):
    (tmp_path / "link.py").touch()  # another thing of that name
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); from live.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "play", "--clock", "link", "--no-take"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.splitlines() == [
        "antiphon: clock link needs LinkPython-extern: pip install 'antiphon[link]'"
    ]
