"""Several synths over real ports: each side at its own, with its program, and none left hanging."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from live.hands.config import HandsSettings
from live.hands.ledger import keys, pages
from live.plan import Channels, OnTouch, Plan, PlannedNote

from .jack_ports import connect, ports

KEEP = OnTouch.KEEP
TINY = Path(__file__).parents[1] / "data" / "tiny.onnx"


@pytest.fixture
def strings(plug):
    """The machine's synth; the Peer has the keyboard, and the player's."""
    return plug("Strings")


def apart(hands, **settings):
    return hands(output=(), output_you="peer synth", output_machine="strings synth", **settings)


def both_sound(one, mind, peer, strings):
    """A long note of the machine's, then a key and a pedal of the player's: a key that came before
    the plan would make it stale."""
    mind.send(Plan(0, (PlannedNote(1, one.now, 50.0, 1, 64, 80),), on_touch=KEEP))
    strings.wait_for("91 40 50")
    peer.play("b0 40 7f", "90 3c 40")
    peer.wait_for("b0 40 7f", "90 3c 40")


YOUR_ENDS, ITS_ENDS = ["80 3c 00", "b0 40 00"], ["81 40 00"]


@pytest.mark.parametrize("way", ["stop", "terminate", "abandon"])
def test_each_side_is_heard_and_ended_at_its_own_synth_alone(hands, peer, strings, way):
    one = apart(hands)
    assert one.facts["output"] == ", ".join(one.facts["outputs"])
    assert [name.rsplit(" (")[-1] for name in one.facts["outputs"]] == ["you)", "machine)"]
    with one.mind() as mind:
        both_sound(one, mind, peer, strings)
        ends = {
            "stop": lambda: one.tell("stop"),
            "terminate": one.process.terminate,
            "abandon": one.control.close,
        }
        ends[way]()
        assert one.ended() == 0
    peer.wait_for(*YOUR_ENDS)
    strings.wait_for(*ITS_ENDS)
    assert peer.hexes == ["b0 40 7f", "90 3c 40", *YOUR_ENDS]
    assert strings.hexes == ["91 40 50", *ITS_ENDS]
    assert [keys(page) for page in pages(one.book)] == [[]] * 8


def test_two_synths_of_both_sides_sound_the_same(hands, peer, strings):
    one = hands(output=("peer synth", "strings synth"))
    with one.mind() as mind:
        mind.send(Plan(0, (PlannedNote(1, one.now, 0.1, 1, 64, 80),), on_touch=KEEP))
        peer.wait_for("91 40 50")  # a key that came before the plan would make it stale
        peer.play("90 3c 40", "80 3c 40")
        for synth in (peer, strings):
            synth.wait_for("91 40 50", "81 40 00")
            synth.wait_for("90 3c 40", "80 3c 40")
    assert sorted(peer.hexes) == sorted(strings.hexes)


def test_hands_that_are_killed_left_a_page_for_each_synth(hands, peer, strings):
    one = apart(hands)
    with one.mind() as mind:
        both_sound(one, mind, peer, strings)
        one.process.kill()
        one.ended()
    left = [keys(page) for page in pages(one.book)]
    assert left == [[(0, 60)], [(1, 64)], *[[]] * 6]
    one.start()
    one.ready()
    peer.wait_for(*YOUR_ENDS)
    strings.wait_for(*ITS_ENDS)
    peer.wait_for_silence()
    strings.wait_for_silence()


@pytest.mark.parametrize("gone", ["peer", "strings"])
def test_a_synth_that_was_unplugged_when_the_hands_were_killed(hands, peer, strings, gone):
    one = apart(hands, poll_every=0.1)
    gone, there, its_ends = {
        "peer": (peer, strings, ITS_ENDS),
        "strings": (strings, peer, YOUR_ENDS),
    }[gone]
    with one.mind() as mind:
        both_sound(one, mind, peer, strings)
        gone.unplug_synth()
        one.process.kill()
        one.ended()
    one.config = replace(one.config, chosen=one.facts["chosen"])
    one.start()
    name, line = one.wait_word("lost")
    assert gone.synth_name in name
    assert "\n" not in line
    there.wait_for(*its_ends)
    there.wait_for_silence()
    one.ready()
    gone.received.clear()
    gone.plug_synth()
    one.wait_word("found")
    gone.wait_for("b0 7b 00", "b1 7b 00")
    with one.mind() as mind:
        both_sound(one, mind, peer, strings)
    one.tell("stop")
    assert one.ended() == 0
    peer.wait_for_silence()
    strings.wait_for_silence()


def test_a_keyboard_that_was_unplugged_when_the_hands_were_killed(hands, peer):
    one = hands(poll_every=0.1)
    peer.play("90 3c 40")
    peer.wait_for("90 3c 40")
    peer.unplug_keyboard()
    one.process.kill()
    one.ended()
    one.config = replace(one.config, chosen=one.facts["chosen"])
    one.start()
    one.wait_word("lost", lambda name, _: peer.keyboard_name in name)
    peer.wait_for("80 3c 00")
    one.ready()
    peer.plug_keyboard()
    one.wait_word("found")
    peer.play("90 40 40", "80 40 40")
    peer.wait_for("90 40 40", "80 40 40")


def test_the_loss_of_one_synth_ends_nothing_at_the_other(hands, peer, strings):
    one = apart(hands, poll_every=0.1, settings=HandsSettings(program=5))
    with one.mind() as mind:
        mind.send(Channels((1,)))
        both_sound(one, mind, peer, strings)
        strings.unplug_synth()
        name, _ = one.wait_word("lost")
        assert "Strings synth" in name
        peer.play("90 40 40", "80 40 40")
        peer.wait_for("90 40 40", "80 40 40")
        assert peer.sounding() == {(0, 60)}
        strings.received.clear()
        strings.plug_synth()
        one.wait_word("found")
        strings.wait_for("81 40 00", "b1 7b 00", "c1 04")
        mind.send(Plan(2, (PlannedNote(2, one.now, 0.1, 1, 70, 80),), on_touch=KEEP))
        strings.wait_for("91 46 50", "81 46 00")
    assert not [message for message in peer.hexes if message[1] == "1"]


def test_panic_reaches_every_synth(hands, peer, strings):
    one = apart(hands)
    with one.mind() as mind:
        both_sound(one, mind, peer, strings)
        one.tell("panic")
        peer.wait_for(*YOUR_ENDS)
        strings.wait_for(*ITS_ENDS)
        one.panic_again(peer, strings)
        for synth in (peer, strings):
            synth.wait_for("b0 7b 00", "bf 7b 00", "bf 78 00")


def test_programs_are_selected_when_it_begins_and_when_they_change(hands, peer, strings):
    one = apart(hands, settings=HandsSettings(program=1, bank=130, program_you=20))
    peer.wait_for("c0 13")
    with one.mind() as mind:
        mind.send(Channels((1, 3)))
        strings.wait_for("b1 00 01", "b1 20 01", "c1 00", "b3 00 01", "b3 20 01", "c3 00")
        one.tell("set", {"program": 128})
        strings.wait_for("c1 7f", "c3 7f")
        one.tell("set", {"program_you": 2, "thru_channel": 4})
        peer.wait_for("c3 01")
    assert [m for m in peer.hexes if m[0] == "c"] == ["c0 13", "c3 01"]


# --- with somebody else's program at the other end ---


@pytest.fixture
def dump(jack, tools, tmp_path):
    """jack_midi_dump at a port; what it gives is called for what came so far."""
    started = []

    def listen(name, port):
        if shutil.which("jack_midi_dump") is None:
            pytest.skip("jack_midi_dump is not installed (jack-example-tools)")
        said = tmp_path / name
        with said.open("wb") as out:
            command = ["jack_midi_dump", "-a", name]
            started.append(subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL))
        tools.wait_until(lambda: ports(f"{name}:input"), "jack_midi_dump")
        (ours,) = ports(f":{port}")
        connect(ours, f"{name}:input")

        def messages():
            lines = re.findall(r"^\s*\d+:((?: [0-9a-f]{2})+).*\n", said.read_text(), re.M)
            return [line.strip() for line in lines]

        return messages

    yield listen
    for process in started:
        process.kill()
        process.wait()


def test_the_machine_may_have_a_virtual_port_of_its_own(hands, peer, dump, tools):
    one = hands(output=(), output_machine="Antiphon Machine Out")
    yours, its = dump("Yours", "Antiphon Out"), dump("Its", "Antiphon Machine Out")
    with one.mind() as mind:
        mind.send(Plan(0, (PlannedNote(1, one.now, 0.1, 1, 64, 80),), on_touch=KEEP))
        tools.wait_until(its, "the machine's note")
        peer.play("90 3c 40", "80 3c 40")
        tools.wait_until(lambda: len(yours()) > 1 and len(its()) > 1, "the end of both")
        one.stats(lambda it: it["heard"] == 2 and it["sounded"] and not it["machine"])
    assert yours() == ["90 3c 40", "80 3c 40"]
    assert its() == ["91 40 50", "81 40 00"]


# --- Local Control ---


@pytest.fixture
def keyboard(peer):
    """A keyboard with sounds of its own: JACK names both its ports alike."""
    import rtmidi

    slot = os.environ["JACK_DEFAULT_SERVER"][-1]
    keys = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=f"Stage capture {slot}")
    keys.open_virtual_port("keys")
    sounds = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name=f"Stage playback {slot}")
    got = []
    sounds.set_callback(lambda event, _: got.append(bytes(event[0]).hex(" ")))
    sounds.open_virtual_port("keys")
    yield got
    sounds.cancel_callback()
    for port in (keys, sounds):
        time.sleep(0.03)
        port.close_port()
        time.sleep(0.03)
        port.delete()


def test_local_control_is_switched_off_and_is_on_again_at_the_end(hands, keyboard, tools):
    one = hands(input="stage capture", settings=HandsSettings(local=0))
    off = [f"b{channel:x} 7a 00" for channel in range(16)]
    on = [f"b{channel:x} 7a 7f" for channel in range(16)]
    tools.wait_until(lambda: keyboard == off, "Local Off")
    one.tell("set", {"local": 1})
    tools.wait_until(lambda: keyboard == off + on, "Local On")
    one.tell("set", {"local": 0})
    tools.wait_until(lambda: len(keyboard) == 48, "Local Off")
    one.process.terminate()
    assert one.ended() == 0
    tools.wait_until(lambda: keyboard == (off + on) * 2, "Local On")


def test_a_keyboard_that_cannot_be_told_is_named_in_one_line(hands, peer):
    one = hands(settings=HandsSettings(local=0))
    (line,) = one.wait_word("problem")
    assert "Peer keyboard" in line
    assert "\n" not in line


# --- a whole session ---


@pytest.fixture
def session(peer, strings, tools, tmp_path):
    log = tmp_path / "log"
    options = ["--output-you", "peer synth", "--output-machine", "strings synth", "--channel", "2"]
    options += ["--program", "5", "--program-you", "9", "--parts", "piano:2:C3-C6"]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "live.cli", "play", "--model", str(TINY), "--no-take"),
                *("-i", "peer keyboard", "--seed", "3", *options),
            ],
            stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd=tmp_path,
        )  # fmt: skip
    tools.wait_until(lambda: "ready in" in log.read_text(), "the session to be ready")
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()


def children(process):
    """Process ids by age: Python's own helper, the hands, the mind."""
    path = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    ids = [int(number) for number in path.read_text().split()]
    started = {n: Path(f"/proc/{n}/stat").read_text().rsplit(")", 1)[1] for n in ids}
    return sorted(ids, key=lambda n: int(started[n].split()[19]))


