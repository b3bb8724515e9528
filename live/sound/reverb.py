"""A room: eight delays that feed each other (a feedback delay network: Jot & Chaigne 1991).

Each delay is longer than a block, so a block is read from all of them, turned and written back in
a few array operations.
"""

import numpy as np

from live.sound.samples import Floats

# Milliseconds, with no common divisor to speak of.
_DELAYS = (29.7, 37.1, 41.1, 43.7, 53.3, 61.7, 71.9, 79.3)
_SECONDS = 1.6  # until it has fallen by 60 decibels
_LENGTH = 1 << 13
_QUIET = 1e-6


class Reverb:
    """One for a synth with that many frames a second."""

    def __init__(self, rate: int) -> None:
        self._delays = np.array([round(ms * rate / 1000) | 1 for ms in _DELAYS])
        self.most = int(self._delays.min()) - 1  # frames at once
        length = 1 << int(self._delays.max() + self.most).bit_length()
        self._mask = length - 1
        self._lines = np.zeros((8, length), np.float32)
        self._now = 0
        # What comes out goes round, through a mirror that leaves its loudness as it is, and loses
        # as much on each round as makes the time of reverberation; the treble loses more.
        mirror = np.eye(8) - 0.25
        self._gains = 10 ** (-3 * self._delays / rate / _SECONDS)
        self._turn = (mirror * self._gains).astype(np.float32)
        self._out = (np.array([[1, -1] * 4, [1, 1, -1, -1] * 2]) / 4).astype(np.float32)
        self._rows = np.arange(8)[:, None]
        self._left = 0  # frames until it is silent

    def render(self, send: Floats) -> Floats | None:
        """What comes back of the next frames, shape (2, frames) for (frames,), `most` at most;
        None while it is silent."""
        frames = len(send)
        if np.abs(send).max(initial=0.0) > _QUIET:
            self._left = self._mask
        elif self._left <= 0:
            return None
        self._left -= frames
        step = np.arange(-1, frames)
        # One sample more before each block: the mean of two loses treble.
        read = self._lines[self._rows, (self._now + step - self._delays[:, None]) & self._mask]
        soft = 0.7 * read[:, 1:] + 0.3 * read[:, :-1]
        self._lines[:, (self._now + step[1:]) & self._mask] = self._turn @ soft + send
        self._now += frames
        if self._left <= 0 and np.abs(soft).max() > _QUIET:
            self._left = self._mask
        return np.asarray(self._out @ soft, np.float32)
