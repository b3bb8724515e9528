"""All browsers of a page, and what they are to know."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from live import VERSION
from live.controls.control import ControlError
from live.controls.presets import preset_files, read_preset
from live.controls.table import CONTROLS
from live.models.shelf import shipped
from live.page.harmony import Harmony
from live.page.known import Known, News, Waiting
from live.page.orders import Order

MOST_BROWSERS = 16

Tell = Callable[[int, Order], bool]  # a browser's number and its order; False: not now


@dataclass
class Browser:
    """One that is connected. wakes: set when something waits for it."""

    number: int
    waiting: Waiting = field(default_factory=Waiting)
    wakes: asyncio.Event = field(default_factory=asyncio.Event)


class Hub:
    """All browsers, and what they are to know. session: the id of this one; now: its clock;
    tell: to the stage."""

    def __init__(self, session: str, now: Callable[[], float], tell: Tell) -> None:
        self.known = Known()
        self._harmony = Harmony()
        self.tell = tell
        self._session, self._now = session, now
        self._browsers: dict[int, Browser] = {}
        self._numbers = 0

    def add(self, news: News) -> None:
        """The stage has told something."""
        news = replace(news, state=news.state | self._harmony.add(news))
        self.known.add(news)
        for browser in self._browsers.values():
            browser.waiting.add(news)
            browser.wakes.set()

    @contextlib.contextmanager
    def joined(self) -> Iterator[Browser | None]:
        """One browser more; None if there are too many."""
        if len(self._browsers) >= MOST_BROWSERS:
            yield None
            return
        self._numbers += 1
        browser = self._browsers[self._numbers] = Browser(self._numbers)
        try:
            yield browser
        finally:
            del self._browsers[browser.number]

    def hello(self) -> dict[str, Any]:
        """What does not change while a session lasts."""
        return {
            "hello": {
                "version": VERSION,
                "session": self._session,
                "now": self._now(),
                "controls": controls(),
                "presets": presets(),
                "models": list(shipped()),
                "said": list(self.known.said),
            }
        }


def controls() -> list[dict[str, Any]]:
    """The table of controls as it is declared."""
    return [
        {
            "name": c.name,
            "kind": c.kind.value,
            "home": c.home.value,
            "help": c.help,
            "default": c.default,
            "low": c.low,
            "high": c.high,
            "unit": c.unit,
            "choices": list(c.choices),
        }
        for c in CONTROLS.values()
    ]


def presets() -> list[dict[str, str]]:
    """Those that can be read."""
    found = []
    for name, path in preset_files().items():
        with contextlib.suppress(ControlError):
            found.append({"name": name, "help": read_preset(path).about})
    return found
