"""Two peers of Ableton Link's, to be run in a network of their own: a bare one, and a session."""

import contextlib
import math
import multiprocessing
import threading
import time
from bisect import bisect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from live import midi
from live.hands.config import LOOPBACK, HandsConfig, HandsSettings
from live.plan import Beat
from live.settings import Settings
from live.stage import Stage, StageConfig
from live.tempo.click import CHANNEL
from live.tempo.timeline import Timeline

BAR = 4
EVERY = 0.01  # seconds between two readings of the bare peer

_CONTEXT = multiprocessing.get_context("spawn")


# --- the other peer


def run_bare(wire: Connection, bpm: float) -> None:
    """A peer of the package's and nothing of ours: obeys ("tempo", bpm), ("play", bool), ("stop",)
    and sends ("read", at, bpm, beat, playing, peers) every 10 ms."""
    from link import Link

    peer = Link(bpm)
    clock = peer.clock()
    peer.startStopSyncEnabled = True
    peer.enabled = True
    while True:
        if wire.poll(EVERY):
            word, *values = wire.recv()
            if word == "stop":
                break
            state = peer.captureSessionState()
            if word == "tempo":
                state.setTempo(values[0], clock.micros())
            else:
                state.setIsPlaying(values[0], clock.micros())
            peer.commitSessionState(state)
        state = peer.captureSessionState()
        before, micros, after = time.perf_counter(), clock.micros(), time.perf_counter()
        if after - before < 1e-4:
            beat = state.beatAtTime(micros, BAR)
            at = (before + after) / 2
            wire.send(("read", at, state.tempo(), beat, state.isPlaying(), peer.numPeers()))
    peer.enabled = False


@dataclass
class Bare:
    """The other peer, seen from here. read: where it had the beat, at perf_counter() seconds; in
    Link that goes on whether or not the transport runs."""

    wire: Connection
    read: list[Timeline] = field(default_factory=list)
    playing: bool = False
    peers: int = 0

    def take(self) -> None:
        while self.wire.poll():
            _, at, bpm, beat, self.playing, self.peers = self.wire.recv()
            self.read.append(Timeline(at, beat, bpm, BAR))

    def tell(self, *words: Any) -> None:
        self.wire.send(words)


@contextlib.contextmanager
def bare_peer(bpm: float) -> Iterator[Bare]:
    ours, its = _CONTEXT.Pipe()
    process = _CONTEXT.Process(target=run_bare, args=(its, bpm), daemon=True)
    process.start()
    its.close()
    bare = Bare(ours)
    try:
        yield bare
    finally:
        with contextlib.suppress(OSError, EOFError):
            bare.tell("stop")
            while ours.poll(1.0):
                ours.recv()
        process.terminate()
        process.join(5)


# --- our side


@dataclass
class Ours:
    """A session whose beat Link keeps. beside: the peers that are read meanwhile. told: the beat
    it said, each with when; clicks: when each was sent (perf_counter() seconds)."""

    stage: Stage
    said: list[str]
    beside: list[Bare]
    told: list[tuple[float, Beat]] = field(default_factory=list)
    clicks: list[float] = field(default_factory=list)

    def play(self, seconds: float = math.inf, until: Callable[[], Any] = lambda: False) -> bool:
        """Go on for so long, or until that is true; whether it was."""
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            self.stage.turn(0.02)
            for bare in self.beside:
                bare.take()
            told = self.stage.told
            if told is not None and (not self.told or self.told[-1][1] is not told):
                self.told.append((time.perf_counter(), told))
            if until():
                return True
        return False

    @property
    def line(self) -> Timeline | None:
        """Where it says that the beat is; seconds of perf_counter()."""
        beat = self.stage.told
        return None if beat is None else self._shifted(beat)

    def line_at(self, at: float) -> Timeline | None:
        """The same, as it was at a moment."""
        number = bisect([seen for seen, _ in self.told], at)
        return self._shifted(self.told[number - 1][1]) if number else None

    def _shifted(self, beat: Beat) -> Timeline | None:
        line = beat.timeline
        if line is None:
            return None
        return Timeline(line.at + self.stage.epoch, line.beat, line.bpm, line.bar, line.running)


@contextlib.contextmanager
def session(
    model: Path, *beside: Bare, take: Path | None = None, **settings: Any
) -> Iterator[Ours]:
    ours, its = multiprocessing.Pipe()
    said: list[str] = []
    config = StageConfig(
        model,
        Settings(**({"clock": "link"} | settings)),
        0,
        HandsConfig(backend=LOOPBACK, settings=HandsSettings(click=1)),
        take,
    )
    stage = Stage(config, said.append, its)
    its.close()
    one = Ours(stage, said, list(beside))
    threading.Thread(target=_listen, args=(ours, one.clicks), name="ears", daemon=True).start()
    try:
        stage.wait_ready()
        yield one
    finally:
        stage.stop()


def _listen(wire: Connection, clicks: list[float]) -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            message, at = wire.recv()
            if midi.is_note_on(message) and message[0] & 15 == CHANNEL:
                clicks.append(at)


def off(ours: Timeline, theirs: Timeline) -> float:
    """By how much our beat is behind or before theirs at that moment, as seconds, in the bar."""
    beats = ours.beat_at(theirs.at) - theirs.beat
    return ((beats + BAR / 2) % BAR - BAR / 2) * theirs.period
