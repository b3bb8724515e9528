"""Real ports between real processes: a JACK server of our own, peers to play with, the hands.

The server uses the dummy driver, so it needs no sound card. It must outlive every client: a
client of a dead server hangs.
"""

import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
import time
from multiprocessing.connection import Client
from types import SimpleNamespace

import pytest

from live.hands.config import CLIENT, HandsConfig
from live.hands.ledger import shared_book
from live.hands.process import run_hands
from live.wire import Wire

PATIENCE = 120.0  # seconds: for a slow machine under load; nothing here asserts speed
SETTLE = 0.03  # seconds: RtMidi crashes when closed with messages in hand (see ports.py)
SPAWN = multiprocessing.get_context("spawn")


def wait_until(condition, what, patience=PATIENCE):
    """The condition's first true value; fails, naming `what`, when patience runs out."""
    end = time.monotonic() + patience
    while not (value := condition()):  # once more after the end: it may be we that stood still
        if time.monotonic() > end:
            pytest.fail(f"waited {patience} s in vain for {what}")
        time.sleep(0.005)
    return value


def until_answered(play, condition, what, rest=20.0):
    """Play, and wait for the condition's first true value. A machine that stood still may have been
    too late for all of its answer: then play again."""

    def once_more():
        play()
        until = time.monotonic() + rest
        while not (value := condition()) and time.monotonic() < until:
            time.sleep(0.005)
        return value

    return wait_until(once_more, what)


def our_own(name):
    """A client's name for this test run: two JACK servers mix up clients called the same."""
    return f"{name} {os.environ.get('JACK_DEFAULT_SERVER', '')[-1:]}"


@pytest.fixture(scope="session")
def jack(tmp_path_factory):
    """A JACK server with the dummy driver, for this test process alone; its name."""
    if not sys.platform.startswith("linux"):
        pytest.skip("JACK's dummy driver is tried on Linux only")
    if shutil.which("jackd") is None:
        pytest.fail("jackd is missing: apt-get install --no-install-recommends jackd2")
    slot, lock = _slot()
    name = f"antiphon_test_{slot}"
    os.environ |= {
        "JACK_DEFAULT_SERVER": name,
        "JACK_NO_START_SERVER": "1",
        "JACK_NO_AUDIO_RESERVATION": "1",
        "MIDO_BACKEND": "mido.backends.rtmidi/UNIX_JACK",
    }
    # A long period: at an overrun JACK loses messages, and these tests are not about speed.
    log = tmp_path_factory.mktemp("jack") / "jackd.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            ["jackd", "-n", name, *_realtime(), "-S", "-d", "dummy", "-r", "48000", "-p", "512"],
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=_end_with_us,
        )
    try:

        def answers():
            if server.poll() is not None:
                pytest.fail(f"jackd ended at once: {log.read_text()[-2000:]}")
            return (
                subprocess.run(["jack_lsp"], capture_output=True, timeout=PATIENCE).returncode == 0
            )

        wait_until(answers, "the JACK server")
        time.sleep(0.2)
        answers()  # not another server of that name
        yield name
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        lock.close()


def _slot():
    """A number that no other test run on this machine has now, and the lock that keeps it so.

    JACK remembers eight servers at most, dead ones too, and forgets a dead one only when its
    name is used again: so the names are few.
    """
    import fcntl

    for slot in range(4):
        path = os.path.join(tempfile.gettempdir(), f"antiphon_test_{os.getuid()}_{slot}.lock")
        lock = open(path, "w")  # noqa: SIM115
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
        else:
            return slot, lock
    return pytest.fail("four test runs have a JACK server each on this machine: wait for one")


def _end_with_us():
    """In the server: end when the test process does, however it ends."""
    import ctypes
    import signal

    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _realtime():
    """Real-time threads where they may be had: without them MIDI is lost at overruns."""
    try:
        before = os.sched_getscheduler(0)
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
        os.sched_setscheduler(0, before, os.sched_param(0))
    except OSError:
        return ["-r"]
    return ["-R", "-P20"]


