"""Notes -> a stream of events, as Performance RNN writes them (Oore, Simon, Dieleman, Eck &
Simonyan 2018): a key down, a key up, a new velocity, time goes by.

The notes are those that a codec's bins say, so that this stream and the note model say the same
music to the same tick. Parts are left out: the stream has none, and a key that two of them strike
at once is struck once.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from live.codec import DURATION, PITCH, PITCHES, TIME, VELOCITY, Codec
from training.coded import Coded

Ints = npt.NDArray[np.int32]
LONGEST = 100  # ticks that one event can let go by


@dataclass(frozen=True)
class Events:
    """The vocabulary: PITCHES keys down, PITCHES keys up, LONGEST stretches of time (of 1 tick to
    LONGEST), and a codec's velocities."""

    codec: Codec

    @property
    def size(self) -> int:
        return 2 * PITCHES + LONGEST + len(self.codec.fields[VELOCITY])

    def write(self, coded: Coded) -> Ints:
        """The events of N notes, (M,). At one tick keys come up before others go down, low before
        high; a key that is down when it is struck again comes up first."""
        fields = self.codec.fields
        onset = np.cumsum(fields[TIME].values[coded.bins[:, TIME]])
        length = np.maximum(1, fields[DURATION].values[coded.bins[:, DURATION]])
        pitch, velocity = coded.bins[:, PITCH], coded.bins[:, VELOCITY]
        notes: dict[tuple[int, int], tuple[int, int]] = {}  # tick and pitch: velocity, end
        for at, key, loud, ticks in zip(onset, pitch, velocity, length, strict=True):
            _, end = notes.get((at, key), (0, 0))
            notes[at, key] = loud, max(end, at + ticks)
        timed: set[tuple[int, int, int, int]] = set()  # tick, 0 up or 1 down, pitch, velocity
        ends: dict[int, int] = {}
        for (at, key), (loud, end) in sorted(notes.items()):
            if ends.get(key, -1) > at:
                timed.remove((ends[key], 0, key, 0))
                timed.add((at, 0, key, 0))
            timed |= {(at, 1, key, loud), (end, 0, key, 0)}
            ends[key] = end
        out: list[int] = []
        now, last = 0, -1
        for tick, down, key, loud in sorted(timed):
            while tick > now:
                gone = min(LONGEST, tick - now)
                out.append(2 * PITCHES + gone - 1)
                now += gone
            if down and loud != last:
                out.append(2 * PITCHES + LONGEST + loud)
                last = loud
            out.append(key if down else PITCHES + key)
        return np.array(out, np.int32)
