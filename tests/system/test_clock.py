"""MIDI clock over real ports, with somebody else's program at the other end."""

import contextlib
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from live.bench import latency
from live.errors import UserError
from live.hands.config import HandsSettings
from live.plan import Beat, Plan
from live.tempo.clock_in import ClockIn
from live.tempo.timeline import Timeline

from .jack_ports import connect, ports

TICKS = 24
TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


@pytest.fixture
def program(jack, tmp_path):
    """Start somebody else's program; it ends with the test. Called again, it says what it wrote."""
    started = []

    def start(*command):
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed (jack-midi-clock, jack-example-tools)")
        said = tmp_path / command[0]
        with said.open("wb") as out:
            started.append(subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL))
        return said.read_text

    yield start
    for one in started:
        one.kill()
        one.wait()


def transport(*orders):
    subprocess.run(
        ["jack_transport"],
        input="\n".join([*orders, "exit", ""]),
        text=True,
        check=True,
        timeout=120,
        capture_output=True,
    )


def next_beat(mind, tools, holds, what, meanwhile=lambda: None):
    """Where the hands tell that the beat is, the next time that it holds. Read one by one: more may
    have come while we stood still."""

    def come():
        meanwhile()
        while mind.poll():
            if isinstance(event := mind.recv(), Beat) and holds(event.timeline):
                return event
        return None

    return tools.wait_until(come, what).timeline


def runs(beat=0.0):
    return lambda line: line is not None and line.running and line.beat >= beat


def stands_at(beat):
    return lambda line: line is not None and not line.running and line.beat == beat


def test_jack_midi_clock_is_followed_through_start_stop_and_continue(program, hands, peer, tools):
    transport("stop", "locate 0")
    program("jack_midi_clock", "-B", "-b", "120")
    tools.wait_until(lambda: ports("mclk_out"), "jack_midi_clock")
    one = hands(input="mclk_out")

    def at_120(line):  # ticks that come in bursts, as on a busy machine, are another tempo
        return runs(3)(line) and line.bpm == pytest.approx(120, abs=3)

    with one.mind() as mind:
        transport("play")
        next_beat(mind, tools, at_120, "the beat")
        transport("stop")
        stood = next_beat(mind, tools, lambda line: line and not line.running, "its stop").beat
        assert stood >= 3
        transport("play")
        goes_on = next_beat(mind, tools, runs(stood), "its continue")
        assert goes_on.beat < stood + 1
    assert "fa" in peer.hexes
    assert "f8" in peer.hexes  # through, as everything else


def play_ticks(peer, count=6, bpm=150.0):
    """As a clock does: if we stand still, it does too, and does not catch up."""
    for _ in range(count):
        peer.play("f8")
        time.sleep(60 / bpm / TICKS)


def test_a_song_position_and_a_continue_are_followed(hands, peer, tools):
    one = hands()

    def ticks():
        play_ticks(peer)

    with one.mind() as mind:
        peer.play("fa")
        next_beat(mind, tools, runs(1), "the beat", ticks)
        peer.play("fc", "f2 20 00")
        next_beat(mind, tools, stands_at(8), "the song position")
        peer.play("fb")
        goes_on = next_beat(mind, tools, runs(), "the continue", ticks)
        assert 8 <= goes_on.beat < 9
        next_beat(mind, tools, runs(9), "what follows it", ticks)


def test_a_clock_that_is_lost_is_told_and_taken_up_again(hands, peer, tools):
    one = hands()

    def ticks():
        play_ticks(peer)

    with one.mind() as mind:
        peer.play("fa")
        next_beat(mind, tools, runs(1), "the beat", ticks)
        (line,) = one.wait_word("problem")
        assert "MIDI clock" in line
        next_beat(mind, tools, lambda line: line is None, "the loss")
        next_beat(mind, tools, runs(), "the beat", ticks)


