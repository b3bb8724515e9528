"""Every way of playing over real ports, with another program at each end: it hears every key, it
plays, nothing hangs, and the take replays."""

import itertools
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
SLOW = 5.0  # seconds in which a machine that stands still now and then has planned anew
# How many eighths the player plays, and whether the machine plays meanwhile or after.
WAYS = {
    "answer": (15, False),
    "trade": (20, False),
    "continue": (15, False),
    "duet": (30, True),
    "accompany": (30, True),
    "comp": (30, True),
    "harmonise": (15, True),
    "bars": (40, True),
    "drums": (40, True),
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


def tune(peer, eighths):
    """So many, in one hand; what was sent."""
    sent = [TUNE[number % len(TUNE)] for number in range(eighths)]
    for pitch in sent:
        peer.play(f"90 {pitch:02x} 50")
        time.sleep(EIGHTH * 0.8)
        peer.play(f"80 {pitch:02x} 40")
        time.sleep(EIGHTH * 0.2)
    return sent


def keys_heard(take):
    return [
        e.message[1] for e in take.entries if isinstance(e, Heard) and midi.is_note_on(e.message)
    ]


def machine_on(peer):
    return [m for _, m in list(peer.received) if midi.is_note_on(m) and m[0] & 15 == 1]


@pytest.mark.parametrize("way", WAYS)
def test_it_hears_every_key_and_plays(play, peer, tools, tmp_path, way):
    eighths, meanwhile = WAYS[way]
    session = play("--preset", way, "--tempo", "150", "--trade", "1" if way == "trade" else "0")
    sent = tune(peer, eighths)
    if meanwhile:

        def plays_along():
            if len(machine_on(peer)) > 4:
                return True
            sent.extend(tune(peer, 4))
            return False

        tools.wait_until(plays_along, "the machine to play meanwhile")
    else:
        rounds = itertools.count()

        def over_to_it():
            if next(rounds):
                peer.play("b0 42 00")
                sent.extend(tune(peer, eighths))
            peer.play("b0 42 7f")  # the pedal that `continue` waits for

        tools.until_answered(over_to_it, lambda: len(machine_on(peer)) > 1, "an answer")
        peer.play("b0 42 00")
    take = tmp_path / "session.take"
    # The end does not wait for ever for what was played last to be told.
    tools.wait_until(lambda: keys_heard(read_take(take)) == sent, "every key in the take")
    session.terminate()
    assert session.wait(tools.patience) == 0
    peer.wait_for_silence()
    take = read_take(take)
    assert keys_heard(take) == sent
    replayed = replay_with_model(take)
    assert replayed.same, replayed.first_difference


def test_a_duet_is_planned_anew_at_each_note_before_the_next_one(play, peer, tools, tmp_path):
    session = play("--preset", "duet")
    take = tmp_path / "session.take"

    def anew():
        """At how many notes it was."""
        waiting, count = False, 0
        for entry in read_take(take).entries:
            if isinstance(entry, Heard) and midi.is_note_on(entry.message):
                waiting = True
            elif isinstance(entry, Plan) and entry.cut is not None and waiting:
                waiting, count = False, count + 1
        return count

    for _ in range(20):
        before, until = anew(), time.monotonic() + SLOW
        tune(peer, 1)
        while anew() == before and time.monotonic() < until:
            time.sleep(0.02)
    session.terminate()
    assert session.wait(tools.patience) == 0
    assert anew() >= 15


def touch(peer, tools):
    """Hold a low key down; where in what is received it comes through."""
    before = len(peer.received)
    peer.play("90 30 50")
    tools.wait_until(lambda: "90 30 50" in peer.hexes[before:], "the touch to come through")
    return peer.hexes.index("90 30 50", before)


def test_in_answer_the_machine_yields_to_a_touch(play, peer, tools):
    play("--preset", "answer", "--length", "4")

    def sounds():
        return any(c == 1 for c, _ in peer.sounding())

    tools.until_answered(lambda: tune(peer, 15), sounds, "the machine to sound")
    touched = touch(peer, tools)
    tools.wait_until(lambda: not sounds(), "its silence")
    assert not [m for m in peer.hexes[touched:] if m.startswith("91")]


def test_in_a_duet_the_machine_plays_on_through_a_touch(play, peer, tools):
    play("--preset", "duet")
    tune(peer, 15)
    touched = touch(peer, tools)
    tools.wait_until(lambda: any(m.startswith("91") for m in peer.hexes[touched:]), "its next note")
