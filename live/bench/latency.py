"""How long an output takes, measured through whatever leads back from it to an input."""

import statistics
import time
from typing import Any

from live import midi
from live.bench.figures import spread
from live.demo.keyboard import PortKeyboard
from live.errors import UserError
from live.tempo.click import ACCENT, CHANNEL

CLICKS = 40
APART = 0.25  # seconds
LENGTH = 0.05  # seconds


def bench_latency(into: str | None, out_of: str | None) -> dict[str, Any]:
    """Clicks played into the output `into`, and the first note that each brings at the input
    `out_of`: a MIDI cable, or a synth's sound that an instrument of yours turns into notes. What
    leads back is measured with it. Raises UserError."""
    if not into or not out_of:
        raise UserError("say what to play into and where to listen: --output NAME --input NAME")
    loop = PortKeyboard(into, out_of)
    took: list[float] = []
    try:
        for _ in range(CLICKS):
            before = len(loop.received)
            sent = time.perf_counter()
            loop.send(midi.note_on(CHANNEL, ACCENT, 100))
            time.sleep(LENGTH)
            loop.send(midi.note_off(CHANNEL, ACCENT))
            time.sleep(APART - LENGTH)
            back = (at for at, message in loop.received[before:] if midi.is_note_on(message))
            took += [at - sent for at in back][:1]
    finally:
        loop.close()
    if len(took) < CLICKS / 2:
        raise UserError(f"{len(took)} of {CLICKS} clicks came back: does {into} lead to {out_of}?")
    return {
        "there and back": spread(took),
        "lost": CLICKS - len(took),
        "to set": f"--latency {statistics.median(took):.4f}",
    }
