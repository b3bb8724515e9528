"""Planning note by note with a note model, a stretch ahead."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from live.models.note_model import Ask, Chance, NoteModel, ask
from live.modes.scene import Turn
from live.notes import MACHINE, Note, Part
from live.plan import PlannedNote
from live.planning.planner import LONGEST_NOTE, REMEMBERED, Mine, Planned, note_of
from live.reader import Cursor, Foretold, Reader
from live.settings import Settings

FIRST_WITHIN = 1.0  # beats: a turn's first note begins within this of its earliest moment
FINGERS = 10  # notes that may begin at once
CUT = 64  # notes remembered that were cut, and may have begun before the hands knew
BEATS = 4  # to the bar, where nobody says


@dataclass(frozen=True)
class Ahead:
    """A planned note, and the cursors before and after it."""

    note: PlannedNote
    part: Part
    before: Cursor
    cursor: Cursor


class NotePlanner:
    """See live.planning.planner.Planner."""

    def __init__(self, model: NoteModel, rng: np.random.Generator, numbers: Iterator[int]) -> None:
        self._model = model
        self._chance = Chance(rng, model.codec)
        self._numbers = numbers
        self._begun = False  # whether the turn's first note is planned
        self._ahead: list[Ahead] = []  # planned and not known to have sounded
        self._cut: list[Ahead] = []  # taken back, which the hands may have begun all the same
        self._sounding: list[PlannedNote] = []  # sounded, and perhaps not ended
        self.reader = Reader(model, model.contract.beats_per_second)
        self.cursor = self.reader.start()

    def apply(self, settings: Settings, mine: Mine) -> None:
        self._settings, self._mine = settings, mine
        self.reader.set_tempo(settings.tempo / 60)
        self.reader.longest = settings.memory
        self.bar = BEATS * 60 / settings.tempo
        # Far enough that planning on, halfway, is never too late for the lead.
        self._horizon = max(settings.horizon, 4 * settings.lead)
        self._ask = self._constraints(0)
        self._ask_later = self._constraints(1)

    def _constraints(self, least_time: float, most_time: float | None = None) -> Ask:
        return ask(
            self._model.codec,
            side=MACHINE,
            voices=self._mine.voices,
            pitches=self._mine.pitches,
            least_time=least_time,
            most_time=most_time,
            most_duration=LONGEST_NOTE * self.reader.rate,
            temperature=self._settings.temperature,
        )

    # ---- hearing

    def restore(self, window: Sequence[Note]) -> None:
        window = window[-REMEMBERED:]
        for index, note in enumerate(window):
            at = note.onset
            sounding = {n.pitch for n in window[: index + 1] if n.end is None or n.end > at}
            self.cursor = self.reader.read(self.cursor, note, sounding | {note.pitch})

    def hear(self, note: Note, keys: frozenset[int]) -> None:
        self.cursor = self.reader.read(self.cursor, note, self._sounding_at(note.onset, keys))

    def ended(self, note: Note) -> None:
        self.reader.ended(note)

    def played(self, number: int, at: float, keys: frozenset[int]) -> Note | None:
        for planned in (self._ahead, self._cut):
            for index, ahead in enumerate(planned):
                if ahead.note.id == number:
                    del planned[: index + 1]
                    return self._begin(ahead, at, keys)
        return None

    def _begin(self, ahead: Ahead, at: float, keys: frozenset[int]) -> Note:
        """A planned note sounds from now on: it is part of the music."""
        planned = ahead.note
        self._sounding = [n for n in self._sounding if n.onset + n.duration > at]
        self._sounding.append(replace(planned, onset=at))
        if ahead.before is self.cursor:
            self.cursor = ahead.cursor
        else:  # it was foretold after notes that never sounded
            note = note_of(planned, ahead.part, planned.onset)
            self.cursor = self.reader.read(self.cursor, note, self._sounding_at(at, keys))
        return note_of(planned, ahead.part, at)

    def _sounding_at(
        self, at: float, keys: frozenset[int], planned: Sequence[Ahead] = ()
    ) -> set[int]:
        """The pitches that sound: keys down, the machine's, and those `planned` to by then."""
        notes = (*self._sounding, *(ahead.note for ahead in planned))
        return {n.pitch for n in notes if n.onset <= at < n.onset + n.duration} | keys

    # ---- planning

    def begin(self, turn: Turn) -> None:
        self._begun = False

    def clear(self) -> bool:
        had_plans = bool(self._ahead)
        for notes in (self._ahead, self._cut, self._sounding):
            notes.clear()
        return had_plans

    def changed(self, now: float) -> float | None:
        return now + self._settings.lead

    def take_back(self, cut: float) -> None:
        gone = [a for a in self._ahead if a.note.onset >= cut]
        self._ahead = [a for a in self._ahead if a.note.onset < cut]
        self._cut = [*self._cut, *gone][-CUT:]

    @property
    def _planned_to(self) -> float:
        """The onset of the last note planned or played, or where nothing was played the start."""
        onset = self._ahead[-1].note.onset if self._ahead else self.cursor.onset
        return onset or 0.0

    @property
    def plan_on_at(self) -> float:
        return self._planned_to - self._horizon / 2

    def plan(self, now: float, turn: Turn, keys: frozenset[int], window: Sequence[Note]) -> Planned:
        """Plan on until a horizon from now, or to the end of the turn."""
        if self._begun and now < self.plan_on_at:
            return Planned(())
        earliest = now + self._settings.lead
        notes: list[PlannedNote] = []
        cursor = self._ahead[-1].cursor if self._ahead else self.cursor
        chord = {a.note.pitch for a in self._ahead if a.note.onset == cursor.onset}
        full = len(chord) >= FINGERS
        while not self._begun or self._planned_to < now + self._horizon:
            foretold, onset = self._foretell(cursor, earliest, full, turn)
            if onset >= turn.end:
                return Planned(tuple(notes), over=True)
            if onset != cursor.onset:
                chord.clear()
            full = foretold.pitch in chord
            if full:
                continue
            chord.add(foretold.pitch)
            full = len(chord) >= FINGERS
            note = self._planned(foretold, onset)
            before = cursor
            sounding = self._sounding_at(onset, keys, self._ahead) | {note.pitch}
            cursor = self.reader.accept(foretold, onset, sounding)
            self._ahead.append(Ahead(note, foretold.part, before, cursor))
            self._begun = True
            notes.append(note)
        return Planned(tuple(notes))

    def _foretell(
        self, cursor: Cursor, earliest: float, full: bool, turn: Turn
    ) -> tuple[Foretold, float]:
        """The next note and its onset (seconds). full: no more notes at the cursor's onset."""
        last = cursor.onset or 0.0
        tick = 1 / self.reader.rate
        soonest = max(earliest, last + tick if full else last)
        latest = math.inf
        asked = self._ask_later if full else self._ask
        if not self._begun:
            within = FIRST_WITHIN * self._model.codec.ticks_per_beat * tick
            latest = soonest + max(0.0, min(within, (turn.end - soonest) / 2))
            waited = self.reader.ticks_since(cursor, soonest)
            asked = self._constraints(waited, waited + (latest - soonest) / tick)
        foretold = self.reader.foretell(cursor, asked, self._chance.draw())
        # Bounded here too: the bins of long times are wide, and not every model keeps to them.
        return foretold, min(latest, max(soonest, last + foretold.after))

    def _planned(self, foretold: Foretold, onset: float) -> PlannedNote:
        s = self._settings
        return PlannedNote(
            id=next(self._numbers),
            onset=onset,
            duration=foretold.duration,
            channel=self._mine.channel,
            pitch=foretold.pitch,
            velocity=min(127, max(1, foretold.velocity + s.velocity)),
        )
