"""Starts and supervises the hands and the mind, and writes the take.

If the mind falls it is started anew from the window; if the hands fall, or hang, they are started
anew and end what was left sounding. The stage itself plays nothing: if it is slow, nothing is late.
"""

import contextlib
import os
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from live import VERSION
from live.child import FALLS_WITHIN, MOST_FALLS, STOP_LIMIT, Child
from live.errors import UserError
from live.hands.config import HandsConfig
from live.hands.ledger import shared_book
from live.hands.process import run_hands
from live.link import LinkKeeper, check
from live.mind import MindConfig, run_mind
from live.notes import Note
from live.plan import Beat, Heard
from live.settings import Settings, parse_hold
from live.take.entries import Header, ModelName, Restart
from live.take.entries import Settings as Changed
from live.take.recording import Recording

START_LIMIT = 30.0  # seconds until both are ready
STUCK = 3.0  # seconds without a sign of life from the hands


class StageError(UserError):
    """The session cannot start or go on; the message is one line."""


@dataclass(frozen=True)
class StageConfig:
    """A session. take: where to record, None not to. hands: epoch and authkey are filled in."""

    model: Path
    settings: Settings
    seed: int
    hands: HandsConfig = field(default_factory=HandsConfig)
    take: Path | None = None


def _mute_key(settings: Settings) -> int | None:
    """The key that gives the machine the floor is a control: it is not to sound."""
    hold = parse_hold(settings.hold)
    return hold[1] if hold is not None and hold[0] == "key" else None