def phrase(peer):
    for pitch in (60, 64, 67, 72):
        peer.play(f"90 {pitch:02x} 50")
        time.sleep(0.12)
        peer.play(f"80 {pitch:02x} 40")


@pytest.mark.parametrize("fallen", [None, "hands", "mind"])
def test_a_whole_session_with_two_synths(session, peer, strings, tools, tmp_path, fallen):
    peer.wait_for("c0 08")
    strings.wait_for("c1 04")  # before a note is played

    def answered():
        return any(m[:2] == "91" for m in strings.hexes)

    tools.until_answered(lambda: phrase(peer), answered, "an answer")
    if fallen:
        os.kill(children(session)[{"hands": 1, "mind": 2}[fallen]], signal.SIGKILL)
        news = f"the {fallen} fell: starting anew"
        tools.wait_until(lambda: news in (tmp_path / "log").read_text(), "the news")
        if fallen == "hands":
            tools.wait_until(lambda: strings.hexes.count("c1 04") > 1, "the program anew")
        time.sleep(1.0)
    session.terminate()
    assert session.wait(tools.patience) == 0
    peer.wait_for_silence()
    strings.wait_for_silence()
    assert not [m for m in peer.hexes if m[1] == "1"]
    ons = [int(m[3:5], 16) for m in strings.hexes if m[0] == "9"]
    assert all(48 <= pitch <= 84 for pitch in ons)
    assert not [m for m in strings.hexes if m[0] in "89" and m[1] == "0"]
    assert (strings.hexes.count("c1 04") > 1) == (fallen == "hands")


def test_a_session_outlives_a_synth_unplugged_and_the_hands_killed(
    session, peer, strings, tools, tmp_path
):
    log = tmp_path / "log"
    peer.play("90 3c 50")
    peer.wait_for("90 3c 50")
    strings.unplug_synth()
    os.kill(children(session)[1], signal.SIGKILL)
    tools.wait_until(lambda: "is unplugged" in log.read_text(), "the news")
    peer.wait_for("80 3c 00")
    strings.received.clear()
    strings.plug_synth()
    tools.wait_until(lambda: "is back" in log.read_text(), "the news")

    def answered():
        phrase(peer)
        time.sleep(1.5)
        return any(m[:2] == "91" for m in strings.hexes)

    tools.wait_until(answered, "an answer at the synth that came back")
    session.terminate()
    assert session.wait(tools.patience) == 0
    peer.wait_for_silence()
    strings.wait_for_silence()
