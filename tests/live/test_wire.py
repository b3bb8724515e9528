"""What the hands and the mind say to each other comes out as it went in."""

import math
from multiprocessing import Pipe

import numpy as np
import pytest

from live.plan import Beat, Channels, Heard, Longer, OnTouch, Plan, PlannedNote, Sounded
from live.tempo.timeline import Timeline
from live.wire import AT_ONCE, Wire

LINE = Timeline(1.5, 4.25, 97.3, 3, running=False)
NOTES = tuple(PlannedNote(n, 0.1 * n, 0.5, n % 16, 40 + n % 60, 100) for n in range(200))
SAID = [
    Heard(1, 0.25, b"\x90\x3c\x50"),
    Heard(2**40, 1e9 + 1e-6, b"\xf8"),
    Heard(3, 0.3, b"\xf0" + bytes(5 * AT_ONCE) + b"\xf7"),
    Sounded(1_000_003, 12.5, 0.0),
    Plan(0),
    Plan(7, NOTES[:1], on_touch=OnTouch.KEEP),
    Plan(8, NOTES, 0.0, OnTouch.KEEP, (Longer(3, 2.5), Longer(4, math.inf)), LINE),
    Plan(9, cut=-math.inf, timeline=LINE),
    Plan(10, longer=(Longer(5, 1.0),)),
    Plan(11, (PlannedNote("one", None, 0.5, 0, 60, 80),)),
    Beat(1.0, "midi", LINE),
    Channels((1, 15)),
    ("from", 3),
    "leave",
]


@pytest.fixture
def ends():
    ours, theirs = Pipe()
    with Wire(ours) as one, Wire(theirs) as other:
        yield one, other


@pytest.mark.parametrize("word", SAID, ids=lambda word: type(word).__name__)
def test_a_message_comes_out_as_it_went_in(ends, word):
    one, other = ends
    one.send(word)
    assert other.recv() == word


def test_messages_that_come_together_are_all_read_in_order(ends):
    one, other = ends
    for word in SAID:
        one.send(word)
    came = []
    while len(came) < len(SAID):
        came += map(other.read, other.come())
    assert came == SAID
    assert not other.poll()


def test_either_end_may_be_a_plain_connection_that_pickles():
    ours, theirs = Pipe()
    with Wire(ours) as wire:
        for word in SAID:
            theirs.send(word)
            assert wire.recv() == word
        wire.send(("from", 3))
        assert theirs.recv() == ("from", 3)
    theirs.close()


def test_numbers_of_numpy_go_as_plain_ones(ends):
    one, other = ends
    one.send(
        Plan(np.int64(1), (PlannedNote(1, np.float64(0.5), np.float32(1), 0, np.int32(60), 80),))
    )
    (note,) = other.recv().notes
    assert note == PlannedNote(1, 0.5, 1.0, 0, 60, 80)
    assert type(note.pitch) is int


def test_there_is_no_room_when_nobody_reads_and_some_when_they_do(ends):
    one, other = ends
    sent = 0
    while one.has_room:
        one.send(SAID[0])
        sent += 1
    for _ in range(sent):
        assert other.recv() == SAID[0]
    assert one.has_room


def test_the_end_of_the_other_end_is_told(ends):
    one, other = ends
    other.close()
    with pytest.raises((EOFError, OSError)):
        one.recv()
    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        one.send(SAID[0])
