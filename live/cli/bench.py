"""`antiphon bench`: the figures of this machine, measured, never asserted."""

import argparse
import importlib
import json
import platform
from functools import partial
from pathlib import Path
from typing import Any

from live.models.shelf import DEFAULT, find

HELP = """\
step      one predicted note, sampling included, called every 10 ms as on stage
thru      note in to note out over real ports, beside a bare mido callback
lateness  the machine's notes against their plan, beside a bare loop with the same wait
touch     from your key to the machine's silence
together  from your note to a new plan of a beat in a duet, and to the voices of a harmony
clock     the click against a MIDI clock that comes in, and our clock beside a bare loop's
link      the beat and the click against another peer of Ableton Link's, in a network of its own
sound     the built-in synth: when its notes sound, what 32 keys cost (over JACK)
page      a key on the page to the machine that hears it; the machine's notes beside the page
latency   from an output to an input that it leads back to: what to set --latency to
"""
# What each is given; its room has its name.
BENCHES = {
    "step": ("model",),
    "thru": ("model",),
    "lateness": ("model",),
    "touch": ("model",),
    "together": ("model", "song", "seconds"),
    "clock": ("model", "seconds"),
    "link": ("model", "seconds"),
    "sound": ("model", "seconds"),
    "page": ("model",),
    "latency": ("output", "input"),
}


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "bench",
        help="measure this machine",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=tuple(BENCHES))
    parser.add_argument("--model", default=DEFAULT, help="a shipped model or a file [%(default)s]")
    parser.add_argument(
        "--seconds",
        type=float,
        default=300.0,
        help="clock, link: of a tempo that steps; together: of a performance; sound: of 32 keys",
    )
    parser.add_argument(
        "--song", type=Path, metavar="FILE", help="together: a MIDI file that is played in"
    )
    parser.add_argument("-o", "--output", metavar="NAME", help="latency: what to play into")
    parser.add_argument("-i", "--input", metavar="NAME", help="latency: where it comes back")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    from live.bench.figures import table

    figures: dict[str, Any] = {"machine": f"{platform.system()} {platform.machine()}"}
    figures |= _bench(given)
    print(json.dumps(figures, indent=1) if given.json else table(figures))
    return 0


def _bench(given: argparse.Namespace) -> Any:
    """Loaded when asked for: one bench must not pay for another's imports."""
    room = importlib.import_module(f"live.bench.{given.what}")
    its = {"model": lambda: find(given.model)}
    asks = (its.get(name, partial(getattr, given, name))() for name in BENCHES[given.what])
    return getattr(room, f"bench_{given.what}")(*asks)
