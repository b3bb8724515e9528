"""The synth's process as the stage keeps it: started, started anew where it falls, done without
where there is no sound to be had, and looked for again where there was."""

import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from live.child import FALLS_WITHIN, MOST_FALLS, STOP_LIMIT, Child, Watched
from live.sound.config import SoundConfig

PATIENCE = 5.0  # seconds that a session waits for its sound card
LOOK_AGAIN = 3.0  # seconds until a card that was pulled out is looked for again


def _run(config: SoundConfig, control: Connection, ring: Any) -> None:
    """Loaded there, not in the stage."""
    from live.sound.process import run_sound

    run_sound(config, control, ring)


class Sound:
    """config: None for no synth at all. report: a line for the player; begins: called when it plays
    from now on, at first or anew, and has heard of nothing that was sent before."""

    def __init__(
        self,
        config: SoundConfig | None,
        ring: Any,
        report: Callable[[str], None],
        begins: Callable[[], None],
    ) -> None:
        self._config, self._ring = config, ring
        self._report, self._begins = report, begins
        self._played = False
        self._away = False  # it played, and its card has gone
        self._look_at = 0.0
        self._patience = time.monotonic() + PATIENCE
        self.about: dict[str, Any] = {}
        self.stats: dict[str, Any] = {}
        self._child: Child | None = None
        self._start()

    def _start(self, before: Child | None = None) -> None:
        if self._config is not None:
            falls = None if before is None else before.falls
            self._child = Child(_run, (self._config,), (self._ring,), falls)

    @property
    def settled(self) -> bool:
        """Whether it plays, or is known not to, or nobody waits for it any longer."""
        return self._child is None or bool(self.about) or time.monotonic() > self._patience

    def wires(self) -> list[Watched]:
        """Its wire, what is done with what comes, and what if it ends."""
        if self._child is None and self._away and time.monotonic() > self._look_at:
            self._start()
        return [] if self._child is None else [(self._child.wire, self._take_in, self._fell)]

    def _take_in(self, message: Any) -> None:
        word, what = message
        if word == "stats":
            self.stats = what
        elif word == "problem" and not self._away:
            self._report(what)
        elif word == "ready":
            self.about = what
            if self._away:
                self._report(f"there is sound again, by {what['device']}")
            self._begins()
            self._played, self._away = True, False

    def _fell(self) -> None:
        if (child := self._child) is None:
            return
        child.process.join(STOP_LIMIT)
        self._child, self.about = None, {}
        if child.process.exitcode == 2:  # it has said why
            self._away, self._look_at = self._played, time.monotonic() + LOOK_AGAIN
        elif child.fell():
            self._report(
                f"the synth fell {MOST_FALLS} times in {FALLS_WITHIN:.0f} seconds: it is left out"
            )
        else:
            self._report("the synth fell: starting anew")
            self._start(child)

    def stop(self) -> None:
        """Let it end in good order."""
        if self._child is not None:
            self._child.tell("stop")
            self._child.end()
            for word, what in self._child.unread():
                if word == "stats":
                    self.stats = what
