"""A reader that keeps the bar: its times are ticks, and the model is told its place in the bar."""

from collections.abc import Callable, Iterable, Sequence

from live.models.note_model import Ask, Chance, Floats, NoteModel, Step, ask
from live.notes import MACHINE, PLAYER, Note
from live.reader import Cursor, Foretold, Reader

Place = Callable[[float], tuple[int, int]]  # a time -> since its bar began, and the bar's length


class BarsReader(Reader):
    """A Reader whose times are ticks of the model, not seconds. place: where the bars lie, in
    ticks; None: nobody says."""

    def __init__(self, model: NoteModel, place: Place | None) -> None:
        super().__init__(model, 1 / model.codec.ticks_per_beat)
        self._place = place

    def go_back(self, cursor: Cursor) -> None:
        """Forget what was read after the cursor."""
        self._go_to(cursor)

    def _step(self, cursor: Cursor, ask: Ask, chance: Floats) -> Step:
        if self._place is None or cursor.onset is None:
            return super()._step(cursor, ask, chance)
        since, bar = self._place(cursor.onset)
        return self.model.step(
            cursor.state, cursor.heard, cursor.sounding, ask, chance, since, bar, cursor.recall
        )


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

    The times are the reader's: ticks for a BarsReader, else seconds.
    """
    cursor, sounding = read_all(reader, notes)
    later = ask(reader.codec, MACHINE, voices, temperature=temperature)
    waited = reader.ticks_since(cursor, start)
    asked = ask(reader.codec, MACHINE, voices, least_time=waited, temperature=temperature)
    made: list[Note] = []
    while len(made) < most:
        foretold = reader.foretell(cursor, asked, chance.draw())
        onset = max(start, (cursor.onset or 0.0) + foretold.after)
        if onset >= end:
            break
        note = note_of(foretold, onset)
        made.append(note)
        cursor = reader.accept(foretold, onset, sounding.begin(note))
        asked = later
    return made
