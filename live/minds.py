"""The mind that plays and the one that may follow it: started, fed, started anew where they fall.

A mind begins from what the one before it left: the window of notes, the settings, the beat.
"""

import contextlib
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from live.child import FALLS_WITHIN, MOST_FALLS, STOP_LIMIT, Child, Watched
from live.mind import Beginning, MindConfig, run_mind
from live.modes import roles, way_of
from live.notes import Note
from live.plan import Beat, Heard, Plan
from live.settings import Settings
from live.successor import LEAVE, Successor, fitting, takes_over_at
from live.take.entries import ModelName, Restart
from live.take.entries import Settings as Changed
from live.take.recording import Recording
from live.tempo.timeline import Timeline


@dataclass(frozen=True)
class Hears:
    """What others are told of. report: a line for the player; began: a mind plays, and here is
    what is known of its model; heard: the player's messages; changed: settings that changed, and
    all of them as they are now; fatal: the session cannot go on, for this reason."""

    report: Callable[[str], None]
    began: Callable[[], None]
    heard: Callable[[bytes], None]
    changed: Callable[[Mapping[str, Any], Settings], None]
    fatal: Callable[[str], None]


class Minds:
    """One mind at a time is in the play. config: of the first; recording: what happens is written
    there."""

    def __init__(
        self, config: MindConfig, settings: Settings, recording: Recording, tells: Hears
    ) -> None:
        self.settings = settings
        self.model: dict[str, Any] = {}  # what it says of itself
        self.ready = False
        self._config, self._recording, self._tells = config, recording, tells
        self._address: Any = None  # of the hands
        self._heard = 0
        self._starts = 0
        self._line: Timeline | None = None  # where the beat is
        self.told: Beat | None = None  # the same by a keeper outside, last
        self._next: Successor | None = None
        self._mind = self._start(config.model)
        self._begin(Restart(0.0, ()))

    @property
    def pid(self) -> int:
        return int(self._mind.process.pid)

    def wires(self) -> list[Watched]:
        """Each mind's wire, what is done with what comes, and what if it ends."""
        wires: list[Watched] = [(self._mind.wire, self._take_in, self._fell)]
        if self._next is not None:
            wires.append((self._next.child.wire, self._from_next, self._next_fell))
        return wires

    def stop(self) -> None:
        """Let them end in good order, and take in their last entries."""
        children = [self._mind, *([self._next.child] if self._next else [])]
        for child in children:
            child.tell("stop")
        self._drain()
        for child in children:
            child.end()

    # ---- orders

    def change(self, values: Mapping[str, Any]) -> None:
        self._mind.tell("change", dict(values))

    def beat(self, beat: Beat) -> None:
        """A keeper of the beat outside says where it is."""
        self.told = beat
        self._mind.tell("beat", beat)

    def meet(self, address: Any) -> None:
        """The hands are there now; None: they are not."""
        self._address = address
        if self.ready and address is not None:
            self._mind.tell("hands", address, self._heard)

    # ---- the one that plays

    def _start(self, model: Path, falls: deque[float] | None = None) -> Child:
        return Child(run_mind, (replace(self._config, model=model),), falls=falls)

    def _begin(self, restart: Restart) -> None:
        begin = Beginning(self.settings.to_dict(), restart.window, self._starts, restart.timeline)
        self._starts += 1
        self.ready = False
        self._mind.tell("begin", begin)

    def _take_in(self, message: Any) -> None:
        if isinstance(message, tuple):
            self._said(*message)
            return
        if isinstance(message, Heard):
            self._heard = max(self._heard, message.seq)
            self._tells.heard(message.message)
        elif isinstance(message, Changed):
            self.settings = self.settings.with_values(message.changes)
            self._tells.changed(message.changes, self.settings)
        elif isinstance(message, Plan) and message.timeline is not None:
            self._line = message.timeline
        self._recording.write(message)

    def _said(self, word: str, said: Any) -> None:
        if word == "refused":
            self._tells.fatal(said)
        elif word == "loaded":
            self.model = said
        elif word == "ready":
            self.ready = True
            self._tells.began()
            if self.told is not None:  # the one before it knew
                self.beat(replace(self.told, at=self._now()))
            self.meet(self._address)
        else:
            self._tells.report(said)

    def _now(self) -> float:
        return time.perf_counter() - self._config.epoch

    def _fell(self) -> None:
        self.ready = False
        if self._mind.fell():
            self._tells.fatal(f"the mind fell {MOST_FALLS} times in {FALLS_WITHIN:.0f} seconds")
            return
        self._tells.report("the mind fell: starting anew")
        self._mind.process.join(STOP_LIMIT)
        self._mind = self._start(self._config.model, self._mind.falls)
        self._go_on()

    def _go_on(self, **more: Any) -> None:
        """Let a mind begin from where the one before it was."""
        restart = Restart(self._now(), self._window(), self._line, **more)
        self._recording.write(restart)
        self._begin(restart)

    def _window(self) -> tuple[Note, ...]:
        about, settings = self.model, self.settings
        if not about:  # it fell before it had begun
            return ()
        way = way_of(settings.mode or about["modes"][0], settings)
        you, me = roles(way, about["voices"], settings)
        return self._recording.window(you, me[0])

    def _drain(self) -> None:
        """Take in the last entries, until the mind has closed its end."""
        limit = time.monotonic() + STOP_LIMIT
        with contextlib.suppress(EOFError, OSError):
            while self._mind.wire.poll(max(0.0, limit - time.monotonic())):
                self._take_in(self._mind.wire.recv())

    # ---- one with another model

    def load(self, model: Path, values: Mapping[str, Any]) -> bool:
        """See live.stage.Stage.load."""
        if self._next is not None:
            self._next.child.drop()
            self._next = None
        if model.name == self.model.get("model"):
            return False
        self._next = Successor(self._start(model), model, values)
        return True

    def _from_next(self, message: Any) -> None:
        assert self._next is not None
        word, said = message
        if word == "loaded":
            self._next.about = said
            self._next.at = takes_over_at(self._now(), self._line)
        else:
            self._tells.report(said)

    def _next_fell(self) -> None:
        assert self._next is not None
        plays = self.model.get("model")
        self._tells.report(f"{self._next.model.name} was not loaded: {plays} plays on")
        self._next.child.end()
        self._next = None

    def may_hand_over(self) -> None:
        """When it is time, the mind that plays takes its leave and the next one begins."""
        its = self._next
        if its is None or its.at is None or self._now() < its.at - LEAVE or not self.ready:
            return
        self._next = None
        before = self._mind
        before.tell("leave", its.at)
        self._drain()
        asked = self.settings.with_values(its.values)
        changes = dict(its.values) | fitting(asked, its.about)
        self.settings = self.settings.with_values(changes)
        self._tells.changed(changes, self.settings)
        self._config = replace(self._config, model=its.model)
        self._mind, self.model = its.child, dict(its.about)
        self._go_on(model=self.model_name, changes=changes)
        before.end()
        self._tells.report(f"{its.model.stem} plays now")

    @property
    def model_name(self) -> ModelName:
        return ModelName(self.model.get("model", ""), self.model.get("sha256", ""))
