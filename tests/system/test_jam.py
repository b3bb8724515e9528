"""A jam over real ports: modes, models, tempos and presets change at random while both play.

ANTIPHON_JAM_LIVE says for how many seconds.
"""

import os
import random
import re
import time

from live.controls.presets import preset_files
from live.take.entries import Restart
from live.take.sides import machine_notes

from .terminal import Session

SECONDS = float(os.environ.get("ANTIPHON_JAM_LIVE", "12"))
MODELS = ("pop", "piano", "chorale", "drums", "frames", "bars")
MODES = ("answer", "continue", "duet", "accompany", "harmonise")
TEMPOS = (60, 90, 140, 180, 300)
LINES = (
    *(f"clock {clock}" for clock in ("free", "internal", "follow")),
    *("density 3", "density 0.5", "scale A minor", "scale C", "rest 1", "rest 0", "again"),
    *("trade 1", "trade 0", "split 55", "split 0", "transport 0", "transport 1", "bar 3", "bar 4"),
    *("click on", "click off", "clock_out on", "clock_out off", "thru off", "thru on", "p"),
)
UNREST = ("rest 0", "transport 1")  # what silences it does so until the next change


def test_nothing_hangs_or_falls_in_a_jam(peer, tools, tmp_path):
    dice = random.Random(4)
    session = Session(tmp_path, tools)
    try:
        until = time.monotonic() + SECONDS
        at_most = until + tools.patience
        change = time.monotonic() + 1.0
        while time.monotonic() < until or not (machine_on(peer) or time.monotonic() > at_most):
            pitch = dice.randint(45, 80)
            peer.play(f"90 {pitch:02x} {dice.randint(20, 120):02x}")
            time.sleep(dice.choice((0.02, 0.1, 0.15, 0.3)))
            peer.play(f"80 {pitch:02x} 00")
            time.sleep(dice.choice((0.0, 0.02, 0.02, 1.5)))
            if time.monotonic() > change:
                change = time.monotonic() + dice.uniform(0.3, 3.0)
                session.type(*UNREST, *choose(dice))
        take = session.end()
    finally:
        session.close()
    peer.wait_for_silence()
    assert "fell" not in session.said
    assert machine_notes(take)
    if SECONDS > 60:
        assert [entry for entry in take.entries if isinstance(entry, Restart)]
    last = session.said.splitlines()[-1]
    said = re.fullmatch(r"ended: (\d+) notes, late \S+ ms .*, (.* late: \d+); the take is .*", last)
    assert said, last
    assert int(said[1]) == len(machine_notes(take))
    print(last)


def machine_on(peer):
    return [message for message in peer.hexes if message.startswith("91")]


def choose(dice):
    """Lines to type."""
    what = dice.choices(("model", "preset", "mode", "tempo", "other"), (10, 10, 20, 20, 40))[0]
    if what == "model":
        return (f"model {dice.choice(MODELS)}",)
    if what == "preset":
        return (f"preset {dice.choice(sorted(preset_files()))}",)
    if what == "mode":
        return (f"mode {dice.choice(MODES)}",)
    if what == "tempo":
        return ("clock internal", f"tempo {dice.choice(TEMPOS)}")
    return (dice.choice(LINES),)
