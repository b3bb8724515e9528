"""`antiphon listen-test`: which of two is preferred, heard blind."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from live.render.listening.session import Session

HELP = """\
Opens a page on this machine that plays pairs of excerpts without their names, and keeps in
FOLDER/answers.csv which is preferred, ratings and comments. FOLDER holds a folder for each source,
with audio, MIDI files or takes of the same names in them:

  human/01.mid  human/02.mid
  pop/01.mid    pop/02.mid

The order, and which of a pair is A, are drawn by chance for each listener. Ctrl-C ends it, and it
goes on where it was stopped. --report says what came of it.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "listen-test",
        help="a blind test of what is preferred, in a browser",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    parser.add_argument("--report", action="store_true", help="what came of it")
    parser.add_argument("--listener", default="1", metavar="NAME", help="who listens [%(default)s]")
    parser.add_argument("--seed", type=int, help="of the order [that of the answers, or a new one]")
    parser.add_argument("--font", metavar="NAME", help="SoundFont for MIDI files and takes")
    parser.add_argument("--port", type=int, help="[one that is free]")
    parser.add_argument("--no-browser", action="store_true", help="only say where the page is")
    parser.set_defaults(run=run, host=None)  # this machine alone


def run(given: argparse.Namespace) -> int:
    from live.render.listening.answers import FILE, read_answers
    from live.render.listening.report import report

    if given.report:
        print("\n".join(report(read_answers(given.folder / FILE))))
        return 0
    return _listen(given)


def _listen(given: argparse.Namespace) -> int:
    import asyncio

    from live.cli.ui import announce
    from live.page.door import LOOPBACK, Door
    from live.page.serving import address_of, listening, serve
    from live.page.token import new_token
    from live.render.listening.answers import FILE, read_answers
    from live.render.listening.app import FILES, app
    from live.render.listening.report import report

    session = _session(given)
    sock = listening(LOOPBACK, given.port or 0)
    token = new_token()
    announce(given, token, lambda line: print(line, flush=True))(address_of(sock, LOOPBACK))
    try:
        door = Door(app(session), token, LOOPBACK, sock.getsockname()[1], FILES)
        asyncio.run(serve(door, sock))
    except KeyboardInterrupt:
        print()
    print("\n".join(report(read_answers(given.folder / FILE))))
    return 0


def _session(given: argparse.Namespace) -> "Session":
    """Everything that is to be heard, made ready."""
    import sys
    from datetime import datetime

    from live.render.listening.answers import FILE, LONGEST_NAME, one_line, read_answers
    from live.render.listening.kept import FOLDER, Excerpts
    from live.render.listening.pairs import find_pairs, ordered
    from live.render.listening.session import Session, seed_of
    from live.render.loudness import INSTALL, measures
    from live.sound.fonts import find_font

    path = given.folder / FILE
    pairs = find_pairs(given.folder)
    seed = seed_of(read_answers(path), given.seed)
    listener = one_line(given.listener, LONGEST_NAME)
    if not (level := measures()):
        print(f"all play as loud as they are: {INSTALL}", file=sys.stderr)
    excerpts = Excerpts(given.folder / FOLDER, lambda: find_font(given.font), level)
    files = list(dict.fromkeys(file for pair in pairs for file in pair.files))
    print(f"{len(pairs)} pairs; making {len(files)} excerpts ready ...", flush=True)
    audio = {file: excerpts.of(file) for file in files}

    def today() -> str:
        return datetime.now().astimezone().isoformat(timespec="seconds")

    return Session(ordered(pairs, seed, listener), seed, listener, path, audio, today)
