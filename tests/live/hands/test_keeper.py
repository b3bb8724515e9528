"""The hands as the stage keeps them, in virtual time: their process is told of, not started."""

from types import SimpleNamespace

import pytest

from live.child import MOST_FALLS
from live.hands import keeper
from live.hands.config import HandsConfig
from live.hands.keeper import COUNTED, START_LIMIT, STUCK, Hands

TURN = 0.1  # seconds
READY = ("ready", {"address": "there", "chosen": "these ports"})


class Child:
    """Falls as soon as it is killed."""

    def __init__(self, target, before, after, falls):
        self.config, self.shared = before[0], after
        self.falls = [] if falls is None else falls
        self.told, self.killed, self.wire = [], False, object()
        self.process = SimpleNamespace(pid=1, kill=self._kill, join=lambda limit: None)

    def _kill(self):
        self.killed = True

    def tell(self, *words):
        self.told.append(words)

    def unread(self):
        return [("found", "a port"), ("stats", {"notes": 3})]

    def fell(self):
        self.falls.append(self)
        return len(self.falls) == MOST_FALLS

    def end(self):
        self.told.append("end")


class Kept:
    """The keeper, what it told others, and the processes it started."""

    def __init__(self, monkeypatch):
        self.now, self.children, self.told = 0.0, [], []
        monkeypatch.setattr(keeper, "time", SimpleNamespace(monotonic=lambda: self.now))
        monkeypatch.setattr(keeper, "Child", self._child)
        say = {
            word: (lambda said, word=word: self.told.append((word, said)))
            for word in ("report", "met", "fatal")
        }
        self.hands = Hands(HandsConfig(), None, None, **say)

    def _child(self, *given):
        self.children.append(Child(*given))
        return self.children[-1]

    @property
    def child(self):
        return self.children[-1]

    def hears(self, *message):
        ((wire, take_in, _),) = self.hands.wires()
        assert wire is self.child.wire
        take_in(message)

    def falls(self):
        ((_, _, fell),) = self.hands.wires()
        fell()

    def waits(self, seconds, turn=TURN):
        """Turn by turn, until then or until they are killed; how long that took."""
        began = self.now
        while self.now < began + seconds - 1e-9 and not self.child.killed:
            self.now += turn
            self.hands.look()
        return self.now - began


@pytest.fixture
def kept(monkeypatch):
    kept = Kept(monkeypatch)
    kept.hears(*READY)
    return kept


def test_the_mind_learns_where_they_are(kept):
    assert kept.told == [("met", "there")]


def test_hands_that_say_nothing_are_started_anew_on_their_ports(kept):
    assert kept.waits(60.0) == pytest.approx(STUCK, abs=2 * TURN)
    assert kept.told[1:] == [("report", "the hands do not answer: they are started anew")]
    shared = kept.child.shared
    kept.falls()
    assert kept.told[2:] == [("report", "the hands fell: starting anew"), ("met", None)]
    assert len(kept.children) == 2
    assert kept.child.config.chosen == "these ports"
    assert all(a is b for a, b in zip(kept.child.shared, shared, strict=True))
    kept.hears(*READY)
    assert kept.told[4:] == [("met", "there")]


def test_those_that_say_how_they_are_go_on(kept):
    for _ in range(100):
        kept.waits(STUCK * 0.9)
        kept.hears("stats", {"notes": 1})
    assert not kept.child.killed
    assert kept.hands.stats == {"notes": 1}


def test_where_all_the_machine_stood_still_they_are_heard_first(kept):
    kept.waits(2 * 3600.0, turn=3600.0)
    assert not kept.child.killed
    assert kept.waits(60.0) == pytest.approx(STUCK - 2 * COUNTED, abs=2 * TURN)


def test_those_started_anew_have_as_long_to_begin_as_the_first(kept):
    kept.falls()
    assert kept.waits(60.0) == pytest.approx(START_LIMIT, abs=2 * TURN)


def test_too_many_falls_end_the_session(kept):
    for _ in range(MOST_FALLS):
        kept.falls()
    assert kept.told[-1] == ("fatal", "the hands fell 5 times in 20 seconds")
    assert len(kept.children) == MOST_FALLS


def test_what_keeps_them_from_the_start_ends_the_session(monkeypatch):
    kept = Kept(monkeypatch)
    assert kept.waits(60.0) == pytest.approx(60.0)  # whoever started them waits, and gives up
    kept.hears("problem", "no such port")
    kept.falls()
    assert kept.told == [("fatal", "no such port"), ("fatal", "the hands could not start")]
    assert len(kept.children) == 1


def test_a_port_that_goes_and_comes_back_is_told(kept):
    kept.hears("lost", "a port", "a port has gone")
    kept.hears("found", "a port")
    assert kept.told[1:] == [("report", "a port has gone"), ("report", "a port is back")]


def test_what_they_were_told_those_after_them_know(kept):
    kept.hands.set({"thru": 0})
    kept.hands.set_keys(36, 48)
    kept.hands.set_keys(36, 48)
    assert kept.child.told == [("set", {"thru": 0}), ("keys", 36, 48)]
    kept.falls()
    config = kept.child.config
    assert (config.settings.thru, config.mute_key, config.split) == (0, 36, 48)


def test_at_the_end_their_last_stats_are_heard(kept):
    kept.hands.stop()
    assert kept.child.told == [("stop",), "end"]
    assert kept.hands.stats == {"notes": 3}
