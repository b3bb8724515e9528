"""Never a hanging note: every way in which a mind, the hands or their supervisor may end."""

import os
import signal
import time

import pytest

from live.hands.ledger import keys, pages
from live.plan import OnTouch, Plan, PlannedNote

KEEP = OnTouch.KEEP


@pytest.fixture
def sounding(hands, peer):
    """The hands with a machine note and a player's note and pedal sounding, and a mind."""
    one = hands()
    mind = one.mind()
    notes = [PlannedNote(i, one.now + 0.05, 50.0, 3, 40 + i, 80) for i in range(3)]
    notes += [PlannedNote(10 + i, one.now + 0.05 + i * 0.05, 0.03, 3, 60, 80) for i in range(400)]
    mind.send(Plan(0, tuple(notes), on_touch=KEEP))
    peer.wait_for("93 2a 50")
    peer.play("b0 40 7f", "90 3c 40")
    peer.wait_for("90 3c 40")
    yield one, mind
    mind.close()


ENDS = ["83 28 00", "83 29 00", "83 2a 00", "80 3c 00", "b0 40 00"]


def sounds(hands):
    """What the book says of the only output."""
    return keys(pages(hands.book)[0])


def stop(hands):
    hands.tell("stop")


def terminate(hands):
    hands.process.terminate()


def abandon(hands):
    hands.control.close()


@pytest.mark.parametrize("way", [stop, terminate, abandon])
def test_nothing_hangs_when_the_hands_end(sounding, peer, way):
    one, _ = sounding
    way(one)
    assert one.ended() == 0
    peer.wait_for(*ENDS)
    peer.wait_for_silence()
    assert sounds(one) == []


def test_the_hands_do_not_end_at_an_interrupt_from_the_keyboard(sounding, peer):
    one, _ = sounding
    os.kill(one.process.pid, signal.SIGINT)
    peer.play("90 50 40", "80 50 40")
    peer.wait_for("90 50 40", "80 50 40")
    assert one.process.is_alive()


def test_what_sounds_is_known_and_ended_when_the_hands_are_killed(sounding, peer):
    one, _ = sounding
    one.process.kill()
    one.ended()
    left = sounds(one)
    assert {(0, 0x3C), (3, 0x28), (3, 0x29), (3, 0x2A)} <= set(left)
    one.start()
    one.ready()
    peer.wait_for(*ENDS)
    peer.wait_for_silence()
    assert sounds(one) == []


def test_a_mind_that_dies_leaves_nothing_hanging_and_thru_goes_on(hands, peer, tools):
    one = hands()
    reader, writer = tools.spawn.Pipe(False)
    mind = tools.spawn.Process(
        target=_mind_that_plans, args=(one.facts["address"], one.now, writer), daemon=True
    )
    mind.start()
    assert reader.poll(tools.patience)
    peer.wait_for("93 3c 50")
    mind.kill()
    mind.join()
    one.stats(lambda stats: stats["planned"] == 0 and not stats["machine"])
    peer.play("90 50 40", "80 50 40")
    peer.wait_for("90 50 40", "80 50 40")
    peer.wait_for_silence()
    with one.mind() as another:
        another.send(Plan(2, (PlannedNote(1, one.now, 0.05, 0, 70, 80),)))
        peer.wait_for("90 46 50", "80 46 00")


def _mind_that_plans(address, now, writer):
    from multiprocessing import current_process
    from multiprocessing.connection import Client

    mind = Client(address, authkey=bytes(current_process().authkey))
    mind.send(("from", 0))
    notes = [PlannedNote(i, now + i * 0.05, 0.2, 3, 60 + i % 5, 80) for i in range(2000)]
    mind.send(Plan(0, tuple(notes)))
    writer.send("planned")
    time.sleep(600)


def test_a_mind_that_comes_back_hears_what_it_missed(hands, peer, tools):
    one = hands()
    with one.mind() as mind:
        peer.play("90 3c 40", "80 3c 40")
        tools.wait_until(lambda: mind.poll(), "an event")
        assert mind.recv().seq == 1
    peer.play("90 3e 40", "80 3e 40")
    peer.wait_for("80 3e 40")
    with one.mind(seq=1) as mind:
        assert [_next(mind, tools).seq for _ in range(3)] == [2, 3, 4]
    with one.mind(seq=0) as mind:
        assert [_next(mind, tools).seq for _ in range(4)] == [1, 2, 3, 4]


def _next(mind, tools):
    tools.wait_until(mind.poll, "an event")
    return mind.recv()


