"""Steering over real ports: knobs of a third party's keyboard, a terminal, OSC over UDP."""

import re
import socket
import subprocess
import sys
import time

import pytest

from live import midi
from live.controls.bindings import Bindings, Knob
from live.controls.kept import keep, read_kept
from live.successor import LEAVE
from live.take.entries import Restart

from .terminal import TINY, Session

PHRASE = [60, 64, 67, 72]


@pytest.fixture
def play(peer, tools, tmp_path):
    started = []

    def start(*options, bindings=None):
        if bindings is not None:
            keep(tmp_path / "knobs.toml", Bindings(bindings))
        started.append(Session(tmp_path, tools, *options))
        return started[-1]

    yield start
    for one in started:
        one.close()


@pytest.fixture
def osc(tools):
    """Send OSC to a session, as a third party does."""
    from pythonosc.udp_client import SimpleUDPClient

    def connect(session):
        port = re.search(r"OSC at 127.0.0.1:(\d+)", session.said)
        return SimpleUDPClient("127.0.0.1", int(port[1]))

    return connect


def phrase(peer, pitches=PHRASE):
    for pitch in pitches:
        peer.play(f"90 {pitch:02x} 50")
        time.sleep(0.1)
        peer.play(f"80 {pitch:02x} 40")


def answered(peer, tools):
    def machine():
        return [m for _, m in list(peer.received) if midi.is_note_on(m) and m[0] & 15 == 1]

    tools.wait_until(machine, "the machine's notes")


def test_a_bound_knob_steers_and_the_take_shows_it_and_replays(play, peer, tools):
    knobs = {"temperature": Knob(21), "velocity": Knob(22, 3)}
    session = play("--mode", "continue", bindings=knobs)
    phrase(peer)
    answered(peer, tools)
    peer.play("b0 15 00", "b2 16 40")
    session.recorded({"temperature": 0.1, "velocity": 0})
    peer.play("b5 15 7f", "b0 16 7f")  # any channel; another channel than the knob's
    session.recorded({"temperature": 2.0})
    peer.play("b5 15 00")
    session.recorded({"temperature": 0.1})
    peer.wait_for("b0 15 00", "b5 15 7f", "b5 15 00")  # a knob goes through all the same
    session.end()
    assert session.changes()["velocity"] == 0
    peer.wait_for_silence()


def test_a_knob_is_learned_at_the_terminal_and_known_the_next_time(play, peer):
    first = play()
    first.type("learn temperature")
    first.says("temperature: move a knob or press a pedal")
    peer.play("b2 1e 10")
    first.says("temperature is on CC 30 on channel 3 now")
    peer.play("b2 1e 7f")
    first.recorded({"temperature": 2.0})
    first.type("temperature")
    first.says("temperature is 2 (0.1 to 2), on CC 30 on channel 3")
    first.end()
    assert read_kept(first.knobs) == Bindings({"temperature": Knob(30, 3)})
    first.take.unlink()
    second = play()
    peer.play("b2 1e 00")
    second.recorded({"temperature": 0.1})
    second.type("forget temperature")
    second.says("temperature is no longer on CC 30 on channel 3")
    second.end()
    assert read_kept(second.knobs) == Bindings()


def test_osc_steers_everything_and_damage_is_one_line(play, peer, tools, osc):
    session = play("--osc", "0", "--mode", "continue")
    client = osc(session)
    phrase(peer)
    answered(peer, tools)
    client.send_message("/antiphon/temperature", 0.8)
    client.send_message("/antiphon/trade", 3.7)
    client.send_message("/antiphon/scale", "A minor")
    client.send_message("/antiphon/rest", True)
    session.recorded({"temperature": 0.8, "trade": 4, "scale": "A minor", "rest": 1})
    client.send_message("/antiphon/learn", "density")
    session.says("density: move a knob")
    peer.play("b0 1f 10", "b0 1f 7f")
    session.recorded({"density": 4.0})
    client.send_message("/antiphon/forget", "density")
    session.says("density is no longer on CC 31")
    client.send_message("/antiphon/thru", 0)
    tools.wait_until(lambda: _through(peer) is False, "thru to be off")
    client.send_message("/antiphon/preset", "comp")
    session.recorded({"me": "melody", "low": 60})
    client.send_message("/antiphon/panic", [])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
        for damaged in (b"", b"/antiphon/tempo", b"\xff" * 64, b"#bundle\x00garbage"):
            raw.sendto(damaged, ("127.0.0.1", client._port))
    session.says("is not OSC")

    def complains():  # once a second
        client.send_message("/antiphon/tempo", "fast")
        time.sleep(0.2)
        return "tempo cannot be 'fast'" in session.said

    tools.wait_until(complains, "another complaint")
    client.send_message("/antiphon/tempo", 99)
    session.recorded({"tempo": 99.0})
    session.end()
    peer.wait_for_silence()


