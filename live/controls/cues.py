"""What happens in a session, as cues for light, video and dance: entries of the take go in, and
what is to be told comes out. Pure: the caller says what time it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor

from live.controls.control import ROOT
from live.page.change import Change
from live.page.roll import Roll
from live.take.entries import Entry
from live.tempo.timeline import Timeline

Cue = tuple[str, tuple[int | float | str, ...]]  # an OSC address, and what goes with it

MOST_NOTES = 16  # of a plan that are told
PLAN_EVERY = 0.1  # seconds between two tellings of the plan, at least
_SIDES = ("you", "machine")
_ON, _OFF = range(2)


@dataclass(frozen=True, slots=True)
class Address:
    """An OSC address that is sent. name: without ROOT; values: what goes with it."""

    name: str
    values: str
    help: str

    @property
    def path(self) -> str:
        return f"{ROOT}{self.name}"


SENT = (
    Address("you/on", "pitch velocity", "you begin a note"),
    Address("you/off", "pitch", "it ends"),
    Address("machine/on", "pitch velocity", "the machine begins a note"),
    Address("machine/off", "pitch", "it ends"),
    Address("floor", "name", "who plays: you, machine, both or rest"),
    Address("beat", "beat place bar bpm", "a beat begins: its number, its place in a bar of `bar`"),
    Address("transport", "on", "the beat runs (1) or is stopped (0)"),
    Address("plan", "count next", "the machine plans so many notes, the first in `next` seconds"),
    Address("plan/note", "in duration pitch velocity", f"each of them, the next {MOST_NOTES}"),
)


class Cues:
    """Entries in, cues out, each once and in order."""

    def __init__(self) -> None:
        self.roll = Roll()
        self._line: Timeline | None = None
        self._beat: int | None = None
        self._floor = ""
        self._sounding: dict[int, tuple[int, int]] = {}  # id -> side, pitch
        self._plan: Change | None = None
        self._planned = float("-inf")

    def watch(self, entry: Entry) -> None:
        """An entry of the take, as it happens."""
        self.roll.take_in(entry)

    def due(self, now: float) -> list[Cue]:
        """What is to be told by `now` (seconds), since it was asked last."""
        change = self.roll.take(now)
        cues: list[Cue] = []
        if change is not None:
            cues += self._notes(change)
            cues += self._transport(change)
            if change.plan is not None:
                self._plan = change
        cues += self._beats(now)
        if (plays := self.roll.floor) != self._floor:
            self._floor = plays
            cues.append((f"{ROOT}floor", (plays,)))
        return [*cues, *self._plans(now)]

    def over(self) -> list[Cue]:
        """What is to be told when the session ends: nothing is left on."""
        offs = [(f"{ROOT}{_SIDES[side]}/off", (pitch,)) for side, pitch in self._sounding.values()]
        self._sounding = {}
        return [
            *offs,
            (f"{ROOT}transport", (0,)),
            (f"{ROOT}plan", (0, -1.0)),
            (f"{ROOT}floor", ("rest",)),
        ]

    def _notes(self, change: Change) -> Iterator[Cue]:
        before = self._sounding
        begun = [its for its in change.begun if its[0] not in before]
        ended = [(number, end) for number, _, end in change.ended]
        if change.whole:  # of what ended meanwhile nothing else is told
            there = {its[0] for its in change.begun}
            ended = [(number, change.now) for number in sorted(before.keys() - there)]
        sides = before | {number: (side, pitch) for number, side, _, pitch, _ in begun}
        onsets = {its[0]: its[2] for its in begun}
        velocities = {its[0]: its[4] for its in begun}
        # An end goes before a beginning at the same moment, but not before its own.
        rows = [(onset, 1, number, _ON) for number, onset in onsets.items()]
        rows += [(end, int(onsets.get(number) == end), number, _OFF) for number, end in ended]
        for _, _, number, word in sorted(rows):
            if number not in sides:
                continue
            side, pitch = sides[number]
            if word == _ON:
                yield f"{ROOT}{_SIDES[side]}/on", (pitch, velocities[number])
            else:
                del sides[number]
                yield f"{ROOT}{_SIDES[side]}/off", (pitch,)
        self._sounding = sides

    def _transport(self, change: Change) -> Iterator[Cue]:
        if (told := change.beat) is None:
            return
        was = self._line is not None and self._line.running
        self._line = Timeline(
            told["at"], told["beat"], told["bpm"], told["beats_per_bar"], told["running"]
        )
        if self._line.running != was:
            self._beat = None
            yield f"{ROOT}transport", (int(self._line.running),)

    def _beats(self, now: float) -> Iterator[Cue]:
        """The beat that has begun; of several at once, the last."""
        if self._line is None or not self._line.running:
            return
        if (beat := floor(self._line.beat_at(now))) < 0 or beat == self._beat:
            return
        # A correction may put the line back a little: a beat is not told twice for that.
        if self._beat is not None and beat == self._beat - 1:
            return
        self._beat = beat
        bar = self._line.bar
        yield f"{ROOT}beat", (beat, beat % bar, bar, round(self._line.bpm, 2))

    def _plans(self, now: float) -> Iterator[Cue]:
        if self._plan is None or now - self._planned < PLAN_EVERY:
            return
        notes, self._plan, self._planned = self._plan.plan or (), None, now
        first = notes[0][1] - now if notes else -1.0
        yield f"{ROOT}plan", (len(notes), round(first, 4))
        for _, onset, duration, pitch, velocity in notes[:MOST_NOTES]:
            yield f"{ROOT}plan/note", (round(onset - now, 4), round(duration, 4), pitch, velocity)
