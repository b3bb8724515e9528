"""`antiphon demo`: what it does, with no keyboard at all."""

import argparse
from pathlib import Path

from live.cli.show import StatusLine

HELP = """\
Plays a short phrase into the engine, through real virtual MIDI ports where the system has them,
and lets it answer. Leaves the take, a MIDI file with a track for each side, and a picture.
"""
FOLDER = Path("demo")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("demo", help="a session with no hardware", description=HELP)
    parser.add_argument("--seed", type=int, default=7, help="another seed, another answer")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    from live.demo.session import play_demo
    from live.take.export import export_midi
    from live.take.journal import read_take
    from live.take.picture import draw

    line = StatusLine()
    FOLDER.mkdir(exist_ok=True)
    take, song, picture = (FOLDER / f"demo.{kind}" for kind in ("take", "mid", "png"))
    take.unlink(missing_ok=True)
    line.say("playing a phrase and listening to the answer, about half a minute ...")
    figures = play_demo(take, line.say, line.draw, given.seed)
    recorded = read_take(take)
    export_midi(recorded, song)
    draw(recorded, picture)
    waits = ", ".join(f"{wait:.2f}" for wait in figures.answer_after_s) or "never"
    median, p99 = figures.late_ms
    line.say(
        f"through {figures.ports}\n"
        f"  {figures.machine_notes} notes in answer, begun {waits} s after the last key came up\n"
        f"  key to sound and back through both ports: {figures.thru_ms:.2f} ms (median)\n"
        f"  the machine's notes behind their plan: {median:.2f} ms (median), {p99:.2f} ms (p99)"
    )
    print(f"take     {take}\nMIDI     {song}\npicture  {picture}")
    return 0
