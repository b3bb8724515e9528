"""Whole sessions beside a bare peer of Ableton Link's, each test in a network of its own.

Link multicasts on every interface, so outside of such a network each test runs itself once more
inside of one; where none can be had it is skipped, with the reason.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from live.bench.alone import alone, why_not
from live.bench.link_peers import bare_peer, off, session
from live.link import LinkError
from live.plan import Beat
from live.take.entries import Restart
from live.take.journal import read_take

ROOT = Path(__file__).parents[2]
TINY = ROOT / "tests/data/tiny.onnx"
INSIDE = "ANTIPHON_ALONE"
PATIENCE = 120.0  # seconds
NEAR = 0.002  # seconds


def in_a_network_of_its_own(test):
    if INSIDE in os.environ:
        return test

    def outside():
        if (reason := why_not()) is not None:
            pytest.skip(reason)
        done = subprocess.run(
            alone([sys.executable, "-m", "pytest", f"{__file__}::{test.__name__}"]),
            env=os.environ | {INSIDE: "1"},
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            pytest.fail(f"{done.stdout}{done.stderr}", pytrace=False)

    outside.__name__ = test.__name__
    return outside


def eventually(ours, condition, what):
    if not ours.play(PATIENCE, condition):
        pytest.fail(f"waited {PATIENCE:g} s in vain for {what}; told {ours.line}, said {ours.said}")


def apart(ours, bare):
    """The furthest that the two were from each other (seconds) in a second from now on."""
    before = len(bare.read)
    ours.play(1.0)
    eventually(ours, lambda: len(bare.read) > before, "the peer to be read")
    read = bare.read[before:]
    return max(abs(off(ours.line_at(theirs.at), theirs)) for theirs in read)


def soon_agree(ours, bare):
    until, seconds = time.monotonic() + PATIENCE, [apart(ours, bare)]
    while seconds[-1] >= NEAR:
        assert time.monotonic() < until, seconds
        seconds.append(apart(ours, bare))


def same_tempo(ours, bare, bpm):
    return lambda: all(
        line is not None and line.bpm == pytest.approx(bpm, abs=0.01)
        for line in (ours.line, bare.read[-1])
    )


@in_a_network_of_its_own
def test_two_peers_agree_on_tempo_and_beat():
    with bare_peer(97.0) as bare, session(TINY, bare) as ours:
        eventually(ours, lambda: ours.line and bare.peers, "the two to meet")
        soon_agree(ours, bare)
        assert ours.line.bpm == pytest.approx(bare.read[-1].bpm, abs=0.01)
        assert ours.said == ["Link: with 1 other"]


@in_a_network_of_its_own
def test_a_change_of_tempo_on_either_side_is_followed():
    with bare_peer(97.0) as bare, session(TINY, bare) as ours:
        eventually(ours, lambda: ours.line and bare.peers, "the two to meet")
        ours.play(1.0)
        bare.tell("tempo", 143.0)
        eventually(ours, same_tempo(ours, bare, 143.0), "the peer's tempo")
        ours.stage.change({"tempo": 71.5})
        eventually(ours, same_tempo(ours, bare, 71.5), "ours")
        soon_agree(ours, bare)


@in_a_network_of_its_own
def test_a_stop_and_a_start_on_either_side_are_followed():
    with bare_peer(97.0) as bare, session(TINY, bare) as ours:
        eventually(ours, lambda: ours.line and bare.peers, "the two to meet")

        def both(playing):
            return lambda: ours.line.running == playing == bare.playing

        assert (ours.line.running, bare.playing) == (True, False)  # to join is to change nothing
        ours.stage.change({"transport": 1})
        eventually(ours, both(True), "the peer to start too")
        bare.tell("play", False)
        eventually(ours, both(False), "a stop by the peer")
        bare.tell("play", True)
        eventually(ours, both(True), "a start by the peer")
        bare.tell("play", False)
        eventually(ours, both(False), "another stop by the peer")

        def quiet():
            clicks = len(ours.clicks)
            ours.play(1.5)
            return len(ours.clicks) == clicks

        eventually(ours, quiet, "the clicks to cease")
        clicks = len(ours.clicks)
        ours.stage.change({"transport": 1})
        eventually(ours, both(True), "a start by us")
        eventually(ours, lambda: len(ours.clicks) > clicks + 1, "a click")
        soon_agree(ours, bare)
        ours.stage.change({"transport": 0})
        eventually(ours, both(False), "a stop by us")


@in_a_network_of_its_own
def test_alone_it_plays_at_the_tempo_set_and_a_peer_may_join():
    with session(TINY, tempo=133.0) as ours:
        eventually(ours, lambda: len(ours.clicks) > 3, "clicks")
        assert ours.line.bpm == pytest.approx(133.0)
        with bare_peer(60.0) as bare:
            ours.beside.append(bare)
            eventually(ours, lambda: bare.peers, "the two to meet")
            soon_agree(ours, bare)
            ours.beside.clear()
        eventually(ours, lambda: ours.said[-1] == "Link: alone", "the peer to be missed")
        clicks = len(ours.clicks)
        eventually(ours, lambda: len(ours.clicks) > clicks + 2, "clicks when alone again")


@in_a_network_of_its_own
def test_link_is_joined_and_left_while_it_plays():
    with bare_peer(97.0) as bare, session(TINY, bare, clock="internal") as ours:
        ours.play(1.0)
        assert (ours.line, bare.peers) == (None, 0)
        ours.stage.change({"clock": "link"})
        eventually(ours, lambda: bare.peers and ours.line, "the two to meet")
        eventually(ours, same_tempo(ours, bare, bare.read[-1].bpm), "one tempo")
        ours.stage.change({"clock": "internal"})
        eventually(ours, lambda: ours.line is None and not bare.peers, "Link to be left")


@in_a_network_of_its_own
def test_a_mind_that_fell_is_told_the_beat_again(tmp_path):
    take = tmp_path / "session.take"
    with bare_peer(97.0) as bare, session(TINY, bare, take=take) as ours:
        eventually(ours, lambda: bare.peers and ours.line, "the two to meet")
        ours.play(1.0)
        os.kill(ours.stage.pids[1], signal.SIGKILL)
        eventually(ours, lambda: any("fell" in line for line in ours.said), "the mind to fall")
        eventually(ours, lambda: ours.stage.ready, "the mind to be back")
        clicks = len(ours.clicks)
        eventually(ours, lambda: len(ours.clicks) > clicks + 4, "clicks")
        ours.play(1.0)
    entries = list(read_take(take).entries)
    restart = next(n for n, entry in enumerate(entries) if isinstance(entry, Restart))
    assert any(isinstance(entry, Beat) and entry.timeline for entry in entries[restart:])


def test_without_the_package_a_session_plays_on_and_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "link", None)
    with session(TINY, clock="free") as ours:
        with pytest.raises(LinkError, match="pip install"):
            ours.stage.change({"clock": "link"})
        ours.play(0.5)
        assert (ours.stage.values["clock"], ours.line, ours.said) == ("free", None, [])
