"""Starts and supervises the hands and the mind, and writes the take.

If the mind falls it is started anew from the window; if the hands fall, or hang, they are started
anew and end what was left sounding. The stage itself plays nothing: if it is slow, nothing is late.
"""

import contextlib
import os
import time
from collections import deque
from collections.abc import Callable, Mapping
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
from live.mind import Beginning, MindConfig, run_mind
from live.plan import Beat, Heard, Plan
from live.settings import Settings, parse_hold
from live.successor import LEAVE, Successor, fitting, takes_over_at
from live.take.entries import Header, ModelName, Restart
from live.take.entries import Settings as Changed
from live.take.recording import Recording
from live.tempo.timeline import Timeline

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
                split=config.settings.split,
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
        self._line: Timeline | None = None  # where the beat is, as the mind has it
        self._next: Successor | None = None
        self._mind = self._start_mind(config.model)
        self._begin_mind(Restart(0.0, ()))

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
        wires = [
            (self._hands.wire, self._from_hands, self._hands_fell),
            (self._mind.wire, self._from_mind, self._mind_fell),
        ]
        if self._next is not None:
            wires.append((self._next.child.wire, self._from_next, self._next_fell))
        ready = wait([wire for wire, _, _ in wires], limit)
        for wire, take_in, fell in wires:
            try:
                while wire in ready and wire.poll():
                    take_in(wire.recv())
            except (EOFError, OSError):
                fell()
        self._may_hand_over()
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
        children = [self._hands, self._mind, *([self._next.child] if self._next else [])]
        for child in children:
            child.tell("stop")
        self._drain()
        for child in children:
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

    def load(self, model: Path, values: Mapping[str, Any]) -> bool:
        """Load another model beside the one that plays. It takes over at the next bar line, with
        the notes played so far, and with these settings. False if it plays already. Raises
        live.settings.SettingError."""
        check(self._config.settings.with_values(values))
        if self._next is not None:
            self._next.child.drop()
            self._next = None
        if model.name == self.model.get("model"):
            return False
        self._next = Successor(self._start_mind(model), model, values)
        return True

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

    def _start_mind(self, model: Path, falls: deque[float] | None = None) -> Child:
        key = self._config.hands.authkey or b""
        config = MindConfig(model, self._config.seed, self.epoch, key)
        return Child(run_mind, (config,), falls=falls)

    def _begin_mind(self, restart: Restart) -> None:
        settings = self._config.settings.to_dict()
        begin = Beginning(settings, restart.window, self._starts, restart.timeline)
        self._starts += 1
        self._mind_ready = False
        self._mind.tell("begin", begin)

    def _from_mind(self, message: Any) -> None:
        if isinstance(message, tuple):
            word, said = message
            if word == "refused":
                self._fatal = said
            elif word == "loaded":
                self.model = said
            elif word == "ready":
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
            self._tell_keys()
            self._link.changed(message.changes, settings)
        elif isinstance(message, Plan) and message.timeline is not None:
            self._line = message.timeline
        self._recording.write(message)

    def _mind_fell(self) -> None:
        self._mind_ready = False
        if self._fatal or not self._may_restart(self._mind, "the mind"):
            return
        self._mind.process.join(STOP_LIMIT)
        self._mind = self._start_mind(self._config.model, self._mind.falls)
        self._go_on()

    def _go_on(self, **more: Any) -> None:
        """Let a mind begin from where the one before it was."""
        window = self._recording.window(self._config.settings)
        restart = Restart(self.now(), window, self._line, **more)
        self._recording.write(restart)
        self._begin_mind(restart)

    def _introduce(self) -> None:
        if self._mind_ready and self._address is not None:
            self._mind.tell("hands", self._address, self._heard)

    # ---- a mind with another model

    def _from_next(self, message: Any) -> None:
        assert self._next is not None
        word, said = message
        if word == "loaded":
            self._next.about = said
            self._next.at = takes_over_at(self.now(), self._line)
        else:
            self._report(said)

    def _next_fell(self) -> None:
        assert self._next is not None
        self._report(f"{self._next.model.name} was not loaded: {self.model['model']} plays on")
        self._next.child.end()
        self._next = None

    def _tell_keys(self) -> None:
        """Which keys are controls, to the hands."""
        settings, hands = self._config.settings, self._config.hands
        mute = _mute_key(settings)
        if (mute, settings.split) != (hands.mute_key, hands.split):
            hands = replace(hands, mute_key=mute, split=settings.split)
            self._config = replace(self._config, hands=hands)
            self._hands.tell("keys", mute, settings.split)

    def _may_hand_over(self) -> None:
        """The mind that plays takes its leave, and the next one begins."""
        its = self._next
        if its is None or its.at is None or self.now() < its.at - LEAVE or not self._mind_ready:
            return
        self._next = None
        self._mind.tell("leave", its.at)
        self._drain()
        self._mind.end()
        asked = self._config.settings.with_values(its.values)
        changes = dict(its.values) | fitting(asked, its.about)
        self._config = replace(
            self._config, model=its.model, settings=self._config.settings.with_values(changes)
        )
        self._tell_keys()
        self._link.changed(changes, self._config.settings)
        self._mind, self.model = its.child, dict(its.about)
        self._go_on(model=self._model_name(), changes=changes)
        self._report(f"{its.model.stem} plays now")

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
        settings = self._config.settings.to_dict()
        return Header(VERSION, started, self._config.seed, self._model_name(), settings)

    def _model_name(self) -> ModelName:
        return ModelName(self.model.get("model", ""), self.model.get("sha256", ""))
