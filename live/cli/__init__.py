"""`antiphon ...`: what to type. No logic here."""

import argparse
import sys
from collections.abc import Sequence

from live import VERSION
from live.cli import bench, controls, demo, files, listen, mix, models, play, ports, render
from live.cli.parser import Parser
from live.errors import UserError

TEACH = """\
Play, and Antiphon answers. Without a command it does `play --ui --sound`: a page in your
browser, with keys to play on, and its own sound.

  antiphon demo              hear and see what it does, with no keyboard at all
  antiphon play --ui         play, and see all of it in your browser
  antiphon play              play: your keyboard in, `Antiphon Out` to your synth or DAW
  antiphon ports             which keyboards and synths there are
"""


FIRST = ("play", "--ui", "--sound")  # what is done where nothing is asked for


def parser() -> argparse.ArgumentParser:
    top = Parser(
        prog="antiphon", description=TEACH, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    top.add_argument("--version", action="version", version=f"antiphon {VERSION}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for room in (play, demo, ports, models, controls, files, render, mix, listen, bench):
        room.add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> None:
    """The command `antiphon`. Exit codes: 0 done, 2 something to mend (one line says what)."""
    asked = sys.argv[1:] if arguments is None else arguments
    given = parser().parse_args(asked or FIRST)
    try:
        sys.exit(given.run(given))
    except UserError as error:
        print(f"antiphon: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; there is nothing to say
        sys.exit(0)
