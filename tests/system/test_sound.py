"""The built-in synth over a real JACK server: what it plays is recorded there."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from live.bench.sound_peer import recording
from live.errors import UserError

from .jack_ports import ports

TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"
RATE, BLOCK = 48000, 512


@pytest.fixture
def session(jack, tmp_path, tools):
    """Starts `antiphon play`; what it says is in its log."""
    started = []

    def start(*options):
        log = tmp_path / f"log {len(started)}"
        command = [
            *(sys.executable, "-m", "live.cli", "play", "--model", str(TINY), "--no-take"),
            *("--block", str(BLOCK), *options),
        ]
        with log.open("wb") as out:
            process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        started.append(process)
        tools.wait_until(lambda: "ready in" in log.read_text(), "the session to be ready")
        return process, log.read_text

    yield start
    for process in started:
        process.kill()
        process.wait()


def children(process):
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(number) for number in path.read_text().split()]


def synth_of(process):
    """The process that has PortAudio's library open."""

    def opened(pid):
        try:
            return "libportaudio" in Path(f"/proc/{pid}/maps").read_text()
        except OSError:
            return False

    return next((pid for pid in children(process) if opened(pid)), None)


def heard(record):
    return float(np.abs(record().frames).max(initial=0.0))


def synths():
    """JACK's clients that are synths of ours, or were: PortAudio has one name for all."""
    outputs = (port for port in ports() if re.match(r"PortAudio[^:]*:out", port))
    return {port.split(":")[0] for port in outputs}


def test_what_you_play_is_heard_also_after_the_synth_fell(session, plug, tools):
    peer = plug()
    for _ in range(50):  # one of a session that was killed may be about to go
        if not (before := synths()):
            break
        time.sleep(0.1)
    process, said = session(
        *("--sound", "-i", "peer keyboard", "-o", "none", "--program-you", "17", "--rest", "on"),
        *("--reverb", "0"),
    )
    assert "plays to Antiphon Sound (by system" in said()

    def its_client():
        return tools.wait_until(lambda: min(synths() - before, default=None), "the synth")

    def sounds():
        try:
            with recording(its_client(), RATE) as record:
                peer.play("90 3c 64")
                time.sleep(0.5)
                peer.play("80 3c 00")
                loudest = heard(record)
        except UserError as error:  # a synth that has only just begun is no client of the server
            print(error)
            return False
        print(f"the loudest: {loudest}; {said()}")
        return loudest > 0.01

    def ends_dry():
        """There is no room, as was asked for before it began. A synth that stood still is late."""
        if not sounds():
            return False
        time.sleep(0.5)
        with recording(its_client(), RATE) as record:
            time.sleep(0.5)
            return heard(record) < 1e-6

    tools.wait_until(ends_dry, "the note to be heard, and then nothing")
    os.kill(synth_of(process), signal.SIGKILL)
    tools.wait_until(lambda: "the synth fell: starting anew" in said(), "its fall to be noticed")
    tools.wait_until(sounds, "the note to be heard again")
    process.send_signal(signal.SIGTERM)
    assert process.wait(tools.patience) == 0
    assert "under-runs" in said()


def test_with_neither_ports_nor_sound_card_it_says_so_and_goes_on(session, tools, monkeypatch):
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "nowhere")
    process, said = session("--sound", "no such card", "-i", "none", "-o", "none")
    tools.wait_until(lambda: "no sound: " in said(), "the reason why there is no sound")
    process.send_signal(signal.SIGTERM)
    assert process.wait(tools.patience) == 0
    assert "hears no port" in said()
    assert "Traceback" not in said()