class Peer:
    """A musician's gear: a keyboard to play on and a synth that writes down what it is sent."""

    def __init__(self, name):
        self.name = name
        self.keyboard_name, self.synth_name = f"{name} keyboard", f"{name} synth"
        self.received = []  # (seconds by time.perf_counter(), message)
        self._in = self._out = None
        self.plug_synth()
        self.plug_keyboard()

    def plug_synth(self):
        import rtmidi

        if self._in is not None:
            return
        self._in = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name=our_own(self.name))
        self._in.ignore_types(False, False, False)
        self._in.set_callback(self._receive)
        self._in.open_virtual_port(self.synth_name)

    def plug_keyboard(self):
        import rtmidi

        if self._out is not None:
            return
        self._out = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=our_own(self.name))
        self._out.open_virtual_port(self.keyboard_name)

    def unplug_synth(self):
        if self._in is not None:
            self._in.cancel_callback()
            self._in.close_port()
            time.sleep(SETTLE)
            self._in.delete()
            self._in = None

    def unplug_keyboard(self):
        if self._out is not None:
            time.sleep(SETTLE)
            self._out.close_port()
            time.sleep(SETTLE)
            self._out.delete()
            self._out = None

    def _receive(self, event, _):
        self.received.append((time.perf_counter(), bytes(event[0])))

    def play(self, *hexes):
        for message in hexes:
            self._out.send_message(bytes.fromhex(message))

    @property
    def hexes(self):
        return [message.hex(" ") for _, message in list(self.received)]

    def wait_for(self, *hexes):
        """Until all these have come, in this order; other messages may be between."""

        def come():
            left = iter(self.hexes)
            return all(message in left for message in hexes)

        wait_until(come, f"{hexes} among {self.hexes[-20:]}")

    def sounding(self):
        """The (channel, pitch) of the notes not ended."""
        down = set()
        for _, message in list(self.received):
            if message[0] & 0xF0 == 0x90 and message[2]:
                down.add((message[0] & 15, message[1]))
            elif message[0] & 0xE0 == 0x80:
                down.discard((message[0] & 15, message[1]))
        return down

    def wait_for_silence(self):
        """Until every note has ended: what was sent last may still be on its way."""
        wait_until(lambda: not self.sounding(), f"the end of {self.sounding()}")

    def unplug(self):
        self.unplug_synth()
        self.unplug_keyboard()

    def _of_hands(self):
        import rtmidi

        try:
            return [name for name in self._in.get_ports() if name.startswith(CLIENT)]
        except rtmidi.InvalidPortError:  # one has gone meanwhile
            return True

    def fresh(self):
        """As new: all plugged in, nothing received, and the hands of the test before have gone:
        those that were killed may have had a note in hand."""
        self.plug_synth()
        self.plug_keyboard()
        wait_until(lambda: not self._of_hands(), "the hands before to go")
        self.received.clear()
        return self


@pytest.fixture(scope="session")
def peers(jack):
    """The Peers so far, by name. They stay plugged in from test to test: libjack may crash when
    ports come and go while other clients do (JackClient::HandleLatencyCallback)."""
    peers = {}
    yield peers
    for peer in peers.values():
        peer.unplug()


@pytest.fixture
def plug(peers):
    """Plug in a Peer by name."""

    def plug(name="Peer"):
        if name not in peers:
            peers[name] = Peer(name)
        return peers[name].fresh()

    return plug


@pytest.fixture
def peer(plug):
    return plug()


class Hands:
    """The hands in a process of their own, as a supervisor sees them."""

    def __init__(self, config, loopback=None):
        self.config = config
        self.book = shared_book()
        self.start(loopback)

    def start(self, loopback=None):
        self.said = []
        self.control, theirs = SPAWN.Pipe()
        self.process = SPAWN.Process(
            target=run_hands, args=(self.config, theirs, self.book, loopback), daemon=True
        )
        self.process.start()
        theirs.close()

    def _listen(self):
        try:
            while self.control.poll():
                self.said.append(self.control.recv())
        except (EOFError, OSError):
            pass

    def wait_word(self, word, condition=lambda *_: True):
        """The next ("word", ...) for which condition(...) holds, without the word."""

        def come():
            self._listen()
            for said in self.said:
                if said[0] == word and condition(*said[1:]):
                    self.said.remove(said)
                    return said[1:]
            return None

        return wait_until(come, f"{word!r} among {self.said[-5:]}")

    def stats(self, condition=lambda _: True):
        """What the hands say of themselves: the first from now on for which it holds."""
        asked = self.now
        (stats,) = self.wait_word("stats", lambda it: it["at"] >= asked and condition(it))
        return stats

    def ready(self):
        (self.facts,) = self.wait_word("ready")
        return self

    def tell(self, *order):
        self.control.send(order)

    def panic_again(self, *peers):
        """Ask until everything has ended at these: a second time counts for two seconds only, and
        we, or the hands, may stand still for longer."""

        def everything():
            self.tell("panic")
            time.sleep(0.1)
            return all("bf 78 00" in peer.hexes for peer in peers)

        wait_until(everything, "All Sound Off")

    def mind(self, seq=0):
        """Connect as the mind."""
        authkey = bytes(multiprocessing.current_process().authkey)
        mind = Wire(Client(self.facts["address"], authkey=authkey))
        mind.send(("from", seq))
        return mind

    @property
    def now(self):
        return time.perf_counter() - self.config.epoch

    def ended(self):
        """The exit code, once ended."""
        wait_until(lambda: not self.process.is_alive(), "the hands to end")
        self.process.join()
        return self.process.exitcode

    def end(self):
        if self.process.is_alive():
            self.process.kill()
        self.process.join(10)
        self.control.close()


@pytest.fixture
def hands(request):
    """Start the hands with these settings, and wait until they are ready.

    Without others they listen to a Peer's keyboard and play into its synth.
    """
    started = []

    def start(**settings):
        loopback = settings.pop("loopback", None)
        defaults = {"epoch": time.perf_counter()}
        defaults |= {"late_limit": PATIENCE}  # a slow machine is no reason to skip a note here
        if loopback is None:
            defaults |= {"input": "peer keyboard", "output": "peer synth"}
        wait = settings.pop("wait", True)
        started.append(Hands(HandsConfig(**(defaults | settings)), loopback))
        return started[-1].ready() if wait else started[-1]

    yield start
    for one in started:
        one.end()


@pytest.fixture(scope="session")
def tools():
    """What the tests of this folder share beyond fixtures."""
    return SimpleNamespace(
        wait_until=wait_until, until_answered=until_answered, spawn=SPAWN, patience=PATIENCE
    )
