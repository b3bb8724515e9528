"""The piano roll as it grows: entries of the take go in, and what a screen has to draw comes out.

That a planned note began is told by the hands when they have time, up to half a second later: on
the roll it begins when it is due, and ends at once if it turns out that it was not played.

Pure: the caller says what time it is, in seconds on the session's clock.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from live import midi
from live.plan import Heard, Longer, OnTouch, Plan, PlannedNote, Sounded
from live.successor import LEAVE
from live.take.entries import Entry, Restart
from live.tempo.timeline import Timeline

YOU, MACHINE = 0, 1
MOST = 2000  # changes that wait; of more, only what sounds now is told
MOST_PLANNED = 500  # notes of a plan that are shown
CONFIRMED = 1.5  # seconds within which the hands have told that a note began
STILL = 1.0  # seconds: told at least so often, so that screens keep to the session's clock

Begun = tuple[int, int, float, int, int]  # id, side, onset, pitch, velocity
Ended = tuple[int, int, float]  # id, side, end
Ahead = tuple[int, float, float, int, int]  # id, onset, duration, pitch, velocity


@dataclass(frozen=True, slots=True)
class Change:
    """What has changed on the roll by `now`. plan, beat: None if they have not. whole: it is all
    there is; what was drawn before is void."""

    now: float
    begun: tuple[Begun, ...] = ()
    ended: tuple[Ended, ...] = ()
    plan: tuple[Ahead, ...] | None = None
    beat: Mapping[str, Any] | None = None
    whole: bool = False

    def then(self, later: "Change") -> "Change":
        """Both in one."""
        if later.whole:
            return later
        return Change(
            later.now,
            self.begun + later.begun,
            self.ended + later.ended,
            self.plan if later.plan is None else later.plan,
            self.beat if later.beat is None else later.beat,
            self.whole,
        )

    @property
    def size(self) -> int:
        return len(self.begun) + len(self.ended)

    def message(self) -> dict[str, Any]:
        """As it is sent to a browser."""
        said: dict[str, Any] = {"now": round(self.now, 4)}
        said |= {"begun": self.begun} if self.begun else {}
        said |= {"ended": self.ended} if self.ended else {}
        said |= {} if self.plan is None else {"plan": self.plan}
        said |= {} if self.beat is None else {"beat": self.beat}
        said |= {"whole": True} if self.whole else {}
        return {"roll": said}


class _Planned(NamedTuple):
    """id: on the roll."""

    id: int
    side: int
    note: PlannedNote


@dataclass
class _Sounding:
    """number: of the plan. told: the hands have said that it began."""

    begun: Begun
    number: int
    end: float
    told: bool

    def ended(self, at: float) -> Ended:
        return self.begun[0], self.begun[1], max(self.begun[2], at)


@dataclass
class Roll:
    """mute, split: keys that are controls and take nobody's floor, as the hands have them."""

    mute: int | None = None
    split: int = 0
    _ids: int = 0
    _down: dict[tuple[int, int], Begun] = field(default_factory=dict)
    _planned: dict[int, _Planned] = field(default_factory=dict)
    _sounding: dict[tuple[int, int], _Sounding] = field(default_factory=dict)
    _on_touch: OnTouch = OnTouch.YIELD
    _line: Timeline | None = None
    _begun: deque[Begun] = field(default_factory=deque)
    _ended: deque[Ended] = field(default_factory=deque)
    _new_plan: bool = False
    _new_beat: bool = False
    _lost: bool = False
    _told: float = float("-inf")

    # ---- what comes in

    def take_in(self, entry: Entry) -> None:
        """An entry of the take, as it happens."""
        if isinstance(entry, Heard):
            self._hear(entry)
        elif isinstance(entry, Sounded):
            self._hear_of(entry)
        elif isinstance(entry, Plan):
            self._follow(entry)
        elif isinstance(entry, Restart):
            # One that gave its place to another has left the hands what comes before that.
            self._drop(entry.at + LEAVE if entry.model is not None else float("-inf"))
            self._move(entry.timeline)
        if len(self._begun) + len(self._ended) + len(self._planned) > MOST:
            self._lost = True
            self._begun.clear()
            self._ended.clear()
            self._planned = dict(list(self._planned.items())[-MOST_PLANNED:])

    def plan(self, notes: Iterable[PlannedNote], side: int = MACHINE) -> None:
        """These notes are going to be played."""
        for note in notes:
            self._ids += 1
            self._planned[note.id] = _Planned(self._ids, side, note)
            self._new_plan = True

    def drop(self) -> None:
        """Nothing is going to be played, and what sounds by itself ends."""
        self._drop(float("-inf"))
        for its in self._sounding.values():
            its.end = float("-inf")

    def lose(self) -> None:
        """Whoever is told next knows nothing yet."""
        self._lost = True

    def _hear(self, heard: Heard) -> None:
        message, at = heard.message, heard.at
        if len(message) != 3:
            return
        key = (midi.channel_of(message), message[1])
        if midi.is_note_on(message):
            self._lift(key, at)
            self._ids += 1
            self._down[key] = (self._ids, YOU, at, message[1], message[2])
            self._begun.append(self._down[key])
        elif midi.is_note_off(message):
            self._lift(key, at)
        elif midi.is_control(message, midi.ALL_NOTES_OFF):
            for held in [held for held in self._down if held[0] == key[0]]:
                self._lift(held, at)
        steers = midi.is_note_on(message) and (message[1] < self.split or message[1] == self.mute)
        if self._on_touch is OnTouch.YIELD and midi.takes_floor(message) and not steers:
            self._drop(float("-inf"))
            for its in self._sounding.values():
                its.end = min(its.end, at)

    def _lift(self, key: tuple[int, int], at: float) -> None:
        if (begun := self._down.pop(key, None)) is not None:
            self._ended.append((begun[0], YOU, max(at, begun[2])))

    def _hear_of(self, sounded: Sounded) -> None:
        if (planned := self._planned.pop(sounded.id, None)) is not None:
            self._begin(planned, sounded.at, True)
        for its in self._sounding.values():
            its.told |= its.number == sounded.id

    def _begin(self, planned: _Planned, at: float, told: bool) -> None:
        note = planned.note
        key = (note.channel, note.pitch)
        if (before := self._sounding.pop(key, None)) is not None:
            self._ended.append(before.ended(min(before.end, at)))
        begun = (planned.id, planned.side, at, note.pitch, note.velocity)
        self._sounding[key] = _Sounding(begun, note.id, note.onset + note.duration, told)
        self._begun.append(begun)
        self._new_plan = True

    def _begin_due(self, now: float) -> None:
        due = [n for n, its in self._planned.items() if its.note.onset <= now]
        for its in sorted(map(self._planned.pop, due), key=lambda its: its.note.onset):
            self._begin(its, its.note.onset, False)

    def _end_due(self, now: float) -> None:
        for key, its in list(self._sounding.items()):
            onset = its.begun[2]
            if not its.told and onset < now - CONFIRMED:
                its.end = onset
            if its.end <= now:
                del self._sounding[key]
                self._ended.append(its.ended(its.end))

    def _follow(self, plan: Plan) -> None:
        self._on_touch = plan.on_touch
        if plan.cut is not None:
            self._drop(plan.cut)
        self._move(plan.timeline)
        for longer in plan.longer:
            self._lengthen(longer)
        self.plan(plan.notes)

    def _drop(self, cut: float) -> None:
        kept = {n: its for n, its in self._planned.items() if its.note.onset < cut}
        self._new_plan |= len(kept) < len(self._planned)
        self._planned = kept

    def _move(self, line: Timeline | None) -> None:
        """The beat is there from now on, and what is planned moves with it."""
        if line is None:
            return
        if (before := self._line) is not None:
            for number, its in self._planned.items():
                onset = before.moved(its.note.onset, line)
                if onset != its.note.onset:
                    self._planned[number] = its._replace(note=replace(its.note, onset=onset))
                    self._new_plan = True
        self._new_beat |= line != before
        self._line = line

    def _lengthen(self, longer: Longer) -> None:
        if (its := self._planned.get(longer.id)) is not None:
            duration = max(0.0, longer.until - its.note.onset)
            self._planned[longer.id] = its._replace(note=replace(its.note, duration=duration))
            self._new_plan = True
        for sounding in self._sounding.values():
            if sounding.number == longer.id:
                sounding.end = longer.until

    # ---- what comes out

    @property
    def floor(self) -> str:
        """Who plays now: you, machine, both, or rest."""
        return {
            (True, False): "you",
            (False, True): "machine",
            (True, True): "both",
            (False, False): "rest",
        }[bool(self._down), bool(self._sounding)]

    def take(self, now: float) -> Change | None:
        """What has changed since the last time; None if there is nothing to tell."""
        self._begin_due(now)
        self._end_due(now)
        news = self._begun or self._ended or self._new_plan or self._new_beat or self._lost
        if not news and now - self._told < STILL:
            return None
        self._told = now
        change = self._whole(now) if self._lost else self._news(now)
        self._begun.clear()
        self._ended.clear()
        self._new_plan = self._new_beat = self._lost = False
        return change

    def _news(self, now: float) -> Change:
        return Change(
            now,
            tuple(self._begun),
            tuple(self._ended),
            self._ahead() if self._new_plan else None,
            self._beat() if self._new_beat else None,
        )

    def _whole(self, now: float) -> Change:
        begun = (*self._down.values(), *(its.begun for its in self._sounding.values()))
        return Change(now, begun, (), self._ahead(), self._beat(), True)

    def _ahead(self) -> tuple[Ahead, ...]:
        soonest = sorted(self._planned.values(), key=lambda its: its.note.onset)[:MOST_PLANNED]
        return tuple(
            (its.id, its.note.onset, its.note.duration, its.note.pitch, its.note.velocity)
            for its in soonest
        )

    def _beat(self) -> dict[str, Any] | None:
        if (line := self._line) is None:
            return None
        return {
            "at": line.at,
            "beat": line.beat,
            "bpm": line.bpm,
            "beats_per_bar": line.bar,
            "running": line.running,
        }
