"""When a block of sound begins, by a clock that the sound card does not know.

The callback comes late by a little, each time by another amount: a delay-locked loop takes the
mean (Adriaensen, "Using a DLL to filter time", 2005). Pure: the caller reads the clock.
"""

import math

_BANDWIDTH = 0.5  # Hz
_LOST = 0.1  # seconds: what is so far off begins anew
MARGIN = 0.0005  # seconds a message may be on its way
MOST = 0.05  # seconds of delay that it may come to
_BACK = 10.0  # seconds in which most of what has been added is taken back


class Blocks:
    """block: seconds. Every message sounds `delay` seconds after it was due: a block, which is
    rendered at its beginning, and a margin. Where messages come later than that (a card that asks
    for many blocks at once), the margin grows, and shrinks again where they do not. What is late
    because time was lost is no rule."""

    def __init__(self, block: float) -> None:
        turn = 2 * math.pi * _BANDWIDTH * block
        self._block = block
        self._pull, self._drift = math.sqrt(2) * turn, turn * turn
        self._next: float | None = None
        self._length = block
        self._count = 0
        self._least = self.delay = block + MARGIN
        self._lost = False
        self.began = 0.0

    def begin(self, at: float, missing: bool = False) -> None:
        """The callback of the next block comes at `at` (seconds); missing: others were left out
        before it, or played twice."""
        self._lost = self._next is None or missing or abs(at - self._next) > _LOST
        if self._next is None or self._lost:
            self._next, self._length, self._count = at, self._block, 0
        error = at - self._next
        self._count += 1
        settled = self._count * self._pull > 1  # until then, the mean of all there were
        self.began = self._next + (0.0 if settled else error / self._count)
        self._next += max(self._pull, 1 / self._count) * error + self._length
        self._length += self._drift * error if settled else 0.0
        self.delay += (self._least - self.delay) * self._block / _BACK

    def meet(self, due: float) -> None:
        """A message that is due then has come, in time for this block or later ones, or late."""
        late = self.began - due - self.delay
        if late > 0.0 and not self._lost:
            self.delay = min(self.delay + late, max(MOST, self.delay))

    def place(self, due: float) -> float:
        """How long after the beginning of this block (seconds) what is due then sounds: not before
        it."""
        return max(0.0, due + self.delay - self.began)
