"""A session over real ports as on stage, whose hands and mind write down what they do and when."""

import contextlib
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from live.bench.rig import INPUT, OUTPUT, READY_LIMIT
from live.errors import UserError
from live.hands.config import HandsConfig
from live.hands.process import run_hands
from live.mind import Beginning, MindConfig, run_mind
from live.plan import Heard, Plan, Sounded
from live.planning.planner import Planned
from live.settings import Settings

_CONTEXT = multiprocessing.get_context("spawn")
Key = tuple[float | None, int | None]  # what tells one plan from another: its cut, its first note
NOTHING: Key = (None, None)


@dataclass(frozen=True)
class Followed:
    """The hands have taken in a plan. at: seconds on the session's clock."""

    at: float
    after: int
    key: Key


@dataclass(frozen=True)
class Thought:
    """The mind has planned some notes. at: when it began to (seconds on the session's clock);
    done: when it had; reach: seconds from then on that are settled; steps: of the model; after:
    how many of the player's notes it had heard."""

    key: Key
    at: float
    done: float
    reach: float
    steps: int
    after: int


@dataclass
class Session:
    """epoch: of the session's clock. What is written in it is whole when the session has ended."""

    epoch: float
    heard: list[Heard] = field(default_factory=list)
    sounded: list[Sounded] = field(default_factory=list)
    followed: list[Followed] = field(default_factory=list)
    thoughts: list[Thought] = field(default_factory=list)


def _key(plan: Plan | Planned) -> Key:
    return plan.cut, plan.notes[0].id if plan.notes else None


def _hands(config: HandsConfig, control: Connection, log: Connection) -> None:
    """The hands, which write down each plan when they have followed it."""
    from live.hands import playing, process

    followed: list[Followed] = []

    class Stamped(playing.Playing):
        def follow(self, plan: Plan) -> None:
            super().follow(plan)
            at = time.perf_counter() - config.epoch
            followed.append(Followed(at, plan.after, _key(plan)))

    setattr(process, "Playing", Stamped)  # noqa: B010  (a name of that room)
    try:
        run_hands(config, control)
    finally:
        log.send(followed)


def _mind(config: MindConfig, stage: Connection, log: Connection) -> None:
    """The mind, which writes down what each plan came to."""
    from live import planning

    thoughts: list[Thought] = []

    class Stamped(planning.NotePlanner):
        def __init__(self, model: Any, *others: Any) -> None:
            super().__init__(model, *others)
            step = model.step

            def counted(*given: Any, **more: Any) -> Any:
                self.steps += 1
                return step(*given, **more)

            self.steps = self.heard = 0
            model.step = counted

        def hear(self, *note: Any) -> None:
            super().hear(*note)
            self.heard += 1

        def plan(self, now: float, *others: Any) -> Planned:
            began, self.steps = time.perf_counter() - config.epoch, 0
            planned = super().plan(now, *others)
            done = time.perf_counter() - config.epoch
            reach = (self.tip.onset or now) - now
            thoughts.append(Thought(_key(planned), began, done, reach, self.steps, self.heard))
            return planned

    planning.PLANNERS["notes"] = Stamped
    try:
        run_mind(config, stage)
    finally:
        log.send(thoughts)


@contextlib.contextmanager
def session(model: Path, settings: Settings) -> Iterator[Session]:
    """Raises UserError if it cannot begin."""
    looked = Session(time.perf_counter())
    authkey = os.urandom(16)
    config = HandsConfig(
        epoch=looked.epoch,
        input=(INPUT,),
        output=(OUTPUT,),
        virtual_input=INPUT,
        virtual_output=OUTPUT,
        authkey=authkey,
    )
    control, hands_log, hands = _started(_hands, config)
    stage, mind_log, mind = _started(
        _mind, MindConfig(model, 0, looked.epoch, authkey, realtime=True)
    )
    try:
        address = _said(control, "ready")["address"]
        _said(stage, "loaded")
        stage.send(("begin", Beginning(settings.to_dict())))
        _said(stage, "ready")
        stage.send(("hands", address, 0))
        threading.Thread(target=_drain, args=(control, []), name="stats", daemon=True).start()
        entries: list[Any] = []
        diary = threading.Thread(target=_drain, args=(stage, entries), name="diary", daemon=True)
        diary.start()
        yield looked
        for wire in (stage, control):
            wire.send(("stop",))
        looked.thoughts, looked.followed = _logged(mind_log), _logged(hands_log)
        diary.join(READY_LIMIT)
        looked.heard = [entry for entry in entries if isinstance(entry, Heard)]
        looked.sounded = [entry for entry in entries if isinstance(entry, Sounded)]
    finally:
        for process in (mind, hands):
            process.join(5)
            if process.is_alive():
                process.kill()


def _started(target: Any, config: Any) -> tuple[Connection, Connection, Any]:
    """A process: the wire to it, the wire of what it writes down, and itself."""
    wire, its_wire = _CONTEXT.Pipe()
    log, its_log = _CONTEXT.Pipe(duplex=False)
    process = _CONTEXT.Process(target=target, args=(config, its_wire, its_log), daemon=True)
    process.start()
    its_wire.close()
    its_log.close()
    return wire, log, process


def _said(wire: Connection, wanted: str) -> Any:
    while wire.poll(READY_LIMIT):
        try:
            word, *rest = wire.recv()
        except EOFError:
            break
        if word == wanted:
            return rest[0]
        if word in ("problem", "lost", "refused"):
            raise UserError(str(rest[-1]))
    raise UserError("the session did not start: is the MIDI system busy?")


def _logged(wire: Connection) -> Any:
    if not wire.poll(READY_LIMIT):
        raise UserError("the session did not end: is the machine busy?")
    return wire.recv()


def _drain(wire: Connection, entries: list[Any]) -> None:
    with contextlib.suppress(EOFError, OSError):
        while True:
            entries.append(wire.recv())
