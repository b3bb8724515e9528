"""The built-in synth: when its notes sound, what 32 voices cost, and whether it makes others late.

The sound card is PortAudio's own choice: with a JACK server on its dummy driver none is needed, and
what the synth plays is recorded there.
"""

import contextlib
import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from live import midi
from live.bench.figures import ratio, spread
from live.bench.rig import EVERY, hands, load
from live.bench.sound_bare import bare_loop
from live.bench.sound_peer import Recorded, recording
from live.bench.sound_work import CHANGE, KEYS, PROGRAM, block_work, change, ends
from live.errors import UserError
from live.plan import OnTouch
from live.sound.config import SoundConfig
from live.sound.fonts import find_font
from live.sound.keeper import Sound
from live.sound.ring import RingWriter, shared_ring
from live.sound.samples import Floats
from live.sound.synth import Synth

CLICKS, APART = 200, 0.1  # notes recorded, seconds from one to the next
AHEAD = 0.2  # seconds: what sends them is no more on time than the machine is
CLICK = midi.note_on(9, 37, 110)  # a side stick
MATCHES, MATCH = 5, 3.0  # times that the bare loop is matched to the synth, seconds of each
TURNS, SECONDS = 3, 6.0  # of notes with the synth and without
SHAPE = 1024  # frames of a note by which it is found again
READY_LIMIT = 10.0


class Playing:
    """A synth that plays, and what it says."""

    def __init__(self, config: SoundConfig) -> None:
        self.lines: list[str] = []
        self.ring = shared_ring()
        self.writer = RingWriter(self.ring)
        self._sound = Sound(config, self.ring, self.lines.append, lambda: None)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="sound", daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while not self._over.is_set() and self._sound.wires():
            for wire, take_in, fell in self._sound.wires():
                try:
                    if wire.poll(0.05):
                        take_in(wire.recv())
                except (EOFError, OSError):
                    fell()

    @property
    def about(self) -> dict[str, Any]:
        return self._sound.about

    @property
    def stats(self) -> dict[str, Any]:
        return self._sound.stats

    def send(self, message: bytes, due: float | None = None) -> None:
        self.writer.write(message, time.perf_counter() if due is None else due)

    def stop(self) -> None:
        self._over.set()
        self._thread.join()
        self._sound.stop()


@contextlib.contextmanager
def playing(config: SoundConfig) -> Iterator[Playing]:
    """Raises UserError where there is no sound."""
    sound = Playing(config)
    try:
        until = time.monotonic() + READY_LIMIT
        while not sound.about:
            if sound.lines or time.monotonic() > until:
                raise UserError(sound.lines[0] if sound.lines else "the synth does not answer")
            time.sleep(0.05)
        time.sleep(2.0)  # it reads the piano and the drums
        yield sound
    finally:
        sound.stop()


def bench_sound(model: Path, seconds: float) -> dict[str, Any]:
    """seconds: of 32 voices. Raises UserError."""
    config = SoundConfig()
    figures: dict[str, Any] = {"rendered": {"onset_frames_off": _rendered(config)}}
    with playing(config) as sound:
        about = sound.about
        config = replace(config, block=about["block"])
        figures["device"] = f"{about['device']}, {about['rate']} Hz, blocks of {about['block']}"
        figures["captured, onset after its moment"] = _captured(sound, config)
        figures[f"{KEYS} keys"] = _voices(sound, config, seconds)
    figures[f"the same {KEYS} keys, no card asking"] = block_work(config, seconds)
    return figures | {"machine notes behind their plan": _lateness(model, config)}


def _rendered(config: SoundConfig) -> int:
    """The most frames between when a note is due and where it begins."""
    off = []
    synth = Synth(find_font(), config.rate)
    for channel in range(midi.CHANNELS):
        synth.send(midi.control_change(channel, midi.REVERB, 0))
    synth.render(1)
    for frame in range(0, 2000, 37):
        synth.silence()
        synth.send(CLICK, frame)
        loud = np.abs(synth.render(4096)).max(axis=1)
        off.append(int(np.flatnonzero(loud > 1e-5)[0]) - frame)
    return max(map(abs, off))


