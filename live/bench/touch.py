"""From a player's key to the machine's silence."""

import time
from pathlib import Path
from typing import Any

from live import midi
from live.bench.figures import spread
from live.bench.rig import INPUT, MACHINE_CHANNEL, OUTPUT, gear, hands, load
from live.plan import OnTouch

TOUCHES = 50


def bench_touch(model: Path, touches: int = TOUCHES) -> dict[str, Any]:
    """Eight machine notes sound and more are planned when the key goes down.

    between: messages other than the machine's note-offs between the key's own note-on and the
    silence, in all; after: machine note-ons after the key. Raises UserError.
    """
    silence: list[float] = []
    between = after = 0
    with load(model), hands() as rig:
        keyboard = gear(INPUT, OUTPUT)
        for _ in range(touches):
            start = len(keyboard.received)
            rig.play(2.0, OnTouch.YIELD, duration=0.08)
            time.sleep(0.6)
            touched = time.perf_counter()
            keyboard.send(midi.note_on(0, 60, 99))
            time.sleep(0.2)
            keyboard.send(midi.note_off(0, 60))
            time.sleep(0.1)
            heard = keyboard.received[start:]
            key = next(i for i, (_, m) in enumerate(heard) if m == midi.note_on(0, 60, 99))
            sounding = _sounding(m for _, m in heard[:key])
            rest = heard[key + 1 : key + 1 + len(sounding)]
            between += sum(not midi.is_note_off(m) or m[0] & 15 == 0 for _, m in rest)
            after += sum(
                midi.is_note_on(m) and m[0] & 15 == MACHINE_CHANNEL for _, m in heard[key + 1 :]
            )
            if rest:
                silence.append(rest[-1][0] - touched)
        keyboard.close()
    return {
        "key to silence": spread(silence),
        "messages between": between,
        "machine notes after": after,
    }


def _sounding(messages: Any) -> set[int]:
    down: set[int] = set()
    for message in messages:
        if midi.is_note_on(message) and message[0] & 15 == MACHINE_CHANNEL:
            down.add(message[1])
        elif midi.is_note_off(message) and message[0] & 15 == MACHINE_CHANNEL:
            down.discard(message[1])
    return down
