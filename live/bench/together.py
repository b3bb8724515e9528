"""Playing at the same time: from a player's note to a new plan in the hands, and to the voices that
sound with it. Over real ports, with hands and a mind as on stage.

A new plan is there when the hands have followed one that was made after the note and in which a
beat from then on is settled, with notes or without. What the plan costs is told beside as many bare
steps of the model.
"""

import contextlib
import multiprocessing
import os
import random
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from live import midi
from live.bench.figures import spread
from live.bench.rig import INPUT, OUTPUT, READY_LIMIT, gear
from live.bench.step import STAGE, stepper, time_steps
from live.demo.phrase import BEATS_PER_MINUTE, CALLS
from live.demo.song import Timed, read_song
from live.errors import UserError
from live.hands.config import HandsConfig
from live.hands.process import run_hands
from live.mind import Beginning, MindConfig, run_mind
from live.models.any_model import open_any
from live.models.shelf import find
from live.plan import Heard, Plan
from live.planning.planner import Planned
from live.settings import Settings

CHORALE = "chorale"  # the model of the voices
MACHINE_CHANNEL = 16
BEFORE = 1.0  # seconds before the first key
KEYS = (0, 5, -2, 3, -4, 1)  # semitones: the phrases go round
SPREAD = 0.012  # seconds between the hands, and the fingers of one
CHORD = 0.05  # seconds: onsets closer than this are one chord
HELD = 0.9  # of the time to the next key
LOST_AFTER = 0.5  # seconds
STEPS = 300  # bare ones

_CONTEXT = multiprocessing.get_context("spawn")
Key = tuple[float | None, int | None]  # what tells one plan from another: its cut, its first note
NOTHING: Key = (None, None)


def bench_together(model: Path, song: Path | None, seconds: float) -> dict[str, Any]:
    """So many seconds of a duet, of a song or of two hands, and as many of its melody, harmonised.
    Raises UserError."""
    played = read_song(song, seconds) if song else two_hands(seconds)
    melody = melody_of(played, seconds)
    return {
        f"duet, {model.stem}": _duet(model, played),
        f"harmonise, {CHORALE}": _harmonise(find(CHORALE), melody),
    }


# --- what is played


def two_hands(seconds: float) -> tuple[Timed, ...]:
    """The demo's phrases, one after the other through some keys, as fingers play them."""
    chance, beat = random.Random(0), 60 / BEATS_PER_MINUTE
    events: list[Timed] = []
    start = 0.0
    for call, up in zip(cycle(CALLS), cycle(KEYS), strict=False):
        if start >= seconds:
            break
        for at, pitches, held, velocity in call:
            for pitch in pitches:
                onset = start + at * beat + chance.uniform(0, SPREAD)
                loud = velocity + chance.randint(-8, 8)
                events.append((onset, midi.note_on(0, pitch + up, loud)))
                events.append((onset + held * beat, midi.note_off(0, pitch + up)))
        start += beat * (4 * round(max(at + held for at, _, held, _ in call) / 4))
    return tuple(sorted(events, key=lambda event: event[0]))


def melody_of(song: Sequence[Timed], seconds: float) -> tuple[Timed, ...]:
    """The highest notes, one at a time: each key comes up before the next goes down."""
    tops: list[Timed] = []
    for at, message in song:
        if midi.is_note_on(message) and at <= seconds:
            if not tops or at - tops[-1][0] > CHORD:
                tops.append((at, message))
            elif message[1] > tops[-1][1][1]:
                tops[-1] = tops[-1][0], message
    ends = [*(at for at, _ in tops[1:]), seconds]
    line: list[Timed] = []
    for (at, message), end in zip(tops, ends, strict=True):
        line += [
            (at, message),
            (at + HELD * (end - at), midi.note_off(message[0] & 15, message[1])),
        ]
    return tuple(line)


# --- a session that is looked into


@dataclass(frozen=True)
class Followed:
    """The hands have taken in a plan. at: seconds on the session's clock."""

    at: float
    after: int
    key: Key


@dataclass(frozen=True)
class Thought:
    """The mind has planned. at: when it began to (seconds on the session's clock); reach: seconds
    from then on that are settled; steps: of the model; took: seconds."""

    key: Key
    at: float
    reach: float
    steps: int
    took: float


Answer = tuple[Heard, Followed]


@dataclass
class Session:
    """epoch: of the session's clock. What is written in it is whole when the session has ended."""

    epoch: float
    heard: list[Heard] = field(default_factory=list)
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

            self.steps = 0
            model.step = counted

        def plan(self, now: float, *others: Any) -> Planned:
            began, self.steps = time.perf_counter(), 0
            planned = super().plan(now, *others)
            took = time.perf_counter() - began
            reach = (self.tip.onset or now) - now
            at = began - config.epoch
            thoughts.append(Thought(_key(planned), at, reach, self.steps, took))
            return planned

    planning.PLANNERS["notes"] = Stamped
    try:
        run_mind(config, stage)
    finally:
        log.send(thoughts)


