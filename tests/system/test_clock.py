"""MIDI clock over real ports, with somebody else's program at the other end."""

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

TICKS = 24
TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


@pytest.fixture
def program(jack):
    """Start somebody else's program; it ends with the test."""
    started = []

    def start(*command):
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed (jack-midi-clock, jack-example-tools)")
        started.append(
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        )
        return started[-1]

    yield start
    for one in started:
        one.terminate()
        one.communicate(timeout=10)


def transport(*orders):
    subprocess.run(
        ["jack_transport"],
        input="\n".join([*orders, "exit", ""]),
        text=True,
        check=True,
        timeout=60,
        capture_output=True,
    )


def ports(part):
    listed = subprocess.run(["jack_lsp"], capture_output=True, text=True, timeout=60, check=True)
    return [name for name in listed.stdout.splitlines() if part in name]


def beats(mind):
    """Waits for what the hands tell of the beat, as one reads it: the next for which it holds."""
    last = []

    def told(holds):
        def come():
            while mind.poll():
                if isinstance(event := mind.recv(), Beat):
                    last.append(event.timeline)
            return bool(last) and last[-1] is not None and holds(last[-1])

        return come, last

    return told


def test_jack_midi_clock_is_followed_through_start_stop_and_continue(program, hands, peer, tools):
    transport("stop", "locate 0")
    program("jack_midi_clock", "-B", "-b", "120")
    tools.wait_until(lambda: ports("mclk_out"), "jack_midi_clock")
    one = hands(input="mclk_out")
    with one.mind() as mind:
        told = beats(mind)
        transport("play")
        come, last = told(lambda line: line.running and line.beat >= 3)
        tools.wait_until(come, "the beat")
        assert last[-1].bpm == pytest.approx(120, abs=3)
        transport("stop")
        come, last = told(lambda line: not line.running)
        tools.wait_until(come, "its stop")
        stood = last[-1].beat
        assert stood >= 3
        transport("play")
        come, last = told(lambda line: line.running and line.beat >= stood)
        tools.wait_until(come, "its continue")
        assert last[-1].beat < stood + 1
    assert "fa" in peer.hexes
    assert "f8" in peer.hexes  # through, as everything else


def play_ticks(peer, count, bpm=150.0):
    due = time.perf_counter()
    for _ in range(count):
        peer.play("f8")
        due += 60 / bpm / TICKS
        time.sleep(max(0.0, due - time.perf_counter()))


def test_a_song_position_and_a_continue_are_followed(hands, peer, tools):
    one = hands()
    with one.mind() as mind:
        told = beats(mind)
        peer.play("fa")
        play_ticks(peer, 36)
        come, last = told(lambda line: line.running and line.beat >= 1)
        tools.wait_until(come, "the beat")
        peer.play("fc", "f2 20 00")
        come, last = told(lambda line: not line.running and line.beat == 8)
        tools.wait_until(come, "the song position")
        peer.play("fb")
        play_ticks(peer, 36)
        come, last = told(lambda line: line.running and line.beat >= 9)
        tools.wait_until(come, "what follows it")
    assert last[-1].beat < 10


def test_a_clock_that_is_lost_is_told_and_taken_up_again(hands, peer, tools):
    one = hands()
    with one.mind() as mind:
        peer.play("fa")
        play_ticks(peer, 36)
        (line,) = one.wait_word("problem")
        assert "MIDI clock" in line
        seen = []

        def lost():
            while mind.poll():
                seen.append(mind.recv())
            return seen and seen[-1].timeline is None

        tools.wait_until(lost, "the loss")
        told = beats(mind)
        play_ticks(peer, 36)
        come, _ = told(lambda line: line.running)
        tools.wait_until(come, "the beat")


def read_dump(process):
    """(frame, message) of what jack_midi_dump -a has written."""
    process.terminate()
    said, _ = process.communicate(timeout=60)
    found = re.findall(r"^\s*(\d+):((?: [0-9a-f]{2})+)", said, re.MULTILINE)
    return [(int(frame), message.strip()) for frame, message in found]


def test_our_clock_is_read_by_somebody_else(program, hands, peer, tools):
    one = hands(output=None, settings=HandsSettings(clock_out=1))
    dump = program("jack_midi_dump", "-a", "Reader")
    tools.wait_until(lambda: ports("Reader"), "jack_midi_dump")
    (ours,) = ports(":Antiphon Out")
    subprocess.run(["jack_connect", ours, "Reader:input"], check=True, timeout=60)
    with one.mind() as mind:
        line = Timeline(one.now + 0.1, 0.0, 120.0)
        mind.send(Plan(0, timeline=line))
        time.sleep(1.1)
        line = line.with_tempo(180.0, one.now)
        mind.send(Plan(0, timeline=line))
        time.sleep(1.0)
        at = one.now
        stopped = Timeline(at, line.beat_at(at), 180.0, running=False)
        mind.send(Plan(0, timeline=stopped))
        time.sleep(0.3)
        mind.send(Plan(0, timeline=Timeline(one.now, 16.0, 180.0)))
        time.sleep(0.5)
    heard = read_dump(dump)
    # A machine that stands still for longer than a tick is a reason for more of them.
    left = iter(message for _, message in heard)
    assert all(word in left for word in ("fa", "f8", "fc", "f2 40 00", "fb", "f8"))
    clock = ClockIn()
    told = [clock.hear(bytes.fromhex(message), frame / 48000) for frame, message in heard]
    stops = [beat.timeline.beat for beat in told if beat and not beat.timeline.running]
    assert min(abs(beat - stopped.beat) for beat in stops) < 0.1
    assert clock.look(1e9) is not None


def test_jack_mclk_dump_reads_our_tempo(program, hands, peer, tools):
    one = hands(output=None, settings=HandsSettings(clock_out=1))
    (ours,) = ports(":Antiphon Out")
    reader = program("jack_mclk_dump", "-n", ours)
    tools.wait_until(lambda: ports("jack_mclk_dump"), "jack_mclk_dump")
    with one.mind() as mind:
        mind.send(Plan(0, timeline=Timeline(one.now + 0.1, 0.0, 150.0)))
        time.sleep(4.0)
    reader.terminate()
    said, _ = reader.communicate(timeout=60)
    tempos = [float(bpm) for bpm in re.findall(r"(\d+\.\d+) ?(?:BPM|bpm)?", said)]
    assert any(abs(bpm - 150) < 3 for bpm in tempos), said[-500:]


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
        play_ticks(peer, TICKS * 8)
        peer.wait_for("99 4d 46", "89 4d 00", "99 4d 46", "99 4c 64", "89 4c 00")
        peer.play("fc")
        session.terminate()
        assert session.wait(60) == 0
    finally:
        session.kill()
        session.wait()
    peer.wait_for_silence()


def test_the_way_through_a_loop_is_measured_and_what_to_set_is_said(hands, peer, monkeypatch):
    monkeypatch.setattr(latency, "CLICKS", 4)
    hands(input="Loop In", output="Loop Out", virtual_input="Loop In", virtual_output="Loop Out")
    figures = latency.bench_latency("Loop In", "Loop Out")
    assert figures["there and back"]["count"] == 4
    word, value = figures["to set"].split()
    assert word == "--latency"
    assert 0 < float(value) < 1
    with pytest.raises(UserError, match="peer synth"):
        latency.bench_latency("peer synth", "Loop Out")