def _captured(sound: Playing, config: SoundConfig) -> dict[str, dict[str, float]]:
    """From when each note was due to where it begins in what was recorded of it: of all, and of
    those at which the server had not just lost time."""
    with recording("PortAudio", config.rate) as record:
        first = time.perf_counter() + 0.5
        dues = [first + number * APART + 0.0037 * (number % 7) for number in range(CLICKS)]
        for due in dues:
            time.sleep(max(0.0, due - AHEAD - time.perf_counter()))
            sound.send(CLICK, due)
        time.sleep(AHEAD + 0.5)
        recorded = record()
    shape = _shape(config)
    late = {due: at - due for due in dues if (at := _found(recorded, due, shape, config))}
    calm = [
        s for due, s in late.items() if not any(-0.1 < due - gap < 1.0 for gap in recorded.gaps)
    ]
    return {"all": spread(list(late.values())), "no under-run near": spread(calm)}


def _shape(config: SoundConfig) -> Floats:
    synth = Synth(find_font(), config.rate)
    synth.send(CLICK)
    whole: Floats = synth.render(SHAPE).sum(axis=1)
    return whole


def _found(recorded: Recorded, due: float, shape: Floats, config: SoundConfig) -> float:
    """When the note that was due then begins, by what it looks like; 0 where it is not there."""
    begins, places, frames, _ = recorded
    start = places[max(0, bisect_left(begins, due) - 1)]
    stretch = frames[start : start + SHAPE + int(0.06 * config.rate)]
    if len(stretch) < len(shape) or not stretch.any():
        return 0.0
    place = start + int(np.argmax(np.correlate(stretch, shape, "valid")))
    block = bisect_right(places, place) - 1
    return begins[block] + (place - places[block]) / config.rate


class Held:
    """Keys held on a synth, of which one changes every now and then."""

    def __init__(self, sound: Playing) -> None:
        self._sound = sound
        self._number = 0
        sound.send(PROGRAM)

    def change(self) -> None:
        for message in change(self._number):
            self._sound.send(message)
        self._number += 1
        time.sleep(CHANGE)

    def end(self) -> None:
        for message in ends(self._number):
            self._sound.send(message)


def _voices(sound: Playing, config: SoundConfig, seconds: float) -> dict[str, Any]:
    """Under-runs while so many keys are held, beside a loop of as much work."""
    held = Held(sound)
    for _ in range(KEYS):
        held.change()
    seen: list[dict[str, Any]] = []

    def go_on(seconds: float) -> list[dict[str, Any]]:
        until, here = time.monotonic() + seconds, len(seen)
        while time.monotonic() < until:
            held.change()
            if not (seen and seen[-1] is sound.stats):
                seen.append(sound.stats)
        return seen[here:]

    with bare_loop(config) as bare:
        for _ in range(MATCHES):
            bare.stats()
            bare.match(_busy(go_on(MATCH)))
        seen.clear()
        before, bare_before, began = sound.stats, bare.stats(), time.monotonic()
        go_on(seconds)
        after, bare_after = sound.stats, bare.stats()
    held.end()
    voices = [stats["voices"] for stats in seen]
    return {
        "seconds": round(time.monotonic() - began),
        "voices, least": min(voices, default=0),
        "voices, median": int(np.median(voices)) if voices else 0,
        "under-runs": after["missing"] - before["missing"],
        "by us": _counts(seen, before, after),
        "a bare loop of as much work": _counts([bare_after], bare_before, bare_after),
    }


def _busy(seen: list[dict[str, Any]]) -> float:
    return float(np.mean([stats["busy"] for stats in seen])) if seen else 0.0


def _counts(
    seen: list[dict[str, Any]], before: dict[str, Any], after: dict[str, Any]
) -> dict[str, Any]:
    """What Player.stats says from one moment to another, and in between."""
    return {
        "blocks of more work than they last": after["slow"] - before["slow"],
        "held up": after["held"] - before["held"],
        "processor": round(_busy(seen), 3),
        "longest_ms": round(max((stats["most_ms"] for stats in seen), default=0.0), 2),
    }


def _lateness(model: Path, config: SoundConfig) -> dict[str, Any]:
    """Notes every 10 ms to a port, in turns: with the synth playing them too, and without."""
    late: dict[str, list[float]] = {"synth on": [], "synth off": []}
    with load(model):
        for _ in range(TURNS):
            with playing(config) as sound:
                late["synth on"] += _notes(sound.ring)
            late["synth off"] += _notes(None)
    figures: dict[str, Any] = {name: spread(values) for name, values in late.items()}
    return figures | {"ratio": ratio(figures["synth on"], figures["synth off"])}


def _notes(ring: Any) -> list[float]:
    with hands(ring=ring) as rig:
        rig.play(SECONDS, OnTouch.KEEP, duration=20 * EVERY)
        time.sleep(SECONDS + 0.5)
        return [sounded.late for sounded in rig.sounded]
