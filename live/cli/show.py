"""The status line: what it hears, what it does, how fast it is; and what it did, at the end."""

import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from live.hands.config import SYNTH
from live.pitches import note_name

EVERY = 0.1  # seconds between two drawings
MOST_NOTES = 8


def notes(pitches: list[int]) -> str:
    more = "…" if len(pitches) > MOST_NOTES else ""
    return " ".join(note_name(p) for p in pitches[:MOST_NOTES]) + more or "·"


def status(stats: Mapping[str, Any], sound: Mapping[str, Any]) -> str:
    """One line from the hands' stats and the synth's."""
    if not stats:
        return "waiting for the first note"
    doing = "plays" if stats["machine"] or stats["planned"] else "listens"
    late, thru = stats["late_ms"], stats["thru_us"]
    figures = f"late {late['median']:.2f}/{late['p99']:.2f} ms  thru {thru['median']:.0f} µs"
    if "missing" in sound:
        figures += f"  sound {sound['busy']:.0%}, {sound['missing']} under-runs"
    return f"you {notes(stats['player']):<24} │ {doing} {notes(stats['machine']):<24} │ {figures}"


def plays_to(outputs: Sequence[str], sound: Mapping[str, Any]) -> str:
    """The outputs, and by what the built-in synth is heard where it is one of them."""
    names = ", ".join(outputs) or "no port"
    if not any(name.startswith(SYNTH) for name in outputs):
        return names
    if not sound:
        return f"{names} (silent: without a sound card)"
    return (
        f"{names} (by {sound['device']}, {sound['rate']} Hz, blocks of {sound['block']}, "
        f"{sound['latency'] * 1e3:.1f} ms behind, font {sound['font']})"
    )


def sounded(sound: Mapping[str, Any]) -> str:
    """How the synth fared, from what it says of itself; empty where there is none."""
    if "missing" not in sound:
        return ""
    return f"sound: {sound['missing']} under-runs, {sound['slow']} by us"


def played(stats: Mapping[str, Any]) -> str:
    """What the machine played and how punctually, from the hands' last stats; empty if nothing."""
    if not (stats and stats["sounded"]):
        return ""
    three = "/".join(f"{stats['late_ms_whole'][key]:.2f}" for key in ("median", "p99", "max"))
    return (
        f"{stats['sounded']} notes, late {three} ms (median/p99/worst), "
        f"note-offs over 5 ms late: {stats['late_offs']}"
    )


class StatusLine:
    """Draws the status in place on a terminal; on anything else only what is said is written."""

    def __init__(self, out: TextIO = sys.stderr) -> None:
        self._out = out
        self._alive = out.isatty()
        self._drawn = 0.0

    def say(self, line: str) -> None:
        """A line that stays."""
        wipe = "\r\x1b[K" if self._alive else ""
        print(f"{wipe}{line}", file=self._out, flush=True)

    def draw(self, stats: Mapping[str, Any], sound: Mapping[str, Any] | None = None) -> None:
        now = time.monotonic()
        if self._alive and now - self._drawn >= EVERY:
            self._drawn = now
            self._out.write(f"\r\x1b[K{status(stats, sound or {})}")
            self._out.flush()
