"""The words everybody speaks: notes, parts, the rolling window, and what is held down.

Nothing here knows of ports, clocks or models. Times are seconds, given by the caller.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from live import midi

PLAYER = "player"
MACHINE = "machine"
SIDES = (PLAYER, MACHINE)


@dataclass(frozen=True, slots=True)
class Part:
    """Who plays (side: player or machine) and which voice of the music (piano, melody, ...)."""

    side: str
    voice: str

    def __str__(self) -> str:
        return f"{self.side}:{self.voice}"


@dataclass(frozen=True, slots=True)
class Note:
    """One note. onset and duration in seconds; duration is None while the key is down."""

    onset: float
    part: Part
    pitch: int
    velocity: int
    duration: float | None = None

    @property
    def end(self) -> float | None:
        return None if self.duration is None else self.onset + self.duration


class NoteWindow:
    """The last `size` notes of both sides, in order of onset (ties in order of arrival)."""

    def __init__(self, size: int = 512, notes: Iterable[Note] = ()) -> None:
        self._notes: deque[Note] = deque(notes, maxlen=size)

    def __iter__(self) -> Iterator[Note]:
        return iter(self._notes)

    def __len__(self) -> int:
        return len(self._notes)

    @property
    def last(self) -> Note | None:
        return self._notes[-1] if self._notes else None

    def add(self, note: Note) -> None:
        """Put a note in its place; one older than the whole of a full window is forgotten."""
        later: list[Note] = []
        while self._notes and self._notes[-1].onset > note.onset:
            later.append(self._notes.pop())
        if len(self._notes) + len(later) < (self._notes.maxlen or 0) or self._notes:
            self._notes.append(note)
        self._notes.extend(reversed(later))

    def end(self, part: Part, pitch: int, at: float) -> Note | None:
        """Give the newest unfinished note of that part and pitch its duration; return it."""
        for index in range(len(self._notes) - 1, -1, -1):
            note = self._notes[index]
            if note.pitch == pitch and note.part == part and note.duration is None:
                ended = replace(note, duration=max(0.0, at - note.onset))
                self._notes[index] = ended
                return ended
        return None

    def lengthen(self, note: Note) -> None:
        """Give the note of that onset, part and pitch the duration of this one."""
        for index in range(len(self._notes) - 1, -1, -1):
            if replace(self._notes[index], duration=note.duration) == note:
                self._notes[index] = note
                return

    def since(self, at: float) -> list[Note]:
        """The notes with onset >= at."""
        return [note for note in self._notes if note.onset >= at]


class HeldNotes:
    """Which keys are down and which notes still sound because a pedal holds them.

    Follows note-on, note-off, the sustain pedal (CC 64, on from 64 up) and the two channel
    messages that end everything (CC 120 and 123).
    """

    def __init__(self) -> None:
        self._keys: dict[tuple[int, int], float] = {}
        self._pedalled: set[tuple[int, int]] = set()
        self._pedals: set[int] = set()

    def hear(self, message: bytes, at: float) -> None:
        if midi.is_note_on(message):
            key = (midi.channel_of(message), message[1])
            self._keys[key] = at
            self._pedalled.discard(key)
        elif midi.is_note_off(message):
            key = (midi.channel_of(message), message[1])
            if self._keys.pop(key, None) is not None and key[0] in self._pedals:
                self._pedalled.add(key)
        elif midi.is_control(message, midi.SUSTAIN):
            channel = midi.channel_of(message)
            if message[2] >= 64:
                self._pedals.add(channel)
            else:
                self._pedals.discard(channel)
                self._pedalled = {key for key in self._pedalled if key[0] != channel}
        elif midi.is_control(message, midi.ALL_NOTES_OFF) or midi.is_control(
            message, midi.ALL_SOUND_OFF
        ):
            channel = midi.channel_of(message)
            self._keys = {k: v for k, v in self._keys.items() if k[0] != channel}
            self._pedalled = {key for key in self._pedalled if key[0] != channel}

    @property
    def keys(self) -> frozenset[int]:
        """Pitches whose key is down."""
        return frozenset(pitch for _, pitch in self._keys)

    @property
    def sounding(self) -> frozenset[int]:
        """Pitches that sound: keys down, and notes that the pedal holds."""
        return self.keys | {pitch for _, pitch in self._pedalled}

    @property
    def pedal(self) -> bool:
        return bool(self._pedals)
