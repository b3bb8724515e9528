"""The piano roll as it grows: entries of the take go in, and what a screen has to draw comes out.

That a planned note began is told by the hands when they have time, up to half a second later: on
the roll it begins when it is due, and ends at once if it turns out that it was not played.

Pure: the caller says what time it is, in seconds on the session's clock.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from live import midi
from live.page.change import Ahead, Begun, Change, Ended, Pedal
from live.plan import Heard, Longer, OnTouch, Plan, PlannedNote, Sounded
from live.successor import LEAVE
from live.take.entries import Entry, Restart
from live.tempo.timeline import Timeline

YOU, MACHINE = 0, 1
MOST = 2000  # changes that wait; of more, only what sounds now is told
MOST_PLANNED = 500  # notes of a plan that are shown
CONFIRMED = 1.5  # seconds within which the hands have told that a note began
STILL = 1.0  # seconds: told at least so often, so that screens keep to the session's clock


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
    """mute, split: keys that are controls and take nobody's floor, as the hands have them. struck:
    how many keys you have struck."""

    mute: int | None = None
    split: int = 0
    struck: int = 0
    _ids: int = 0
    _down: dict[tuple[int, int], Begun] = field(default_factory=dict)
    _pedals: dict[int, float] = field(default_factory=dict)  # channel -> since when it is down
    _planned: dict[int, _Planned] = field(default_factory=dict)
    _sounding: dict[tuple[int, int], _Sounding] = field(default_factory=dict)
    _on_touch: OnTouch = OnTouch.YIELD
    _line: Timeline | None = None
    _begun: deque[Begun] = field(default_factory=deque)
    _ended: deque[Ended] = field(default_factory=deque)
    _pedal: deque[Pedal] = field(default_factory=deque)
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
        told = len(self._begun) + len(self._ended) + len(self._pedal)
        if told + len(self._planned) > MOST:
            self._lost = True
            self._forget()
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
            self.struck += 1
            self._ids += 1
            self._down[key] = (self._ids, YOU, at, message[1], message[2])
            self._begun.append(self._down[key])
        elif midi.is_note_off(message):
            self._lift(key, at)
        elif midi.is_control(message, midi.SUSTAIN):
            self._tread(key[0], message[2] >= 64, at)
        elif midi.is_control(message, midi.ALL_NOTES_OFF):
            for held in [held for held in self._down if held[0] == key[0]]:
                self._lift(held, at)
        steers = midi.is_note_on(message) and (message[1] < self.split or message[1] == self.mute)
        if self._on_touch is OnTouch.YIELD and midi.takes_floor(message) and not steers:
            self._drop(float("-inf"))
            for its in self._sounding.values():
                its.end = min(its.end, at)

    def _tread(self, channel: int, down: bool, at: float) -> None:
        """One of your pedals; of several the first that goes down and the last that comes up are
        told."""
        before = bool(self._pedals)
        if down:
            self._pedals.setdefault(channel, at)
        else:
            self._pedals.pop(channel, None)
        if bool(self._pedals) != before:
            self._pedal.append((at, down))

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
        told = self._begun or self._ended or self._pedal
        if (
            not (told or self._new_plan or self._new_beat or self._lost)
            and now - self._told < STILL
        ):
            return None
        self._told = now
        change = self._whole(now) if self._lost else self._news(now)
        self._forget()
        self._new_plan = self._new_beat = self._lost = False
        return change

    def _forget(self) -> None:
        for waiting in (self._begun, self._ended, self._pedal):
            waiting.clear()

    def _news(self, now: float) -> Change:
        return Change(
            now,
            tuple(self._begun),
            tuple(self._ended),
            self._ahead() if self._new_plan else None,
            self._beat() if self._new_beat else None,
            pedal=tuple(self._pedal),
        )

    def _whole(self, now: float) -> Change:
        begun = (*self._down.values(), *(its.begun for its in self._sounding.values()))
        pedal = ((min(self._pedals.values()), True),) if self._pedals else ()
        return Change(now, begun, (), self._ahead(), self._beat(), True, pedal)

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