def test_a_mind_that_does_not_read_holds_up_nothing(hands, tools):
    ours, theirs = tools.spawn.Pipe()
    one = hands(backend="loopback", loopback=theirs)
    theirs.close()
    came = []

    def drain(count):
        while ours.poll():
            came.append(ours.recv()[0].hex(" "))
        return len(came) >= count

    with one.mind() as mind:
        notes = (PlannedNote(n, one.now + n, 0.1, 0, 30 + n, 80) for n in range(2))
        mind.send(Plan(0, tuple(notes), on_touch=KEEP))
        tools.wait_until(lambda: drain(1), "the first")  # a touch before the plan makes it stale
        for turn in range(100):
            for _ in range(100):
                ours.send_bytes(b"\xb0\x01\x10")
            ours.send_bytes(bytes((0x90, 40, turn + 1)))
            ours.send_bytes(bytes((0x80, 40, turn)))
            tools.wait_until(lambda: drain((turn + 1) * 102 + 1), "what went in to come out")  # noqa: B023
        tools.wait_until(lambda: drain(10204), "the machine's notes")
        stats = one.stats(lambda stats: stats["heard"] == 10200)
    assert stats["dropped"] > 0
    assert len(came) == 10204
    assert "80 1f 00" in came
    ours.close()


@pytest.mark.parametrize("rubbish", ["not a plan", ("from",), 7, {"a": 1}])
def test_rubbish_from_a_mind_is_reported_and_ignored(hands, peer, rubbish):
    one = hands()
    with one.mind() as mind:
        mind.send(rubbish)
        (line,) = one.wait_word("problem")
        assert "\n" not in line
        mind.send(Plan(0, (PlannedNote(1, one.now, 0.05, 0, 70, 80),)))
        peer.wait_for("90 46 50", "80 46 00")


def test_a_class_that_is_not_a_plans_is_not_unpickled(hands, peer, tmp_path):
    one = hands()
    trace = tmp_path / "touched"
    with one.mind() as mind:
        mind.send(_Trap(str(trace)))
        (line,) = one.wait_word("problem")
    assert "may not hold" in line
    assert not trace.exists()


class _Trap:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


def test_a_stranger_without_the_key_is_turned_away(hands, peer):
    from multiprocessing import AuthenticationError
    from multiprocessing.connection import Client

    one = hands()
    with pytest.raises(AuthenticationError):
        Client(one.facts["address"], authkey=b"guess")
    with one.mind() as mind:
        mind.send(Plan(0, (PlannedNote(1, one.now, 0.05, 0, 70, 80),)))
        peer.wait_for("90 46 50", "80 46 00")


def test_panic_ends_ours_and_a_second_one_everything(sounding, peer):
    one, _ = sounding
    one.tell("panic")
    peer.wait_for(*ENDS)
    assert "b0 7b 00" not in peer.hexes
    one.panic_again(peer)
    peer.wait_for("b0 40 00", "b0 7b 00", "b0 78 00", "bf 40 00", "bf 7b 00", "bf 78 00")


def test_an_unknown_order_is_reported(hands, peer):
    one = hands()
    one.tell("dance")
    (line,) = one.wait_word("problem")
    assert "dance" in line


def test_the_hands_play_without_any_midi_system(hands, tools):
    ours, theirs = tools.spawn.Pipe()
    one = hands(backend="loopback", loopback=theirs)
    theirs.close()
    ours.send_bytes(bytes.fromhex("90 3c 40"))
    assert ours.poll(tools.patience)
    message, at = ours.recv()
    assert message == bytes.fromhex("90 3c 40")
    assert at <= time.perf_counter()
    with one.mind() as mind:
        mind.send(Plan(1, (PlannedNote(1, one.now, 0.05, 0, 70, 80),)))
        assert ours.poll(tools.patience)
        assert ours.recv()[0] == bytes.fromhex("90 46 50")
    one.tell("stop")
    assert one.ended() == 0
    left = []
    while ours.poll():
        try:
            left.append(ours.recv()[0].hex(" "))
        except EOFError:
            break
    assert sorted(left) == ["80 3c 00", "80 46 00"]
    ours.close()


def test_the_hands_load_no_heavy_library(tools):
    import subprocess
    import sys

    code = (
        "import sys, live.hands.process;"
        "print([m for m in ('numpy', 'onnxruntime', 'mido', 'sounddevice') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, timeout=tools.patience, check=True
    )
    assert done.stdout.strip() == b"[]"
