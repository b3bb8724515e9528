"""`antiphon play`: the main job."""

import argparse
import queue
import secrets
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from live.cli.options import add_hands, add_settings, add_sound, hands_of, settings_of, sound_of
from live.cli.show import StatusLine, played, plays_to, sounded
from live.cli.ui import add_ui, announce, place_of
from live.controls.control import Home
from live.controls.osc import HOST
from live.errors import UserError
from live.models.shelf import DEFAULT, find

if TYPE_CHECKING:  # loaded where it is used: every process of a session begins with this file
    from live.controls.presets import Preset
    from live.controls.steering import Steering
    from live.hands.config import HandsConfig
    from live.take.entries import Entry

HELP = """\
Play your keyboard; when you pause, Antiphon answers (or, with --mode continue, carries on).
Touch a key, and it is silent. What you play goes straight on to the output.

With no options it takes the first real keyboard and offers the virtual ports `Antiphon In` and
`Antiphon Out`: connect `Antiphon Out` to your synth, or choose it as an input in your DAW.

While it runs, type a line: q to end, p for panic (twice: all notes off everywhere), a control and
its value (temperature 0.8, mode continue, thru off), or one of these:
  learn temperature    the next knob or pedal that you move steers it; forget temperature
  preset trade         another way of playing; presets lists them
  controls             what can be steered, how it stands, and by which knob
"""
SEEDS = 2**32
TURN, PAGE_TURN = 0.05, 0.015  # seconds between two looks at what was typed; and at what to show


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "play",
        help="play together",
        usage="%(prog)s [options]",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", help=f"a shipped model or a file [the preset's, else {DEFAULT}]")
    parser.add_argument("--seed", type=int, help="the same seed and playing give the same answers")
    parser.add_argument("--take", type=Path, metavar="FILE", help="record here [takes/DATE.take]")
    parser.add_argument("--no-take", action="store_true", help="do not record")
    add_ui(parser)
    add_hands(parser)
    add_sound(parser)
    add_steering(parser)
    add_settings(parser)
    parser.set_defaults(run=run)


def take_name() -> Path:
    """takes/DATE.take, with a number where two sessions begin in one second."""
    stem = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    more = ("", *(f"_{n}" for n in range(2, 1000)))
    names = (Path("takes") / f"{stem}{number}.take" for number in more)
    return next(path for path in names if not path.exists())


def add_steering(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("presets, knobs and OSC")
    group.add_argument(
        "--preset",
        metavar="NAME",
        help="a way of playing, or a TOML file; other options go before it: `antiphon presets`",
    )
    group.add_argument(
        "--bindings", type=Path, metavar="FILE", help="where learned knobs are kept [your own file]"
    )
    group.add_argument(
        "--osc", type=int, metavar="PORT", help="obey OSC at this UDP port: `antiphon controls`"
    )
    group.add_argument(
        "--osc-host", default=HOST, metavar="HOST", help="listen there [%(default)s]"
    )
    group.add_argument(
        "--osc-out", metavar="HOST:PORT", help="tell it there what happens: `antiphon controls`"
    )


def run(given: argparse.Namespace) -> int:
    from live.controls.desk import Desk
    from live.controls.kept import bindings_file, read_kept
    from live.controls.osc import Osc
    from live.controls.osc_out import OscOut
    from live.controls.presets import Preset, find_preset, read_preset
    from live.controls.steering import Steering
    from live.page.shown import Shown
    from live.stage import Stage, StageConfig

    began = time.monotonic()
    line = StatusLine()
    seed = secrets.randbelow(SEEDS) if given.seed is None else given.seed
    take = None if given.no_take else given.take or take_name()
    preset = read_preset(find_preset(given.preset)) if given.preset else Preset("")
    knobs = given.bindings or bindings_file()
    desk = Desk(read_kept(knobs), preset.bindings)
    config = StageConfig(
        find(given.model or preset.model or DEFAULT),
        settings_of(given, preset.of(Home.MIND)),
        seed,
        replace(_with_preset(hands_of(given), given, preset), alone=given.ui),
        take,
        sound_of(given),
    )
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, lambda *_: stopped.set())
    osc = None if given.osc is None else Osc(given.osc, given.osc_host)
    out = None if given.osc_out is None else OscOut(given.osc_out)
    place = place_of(given, take) if given.ui else None
    shown = Shown()

    def watch(entry: "Entry") -> None:
        if place is not None:
            shown.watch(entry)
        if out is not None:
            out.watch(entry)

    def say(text: str) -> None:
        line.say(text)
        shown.say(text)

    stage = Stage(config, say, heard=desk.hear, watch=watch)
    steering = Steering(stage, desk, knobs, say, preset, osc)
    page = None
    try:
        if place is not None:
            from live.page.page import Page

            ready = announce(given, place.token, line.say, place.entrance)
            page = Page(place, stage, desk, steering, shown, say, ready)
        stage.wait_ready(stopped.is_set)
        if not stopped.is_set():
            say(
                f"ready in {time.monotonic() - began:.1f} s: hears {stage.ports['input']}, plays "
                f"to {plays_to(stage.ports['outputs'], stage.sound)}, "
                f"model {stage.model['model']}, seed {seed}, "
                f"{f'take {take}' if take else 'no take'}"
                f"{f', OSC at {osc.place}' if osc else ''} (q ends, p is panic)"
            )
        typed = _typed_lines()
        while not stopped.is_set():
            stage.turn(TURN if page is None and out is None else PAGE_TURN)
            line.draw(stage.stats, stage.sound)
            while not typed.empty() and not stopped.is_set():
                if _obey(typed.get(), steering, say):
                    stopped.set()
            steering.turn(stage.now())
            if page is not None:
                page.turn(stage.now())
            if out is not None:
                out.turn(stage.now(), stage.values)
    finally:
        if page is not None:
            page.stop()
        stage.stop()
        if osc is not None:
            osc.close()
        if out is not None:
            out.close()
    did = "; ".join(filter(None, (played(stage.stats), sounded(stage.sound))))
    line.say(
        f"ended{f': {did}' if did else ''}"
        f"{f'; the take is {take}' if take and take.exists() else ''}"
    )
    return 0


def _with_preset(
    hands: "HandsConfig", given: argparse.Namespace, preset: "Preset"
) -> "HandsConfig":
    """What was given goes before what the preset says."""
    values = {n: v for n, v in preset.of(Home.HANDS).items() if getattr(given, n) is None}
    return replace(hands, settings=hands.settings.with_values(values))


def _typed_lines() -> "queue.SimpleQueue[str]":
    """Lines typed at a terminal, read by a thread so that nothing waits for them."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for text in sys.stdin:
            lines.put(text)

    if sys.stdin is not None and sys.stdin.isatty():
        threading.Thread(target=read, name="typed", daemon=True).start()
    return lines


def _obey(text: str, steering: "Steering", say: Callable[[str], None]) -> bool:
    """Do what was typed; True if it was to end."""
    if text.strip() in ("q", "quit"):
        return True
    try:
        steering.obey(text)
    except UserError as error:
        say(str(error))
    return False
