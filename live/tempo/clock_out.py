"""Where the beat is -> the MIDI clock and transport messages that say so, each with its moment.

24 ticks to the beat. They go on while the transport is stopped, at the tempo it will go on at, so
that what follows knows it beforehand (as hardware sequencers do, and MIDI 1.0 allows). A start at
beat 0 is a Start; anywhere else it is a Song Position and, on the next sixteenth, a Continue. No
clock in here: the caller says what time it is, in seconds.
"""

from collections import deque
from math import ceil

from live.tempo.clock_in import CONTINUE, POSITION, SIXTEENTH, START, STOP, TICK, TICKS
from live.tempo.timeline import Timeline

AHEAD = 0.001  # seconds: a start comes so long before its first tick
LATE = 0.5  # ticks: what is no later than this is sent late and not left out
_POSITIONS = 1 << 14  # song positions: it begins anew after 1024 bars of four


class ClockOut:
    """The messages due, one at a time.

    While the beat only bends, ticks keep their count: the next one comes where it lies now. Where
    the beat jumps, or ticks could not be sent in time, what follows is told the new place: never
    are ticks sent in a burst to catch up.
    """

    def __init__(self) -> None:
        self._line: Timeline | None = None
        self._at_once: deque[tuple[float, bytes]] = deque()
        self._tick = 0  # the next, by the line, while that runs
        self._go: int | None = None  # the tick to start what follows on
        self._rolling = False  # it has been started
        self._free = float("-inf")  # when the next tick is, while the line does not run

    def follow(self, line: Timeline | None, now: float) -> None:
        """Where the beat is from `now` (seconds) on; None: send no clock."""
        before, self._line = self._line, line
        if line is None or not line.running:
            self._stop(now)
            self._go = None
            self._free = max(self._free, now)
            return
        next_tick = ceil(TICKS * line.beat_at(now))
        bends = before is not None and before.running and abs(next_tick - self._tick) <= 1
        if not bends:
            self._stop(now)
            self._place(line, now)

    def again(self, now: float) -> None:
        """What follows may have missed all there was (seconds): start it anew."""
        line, self._line, self._rolling = self._line, None, False
        self._at_once.clear()
        self.follow(line, now)

    def next_due(self) -> float | None:
        """When the next message is (seconds); None if there is none to come."""
        if self._at_once:
            return self._at_once[0][0]
        if self._line is None:
            return None
        if not self._line.running:
            return self._free
        due = self._line.time_of(self._tick / TICKS)
        return due - AHEAD if self._go == self._tick else due

    def take(self, now: float) -> tuple[float, bytes] | None:
        """The next message, with its moment (seconds), if that has come by `now`."""
        due, line = self.next_due(), self._line
        if due is None or due > now:
            return None
        if self._at_once:
            return self._at_once.popleft()
        assert line is not None
        length = line.period / TICKS
        if not line.running:
            self._free = due + length if now - due < length else now + length
            return due, bytes((TICK,))
        if now - due > length:
            self._stop(now)
            self._place(line, now)
            return self.take(now)
        if self._go == self._tick:
            self._go, self._rolling = None, True
            return due, bytes((CONTINUE if self._tick else START,))
        self._tick += 1
        self._free = due + length
        return due, bytes((TICK,))

    def _stop(self, now: float) -> None:
        if self._rolling:
            self._at_once.append((now, bytes((STOP,))))
        self._rolling = False

    def _place(self, line: Timeline, now: float) -> None:
        """Begin with the next tick of the line, and start what follows as soon as may be."""
        self._tick = ceil(TICKS * line.beat_at(now) - LATE)
        self._go = max(0, SIXTEENTH * ceil(self._tick / SIXTEENTH))
        if self._go:
            position = self._go // SIXTEENTH % _POSITIONS
            self._at_once.append((now, bytes((POSITION, position & 0x7F, position >> 7))))
