"""The mind's loop between the hands and the stage, on wires of its own."""

import threading
from multiprocessing import Pipe
from multiprocessing.connection import Listener
from pathlib import Path

import pytest

from live.mind import Mind, MindConfig
from live.plan import Channels, Heard, OnTouch, Plan
from live.take.entries import Wake
from live.tempo.timeline import Timeline
from live.wire import Wire

KEY = b"key"
PATIENCE = 60.0  # seconds: for a slow machine under load
GREETING = Plan(0, on_touch=OnTouch.KEEP, timeline=Timeline(0.1, 0.0, 120.0))
CHORD = [Heard(seq, 0.1 * seq, bytes((0x90, 60 + seq, 80))) for seq in range(1, 5)]


class Partner:
    """Wants to be woken as soon as it has heard anything. told: what it was, in order; plans: what
    it says, the last of them when it has heard, the others before."""

    plans = ()

    def __init__(self, waits):
        self.told, self.wake_at, self.channels = [], None, ()
        self.rehearse = None
        self._waits = waits
        self.never_idle = False
        self.woken = threading.Event()

    def hear(self, heard):
        assert self._waits.wait(PATIENCE)
        self.told.append(heard.seq)
        self.wake_at = 0.0
        for plan in self.plans[:-1]:
            self.say(plan)
        return self.plans[-1] if self.plans else None

    def greet(self):
        return GREETING

    def sounded(self, sounded): ...

    def beat(self, beat): ...

    def wake(self, now):
        self.told.append("woken")
        self.wake_at = 0.0 if self.never_idle else None
        self.woken.set()


@pytest.fixture
def playing():
    """A mind at work: its partner, the hands' end of its wire, what lets it hear, and the stage's
    end."""
    sent = threading.Event()
    partner = Partner(sent)
    stage, its = Pipe()
    mind = Mind(partner, MindConfig(Path("none"), 0, 0.0, KEY), its)
    thread = threading.Thread(target=mind.run, daemon=True)
    with Listener(authkey=KEY) as listener:
        stage.send(("hands", listener.address, 0))
        thread.start()
        hands = Wire(listener.accept())
    assert [hands.recv() for _ in range(2)] == [("from", 0), GREETING]
    yield partner, hands, sent, stage
    hands.close()
    stage.send(("stop",))
    thread.join(PATIENCE)
    assert not thread.is_alive()


def test_what_waits_is_all_heard_before_it_is_woken(playing):
    partner, hands, sent, _ = playing
    for heard in CHORD:
        hands.send(heard)
    sent.set()
    assert partner.woken.wait(PATIENCE)
    assert partner.told == [1, 2, 3, 4, "woken"]


def test_all_that_happened_is_told_in_order_when_there_is_time(playing):
    _, hands, sent, stage = playing
    for heard in CHORD:
        hands.send(heard)
    assert not stage.poll(0.01)
    sent.set()
    assert [stage.recv() for _ in CHORD] == CHORD
    assert isinstance(stage.recv(), Wake)


def test_what_is_said_in_parts_comes_in_order_after_what_brought_it(playing):
    partner, hands, sent, stage = playing
    partner.plans = [Plan(1, cut=1.0), Plan(1, cut=2.0), Plan(1)]
    hands.send(CHORD[0])
    sent.set()
    assert isinstance(hands.recv(), Channels)
    assert [hands.recv() for _ in partner.plans] == partner.plans
    assert [stage.recv() for _ in range(4)] == [CHORD[0], *partner.plans]


def test_hands_that_take_the_place_of_others_are_greeted(playing):
    _, _, _, stage = playing
    with Listener(authkey=KEY) as listener:
        stage.send(("hands", listener.address, 1))
        with Wire(listener.accept()) as others:
            assert [others.recv() for _ in range(2)] == [("from", 1), GREETING]


def test_what_happened_is_told_though_there_is_never_time(playing):
    partner, hands, sent, stage = playing
    sent.set()
    partner.never_idle = True
    hands.send(CHORD[0])
    assert stage.recv() == CHORD[0]
    partner.never_idle = False


LONG = 1e9  # seconds: no clock of a test comes so far


def test_after_a_key_it_rehearses_for_the_next(playing):
    partner, hands, sent, _ = playing
    often = threading.Semaphore(0)
    partner.rehearse = often.release
    sent.set()
    hands.send(Heard(1, LONG, CHORD[0].message))
    assert all(often.acquire(timeout=PATIENCE) for _ in range(5))
    hands.send(Heard(2, LONG, CHORD[1].message))
    assert all(often.acquire(timeout=PATIENCE) for _ in range(5))
    partner.rehearse = None


def test_long_after_a_key_it_rests(playing):
    partner, hands, sent, _ = playing
    partner.rehearse = pytest.fail
    sent.set()
    hands.send(Heard(1, -LONG, CHORD[0].message))
    assert partner.woken.wait(PATIENCE)
    partner.woken.clear()
    hands.send(Heard(2, -LONG, CHORD[1].message))
    assert partner.woken.wait(PATIENCE)
