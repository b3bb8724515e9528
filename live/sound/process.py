"""The synth's process: a sound card asks for a block, and gets it.

What it says to the supervisor, as tuples on `control`:
    ("ready", {"device", "rate", "block", "latency", "font"})    latency: seconds from a message
                        to its sound, as far as the card says its own
    ("problem", line)
    ("stats", {...})    about four times a second: see Player.stats
What it is told:
    ("stop",)
The end of `control` is an order to stop. Exit codes: 0 stopped, 2 no sound to be had, 1 a fault.
"""

import gc
import os
import signal
import sys
import threading
import time
from bisect import insort
from multiprocessing.connection import Connection, wait
from operator import itemgetter
from typing import Any

from live.errors import UserError
from live.hands.realtime import MIND, SHARED, SOUND, ask_realtime
from live.sound.blocks import MARGIN, Blocks
from live.sound.config import SoundConfig
from live.sound.device import open_device
from live.sound.fonts import find_font
from live.sound.ring import RingReader
from live.sound.samples import Floats
from live.sound.synth import Synth

PULSE = 0.25  # seconds between stats
STARTS = 0.5  # seconds in which nothing is counted: cards stumble when they start
STUCK = 2.0  # seconds without a block asked for: the card has gone
_LOOK = 0.03  # seconds between looks for programs to be read
_SWITCH = 0.00005  # seconds that a thread may keep the interpreter from another


class Player:
    """Fills blocks with what the synth makes of the messages in a ring."""

    def __init__(self, config: SoundConfig, ring: Any, synth: Synth) -> None:
        self._config = config
        self._ring = RingReader(ring)
        self._synth = synth
        self._blocks = Blocks(config.block / config.rate)
        self.block = config.block  # frames: as many as the device asked for last
        self.begun = threading.Event()
        self._waiting: list[tuple[float, bytes]] = []  # when it is due, a message
        self._lost = 0
        self._busy = self._most = 0.0
        self.filled = 0.0  # seconds of sound since the last stats
        self.missing = self.slow = self.held = 0
        self._starting = STARTS
        self.faults: list[str] = []

    def fill(self, out: Floats, missing: bool) -> None:
        """A block, shape (frames, 2); missing: the card had nothing to play before it."""
        began, works = time.perf_counter(), time.thread_time()
        try:
            if len(out) != self.block:
                self.block = len(out)
                self._blocks = Blocks(self.block / self._config.rate)
            if not self.begun.is_set():
                self._begin()
            self._fill(out, began, missing)
        except Exception as error:
            out[:] = 0.0
            if len(self.faults) < 8:
                self.faults.append(f"the synth stumbled: {type(error).__name__}: {error}")
        took, worked = time.perf_counter() - began, time.thread_time() - works
        lasts = len(out) / self._config.rate
        self._busy += worked
        self._most = max(self._most, took)
        self.filled += lasts
        self._starting -= lasts
        if self._starting < 0:
            self.missing += missing
            self.slow += worked > lasts
            self.held += worked <= lasts < took

    def _begin(self) -> None:
        """In the first block, on the card's thread, which is not ours."""
        self.begun.set()
        _ask(self._config, SOUND)
        self._synth.rehearse()

    def _fill(self, out: Floats, began: float, missing: bool) -> None:
        synth, rate = self._synth, self._config.rate
        self._blocks.begin(began, missing)
        for message, due in self._ring.read():
            self._blocks.meet(due)
            insort(self._waiting, (due, message), key=itemgetter(0))
        if self._ring.lost != self._lost:  # among what is lost may be what was to end a note
            self._lost = self._ring.lost
            self._waiting.clear()
            synth.silence()
        while self._waiting:  # until its block comes: the card may lose time before
            frame = round(self._blocks.place(self._waiting[0][0]) * rate)
            if frame >= len(out):
                break
            synth.send(self._waiting.pop(0)[1], frame)
        out[:] = synth.render(len(out))

    def stats(self) -> dict[str, Any]:
        """missing: under-runs, as the device says; slow: blocks that took more of the thread's own
        time than they last, which are under-runs by us: or by the system, for its interrupts, and
        what the host of a virtual machine takes from it unsaid, are counted as the thread's time
        too (`antiphon bench sound` counts both on a loop that has nothing to be slow with); held:
        blocks that took so long by the clock alone, because the machine was at something else;
        most_ms: what one took at most since the last stats; busy: the share of a processor since
        then; voices; delay_ms: from a message to the block that it sounds in; lost: messages that
        were too many."""
        filled, self.filled = self.filled, 0.0
        busy, self._busy = self._busy, 0.0
        most, self._most = self._most, 0.0
        return {
            "missing": self.missing,
            "slow": self.slow,
            "held": self.held,
            "most_ms": most * 1e3,
            "busy": busy / filled if filled else 0.0,
            "voices": self._synth.voices,
            "delay_ms": self._blocks.delay * 1e3,
            "lost": self._lost,
        }


def run_sound(config: SoundConfig, control: Connection, ring: Any) -> None:
    """Be the synth until told to stop: the target of a process of its own (spawned). ring: shared
    memory from ring.shared_ring()."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setswitchinterval(_SWITCH)
    try:
        _play(config, control, ring)
    except (EOFError, BrokenPipeError):  # nobody is there any more
        pass
    except UserError as error:
        control.send(("problem", str(error)))
        sys.exit(2)


def _ask(config: SoundConfig, priority: int) -> None:
    if config.realtime:
        ask_realtime(priority)


def _make_ready(config: SoundConfig, synth: Synth, control: Connection) -> None:
    """Read the programs that are asked for: long work, before which the hands go."""
    _ask(config, MIND)
    try:
        synth.make_ready()
    except UserError as error:
        control.send(("problem", str(error)))
    _ask(config, SHARED)


def _play(config: SoundConfig, control: Connection, ring: Any) -> None:
    font = find_font(config.font)
    synth = Synth(font, config.rate, at_once=False)
    player = Player(config, ring, synth)
    device = open_device(config, player.fill)
    gc.collect()
    gc.freeze()
    gc.disable()  # no collection, however long, may come into a block
    _ask(config, SHARED)  # or the card's thread waits for the interpreter with whoever we wait for
    try:
        device.start()
        player.begun.wait(STARTS)  # then it is known how much it asks for
        about = {"device": device.name, "rate": config.rate, "block": player.block}
        behind = device.latency + player.block / config.rate + MARGIN
        control.send(("ready", {**about, "latency": behind, "font": font.stem}))
        pulse, silent = time.monotonic(), 0
        while not wait([control], _LOOK) or control.recv() != ("stop",):
            if synth.wanted:
                _make_ready(config, synth, control)
            if (now := time.monotonic()) >= pulse:
                pulse = now + PULSE
                # Counted, not timed: it may be all of us who stood still.
                silent = 0 if player.filled else silent + 1
                if silent * PULSE > STUCK:
                    line = f"{device.name} asks for no sound any more: it goes on when it is back"
                    control.send(("problem", line))
                    os._exit(2)  # closing what has gone may take for ever
                control.send(("stats", player.stats()))
                while player.faults:
                    control.send(("problem", player.faults.pop()))
        control.send(("stats", player.stats()))
    finally:
        device.close()