@contextlib.contextmanager
def _session(model: Path, settings: Settings) -> Iterator[Session]:
    """Raises UserError if it cannot begin."""
    session = Session(time.perf_counter())
    authkey = os.urandom(16)
    config = HandsConfig(
        epoch=session.epoch,
        input=(INPUT,),
        output=(OUTPUT,),
        virtual_input=INPUT,
        virtual_output=OUTPUT,
        authkey=authkey,
    )
    control, hands_log, hands = _started(_hands, config)
    stage, mind_log, mind = _started(
        _mind, MindConfig(model, 0, session.epoch, authkey, realtime=True)
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
        yield session
        for wire in (stage, control):
            wire.send(("stop",))
        session.thoughts, session.followed = _logged(mind_log), _logged(hands_log)
        diary.join(READY_LIMIT)
        session.heard = [entry for entry in entries if isinstance(entry, Heard)]
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


def _play(keyboard: Any, song: Sequence[Timed], epoch: float) -> list[tuple[float, bytes]]:
    """Play a song in time; when each message was sent, on the session's clock."""
    sent = []
    start = time.perf_counter() + BEFORE
    for at, message in song:
        time.sleep(max(0.0, start + at - time.perf_counter()))
        sent.append((time.perf_counter() - epoch, message))
        keyboard.send(message)
    time.sleep(LOST_AFTER)
    return sent


# --- the duet


def _duet(model: Path, song: Sequence[Timed]) -> dict[str, Any]:
    settings = Settings(mode="duet", tempo=BEATS_PER_MINUTE)
    with _session(model, settings) as session:
        keyboard = gear(INPUT, OUTPUT)
        sent = _play(keyboard, song, session.epoch)
        keyboard.close()
    keys = [at for at, message in sent if midi.is_note_on(message)]
    heard = [h for h in session.heard if midi.is_note_on(h.message)]
    beat = 60 / settings.tempo
    settle = {t.key for t in session.thoughts if t.reach >= beat and t.steps}
    plans = _answers(session, heard, settle - {NOTHING})
    figures: dict[str, Any] = {
        "key in the hands to plan": spread([plan.at - h.at for h, plan in plans]),
        "the same, notes by themselves": spread([plan.at - h.at for h, plan in _alone(plans)]),
    }
    if len(keys) == len(heard):  # or nobody knows which was lost
        sent_at = dict(zip((h.seq for h in heard), keys, strict=True))
        figures["key sent to plan"] = spread([plan.at - sent_at[h.seq] for h, plan in plans])
    figures["no plan before the end"] = len(heard) - len(plans)
    return figures | _way(session, plans) | _costs(model, session)


def _answers(session: Session, heard: Sequence[Heard], counted: set[Key]) -> list[Answer]:
    """Each note with the first of those plans that was made after it, if there was one."""
    plans = [followed for followed in session.followed if followed.key in counted]
    first = ((note, next((p for p in plans if p.after >= note.seq), None)) for note in heard)
    return [(note, plan) for note, plan in first if plan is not None]


def _alone(answers: Sequence[Answer]) -> Iterator[Answer]:
    """Those that no other note comes shortly before."""
    before = float("-inf")
    for note, plan in answers:
        if note.at - before > CHORD:
            yield note, plan
        before = note.at


def _way(session: Session, answers: Sequence[Answer]) -> dict[str, Any]:
    """Where the time goes, from the hands to the mind and back."""
    thoughts = {thought.key: thought for thought in session.thoughts}
    its = [(note, thoughts[plan.key], plan) for note, plan in answers]
    return {
        "  until the mind plans": spread([t.at - note.at for note, t, _ in its]),
        "  the plan itself": spread([t.took for _, t, _ in its]),
        "  until the hands have it": spread([plan.at - t.at - t.took for _, t, plan in its]),
    }


def _costs(model: Path, session: Session) -> dict[str, Any]:
    """What plans made anew cost, beside bare steps."""
    anew = [t for t in session.thoughts if t.key[0] is not None and t.steps]
    if not anew:
        return {"plans made anew": 0}
    bare, _ = time_steps(stepper(open_any(model)), STEPS, STAGE)
    each = statistics.median(t.took / t.steps for t in anew)
    steps = sorted(t.steps for t in anew)
    return {
        "plans made anew": spread([t.took for t in anew]),
        "steps of each": f"median {statistics.median(steps):g}  max {steps[-1]}",
        "a step of them": f"{1e3 * each:.3f} ms, {each / statistics.median(bare):.2f} times a bare "
        f"one called every {1e3 * STAGE:g} ms",
    }


# --- the voices


def _harmonise(model: Path, melody: Sequence[Timed]) -> dict[str, Any]:
    settings = Settings(mode="harmonise", channel=MACHINE_CHANNEL)
    with _session(model, settings) as session:
        keyboard = gear(INPUT, OUTPUT)
        sent = _play(keyboard, melody, session.epoch)
        received = [(at - session.epoch, message) for at, message in keyboard.received]
        keyboard.close()
    keys = [(at, message) for at, message in sent if midi.is_note_on(message)]
    ons = [(at, message) for at, message in received if midi.is_note_on(message)]
    each: list[list[float]] = []
    own: list[float] = []
    ends = [at for at, _ in keys[1:]] + [float("inf")]
    for (key, message), end in zip(keys, ends, strict=True):
        within = [(at, m) for at, m in ons if key <= at < end]
        each.append([at - key for at, m in within if m[0] & 15 == MACHINE_CHANNEL - 1])
        own += [at - key for at, m in within if m == message]
    voiced = [its for its in each if its]
    heard = [note for note in session.heard if midi.is_note_on(note.message)]
    plans = _answers(session, heard, {t.key for t in session.thoughts if t.key[1] is not None})
    return {
        "key sent to its own sound": spread(own),
        "to each voice": spread([at for its in voiced for at in its]),
        "to the first voice": spread([its[0] for its in voiced]),
        "to the last voice": spread([its[-1] for its in voiced]),
        "keys without voices": len(each) - len(voiced),
    } | _way(session, plans)
