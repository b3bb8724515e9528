"""`antiphon demo`: what it does, with no keyboard at all."""

import argparse
from dataclasses import replace
from pathlib import Path

from live.cli.options import add_settings, add_sound, settings_of, sound_of
from live.cli.show import StatusLine
from live.errors import UserError
from live.models.shelf import DEFAULT, find

HELP = """\
Plays a short phrase into the engine, through real virtual MIDI ports where the system has them,
and lets it answer. Leaves the take, a MIDI file with a track for each side, and a picture in demo/.
With --song a MIDI file is played in instead, as somebody played it.
"""
FOLDER = Path("demo")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("demo", help="a session with no hardware", description=HELP)
    parser.add_argument("--model", default=DEFAULT, metavar="NAME", help="[%(default)s]")
    parser.add_argument("--seed", type=int, default=7, help="another seed, another answer")
    parser.add_argument("--song", type=Path, metavar="FILE", help="a MIDI file that is played in")
    parser.add_argument(
        "--seconds", type=float, default=60.0, metavar="S", help="of it at most [%(default)g]"
    )
    add_sound(parser)
    add_settings(parser)
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    from live.demo.session import Demo, play_demo
    from live.demo.song import read_song
    from live.take.export import export_midi
    from live.take.journal import read_take
    from live.take.picture import draw

    line = StatusLine()
    demo = Demo(find(given.model), settings_of(given), given.seed, sound_of(given))
    name, told = "demo", "a phrase and listening to the answer, about half a minute"
    if given.song:
        if not given.seconds > 0:
            raise UserError(f"{given.seconds:g} seconds is no length: give more than 0")
        demo = replace(demo, phrases=(read_song(given.song, given.seconds),))
        name, told = demo.model.stem, f"{given.song.name}, {demo.phrases[0][-1][0]:.0f} seconds"
    FOLDER.mkdir(exist_ok=True)
    take, song, picture = (FOLDER / f"{name}.{kind}" for kind in ("take", "mid", "png"))
    take.unlink(missing_ok=True)
    line.say(f"playing {told} ...")
    figures = play_demo(demo, take, line.say, line.draw)
    recorded = read_take(take)
    export_midi(recorded, song)
    draw(recorded, picture)
    waits = ", ".join(f"{wait:.2f}" for wait in figures.answer_after_s) or "never"
    median, p99, worst = figures.late_ms
    line.say(
        f"through {figures.ports}\n"
        f"  {figures.machine_notes} notes in answer, begun {waits} s after the last key came up\n"
        f"  key to sound and back through both ports: {figures.thru_ms:.2f} ms (median)\n"
        f"  the machine's notes behind their plan: {median:.2f} ms (median), {p99:.2f} ms (p99), "
        f"{worst:.2f} ms (worst)\n"
        f"  notes left hanging: {figures.hanging}"
    )
    print(f"take     {take}\nMIDI     {song}\npicture  {picture}")
    return 0
