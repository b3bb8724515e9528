"""A take played back: the notes of both sides, handed on a little before they are due."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from live.page.roll import MACHINE, YOU
from live.plan import PlannedNote
from live.take.entries import Take
from live.take.sides import machine_notes, pedal_spans, player_keys

AHEAD = 1.0  # seconds
LEAD = 0.3  # seconds from the beginning to the first note
REST = 0.15  # seconds of these in which nothing is handed on: what the machine cuts as it comes to
# rest is to be its own
SHORTEST = 0.02  # seconds


@dataclass(frozen=True, slots=True)
class Row:
    """A note: onset and duration in seconds, from the first note of all."""

    side: int
    onset: float
    duration: float
    channel: int
    pitch: int
    velocity: int


def rows_of(take: Take) -> tuple[Row, ...]:
    """All notes in order. What the pedal held sounds until it was lifted."""
    pedals = pedal_spans(take)
    notes = []
    for side, played in ((YOU, player_keys(take)), (MACHINE, machine_notes(take))):
        for note in played:
            held = (
                span.up
                for span in pedals
                if side == YOU and span.channel == note.channel and span.down <= note.end < span.up
            )
            end = max((note.end, *held))
            length = max(SHORTEST, end - note.onset)
            notes.append(Row(side, note.onset, length, note.channel, note.pitch, note.velocity))
    first = min((note.onset for note in notes), default=0.0)
    ordered = sorted(notes, key=lambda note: note.onset)
    return tuple(
        Row(n.side, n.onset - first, n.duration, n.channel, n.pitch, n.velocity) for n in ordered
    )


class Playback:
    """take: its id. number: of the note before its first. Its notes have numbers below 0: the mind
    knows no such, and passes them over."""

    def __init__(self, take: str, rows: Sequence[Row], number: int = 0) -> None:
        self.take = take
        self.number = number
        self._length = max((row.onset + row.duration for row in rows), default=0.0)
        self._start: float | None = None
        self._rows = deque(rows)

    @property
    def begun(self) -> bool:
        return self._start is not None

    def begin(self, now: float) -> None:
        """Its first note sounds LEAD seconds from now on."""
        self._start = now + LEAD

    def is_over(self, now: float) -> bool:
        return self._start is not None and now > self._start + self._length

    def due(self, now: float) -> list[tuple[int, PlannedNote]]:
        """Each side's notes that begin within AHEAD, each once."""
        due: list[tuple[int, PlannedNote]] = []
        if self._start is None or now < self._start - LEAD + REST:
            return due
        while self._rows and self._start + self._rows[0].onset < now + AHEAD:
            row = self._rows.popleft()
            self.number -= 1
            onset = self._start + row.onset
            note = PlannedNote(
                self.number, onset, row.duration, row.channel, row.pitch, row.velocity
            )
            due.append((row.side, note))
        return due
