"""Accompanies a melody that is given note by note, and never sees what has not been played yet.

The model foretells whose note comes next, the player's or its own. What it plays is its own notes
up to the player's next one; a note of the player's that it expected and that did not come makes it
think again from then on, and so does every note that comes. What is committed is not taken back.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from live.codec import DURATION, PART, TIME
from live.harmony import Harmony
from live.models.asking import Ask, Floats, ask
from live.models.note_model import Chance
from live.notes import Note, Part
from live.reader import Cursor, Foretold, Reader
from live.tonality import Tonality
from training.bars_reader import Sounding, end_of, note_of

FINGERS = 10  # notes that may begin at once

T = TypeVar("T")


@dataclass(frozen=True)
class Question:
    """What comes after the cursor? See live.reader.Reader.foretell."""

    cursor: Cursor
    ask: Ask
    chance: Floats


# It asks, is told, and so on; whoever answers may do so for many songs at once.
Thinking = Generator[Question, Foretold, T]


def answered(thinking: Thinking[T], reader: Reader) -> T:
    """What somebody comes to whose questions the reader answers."""
    try:
        question = next(thinking)
        while True:
            foretold = reader.foretell(question.cursor, question.ask, question.chance)
            question = thinking.send(foretold)
    except StopIteration as end:
        come_to: T = end.value
        return come_to


class Accompanist:
    """Plays one part beside a player's, in ticks (the reader's grid is a Ticks).

    commit: ticks from each note of the player's on for which the plan stays. 0: a note that begins
    with the player's may answer it; 1: it was decided without it, as in ReaLchords (Wu et al.
    2024); a beat: decided that long before, as in ReaLJam (Scarlatos et al. 2025).
    modulate: it moves to another key with the melody; chords: how strongly it keeps to those that
    fit it, see live.harmony.
    """

    def __init__(
        self, reader: Reader, player: Part, machine: Part, commit: int, chance: Chance,
        temperature: float | tuple[float, ...], modulate: bool, chords: float,
    ) -> None:  # fmt: skip
        self._reader = reader
        self._parts = (player, machine)
        self._commit = commit
        self._chance = chance
        self._temperature = temperature
        self._asks: dict[int, Ask] = {}
        self._cursor = reader.start()
        self._tonality = Tonality() if modulate else None
        self._chords = chords
        self._harmony = Harmony(reader.codec.ticks_per_beat)
        self._sounding = Sounding(reader)
        self._fixed: list[Note] = []  # committed, and not yet part of what the cursor has read
        self.played: list[Note] = []

    def follow(self, melody: Sequence[Note], end: float) -> Thinking[list[Note]]:
        """The accompaniment of a whole melody, whose onsets are whole ticks, in order."""
        for note, following in zip(melody, [*(n.onset for n in melody[1:]), end], strict=True):
            self._settle(note.onset)
            if self._tonality is not None and self._tonality.hear(note.pitch):
                self._reader.transpose(self._tonality.up)
            self._harmony.hear(note.pitch, note.onset, self._reader.grid.place(note.onset))
            self._read(note)
            moment = note.onset
            while (missed := (yield from self._plan(moment, following))) is not None:
                moment = missed + 1
                self._settle(moment)
        return [n for n in self.played if n.onset < end]

    def _settle(self, moment: float) -> None:
        """What was committed to before then has been played."""
        while self._fixed and self._fixed[0].onset < moment:
            self._read(self._fixed.pop(0))

    def _read(self, note: Note) -> None:
        self._reader.go_back(self._cursor)
        self._cursor = self._reader.read(self._cursor, note, self._sounding.begin(note))

    def _plan(self, moment: float, following: float) -> Thinking[float | None]:
        """Commit to all that begins before `following` and the time of commitment after it; or,
        where the player was expected earlier, to what begins before that turns out wrong, and
        return when the player was expected."""
        codec, cursor = self._reader.codec, self._cursor
        planned: list[Note] = []
        for note in self._fixed:
            planned.append(note)
            cursor = self._reader.read(cursor, note, self._pitches(planned, note.onset, moment))
        earliest = moment + self._commit
        stop = following + self._commit
        missed: float | None = None
        while True:
            foretold, onset = yield from self._foretell(cursor, earliest)
            if onset >= stop:
                return missed
            note = note_of(foretold, onset)
            planned.append(note)
            if note.part == self._parts[1]:
                self._fixed.append(note)
                self.played.append(note)
            else:
                bins = foretold.bins.copy()
                bins[DURATION] = codec.fields[DURATION].none
                foretold = replace(foretold, bins=bins)
                if missed is None and onset < following:
                    missed = onset
                    stop = min(stop, onset + 1 + self._commit)
            pitches = self._pitches(planned, onset, moment)
            cursor = self._reader.accept(foretold, onset, onset, pitches)
            together = sum(n.onset == onset for n in planned[-FINGERS:])
            earliest = onset + (together >= FINGERS)

    def _foretell(self, cursor: Cursor, earliest: float) -> Thinking[tuple[Foretold, float]]:
        last = cursor.onset or 0.0
        asked, chance = self._ask(earliest - last), self._chance.draw()
        foretold = yield Question(cursor, self._in_chords(asked, earliest), chance)
        onset = max(earliest, last + foretold.after)
        if foretold.part == self._parts[1] and self._half_bar(onset) != self._half_bar(earliest):
            forced = asked.forced.copy()
            forced[[TIME, PART]] = foretold.bins[[TIME, PART]]
            asked = self._in_chords(replace(asked, forced=forced), onset)
            foretold = yield Question(cursor, asked, chance)
        return foretold, onset

    def _half_bar(self, tick: float) -> float:
        """Where that begins which has a chord of its own."""
        if not self._chords:
            return 0.0
        return self._harmony.half_bar(tick, self._reader.grid.place(tick))[0]

    def _in_chords(self, asked: Ask, tick: float) -> Ask:
        place = self._reader.grid.place(tick)
        return self._harmony.shape(asked, self._reader.codec, tick, place, self._chords)

    def _ask(self, least: float) -> Ask:
        """Either part's note, not before so many ticks."""
        ticks = round(least)
        if ticks not in self._asks:
            codec = self._reader.codec
            asked = ask(codec, least_time=ticks, temperature=self._temperature)
            asked.allowed[codec.slices[PART]] = [p in self._parts for p in codec.parts]
            self._asks[ticks] = asked
        return self._asks[ticks]

    def _pitches(self, planned: Sequence[Note], at: float, moment: float) -> set[int]:
        """Those that sound at a time to come; when the player will let go nobody knows."""
        player = self._parts[0]
        heard = {
            n.pitch
            for n in self._sounding.notes
            if end_of(n) > (moment if n.part == player else at)
        }
        return heard | {n.pitch for n in planned if end_of(n) > at}
