"""The mind's loop between the hands and the stage, on wires of its own."""

import threading
from multiprocessing import Pipe
from multiprocessing.connection import Listener
from pathlib import Path

import pytest

from live.mind import Mind, MindConfig
from live.plan import Heard

KEY = b"key"
CHORD = [Heard(seq, 0.1 * seq, bytes((0x90, 60 + seq, 80))) for seq in range(1, 5)]


class Partner:
    """Wants to be woken as soon as it has heard anything. told: what it was, in order."""

    def __init__(self, waits):
        self.told, self.wake_at, self.channels = [], None, ()
        self._waits = waits
        self.woken = threading.Event()

    def hear(self, heard):
        assert self._waits.wait(10)
        self.told.append(heard.seq)
        self.wake_at = 0.0

    def sounded(self, sounded): ...

    def beat(self, beat): ...

    def wake(self, now):
        self.told.append("woken")
        self.wake_at = None
        self.woken.set()


@pytest.fixture
def playing():
    """A mind at work: its partner, the hands' end of its wire, and what lets it hear."""
    sent = threading.Event()
    partner = Partner(sent)
    stage, its = Pipe()
    mind = Mind(partner, MindConfig(Path("none"), 0, 0.0, KEY), its)
    thread = threading.Thread(target=mind.run, daemon=True)
    with Listener(authkey=KEY) as listener:
        stage.send(("hands", listener.address, 0))
        thread.start()
        hands = listener.accept()
    assert hands.recv() == ("from", 0)
    yield partner, hands, sent
    hands.close()
    stage.send(("stop",))
    thread.join(10)
    assert not thread.is_alive()


def test_what_waits_is_all_heard_before_it_is_woken(playing):
    partner, hands, sent = playing
    for heard in CHORD:
        hands.send(heard)
    sent.set()
    assert partner.woken.wait(10)
    assert partner.told == [1, 2, 3, 4, "woken"]
