"""Planning bar by bar with a model of rolls, on the grid of a tempo: the next bar, as late as can
be, from the last bars of both sides."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from live import roll
from live.models.roll_model import Chance, Floats, RollModel
from live.modes import Turn
from live.notes import MACHINE, PLAYER, Note, Part
from live.plan import Longer, PlannedNote
from live.planning.next_bar import HISTORY, next_bar
from live.planning.planner import LONGEST_NOTE, LOUDNESS, USUAL, Mine, Planned, moved, note_of
from live.settings import Settings
from live.tempo.timeline import Timeline

MOST = 64  # planned notes remembered
REMEMBERED = 512  # notes of both sides
UNSET = Timeline(0.0, 0.0, 120.0, running=False)


@dataclass(frozen=True)
class Span:
    """A note of either side in beats; end: None while its key is down."""

    side: str
    start: float
    end: float | None
    pitch: int


class BarPlanner:
    """See live.planning.planner.Planner. It plays where somebody keeps the beat."""

    def __init__(self, model: RollModel, rng: np.random.Generator, numbers: Iterator[int]) -> None:
        self._model = model
        self._contract = model.contract
        self._chance = Chance(rng, model.contract)
        self._numbers = numbers
        self._line = UNSET
        self._next = 0.0  # the beat at which the first bar begins that is not planned
        self._state: Floats | None = None  # what the model carries at the line before
        self._spans: deque[Span] = deque(maxlen=REMEMBERED)
        self._velocities: deque[int] = deque(maxlen=LOUDNESS)  # of the player's
        self._ahead: dict[int, PlannedNote] = {}  # planned and not known to have sounded
        # By pitch, the newest that sounded: as planned, and as it began.
        self._begun: dict[int, tuple[PlannedNote, Note]] = {}
        self._part = Part(MACHINE, self._contract.voices[0])

    def apply(self, settings: Settings, mine: Mine, now: float) -> None:
        self._settings, self._mine = settings, mine
        self._place = mine.places[self._part.voice]
        self._state = None  # the frames may be others from now on

    def keep_time(self, before: Timeline | None, line: Timeline | None, now: float) -> None:
        if line is None:
            return
        if before is not None:
            self._ahead = {n: moved(note, before, line) for n, note in self._ahead.items()}
            self._begun = {
                pitch: (moved(note, before, line), began)
                for pitch, (note, began) in self._begun.items()
            }
            # Past beats are counted on from where the beat is now.
            shift = line.beat_at(now) - before.beat_at(now)
            self._spans = deque((_shifted(s, shift) for s in self._spans), REMEMBERED)
            self._next += shift
        self._line = line

    def restore(self, window: Sequence[Note]) -> None:
        for note in window:
            self._remember(note)

    def hear(self, note: Note, keys: frozenset[int]) -> None:
        self._velocities.append(note.velocity)
        self._remember(note)

    def _remember(self, note: Note) -> None:
        line = self._line
        end = None if note.end is None else line.beat_at(note.end)
        self._spans.append(Span(note.part.side, line.beat_at(note.onset), end, note.pitch))

    def ended(self, note: Note) -> None:
        for n in range(len(self._spans) - 1, -1, -1):
            span = self._spans[n]
            if (span.side, span.pitch, span.end) == (PLAYER, note.pitch, None):
                self._spans[n] = replace(span, end=self._line.beat_at(note.end or note.onset))
                return

    def played(self, number: int, at: float, keys: frozenset[int]) -> Note | None:
        planned = self._ahead.pop(number, None)
        if planned is None:
            return None
        note = note_of(planned, self._part, at)
        self._begun[planned.pitch] = planned, note
        self._remember(note)
        return note

    def begin(self, turn: Turn) -> None:
        self._next = float(round(self._line.beat_at(turn.began)))
        self._state = None

    def clear(self) -> bool:
        had_plans = bool(self._ahead)
        self._ahead.clear()
        self._begun.clear()
        return had_plans

    def changed(self, now: float) -> float | None:
        """From the next bar on."""
        return None

    def take_back(self, cut: float) -> None:
        self._ahead = {n: note for n, note in self._ahead.items() if note.onset < cut}
        self._next = self._line.line(self._line.beat_at(cut))
        self._state = None

    @property
    def plan_on_at(self) -> float:
        return self._line.time_of(self._next) - self._settings.notice

    @property
    def _bar(self) -> float:
        """Beats to the model's bar."""
        return self._contract.bar / self._contract.beat

    def plan(self, now: float, turn: Turn, keys: frozenset[int]) -> Planned:
        """The next bar, when it is about to begin. A bar that has gone by is left out."""
        if now < self.plan_on_at:
            return Planned(())
        missed = max(0.0, self._line.beat_at(now) - self._next) // self._bar
        if missed:
            self._state = None
        self._next += missed * self._bar
        if self._line.time_of(self._next) >= turn.end:
            return Planned((), over=True)
        heard = self.heard()
        temperature = self._settings.temperature
        bar, self._state = next_bar(self._model, heard, self._chance, temperature, self._state)
        longer, held = self._hold(bar)
        notes = self._notes(roll.read(bar), self._velocity())
        self._ahead = dict([*self._ahead.items(), *((n.id, n) for n in notes)][-MOST:])
        self._next += self._bar
        return Planned(tuple(notes), longer=longer, held=held)

    def rehearse(self) -> None:
        """It answers no key at once."""

    def repeat(self, notes: Sequence[Note], keys: frozenset[int]) -> Planned:
        planned = [
            PlannedNote(next(self._numbers), n.onset, n.duration or self._line.period,
                        self._place.channel, n.pitch, n.velocity)
            for n in notes
        ]  # fmt: skip
        self._ahead = dict([*self._ahead.items(), *((n.id, n) for n in planned)][-MOST:])
        self._next = self._line.line(self._line.beat_at(notes[-1].onset))
        return Planned(tuple(planned))

    def _hold(self, bar: roll.Roll) -> tuple[tuple[Longer, ...], tuple[Note, ...]]:
        """What goes on over the bar line. What should and does not sound there is struck instead.

        Returns the orders, and the notes of those that have begun, as long as they are now.
        """
        longer, held = [], []
        for key in np.flatnonzero(bar[0, roll.SOUNDING] & ~bar[0, roll.STRUCK] & 1):
            note = self._up_to_line(int(key) + roll.LOW)
            if note is None:
                bar[0, roll.STRUCK, key] = 1
                continue
            goes_on = bar[:, roll.SOUNDING, key] & ~bar[:, roll.STRUCK, key] & 1
            frames = int(goes_on.argmin()) or len(bar)
            until = min(self._frame_at(frames), note.onset + LONGEST_NOTE)
            note = replace(note, duration=until - note.onset)
            longer.append(Longer(note.id, until))
            if note.id in self._ahead:
                self._ahead[note.id] = note
            else:
                began = self._begun[note.pitch][1]
                began = replace(began, duration=until - began.onset)
                self._begun[note.pitch] = note, began
                held.append(began)
                self._lengthen(note.pitch, until)
        return tuple(longer), tuple(held)

    def _lengthen(self, pitch: int, until: float) -> None:
        for n in range(len(self._spans) - 1, -1, -1):
            if (self._spans[n].side, self._spans[n].pitch) == (MACHINE, pitch):
                self._spans[n] = replace(self._spans[n], end=self._line.beat_at(until))
                return

    def _up_to_line(self, pitch: int) -> PlannedNote | None:
        """The machine's note of that pitch which ends where the bar begins, if it may go on."""
        waiting = [note for note in self._ahead.values() if note.pitch == pitch]
        if waiting:
            note = waiting[-1]
        elif pitch in self._begun:
            note, _ = self._begun[pitch]
        else:
            return None
        half = self._line.period / self._contract.beat / 2
        near = abs(note.onset + note.duration - self._frame_at(0)) < half
        lasts = note.onset + LONGEST_NOTE > self._frame_at(0) + half
        return note if near and lasts else None

    def _frame_at(self, frames: int) -> float:
        """When that frame of the bar to come begins (seconds)."""
        return self._line.time_of(self._next + frames / self._contract.beat)

    def heard(self) -> roll.Roll:
        """The rolls of both sides up to the bar to come, (frames, 2, 2, KEYS)."""
        frames = max(self._contract.window, HISTORY)
        waiting = (
            Span(MACHINE, self._line.beat_at(n.onset), self._line.beat_at(n.onset + n.duration),
                 n.pitch)
            for n in self._ahead.values()
        )  # fmt: skip
        spans = [*self._spans, *waiting]
        sides = []
        for side in (PLAYER, MACHINE):
            its = [span for span in spans if span.side == side]
            start = [self._frame_of(span.start, frames) for span in its]
            # A key that is down now sounds to the bar's beginning.
            ends = [frames if s.end is None else self._frame_of(s.end, frames) for s in its]
            end = [max(e, s + 1) for s, e in zip(start, ends, strict=True)]
            sides.append(roll.write(start, end, [span.pitch for span in its], frames))
        return np.stack(sides, 1)

    def _frame_of(self, beat: float, frames: int) -> int:
        return frames + round((beat - self._next) * self._contract.beat)

    def _notes(self, spans: Sequence[roll.Span], velocity: int) -> list[PlannedNote]:
        return [
            PlannedNote(
                id=next(self._numbers),
                onset=self._frame_at(start),
                duration=min(LONGEST_NOTE, self._frame_at(end) - self._frame_at(start)),
                channel=self._place.channel,
                pitch=pitch,
                velocity=velocity,
            )
            for start, end, pitch in self._within(spans)
        ]

    def _within(self, spans: Sequence[roll.Span]) -> list[roll.Span]:
        """The same notes, each in the octave nearest to it that the machine may play."""
        moved = [(start, end, self._nearest(pitch)) for start, end, pitch in spans]
        kept = [span for span in moved if span[2] is not None]
        # Through a roll, for two may have come to lie on one key.
        start, end, pitch = np.array(kept, dtype=np.int64).reshape(-1, 3).T
        return roll.read(roll.write(start, end, pitch, self._contract.bar))

    def _nearest(self, pitch: int) -> int | None:
        octaves = [p for p in self._place.pitches if (p - pitch) % 12 == 0]
        return min(octaves, key=lambda p: (abs(p - pitch), p), default=None)

    def _velocity(self) -> int:
        """As loud as the player."""
        played = self._velocities
        usual = round(sum(played) / len(played)) if played else USUAL
        return min(127, max(1, usual + self._settings.velocity))


def _shifted(span: Span, beats: float) -> Span:
    end = None if span.end is None else span.end + beats
    return replace(span, start=span.start + beats, end=end)
