"""The hands' end of the wire to the mind: whoever has something to say says it, without waiting."""

import threading
from multiprocessing.connection import Client

import pytest

from live import midi
from live.hands.link import MindLink
from live.hands.outbox import Outbox
from live.plan import Heard
from live.wire import Wire

KEY = b"key"
PATIENCE = 60.0  # seconds: for a slow machine under load


class Playing:
    """As far as the link knows it. gone: set when the mind has left."""

    def __init__(self):
        self._outbox = Outbox(100_000)
        self._lock = threading.Lock()
        self.gone = threading.Event()
        self.mind_gone = self.gone.set

    def hear(self, seq):
        with self._lock:
            self._outbox.put(Heard(seq, float(seq), midi.note_on(0, seq % 128, 80)))

    @property
    def waits(self):
        return len(self._outbox)

    def waiting_events(self):
        with self._lock:
            return self._outbox.take_all()

    def put_back(self, events):
        with self._lock:
            self._outbox.put_back(events)

    def replay_after(self, seq):
        with self._lock:
            self._outbox.replay_after(seq)


@pytest.fixture
def linked():
    """The hands, their link, and a mind's end of it."""
    playing, problems = Playing(), []
    link = MindLink(playing, KEY, lambda: None, problems.append)
    link.start()
    mind = Wire(Client(link.address, authkey=KEY))
    mind.send(("from", 0))
    playing.hear(1)
    link.tell()
    assert mind.recv().seq == 1
    yield playing, link, mind
    mind.close()
    link.close()
    assert playing.gone.wait(PATIENCE)
    assert problems == []


def test_what_is_told_comes_in_order_also_when_the_mind_reads_late(linked):
    playing, link, mind = linked
    for seq in range(2, 20_000):  # more than the wire holds
        playing.hear(seq)
        link.tell()
    for seq in range(2, 20_000):
        assert mind.recv().seq == seq


def test_it_comes_in_order_from_whichever_thread_it_is_told(linked):
    playing, link, mind = linked
    turn, seqs = threading.Lock(), iter(range(2, 2002))

    def tell():
        for _ in range(500):
            with turn:
                playing.hear(next(seqs))
            link.tell()

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert [mind.recv().seq for _ in range(2000)] == list(range(2, 2002))
    for thread in threads:
        thread.join()
