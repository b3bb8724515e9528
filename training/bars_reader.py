"""Reading offline: times are ticks, and the piece says where its bars lie."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from live.codec import UNKNOWN
from live.models.asking import ask
from live.models.note_model import Chance
from live.notes import MACHINE, PLAYER, Note
from live.reader import Cursor, Foretold, Reader

Place = Callable[[float], tuple[int, int]]  # a time -> since its bar began, and the bar's length


@dataclass(frozen=True)
class Ticks:
    """A live.tempo.grid.Grid whose seconds are ticks of the model. bars: where the bars lie, in
    ticks; None: nobody says."""

    bars: Place | None
    rate: float = 1.0

    def tick_at(self, at: float) -> float:
        return at

    def snap(self, tick: float) -> float:
        return tick

    def time_of(self, tick: float) -> float:
        return tick

    def place(self, tick: float) -> tuple[int, int]:
        return (UNKNOWN, 1) if self.bars is None else self.bars(tick)


class Sounding:
    """The notes that sound, as notes begin in order; the reader learns when the player's end."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.notes: list[Note] = []

    def begin(self, note: Note) -> set[int]:
        """The pitches that sound as a note begins, its own too."""
        for ended in self.notes:
            if ended.part.side == PLAYER and end_of(ended) <= note.onset:
                self._reader.ended(ended)
        self.notes = [*(n for n in self.notes if end_of(n) > note.onset), note]
        return {n.pitch for n in self.notes}


def end_of(note: Note) -> float:
    return note.onset if note.end is None else note.end


def note_of(foretold: Foretold, onset: float) -> Note:
    return Note(onset, foretold.part, foretold.pitch, foretold.velocity, foretold.duration)


def read_all(reader: Reader, notes: Iterable[Note]) -> tuple[Cursor, Sounding]:
    """Read notes in order of onset, from the beginning."""
    cursor, sounding = reader.start(), Sounding(reader)
    for note in notes:
        cursor = reader.read(cursor, note, sounding.begin(note))
    return cursor, sounding


def go_on(
    reader: Reader, notes: Sequence[Note], start: float, end: float, chance: Chance,
    voices: frozenset[str], temperature: float, most: int,
) -> list[Note]:  # fmt: skip
    """The machine's notes after `notes` that begin from `start` to before `end`, at most so many.

    The times are those of the reader's grid: seconds, or ticks of Ticks.
    """
    cursor, sounding = read_all(reader, notes)
    later = ask(reader.codec, MACHINE, voices, temperature=temperature)
    waited = reader.ticks_since(cursor, start)
    asked = ask(reader.codec, MACHINE, voices, least_time=waited, temperature=temperature)
    made: list[Note] = []
    while len(made) < most:
        foretold = reader.foretell(cursor, asked, chance.draw())
        tick = cursor.tick + foretold.after
        onset = reader.grid.time_of(tick)
        if onset < start:
            onset, tick = start, reader.grid.tick_at(start)
        if onset >= end:
            break
        note = note_of(foretold, onset)
        made.append(note)
        cursor = reader.accept(foretold, onset, tick, sounding.begin(note))
        asked = later
    return made
