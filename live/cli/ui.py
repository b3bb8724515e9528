"""`--ui`: the page beside a session."""

import argparse
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # loaded where it is used: most sessions have no page
    from live.page.page import Place

TAKES = Path("takes")


def add_ui(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("the page")
    group.add_argument("--ui", action="store_true", help="show all of it in your browser")
    group.add_argument(
        "--no-browser", action="store_true", help="do not open one: the address is printed"
    )
    group.add_argument(
        "--host",
        metavar="HOST",
        help="serve it there; 0.0.0.0: to your whole network, whoever has the token "
        "[this machine alone]",
    )
    group.add_argument(
        "--port", type=int, metavar="PORT", help="serve it there [8432, else any that is free]"
    )


def place_of(given: argparse.Namespace, take: Path | None) -> "Place":
    """Raises PageError where it cannot be."""
    from live.page.door import LOOPBACK
    from live.page.page import Place
    from live.page.serving import listening
    from live.page.token import kept_token

    folder = take.parent if take is not None else TAKES
    host = given.host or LOOPBACK
    if given.port is not None:
        listening(host, given.port).close()  # before there is a session that would have to end
    return Place(kept_token(), folder, take, host, given.port)


def announce(
    given: argparse.Namespace,
    token: str,
    say: Callable[[str], None],
    entrance: str | None = None,
) -> Callable[[str], None]:
    """What is done with the address, once the page is there. entrance: a word that opens it once,
    see live.page.app.Entrance."""

    def ready(address: str) -> None:
        say(f"the page: {address}?token={token}")
        if given.host is not None:
            say(
                "others come in by this machine's own name or address, the same port and the same "
                "token; what they and it say to each other is not encrypted"
            )
        if not given.no_browser and _has_screen():
            # A thread: some browsers keep who opens them waiting.
            # What a browser is started with, others who use this machine may see.
            way = f"{address}enter/{entrance}" if entrance else f"{address}?token={token}"
            threading.Thread(target=_open, args=(way,), daemon=True).start()

    return ready


def _has_screen() -> bool:
    """Elsewhere the browser found may be one that takes this terminal over."""
    named = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    return sys.platform in ("win32", "darwin") or any(os.environ.get(name) for name in named)


def _open(address: str) -> None:
    import webbrowser

    webbrowser.open(address)