def _through(peer):
    """Whether a note played now comes through."""
    count = len(peer.received)
    peer.play("90 30 50", "80 30 40")
    time.sleep(0.2)
    return "90 30 50" in peer.hexes[count:]


def test_a_flood_of_osc_and_of_a_knob_ends_where_they_ended(play, peer, tools, osc):
    session = play("--osc", "0", "--mode", "continue", bindings={"low": Knob(21)})
    client = osc(session)
    phrase(peer)
    answered(peer, tools)
    began = time.monotonic()
    for number in range(3000):
        client.send_message("/antiphon/density", 0.5 + number / 1000)
        if number % 4 == 0:
            peer.play(f"b0 15 {number // 4 % 100:02x}")
            time.sleep(0.001)
    peer.play("b0 15 2a", "90 30 50", "80 30 40")
    peer.wait_for("90 30 50", "80 30 40")

    def ended():  # again, where the last of a flood found no room
        client.send_message("/antiphon/density", 2.5)
        time.sleep(0.2)
        return {"density": 2.5, "low": 42}.items() <= session.changes().items()

    tools.wait_until(ended, "the last values in the take")
    lasted = time.monotonic() - began
    session.end()
    assert len(session.entries()) <= lasted / 0.05 + 2  # 20 changes a second, at most
    peer.wait_for_silence()


def test_options_go_before_a_preset_and_another_preset_can_be_typed(play, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text("[controls]\ntemperature = 0.5\npatience = 2\nthru = false\nlow = 40\n")
    session = play("--preset", str(own), "--patience", "3", "--thru", "on")
    session.type("thru")
    session.says("thru is on")
    session.type("preset comp")
    session.says("preset comp: you play the chords, it plays the melody")
    session.recorded({"me": "melody", "low": 60})
    session.type("preset harmonise")
    session.says("chorale plays now")
    session.recorded({"mode": "harmonise"})
    take = session.end()
    before = take.header.settings
    assert (before["temperature"], before["patience"], before["low"]) == (0.5, 3.0, 40)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--preset", "waltz"], "there is no preset 'waltz'"),
        (["--osc", "70000"], "OSC cannot listen at 127.0.0.1, port 70000"),
        (["--osc", "9", "--osc-host", "no.such.host.invalid"], "OSC cannot listen at"),
        (["--bindings", "."], "is not a file"),
    ],
)
def test_what_cannot_be_steered_so_is_one_line(options, words, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "live.cli", "play", "--model", str(TINY), *options],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
    )
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert words in done.stderr


def test_without_python_osc_one_line_names_the_command(tmp_path):
    code = (
        "import sys; sys.modules['pythonosc'] = None; from live.cli import main;"
        f"main(['play', '--model', {str(TINY)!r}, '--osc', '9000'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 2
    assert done.stderr == "antiphon: OSC needs python-osc: pip install python-osc\n"


def test_another_model_takes_over_at_a_bar_line_while_both_play(play, peer, tools):
    session = play("--clock", "internal", "--mode", "duet", "--tempo", "80", "--you", "melody")

    def play_until(words):
        def said():
            phrase(peer)
            return words in session.said

        tools.wait_until(said, words)

    for _ in range(3):
        phrase(peer)
    session.type("model drums")
    play_until("drums plays now")
    session.type("preset harmonise")
    play_until("chorale plays now")
    for wrong in ("nothing.onnx", "make_tiny.py"):
        session.type(f"model {TINY.with_name(wrong)}")
        session.says(f"{wrong}: ")
    phrase(peer)
    take = session.end()
    peer.wait_for_silence()
    restarts = [entry for entry in take.entries if isinstance(entry, Restart)]
    assert [entry.model.file for entry in restarts] == ["drums.onnx", "chorale.onnx"]
    assert [entry.changes["mode"] for entry in restarts] == ["", "harmonise"]
    assert all(len(entry.window) > 4 for entry in restarts)
    for entry in restarts:  # a bar is three seconds long: the stage may stand still for most of it
        since = entry.timeline.beat_at(entry.at + LEAVE) / 4 % 1
        assert since < 0.9  # not before there is time, and the beat goes on
