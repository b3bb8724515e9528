"""A room: eight delays that feed each other (a feedback delay network: Jot & Chaigne 1991).

Each delay is longer than a block, so a block is read from all of them, turned and written back in
a few array operations.
"""

import numpy as np

from live.sound.sf2 import Floats
from live.sound.voices import BLOCK

# Milliseconds, with no common divisor to speak of.
_DELAYS = (29.7, 37.1, 41.1, 43.7, 53.3, 61.7, 71.9, 79.3)
_SECONDS = 1.6  # until it has fallen by 60 decibels
_BLOCKS = 64  # that are written before all is moved back to the beginning
_QUIET = 1e-6
_SOFT = 0.3  # of the sample before, in each round: the treble dies away sooner


class Reverb:
    """One for a synth with that many frames a second."""

    def __init__(self, rate: int) -> None:
        delays = np.array([max(BLOCK + 1, round(ms * rate / 1000) | 1) for ms in _DELAYS])
        self._longest = int(delays.max()) + 1
        length = self._longest + _BLOCKS * BLOCK
        self._lines = np.full((len(delays), length), 0.0, np.float32)  # in memory from now on
        self._end = self._longest  # of what has been written
        starts = np.arange(len(delays)) * length - delays - 1
        self._read = starts[:, None] + np.arange(BLOCK + 1)
        # What comes out goes round, through a mirror that leaves its loudness as it is, and loses
        # as much on each round as makes the time of reverberation.
        mirror = np.eye(len(delays)) - 2 / len(delays)
        self._turn = (mirror * 10 ** (-3 * delays / rate / _SECONDS)).astype(np.float32)
        self._out = (np.array([[1, -1] * 4, [1, 1, -1, -1] * 2]) / 4).astype(np.float32)
        self._left = 0  # frames until it is silent

    @property
    def sounds(self) -> bool:
        return self._left > 0

    def render(self, send: Floats) -> Floats | None:
        """What comes back of the next frames, shape (2, frames) for (frames,), BLOCK at most; None
        while it is silent."""
        frames = len(send)
        if send.any():
            self._left = self._longest
        elif not self.sounds:
            return None
        lines, end = self._lines, self._end
        read = lines.take(self._read[:, : frames + 1] + end, mode="clip")
        soft = read[:, 1:] * (1 - _SOFT)
        read *= _SOFT
        soft += read[:, :-1]
        back = self._turn @ soft
        back += send
        lines[:, end : end + frames] = back
        self._end = end + frames
        if self._end + BLOCK > lines.shape[1]:
            lines[:, : self._longest] = lines[:, self._end - self._longest : self._end]
            self._end = self._longest
        self._left -= frames
        if self._left <= 0:
            if np.abs(lines[:, self._end - self._longest : self._end]).max() > _QUIET:
                self._left = self._longest
            else:
                lines[:] = 0.0
        out: Floats = self._out @ soft
        return out
