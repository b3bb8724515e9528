"""`antiphon play`: the main job."""

import argparse
import queue
import secrets
import signal
import sys
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from live.cli.options import add_hands, add_settings, hands_of, settings_of
from live.cli.show import StatusLine
from live.models.shelf import DEFAULT, find
from live.settings import SettingError

if TYPE_CHECKING:  # loaded where it is used: every process of a session begins with this file
    from live.stage import Stage

HELP = """\
Play your keyboard; when you pause, Antiphon answers (or, with --mode continue, carries on).
Touch a key, and it is silent. What you play goes straight on to the output.

With no options it takes the first real keyboard and offers the virtual ports `Antiphon In` and
`Antiphon Out`: connect `Antiphon Out` to your synth, or choose it as an input in your DAW.

While it runs, type a line: q to end, p for panic (twice: all notes off everywhere), or a
setting and its value, such as: temperature 0.8, mode continue, thru off
"""
SEEDS = 2**32


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "play",
        help="play together",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--model", default=DEFAULT, help="a shipped model or a file [%(default)s]")
    parser.add_argument("--seed", type=int, help="the same seed and playing give the same answers")
    parser.add_argument("--take", type=Path, metavar="FILE", help="record here [takes/DATE.take]")
    parser.add_argument("--no-take", action="store_true", help="do not record")
    add_hands(parser)
    add_settings(parser)
    parser.set_defaults(run=run)


def take_name() -> Path:
    """takes/DATE.take, with a number where two sessions begin in one second."""
    stem = datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    more = ("", *(f"_{n}" for n in range(2, 1000)))
    names = (Path("takes") / f"{stem}{number}.take" for number in more)
    return next(path for path in names if not path.exists())


def run(given: argparse.Namespace) -> int:
    from live.stage import Stage, StageConfig

    began = time.monotonic()
    line = StatusLine()
    seed = secrets.randbelow(SEEDS) if given.seed is None else given.seed
    take = None if given.no_take else given.take or take_name()
    config = StageConfig(find(given.model), settings_of(given), seed, hands_of(given), take)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, lambda *_: stopped.set())
    stage = Stage(config, line.say)
    try:
        stage.wait_ready(stopped.is_set)
        if not stopped.is_set():
            line.say(
                f"ready in {time.monotonic() - began:.1f} s: hears {stage.ports['input']}, plays "
                f"to {stage.ports['output']}, model {stage.model['model']}, seed {seed}, "
                f"{f'take {take}' if take else 'no take'} (q ends, p is panic)"
            )
        typed = _typed_lines()
        while not stopped.is_set():
            stage.turn(0.05)
            line.draw(stage.stats)
            while not typed.empty() and not stopped.is_set():
                if _obey(typed.get(), stage, line):
                    stopped.set()
    finally:
        stage.stop()
    line.say(f"ended{f'; the take is {take}' if take and take.exists() else ''}")
    return 0


def _typed_lines() -> "queue.SimpleQueue[str]":
    """Lines typed at a terminal, read by a thread so that nothing waits for them."""
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for text in sys.stdin:
            lines.put(text)

    if sys.stdin is not None and sys.stdin.isatty():
        threading.Thread(target=read, name="typed", daemon=True).start()
    return lines


def _obey(text: str, stage: "Stage", line: StatusLine) -> bool:
    """Do what was typed; True if it was to end."""
    word, _, value = text.strip().partition(" ")
    if word in ("q", "quit"):
        return True
    if word in ("p", "panic"):
        stage.panic()
    elif word == "thru" and value in ("on", "off"):
        stage.thru(value == "on")
    elif word:
        try:
            stage.change({word: value.strip()})
        except SettingError as error:
            line.say(str(error))
    return False
