"""Where the model has got to in the music: a cursor that reads notes and foretells the next.

The note read last is stepped only when the next one comes or is wanted, so that one call of the
model both reads it and samples what follows it. A cursor is a value: to go back is to keep an
old one.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from live.codec import DURATION, PART, PITCH, PITCHES, TIME, VELOCITY, Codec
from live.models.note_model import SILENCE, Ask, Floats, Ints, NoteModel
from live.notes import PLAYER, Note, Part


@dataclass(frozen=True)
class Cursor:
    """state: the model's before `heard` is stepped; onset: of `heard` (seconds), None at first."""

    state: Floats
    heard: Ints
    sounding: Floats
    onset: float | None


@dataclass(frozen=True)
class Foretold:
    """A sampled note. after: seconds since the cursor's onset; duration in seconds."""

    after: float
    part: Part
    pitch: int
    velocity: int
    duration: float
    bins: Ints
    log_probability: Floats
    state: Floats


class Reader:
    """Reads notes with one model, at a tempo (beats a second) that turns seconds into ticks."""

    def __init__(self, model: NoteModel, beats_per_second: float) -> None:
        self.model = model
        self.codec: Codec = model.codec
        self.rate = beats_per_second * self.codec.ticks_per_beat  # ticks a second

    def start(self) -> Cursor:
        return Cursor(self.model.start, self.codec.nothing, SILENCE, None)

    def ticks_since(self, cursor: Cursor, at: float) -> float:
        return 0.0 if cursor.onset is None else (at - cursor.onset) * self.rate

    def read(self, cursor: Cursor, note: Note, sounding: Iterable[int]) -> Cursor:
        """The cursor after a note. sounding: the pitches that sound at its onset, its own too.

        A player's note is read without its duration, which is not known when it begins.
        """
        part = note.part if note.part in self.codec.parts else self._nearest(note.part)
        known = None if part.side == PLAYER or note.duration is None else note.duration * self.rate
        time = round(self.ticks_since(cursor, note.onset))
        bins = self.codec.note(time, part, note.pitch, note.velocity, known)
        anything = self.model.anything
        stepped = self.model.step(cursor.state, cursor.heard, cursor.sounding, anything, NO_CHANCE)
        return Cursor(stepped.state, bins, pitches_array(sounding), note.onset)

    def foretell(self, cursor: Cursor, ask: Ask, uniform: Floats) -> Foretold:
        """The note after the cursor, sampled under constraints."""
        step = self.model.step(cursor.state, cursor.heard, cursor.sounding, ask, uniform)
        decoded = [f.decode(int(i)) for f, i in zip(self.codec.fields, step.note, strict=True)]
        return Foretold(
            after=decoded[TIME] / self.rate,
            part=self.codec.parts[decoded[PART]],
            pitch=decoded[PITCH],
            velocity=decoded[VELOCITY],
            duration=max(1, decoded[DURATION]) / self.rate,
            bins=step.note,
            log_probability=step.log_probability,
            state=step.state,
        )

    def accept(self, foretold: Foretold, onset: float, sounding: Iterable[int]) -> Cursor:
        """The cursor after a foretold note that is to be played at `onset` (seconds)."""
        return Cursor(foretold.state, foretold.bins, pitches_array(sounding), onset)

    def _nearest(self, part: Part) -> Part:
        """A voice this model does not know is read as its last, where a lone keyboard belongs."""
        return Part(part.side, self.codec.voices[-1])


NO_CHANCE: Floats = np.zeros(5, np.float32)


def pitches_array(pitches: Iterable[int]) -> Floats:
    array = np.zeros(PITCHES, np.float32)
    array[list(pitches)] = 1
    return array
