"""Every way of playing over real ports, with another program at each end: it hears every key, it
plays, nothing hangs, and the take replays."""

import os
import subprocess
import sys
import time

import pytest

from live import midi
from live.plan import Heard, Plan
from live.take.again import replay_with_model
from live.take.journal import read_take

TUNE = (67, 71, 72, 74, 71, 67, 64, 62)
EIGHTH = 0.2  # seconds
# How long the player goes on (seconds), and whether the machine plays meanwhile or after.
WAYS = {
    "answer": (3.0, False),
    "trade": (4.0, False),
    "continue": (3.0, False),
    "duet": (6.0, True),
    "accompany": (6.0, True),
    "comp": (6.0, True),
    "harmonise": (3.0, True),
    "bars": (8.0, True),
    "drums": (8.0, True),
}


@pytest.fixture
def play(peer, tools, tmp_path):
    started = []

    def start(*options):
        command = [
            *(sys.executable, "-m", "live.cli", "play", "-i", "peer keyboard", "-o", "peer synth"),
            *("--channel", "2", "--seed", "5", "--take", str(tmp_path / "session.take"), *options),
        ]
        log = tmp_path / "log"
        environment = os.environ | {"XDG_CONFIG_HOME": str(tmp_path)}
        with log.open("wb") as out:
            started.append(
                subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment
                )
            )
        tools.wait_until(lambda: b"ready in" in log.read_bytes(), "the session to be ready")
        return started[-1]

    yield start
    for one in started:
        if one.poll() is None:
            one.kill()
            one.wait()


def tune(peer, seconds):
    """Eighths in one hand, as many as fit; what was sent."""
    sent, number, until = [], 0, time.monotonic() + seconds
    while time.monotonic() < until:
        pitch = TUNE[number % len(TUNE)]
        peer.play(f"90 {pitch:02x} 50")
        time.sleep(EIGHTH * 0.8)
        peer.play(f"80 {pitch:02x} 40")
        time.sleep(EIGHTH * 0.2)
        sent.append(pitch)
        number += 1
    return sent


def machine_on(peer):
    return [m for _, m in list(peer.received) if midi.is_note_on(m) and m[0] & 15 == 1]


@pytest.mark.parametrize("way", WAYS)
def test_it_hears_every_key_and_plays(play, peer, tools, tmp_path, way):
    seconds, meanwhile = WAYS[way]
    session = play("--preset", way, "--tempo", "150", "--trade", "1" if way == "trade" else "0")
    sent = tune(peer, seconds)
    if meanwhile:
        assert len(machine_on(peer)) > 4
    else:
        peer.play("b0 42 7f")  # the pedal that `continue` waits for
        tools.wait_until(lambda: len(machine_on(peer)) > 1, "an answer")
        peer.play("b0 42 00")
    session.terminate()
    assert session.wait(60) == 0
    time.sleep(0.1)
    peer.wait_for_silence()
    take = read_take(tmp_path / "session.take")
    heard = [
        e.message[1] for e in take.entries if isinstance(e, Heard) and midi.is_note_on(e.message)
    ]
    assert heard == sent
    replayed = replay_with_model(take)
    assert replayed.same, replayed.first_difference


def test_a_duet_is_planned_anew_at_each_note_before_the_next_one(play, peer, tmp_path):
    session = play("--preset", "duet")
    tune(peer, 4.0)
    session.terminate()
    assert session.wait(60) == 0
    take = read_take(tmp_path / "session.take")
    waiting, answered, notes = False, 0, 0
    for entry in take.entries:
        if isinstance(entry, Heard) and midi.is_note_on(entry.message):
            waiting, notes = True, notes + 1
        elif isinstance(entry, Plan) and entry.cut is not None and waiting:
            waiting, answered = False, answered + 1
    assert notes >= 15
    assert answered >= 0.75 * notes


def touch(peer, tools):
    """Hold a low key down; where in what is received it comes through."""
    before = len(peer.received)
    peer.play("90 30 50")
    tools.wait_until(lambda: "90 30 50" in peer.hexes[before:], "the touch to come through")
    return peer.hexes.index("90 30 50", before)


def test_in_answer_the_machine_yields_to_a_touch(play, peer, tools):
    play("--preset", "answer", "--length", "4")
    tune(peer, 3.0)
    tools.wait_until(lambda: any(c == 1 for c, _ in peer.sounding()), "the machine to sound")
    touched = touch(peer, tools)
    tools.wait_until(lambda: not any(c == 1 for c, _ in peer.sounding()), "its silence")
    assert not [m for m in peer.hexes[touched:] if m.startswith("91")]


def test_in_a_duet_the_machine_plays_on_through_a_touch(play, peer, tools):
    play("--preset", "duet")
    tune(peer, 3.0)
    touch(peer, tools)
    ons = len(machine_on(peer))
    tools.wait_until(lambda: len(machine_on(peer)) > ons, "its next note")
