"""The whole instrument over real ports: play, answer, fall and get up, end, replay.

ANTIPHON_SESSIONS says how many random sessions are played (5, or as many as you have time for).
"""

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import mido
import pytest

from live import midi
from live.plan import Heard, Plan
from live.take.again import replay_with_model
from live.take.journal import read_take
from live.take.sides import machine_notes

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
SESSIONS = int(os.environ.get("ANTIPHON_SESSIONS", "5"))
PHRASE = [60, 64, 67, 72]


class Played:
    """`antiphon play` as a person starts it."""

    def __init__(self, folder, *options):
        self.take = folder / "session.take"
        self.log = folder / "log"
        command = [
            *(sys.executable, "-m", "live.cli", "play", "--model", str(TINY)),
            *("-i", "peer keyboard", "-o", "peer synth", "--take", str(self.take)),
            *("--seed", "3", *options),
        ]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=folder
            )

    @property
    def said(self):
        return self.log.read_text()

    def children(self):
        """Process ids, oldest first: the hands, the mind (and Python's own helper before)."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        ids = [int(number) for number in path.read_text().split()]
        started = {n: Path(f"/proc/{n}/stat").read_text().rsplit(")", 1)[1] for n in ids}
        return sorted(ids, key=lambda n: int(started[n].split()[19]))

    def kill_mind(self):
        os.kill(self.children()[-1], signal.SIGKILL)

    def kill_hands(self):
        os.kill(self.children()[1], signal.SIGKILL)

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.process.wait(120)


@pytest.fixture
def play(peer, tools, tmp_path):
    started = []

    def start(*options, ready=True):
        folder = tmp_path / str(len(started))
        folder.mkdir()
        started.append(Played(folder, *options))
        if ready:
            tools.wait_until(lambda: "ready in" in started[-1].said, "the session to be ready")
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()


def phrase(peer, pitches=PHRASE, gap=0.12):
    for pitch in pitches:
        peer.play(f"90 {pitch:02x} 50")
        time.sleep(gap)
        peer.play(f"80 {pitch:02x} 40")


def machine_on(peer):
    """Note-ons of the machine, which is on channel 2 in these sessions."""
    return [m for _, m in list(peer.received) if midi.is_note_on(m) and m[0] & 15 == 1]


def answered(peer, tools, more_than=0):
    """Play phrases until one is answered; how many."""
    phrases = []

    def play():
        phrases.append(PHRASE)
        phrase(peer)

    tools.until_answered(play, lambda: len(machine_on(peer)) > more_than, "an answer")
    return len(phrases)


def test_a_phrase_is_answered_and_the_take_replays_and_exports(play, peer, tools):
    session = play("--channel", "2")
    phrases = answered(peer, tools)
    time.sleep(1.0)
    # The end does not wait for ever for what was played last to be told.
    tools.wait_until(
        lambda: len(machine_notes(read_take(session.take))) == len(machine_on(peer)),
        "the take to have what was played",
    )
    assert session.end() == 0
    peer.wait_for_silence()
    take = read_take(session.take)
    assert take.complete
    replayed = replay_with_model(take, str(TINY))
    assert replayed.same, replayed.first_difference
    assert replayed.notes > 0
    song = session.take.with_suffix(".mid")
    subprocess.run(
        [sys.executable, "-m", "live.cli", "export", str(session.take), "-o", str(song)], check=True
    )
    file = mido.MidiFile(song)
    sides = {t.name: sum(m.type == "note_on" and m.velocity > 0 for m in t) for t in file.tracks}
    assert sides["You"] == phrases * len(PHRASE)
    assert sides["Antiphon"] == len(machine_on(peer))


def test_a_touch_silences_the_machine_with_the_very_next_messages(play, peer, tools):
    play("--channel", "2", "--mode", "continue")
    tools.until_answered(
        lambda: phrase(peer),
        lambda: any(channel == 1 for channel, _ in peer.sounding()),
        "the machine to sound",
    )
    before = len(peer.received)
    peer.play("90 30 50")
    tools.wait_until(lambda: "90 30 50" in peer.hexes[before:], "the touch to come through")
    tools.wait_until(lambda: not {c for c, _ in peer.sounding()} & {1}, "silence")
    touch = peer.hexes.index("90 30 50", before)
    count = len(peer.received)
    after = [m for _, m in list(peer.received)[touch + 1 : count]]
    assert all(midi.is_note_off(m) and m[0] & 15 == 1 for m in after), after
    peer.play("80 30 40")


@pytest.mark.parametrize("model", ["tiny_frames.onnx", "tiny_bars.onnx"])
def test_bars_are_played_on_your_grid_while_you_play(play, peer, tools, model):
    model = TINY.with_name(model)
    session = play("--channel", "2", "--model", str(model), "--tempo", "240")
    bars = itertools.count(1)

    def played():
        phrase(peer, gap=0.25)  # a bar
        return next(bars) >= 4 and machine_on(peer)

    tools.wait_until(played, "the machine to play along")
    assert session.end() == 0
    peer.wait_for_silence()
    take = read_take(session.take)
    heard = [entry.at for entry in take.entries if isinstance(entry, Heard)]
    first = heard[0]
    plans = [entry for entry in take.entries if isinstance(entry, Plan)]
    places = [(note.onset - first) * 16 for plan in plans for note in plan.notes]
    assert places == pytest.approx([round(place) for place in places], abs=1e-6)
    # If we stood still for two bars, that is our silence.
    cuts = [plan.cut for plan in plans if plan.cut is not None]
    assert not [cut for cut in cuts if any(at <= cut < at + 2.0 for at in heard)]
    assert len(machine_notes(take)) == len(machine_on(peer))
    assert replay_with_model(take, str(model)).same


def test_the_mind_killed_while_it_plays_is_replaced_and_nothing_hangs(play, peer, tools):
    session = play("--channel", "2", "--mode", "continue")
    answered(peer, tools)
    session.kill_mind()
    peer.play("90 30 50", "80 30 40")
    peer.wait_for("90 30 50", "80 30 40")  # thru goes on without a mind
    tools.wait_until(lambda: "the mind fell: starting anew" in session.said, "the news")
    count = len(machine_on(peer))
    answered(peer, tools, more_than=count)
    assert session.end() == 0
    peer.wait_for_silence()
    replayed = replay_with_model(read_take(session.take), str(TINY))
    assert replayed.same, replayed.first_difference


def test_the_hands_killed_are_replaced_and_end_what_they_left_sounding(play, peer, tools):
    session = play("--channel", "2", "--mode", "continue")
    answered(peer, tools)
    peer.play("90 48 50")
    peer.wait_for("90 48 50")
    session.kill_hands()
    tools.wait_until(lambda: "the hands fell: starting anew" in session.said, "the news")
    peer.wait_for_silence()
    count = len(machine_on(peer))

    def heard():
        phrase(peer)
        time.sleep(1.5)
        return len(machine_on(peer)) > count

    tools.wait_until(heard, "an answer from the new hands")
    assert session.end() == 0
    peer.wait_for_silence()


def test_a_full_disk_stops_the_take_and_not_the_music(play, peer, tools):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**16, hard))  # for the session we start
    try:
        session = play("--channel", "2")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    def full():
        peer.play(*["b0 0b 40"] * 50)
        time.sleep(0.02)
        return "no longer recorded" in session.said

    tools.wait_until(full, "the news")
    answered(peer, tools)
    assert session.end() == 0
    peer.wait_for_silence()
    assert session.said.count("no longer recorded") == 1
    assert len(read_take(session.take).entries) > 0


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (["-i", "nobody's keyboard"], "no input is called"),
        (["-o", "nobody's synth"], "no output is called"),
        (["--model", "nothing.onnx"], "No such file"),
        (["--temperature", "7"], "it goes from"),
        (["--hold", "elbow"], "give pedal"),
        (["--you", "banjo"], "it has: melody, bridge, piano"),
    ],
)
def test_what_cannot_be_played_is_one_line_and_exit_code_2(play, tools, options, remedy):
    session = play(*options, ready=False)
    assert session.process.wait(tools.patience) == 2
    lines = session.said.strip().splitlines()
    assert len(lines) == 1, lines
    assert remedy in lines[0]


@pytest.mark.parametrize("number", range(SESSIONS))
def test_no_note_hangs_after_a_random_session(play, peer, tools, number):
    chance = random.Random(number)
    mode = chance.choice(["answer", "continue"])
    session = play("--channel", "2", "--mode", mode, "--patience", "0.4", "--length", "2")
    for _ in range(chance.randint(2, 5)):
        for _ in range(chance.randint(1, 8)):
            pitch = chance.randint(36, 84)
            peer.play(f"90 {pitch:02x} {chance.randint(1, 127):02x}")
            time.sleep(chance.uniform(0, 0.15))
            if chance.random() < 0.9:
                peer.play(f"80 {pitch:02x} 00")
        time.sleep(chance.uniform(0, 1.5))
        if chance.random() < 0.5:
            session.kill_mind()
    assert session.end(chance.choice([signal.SIGTERM, signal.SIGINT])) == 0
    peer.wait_for_silence()
    replayed = replay_with_model(read_take(session.take), str(TINY))
    assert replayed.same, replayed.first_difference
