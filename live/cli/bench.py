"""`antiphon bench`: the figures of this machine, measured, never asserted."""

import argparse
import json
import platform
from typing import Any

from live.models.shelf import DEFAULT, find

HELP = """\
step      one predicted note, sampling included, called every 10 ms as on stage
thru      note in to note out over real ports, beside a bare mido callback
lateness  the machine's notes against their plan, beside a bare loop with the same wait
touch     from your key to the machine's silence
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "bench",
        help="measure this machine",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=("step", "thru", "lateness", "touch"))
    parser.add_argument("--model", default=DEFAULT, help="a shipped model or a file [%(default)s]")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    from live.bench.figures import table

    figures: dict[str, Any] = {"machine": f"{platform.system()} {platform.machine()}"}
    figures |= _bench(given.what)(find(given.model))
    print(json.dumps(figures, indent=1) if given.json else table(figures))
    return 0


def _bench(what: str) -> Any:
    """Loaded when asked for: one bench must not pay for another's imports."""
    if what == "step":
        from live.bench.step import bench_step

        return bench_step
    if what == "thru":
        from live.bench.thru import bench_thru

        return bench_thru
    if what == "lateness":
        from live.bench.lateness import bench_lateness

        return bench_lateness
    from live.bench.touch import bench_touch

    return bench_touch
