"""Where the model has got to in the music: a cursor that reads notes and foretells the next.

The note read last is stepped only when the next one comes or is wanted, so that one call of the
model both reads it and samples what follows it. A cursor is a value: to go back is to go on from an
old one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from live.codec import DURATION, PART, PITCH, PITCHES, TIME, UNKNOWN, VELOCITY, Codec
from live.memory import MATCHES, Memory, Recall
from live.models.asking import Ask, Floats, Ints
from live.models.note_model import SILENCE, NoteModel, Step
from live.notes import PLAYER, Note, Part
from live.tempo.grid import Grid

SAME = 1e-3  # ticks: so near, a tick is the same on two grids
ASKS = 1024  # questions kept at hand
KEPT = 64  # cursors whose next state is kept at hand


@dataclass(frozen=True, eq=False, slots=True)
class Past:
    """A note that was read, as bins, and what was read before it."""

    note: Ints
    before: "Past | None"


@dataclass(frozen=True)
class Cursor:
    """state: the model's before `heard` is stepped; onset: of `heard` (seconds), None at first;
    tick: where that lies on the reader's grid; recall: what followed the last time; past: what has
    been read; count: how many notes."""

    state: Floats
    heard: Ints
    sounding: Floats
    onset: float | None
    tick: float
    recall: Recall
    past: Past | None
    count: int


@dataclass(frozen=True)
class Foretold:
    """A sampled note. cursor: what it comes after; after: ticks since then; duration in
    seconds; logits: what the model gave each bin of each field."""

    cursor: Cursor
    after: int
    part: Part
    pitch: int
    velocity: int
    duration: float
    bins: Ints
    logits: Floats
    state: Floats


class Reader:
    """Reads notes with one model, on a grid that says which tick of the model's a moment is."""

    def __init__(self, model: NoteModel, grid: Grid) -> None:
        self.model = model
        self.codec: Codec = model.codec
        self.grid = grid
        self._memory = Memory(model.codec)
        self._line: list[Past] = []  # what the memory holds
        self.longest = MATCHES - 1  # match that may be recalled, 0 for none
        self._up = 0  # semitones by which the music lies above where it is read
        self._asks: dict[int, tuple[Ask, Ask]] = {}  # as they are asked there
        # What was foretold from is often read on from: its next state, whatever followed.
        self._stepped: dict[int, tuple[Cursor, Floats]] = {}

    def move(self, cursor: Cursor, grid: Grid, now: float) -> Cursor:
        """Read on on another grid from `now` (seconds) on; the same cursor there. It is the very
        same one where the beat goes on and only its tempo changes."""
        shift = grid.tick_at(now) - self.grid.tick_at(now)
        self.grid = grid
        self._stepped.clear()  # places in the bar may be others
        if abs(shift) < SAME or cursor.onset is None:
            return cursor
        return replace(cursor, tick=grid.snap(cursor.tick + shift))

    def transpose(self, up: int) -> None:
        """Read all from now on `up` semitones lower than it sounds: music that has moved by that
        much goes on, to the model, in the key in which it began, and what it foretells moves along.
        """
        self._up = up
        self._asks.clear()

    def start(self) -> Cursor:
        nothing = self.codec.nothing
        return Cursor(
            self.model.start, nothing, SILENCE, None, 0.0, self.model.nothing_recalled, None, 0
        )

    def ticks_since(self, cursor: Cursor, at: float) -> float:
        return 0.0 if cursor.onset is None else self.grid.tick_at(at) - cursor.tick

    def read(self, cursor: Cursor, note: Note, sounding: Iterable[int]) -> Cursor:
        """The cursor after a note. sounding: the pitches that sound at its onset, its own too.

        A player's note is read without its duration, which is not known when it begins.
        """
        part = note.part if note.part in self.codec.parts else self._nearest(note.part)
        silent = part.side == PLAYER or note.duration is None
        known = None if silent else (note.duration or 0.0) * self.grid.rate
        tick = self.grid.snap(self.grid.tick_at(note.onset))
        time = 0 if cursor.onset is None else round(tick - cursor.tick)
        bins = self.codec.note(time, part, self._lower(note.pitch), note.velocity, known)
        sounds = self._sounds(sounding)
        return self._after(cursor, self._next_state(cursor), bins, note.onset, tick, sounds)

    def ready(self, cursor: Cursor) -> None:
        """Step the cursor's note now, so that the next one is read, when it comes, at once."""
        if id(cursor) not in self._stepped:
            self._next_state(cursor)

    def with_sounding(self, cursor: Cursor, sounding: Iterable[int]) -> Cursor:
        """The cursor when these pitches sound at its onset; the very same one if they did."""
        array = self._sounds(sounding)
        if np.array_equal(array, cursor.sounding):
            return cursor
        return replace(cursor, sounding=array)

    def ended(self, note: Note) -> None:
        """A note that was read while its key was down has its duration now (seconds)."""
        ticks = (note.duration or 0.0) * self.grid.rate
        self._memory.ended(self._lower(note.pitch), int(self.codec.fields[DURATION].encode(ticks)))

    def foretell(self, cursor: Cursor, ask: Ask, chance: Floats) -> Foretold:
        """The note after the cursor, sampled under constraints."""
        step = self._step(cursor, self._asked(ask), chance)
        fields, note = self.codec.fields, step.note.tolist()
        decoded = [field.bins[n] for field, n in zip(fields, note, strict=True)]
        return Foretold(
            cursor=cursor,
            after=decoded[TIME],
            part=self.codec.parts[decoded[PART]],
            pitch=(decoded[PITCH] + self._up) % PITCHES,
            velocity=decoded[VELOCITY],
            duration=max(1, decoded[DURATION]) / self.grid.rate,
            bins=step.note,
            logits=step.logits,
            state=step.state,
        )

    def accept(
        self, foretold: Foretold, onset: float, tick: float, sounding: Iterable[int]
    ) -> Cursor:
        """The cursor after a foretold note that is to be played at `onset` (seconds), which is
        `tick` on the grid.

        Where that is not when it was foretold, it is read as it is played.
        """
        bins = foretold.bins.copy()
        cursor = foretold.cursor
        time = 0 if cursor.onset is None else round(tick - cursor.tick)
        bins[TIME] = self.codec.fields[TIME].nearest(time)
        if foretold.part.side == PLAYER:  # as it will be heard
            bins[DURATION] = self.codec.fields[DURATION].none
        return self._after(cursor, foretold.state, bins, onset, tick, self._sounds(sounding))

    def _lower(self, pitch: int) -> int:
        """The pitch at which a pitch is read. A few wrap around, but all come back."""
        return (pitch - self._up) % PITCHES

    def _sounds(self, pitches: Iterable[int]) -> Floats:
        return pitches_array(map(self._lower, pitches))

    def _asked(self, ask: Ask) -> Ask:
        """The same constraints, where the music is read. No pitch may be forced."""
        if not self._up:
            return ask
        if id(ask) not in self._asks:
            if len(self._asks) >= ASKS:
                self._asks.clear()
            self._asks[id(ask)] = ask, ask.moved(self.codec, PITCH, -self._up)
        return self._asks[id(ask)][1]

    def _step(self, cursor: Cursor, ask: Ask, chance: Floats) -> Step:
        position, bar = UNKNOWN, 1
        if cursor.onset is not None:
            position, bar = self.grid.place(cursor.tick)
        step = self.model.step(
            cursor.state, cursor.heard, cursor.sounding, ask, chance,
            position=position, bar=bar, recall=cursor.recall,
        )  # fmt: skip
        if len(self._stepped) >= KEPT:
            del self._stepped[next(iter(self._stepped))]
        self._stepped[id(cursor)] = cursor, step.state
        return step

    def _next_state(self, cursor: Cursor) -> Floats:
        """The model's state after the cursor's note."""
        if id(cursor) in self._stepped:
            return self._stepped[id(cursor)][1]
        return self._step(cursor, self.model.anything, self.model.no_chance).state

    def _after(
        self,
        cursor: Cursor,
        state: Floats,
        bins: Ints,
        onset: float,
        tick: float,
        sounds: Floats,
    ) -> Cursor:
        """The cursor after one more note."""
        self.go_back(cursor)
        past = Past(bins, cursor.past)
        self._line.append(past)
        recall = self._memory.add(bins)
        if recall.match > self.longest:
            recall = (
                Recall(recall.note, self.longest) if self.longest else self.model.nothing_recalled
            )
        return Cursor(state, bins, sounds, onset, tick, recall, past, cursor.count + 1)

    def go_back(self, cursor: Cursor) -> None:
        """Let the memory hold what the cursor has read and nothing else: what was planned may not
        have come, and what was taken back may have come all the same."""
        missing: list[Past] = []
        past, count = cursor.past, cursor.count
        while past is not None and (count > len(self._line) or self._line[count - 1] is not past):
            missing.append(past)
            past, count = past.before, count - 1
        self._memory.forget(count)
        del self._line[count:]
        for past in reversed(missing):
            self._memory.add(past.note)
            self._line.append(past)

    def _nearest(self, part: Part) -> Part:
        """A voice this model does not know is read as its last, where a lone keyboard belongs."""
        return Part(part.side, self.codec.voices[-1])


def pitches_array(pitches: Iterable[int]) -> Floats:
    array = np.zeros(PITCHES, np.float32)
    array[list(pitches)] = 1
    return array
