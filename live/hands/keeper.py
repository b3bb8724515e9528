"""The hands' process as the stage keeps it: started, told, and started anew where it falls or
hangs. Hands that take the place of others end what those left sounding."""

import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from multiprocessing.connection import Connection
from typing import Any

from live.child import FALLS_WITHIN, MOST_FALLS, STOP_LIMIT, Child, Watched
from live.hands.config import HandsConfig
from live.hands.ledger import shared_book
from live.hands.process import run_hands

START_LIMIT = 30.0  # seconds until they are ready
STUCK = 3.0  # seconds without a sign of life
# Seconds of any one look that count for that: where all the machine has stood still, nobody has
# listened for one.
COUNTED = 0.5


class Hands:
    """config: as they are told, at first and when they are started anew; ports: what they said when
    they were ready, see live.hands.process, empty before; stats: what they said last.

    report: a line for the player. met: told where they are, None when they have fallen. fatal: the
    session cannot go on, for this reason. ring, loopback: see live.hands.process.run_hands.
    """

    def __init__(
        self,
        config: HandsConfig,
        ring: Any,
        loopback: Connection | None,
        report: Callable[[str], None],
        met: Callable[[Any], None],
        fatal: Callable[[str], None],
    ) -> None:
        self.config = config
        self.ports: dict[str, Any] = {}
        self.stats: dict[str, Any] = {}
        self._report, self._met, self._fatal = report, met, fatal
        self._shared = shared_book(), loopback, ring
        self._silent = 0.0  # seconds
        self._looked = time.monotonic()
        self._child = self._start()

    def _start(self, falls: deque[float] | None = None) -> Child:
        # Those that take the place of others take up their ports, one that is away too.
        config = replace(self.config, chosen=self.ports.get("chosen"))
        return Child(run_hands, (config,), self._shared, falls)

    @property
    def pid(self) -> int:
        return int(self._child.process.pid)

    def wires(self) -> list[Watched]:
        return [(self._child.wire, self._take_in, self._fell)]

    def stop(self) -> None:
        """Let them end in good order, and hear their last stats."""
        self._child.tell("stop")
        self._child.end()
        for word, *rest in self._child.unread():
            if word == "stats":
                self.stats = rest[0]

    # ---- orders

    def tell(self, *words: Any) -> None:
        """See live.hands.process."""
        self._child.tell(*words)

    def set(self, values: Mapping[str, Any]) -> None:
        """Change settings. Raises live.settings.SettingError."""
        settings = self.config.settings.with_values(values)
        self.config = replace(self.config, settings=settings)
        self.tell("set", dict(values))

    def set_keys(self, mute: int | None, split: int) -> None:
        """See live.hands.playing.Playing.set_keys."""
        if (mute, split) != (self.config.mute_key, self.config.split):
            self.config = replace(self.config, mute_key=mute, split=split)
            self.tell("keys", mute, split)

    # ---- how they are

    def look(self) -> None:
        """Called in every turn, after what they said was taken in."""
        now = time.monotonic()
        self._silent += min(COUNTED, now - self._looked)
        self._looked = now
        if self._silent > STUCK and self.ports:
            self._report("the hands do not answer: they are started anew")
            self._child.process.kill()
            self._silent = -STUCK

    def _take_in(self, message: Any) -> None:
        word, *rest = message
        if word == "stats":
            self._silent = 0.0
            self.stats = rest[0]
        elif word == "ready":
            self._silent = 0.0
            self.ports = rest[0]
            self._met(self.ports["address"])
        elif word == "found":
            self._report(f"{rest[0]} is back")
        elif not self.ports:
            self._fatal(rest[-1])
        else:
            self._report(rest[-1])

    def _fell(self) -> None:
        if not self.ports:
            self._fatal("the hands could not start")
        elif self._child.fell():
            self._fatal(f"the hands fell {MOST_FALLS} times in {FALLS_WITHIN:.0f} seconds")
        else:
            self._report("the hands fell: starting anew")
            self._child.process.join(STOP_LIMIT)
            self._silent = STUCK - START_LIMIT  # they have as long as the first ones
            self._met(None)
            self._child = self._start(self._child.falls)