class Stage:
    """One session, driven by calling turn() until it is over.

    report is called with one line for everything the player should know. loopback: the wire that
    hands of backend "loopback" play on. heard: called with every message of the player's. Raises
    live.link.LinkError where Link keeps the beat and is not installed.
    """

    def __init__(
        self,
        config: StageConfig,
        report: Callable[[str], None],
        loopback: Connection | None = None,
        heard: Callable[[bytes], None] = lambda _: None,
    ) -> None:
        check(config.settings)
        self.epoch = time.perf_counter()
        authkey = os.urandom(16)
        self._config = replace(
            config,
            hands=replace(
                config.hands,
                epoch=self.epoch,
                authkey=authkey,
                mute_key=_mute_key(config.settings),
            ),
        )
        self._report = report
        self._loopback = loopback
        self._tell_heard = heard
        self._book = shared_book()
        self._recording = Recording(config.take, report)
        self._heard = 0
        self._starts = 0
        self._address: Any = None
        self._mind_ready = False
        self._pulse = time.monotonic()
        self._fatal: str | None = None
        self.ports: dict[str, Any] = {}
        self.model: dict[str, Any] = {}
        self.stats: dict[str, Any] = {}
        self.told: Beat | None = None  # of the beat, by a keeper outside, last
        self._link = LinkKeeper(self.now, report)
        self._hands = self._start_hands()
        self._mind = self._start_mind(())

    def now(self) -> float:
        """Seconds on the session's clock."""
        return time.perf_counter() - self.epoch

    # ---- the life of a session

    def wait_ready(self, given_up: Callable[[], bool] = lambda: False) -> None:
        """Return when both processes are ready, or it was given up.

        Raises StageError when one cannot be.
        """
        limit = time.monotonic() + START_LIMIT
        while not (self.ports and self._mind_ready) and not given_up():
            self.turn(0.1)
            if time.monotonic() > limit:
                self.stop()
                raise StageError(f"not ready after {START_LIMIT:.0f} seconds: is the system busy?")

    def turn(self, limit: float = 0.1) -> None:
        """Handle what has happened, waiting for it at most `limit` seconds.

        Raises StageError when the session cannot go on; everything has been ended by then.
        """
        hands, mind = self._hands.wire, self._mind.wire
        ready = wait([hands, mind], limit)
        for wire, take_in, fell in (
            (hands, self._from_hands, self._hands_fell),
            (mind, self._from_mind, self._mind_fell),
        ):
            try:
                while wire in ready and wire.poll():
                    take_in(wire.recv())
            except (EOFError, OSError):
                fell()
        if self._mind_ready and (beat := self._link.look(self._config.settings)) is not None:
            self.beat(beat)
        if time.monotonic() - self._pulse > STUCK and self.ports:
            self._report("the hands do not answer: they are started anew")
            self._hands.process.kill()
            self._pulse = time.monotonic() + STUCK
        if self._fatal:
            self.stop()
            raise StageError(self._fatal)

    def stop(self) -> None:
        """End every note, both processes and the take, in good order. May be called twice."""
        self._link.close()
        for child in (self._hands, self._mind):
            child.tell("stop")
        self._drain()
        for child in (self._hands, self._mind):
            child.end()
        self._recording.close(self.now())

    def _drain(self) -> None:
        """Take in the last entries, until the mind has closed its end."""
        limit = time.monotonic() + STOP_LIMIT
        with contextlib.suppress(EOFError, OSError):
            while self._mind.wire.poll(max(0.0, limit - time.monotonic())):
                self._from_mind(self._mind.wire.recv())

    # ---- orders

    @property
    def values(self) -> dict[str, Any]:
        """Every setting of the mind and of the hands, as it is now."""
        return self._config.hands.settings.to_dict() | self._config.settings.to_dict()

    def change(self, values: dict[str, Any]) -> None:
        """Change settings. Raises live.settings.SettingError for values that no model takes."""
        check(self._config.settings.with_values(values))
        self._mind.tell("change", values)

    def beat(self, beat: Beat) -> None:
        """A keeper of the beat outside says where it is."""
        self.told = beat
        self._mind.tell("beat", beat)

    def set_hands(self, values: dict[str, Any]) -> None:
        """Change settings of the hands. Raises live.settings.SettingError."""
        hands = self._config.hands
        hands = replace(hands, settings=hands.settings.with_values(values))
        self._config = replace(self._config, hands=hands)
        self._hands.tell("set", values)

    def panic(self) -> None:
        """End what sounds; called again within two seconds, All Notes Off everywhere."""
        self._hands.tell("panic")

    @property
    def pids(self) -> tuple[int, int]:
        """The processes of the hands and of the mind."""
        return self._hands.process.pid, self._mind.process.pid

    # ---- the hands

    def _start_hands(self, falls: deque[float] | None = None) -> Child:
        return Child(run_hands, (self._config.hands,), (self._book, self._loopback), falls)

    def _from_hands(self, message: Any) -> None:
        word, *rest = message
        if word == "stats":
            self._pulse = time.monotonic()
            self.stats = rest[0]
        elif word == "ready":
            self._pulse = time.monotonic()
            self.ports = rest[0]
            self._address = self.ports["address"]
            self._introduce()
        elif word == "found":
            self._report(f"{rest[0]} is back")
        elif not self.ports:
            self._fatal = rest[-1]
        else:
            self._report(rest[-1])

    def _hands_fell(self) -> None:
        if not self.ports and self._fatal is None:
            self._fatal = "the hands could not start"
        if self._fatal or not self._may_restart(self._hands, "the hands"):
            return
        self._hands.process.join(STOP_LIMIT)
        self._pulse = time.monotonic()
        self._address = None
        self._hands = self._start_hands(self._hands.falls)

    # ---- the mind

    def _start_mind(self, window: tuple[Note, ...], falls: deque[float] | None = None) -> Child:
        config = MindConfig(
            model=self._config.model,
            settings=self._config.settings.to_dict(),
            seed=self._config.seed,
            epoch=self.epoch,
            authkey=self._config.hands.authkey or b"",
            window=window,
            start=self._starts,
        )
        self._starts += 1
        return Child(run_mind, (config,), falls=falls)

    def _from_mind(self, message: Any) -> None:
        if isinstance(message, tuple):
            word, said = message
            if word == "refused":
                self._fatal = said
            elif word == "ready":
                self.model = said
                self._mind_ready = True
                if not self._recording.begun:
                    self._recording.begin(self._header())
                if self.told is not None:  # the one before it knew
                    self.beat(replace(self.told, at=self.now()))
                self._introduce()
            else:
                self._report(said)
            return
        if isinstance(message, Heard):
            self._heard = max(self._heard, message.seq)
            self._tell_heard(message.message)
        elif isinstance(message, Changed):
            settings = self._config.settings.with_values(message.changes)
            self._config = replace(self._config, settings=settings)
            self._link.changed(message.changes, settings)
        self._recording.write(message)

    def _mind_fell(self) -> None:
        self._mind_ready = False
        if self._fatal or not self._may_restart(self._mind, "the mind"):
            return
        self._mind.process.join(STOP_LIMIT)
        window = self._recording.window(self._config.settings)
        self._recording.write(Restart(self.now(), window))
        self._mind = self._start_mind(window, self._mind.falls)

    def _introduce(self) -> None:
        if self._mind_ready and self._address is not None:
            self._mind.tell("hands", self._address, self._heard)

    # ---- both

    def _may_restart(self, child: Child, name: str) -> bool:
        if child.fell():
            self._fatal = f"{name} fell {MOST_FALLS} times in {FALLS_WITHIN:.0f} seconds"
            return False
        self._report(f"{name} fell: starting anew")
        return True

    # ---- the take

    def _header(self) -> Header:
        started = datetime.now().astimezone().isoformat(timespec="seconds")
        model = ModelName(self.model.get("model", ""), self.model.get("sha256", ""))
        settings = self._config.settings.to_dict()
        return Header(VERSION, started, self._config.seed, model, settings)
