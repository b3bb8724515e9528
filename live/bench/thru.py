"""From note in to note out over real ports, beside a bare mido callback, in turn in one run."""

import random
import time
from pathlib import Path
from typing import Any

from live import midi
from live.bench.figures import ratio, spread
from live.bench.rig import BARE_INPUT, BARE_OUTPUT, INPUT, OUTPUT, bare_thru, gear, hands, load
from live.demo.keyboard import PortKeyboard
from live.plan import OnTouch

TURNS, NOTES = 10, 100
LOST_AFTER = 0.5  # seconds


def bench_thru(model: Path, turns: int = TURNS) -> dict[str, Any]:
    """While the machine plays 100 notes a second and a model works. Raises UserError."""
    ours: list[float] = []
    bare: list[float] = []
    with load(model), hands() as rig, bare_thru():
        rivals = ((gear(INPUT, OUTPUT), ours), (gear(BARE_INPUT, BARE_OUTPUT), bare))
        chance = random.Random(0)
        for _ in range(turns):
            for keyboard, delays in rivals:
                rig.play(0.02 * NOTES + 1.0, OnTouch.KEEP)
                time.sleep(0.3)
                delays += _delays(keyboard, chance)
                time.sleep(1.0)
        for keyboard, _ in rivals:
            keyboard.close()
    sent = turns * NOTES
    return {
        "antiphon": spread(ours),
        "bare mido callback": spread(bare),
        "ratio": ratio(spread(ours), spread(bare)),
        "lost": {"antiphon": sent - len(ours), "bare mido callback": sent - len(bare)},
        "machine notes meanwhile": len(rig.sounded),
    }


def _delays(keyboard: PortKeyboard, chance: random.Random) -> list[float]:
    """Seconds from sending to hearing back, for NOTES notes at uneven moments."""
    sent: dict[bytes, float] = {}
    start = len(keyboard.received)
    for number in range(NOTES):
        message = midi.note_on(0, number, 1 + number)
        sent[message] = time.perf_counter()
        keyboard.send(message)
        time.sleep(chance.uniform(0.006, 0.014))
        keyboard.send(midi.note_off(0, number))
        time.sleep(chance.uniform(0.002, 0.006))
    time.sleep(LOST_AFTER)
    back = {message: at for at, message in keyboard.received[start:] if message in sent}
    return [back[message] - at for message, at in sent.items() if message in back]
