"""What came next the last time: the longest stretch of pitches heard before, and its sequel.

Music repeats itself, and a recurrent state is a poor memory for exact repeats. So with each note
the model is also told the note that followed when the last few pitches were last heard in that
order, and how many they were: the longest-match prediction of universal compression (Cleary &
Witten 1984, PPM; as a pointer for neural models: Merity et al. 2016).

Pitches alone are compared, so a repeat is found though its timing breathes.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from live.codec import DURATION, PITCH, Codec

Ints = npt.NDArray[np.int32]

ORDERS = (16, 8, 5, 3, 2)  # pitches compared, longest first
MATCHES = len(ORDERS) + 1  # a match is 0 (nothing recalled) or from 1 (shortest) to 5 (longest)

_Undo = tuple[dict[bytes, int], bytes, int | None]


@dataclass(frozen=True)
class Recall:
    """The note that followed then, as bins (5,), and how long the match was (0 to MATCHES - 1)."""

    note: Ints
    match: int


class Matcher:
    """Finds the longest stretch of pitches that was heard before as it was heard last."""

    def __init__(self) -> None:
        self._pitches = bytearray()
        self._next: tuple[dict[bytes, int], ...] = tuple({} for _ in ORDERS)
        self._undo: list[list[_Undo]] = []

    def __len__(self) -> int:
        return len(self._pitches)

    def add(self, pitch: int) -> tuple[int, int]:
        """Take in a pitch; return which note followed the longest match, counted from 0, and
        how long that was (see Recall); the note is -1 and the match 0 if there was none."""
        pitches = self._pitches
        pitches.append(pitch)
        count, found, match = len(pitches), -1, 0
        undo: list[_Undo] = []
        for index, order in enumerate(ORDERS):
            if count < order:
                continue
            key = bytes(pitches[-order:])
            table = self._next[index]
            before = table.get(key)
            if before is not None and found < 0:
                found, match = before, len(ORDERS) - index
            undo.append((table, key, before))
            table[key] = count
        self._undo.append(undo)
        return found, match

    def forget(self, count: int) -> None:
        """Go back to the first `count` pitches."""
        while len(self._pitches) > count:
            self._pitches.pop()
            for table, key, before in reversed(self._undo.pop()):
                if before is None:
                    del table[key]
                else:
                    table[key] = before


class Memory:
    """The notes so far, in order, as bins of a codec."""

    def __init__(self, codec: Codec) -> None:
        self._unknown = codec.fields[DURATION].none
        self._nothing = Recall(codec.nothing, 0)
        self._notes: list[Ints] = []
        self._matcher = Matcher()

    def __len__(self) -> int:
        return len(self._notes)

    def add(self, note: Ints) -> Recall:
        """Take in a note, shape (5,); return what is recalled to follow it."""
        self._notes.append(note)
        found, match = self._matcher.add(int(note[PITCH]))
        return Recall(self._notes[found], match) if match else self._nothing

    def ended(self, pitch: int, duration: int) -> None:
        """The newest note of that pitch whose duration was not known has ended (a bin)."""
        for index in range(len(self._notes) - 1, -1, -1):
            note = self._notes[index]
            if note[PITCH] == pitch and note[DURATION] == self._unknown:
                known = note.copy()  # what was recalled before stays as it was
                known[DURATION] = duration
                self._notes[index] = known
                return

    def forget(self, count: int) -> None:
        """Go back to the first `count` notes."""
        del self._notes[count:]
        self._matcher.forget(count)
