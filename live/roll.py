"""Notes <-> a piano roll: frames on a grid, for models that see music as a picture.

A roll is an array of 0 and 1 of shape (frames, 2, KEYS): whether a key is struck in a frame, and
whether it sounds. Where a key is struck it sounds, so a repeated note is told from a held one.
"""

import numpy as np
import numpy.typing as npt

LOW, KEYS = 21, 88  # the keys of a piano, as MIDI pitches
STRUCK, SOUNDING = 0, 1

Roll = npt.NDArray[np.uint8]
Span = tuple[int, int, int]  # first frame, the frame past the last, pitch


def write(start: npt.ArrayLike, end: npt.ArrayLike, pitch: npt.ArrayLike, frames: int) -> Roll:
    """The roll of notes that begin in frame `start` (N,) and end before frame `end` (N,), which
    may lie outside. Pitches that a piano lacks are left out."""
    start, end, key = (np.asarray(a, np.int64) for a in (start, end, pitch))
    key = key - LOW
    kept = (key >= 0) & (key < KEYS) & (end > 0) & (start < frames) & (end > start)
    start, end, key = start[kept], end[kept], key[kept]
    roll = np.zeros((frames, 2, KEYS), np.uint8)
    begins = start >= 0
    roll[start[begins], STRUCK, key[begins]] = 1
    change = np.zeros((frames + 1, KEYS), np.int64)
    np.add.at(change, (np.maximum(start, 0), key), 1)
    np.add.at(change, (np.minimum(end, frames), key), -1)
    roll[:, SOUNDING] = np.cumsum(change[:-1], axis=0) > 0
    return roll


def read(roll: Roll) -> list[Span]:
    """The notes of a roll, in order of their first frame and pitch.

    What sounds in the first frame and is not struck there began before, and is left out.
    """
    frames = len(roll)
    struck, sounding = roll[:, STRUCK] > 0, roll[:, SOUNDING] > 0
    goes_on = sounding & ~struck
    spans: list[Span] = []
    for frame, key in np.argwhere(struck):
        stops = np.flatnonzero(~goes_on[frame + 1 :, key])
        end = int(frame + 1 + stops[0]) if len(stops) else frames
        spans.append((int(frame), end, int(key) + LOW))
    return spans