def test_our_clock_is_read_by_somebody_else(program, hands, peer, tools):
    one = hands(output=None, settings=HandsSettings(clock_out=1))
    dump = program("jack_midi_dump", "-a", "Reader")
    tools.wait_until(lambda: ports("Reader"), "jack_midi_dump")
    (ours,) = ports(":Antiphon Out")
    connect(ours, "Reader:input")

    def heard(since=0):
        """(frame, message) of what it has read."""
        found = re.findall(r"^\s*(\d+):((?: [0-9a-f]{2})+).*\n", dump(), re.MULTILINE)
        return [(int(frame), message.strip()) for frame, message in found][since:]

    def wait_for(since, *words):
        def come():
            left = iter(message for _, message in heard(since))
            return all(word in left for word in words)

        tools.wait_until(come, f"{words} among {heard(since)[-20:]}")

    def begin(mind):
        """The beat from 0 on, and whether it was told in time to start there."""
        since, line = len(heard()), Timeline(one.now + 0.1, 0.0, 120.0)
        mind.send(Plan(0, timeline=line))
        tools.wait_until(lambda: {"fa", "fb"} & {word for _, word in heard(since)}, "it to begin")
        return line if "fa" in [word for _, word in heard(since)] else None

    with one.mind() as mind:
        line = tools.wait_until(lambda: begin(mind), "a start")
        wait_for(0, "fa", *["f8"] * 36)
        line = line.with_tempo(180.0, one.now)
        mind.send(Plan(0, timeline=line))
        wait_for(len(heard()), *["f8"] * 36)
        before, at = len(heard()), one.now
        stopped = Timeline(at, line.beat_at(at), 180.0, running=False)
        mind.send(Plan(0, timeline=stopped))
        wait_for(before, "fc", "f8")
        stopped_by = line.beat_at(one.now)
        before = len(heard())
        line = Timeline(one.now, 16.0, 180.0)
        mind.send(Plan(0, timeline=line))
        wait_for(before, "fb", *["f8"] * 12)
        there_by = line.beat_at(one.now)
    # A machine that stands still for longer than a tick is a reason for more of them.
    places = [bytes.fromhex(message) for _, message in heard(before) if message[:2] == "f2"]
    assert all(16 <= (low | high << 7) / 4 < there_by + 0.25 for _, low, high in places)
    clock = ClockIn()
    told = [clock.hear(bytes.fromhex(message), frame / 48000) for frame, message in heard()]
    stops = [beat.timeline.beat for beat in told if beat and not beat.timeline.running]
    assert any(stopped.beat - 0.1 < beat < stopped_by + 0.1 for beat in stops)
    assert clock.look(1e9) is not None


def test_jack_mclk_dump_reads_our_tempo(program, hands, peer, tools):
    one = hands(output=None, settings=HandsSettings(clock_out=1))
    (ours,) = ports(":Antiphon Out")
    reader = program("jack_mclk_dump", "-n", ours)
    tools.wait_until(lambda: ports("jack_mclk_dump"), "jack_mclk_dump")
    with one.mind() as mind:
        mind.send(Plan(0, timeline=Timeline(one.now + 0.1, 0.0, 150.0)))

        def reads_150():
            filtered = re.findall(r"flt: *(\d+\.\d+)", reader())
            return any(abs(float(bpm) - 150) < 3 for bpm in filtered)

        tools.wait_until(reads_150, "our tempo")


def test_the_click_is_switched_while_it_plays(hands, peer, tools):
    one = hands()
    with one.mind() as mind:
        mind.send(Plan(0, timeline=Timeline(one.now, 0.0, 240.0)))
        one.tell("set", {"click": 1, "click_velocity": 90})
        peer.wait_for("99 4d 3f", "89 4d 00", "99 4c 5a", "89 4c 00")
        one.tell("set", {"click": 0})
        one.tell("set", {"latency": 9.0})
        (line,) = one.wait_word("problem")
        assert "latency" in line
    peer.wait_for_silence()


def test_a_whole_session_clicks_on_the_clock_that_it_follows(peer, tools, tmp_path):
    with (tmp_path / "log").open("wb") as out:
        session = subprocess.Popen(
            [
                *(sys.executable, "-m", "live.cli", "play", "--model", str(TINY), "--no-take"),
                *("-i", "peer keyboard", "-o", "peer synth", "--clock", "midi", "--bar", "3"),
                *("--click", "on", "--thru", "off", "--bindings", str(tmp_path / "knobs.toml")),
            ],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
        )
    try:
        tools.wait_until(lambda: b"ready in" in (tmp_path / "log").read_bytes(), "the session")
        peer.play("fa")

        def clicks():
            play_ticks(peer)
            left = iter(peer.hexes)
            return all(m in left for m in ("99 4d 46", "89 4d 00", "99 4d 46", "99 4c 64"))

        tools.wait_until(clicks, "the clicks of a bar and more")
        peer.play("fc")
        session.terminate()
        assert session.wait(tools.patience) == 0
    finally:
        session.kill()
        session.wait()
    peer.wait_for_silence()


def test_the_way_through_a_loop_is_measured_and_what_to_set_is_said(
    hands, peer, monkeypatch, tools
):
    monkeypatch.setattr(latency, "CLICKS", 4)
    hands(input="Loop In", output="Loop Out", virtual_input="Loop In", virtual_output="Loop Out")

    def measured():
        """What is not back before the next click does not count."""
        with contextlib.suppress(UserError):
            figures = latency.bench_latency("Loop In", "Loop Out")
            return figures if figures["there and back"]["count"] == 4 else None

    figures = tools.wait_until(measured, "four clicks to come back")
    word, value = figures["to set"].split()
    assert word == "--latency"
    assert 0 < float(value) < 1
    with pytest.raises(UserError, match="Peer synth"):
        latency.bench_latency("Peer synth", "Loop Out")
