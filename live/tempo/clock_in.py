"""MIDI clock and transport as they come in -> where the beat is.

24 ticks to the beat; the first tick after a start is beat 0, and the first after a continue is
where the song position stands (MIDI 1.0 Detailed Specification, System Real Time Messages and Song
Position Pointer). No clock in here: every call says when it happens, in seconds.
"""

from live.plan import Beat
from live.tempo.fit import FLOOR, LEAST, MOST, Line, fit, jitter, longest
from live.tempo.timeline import Timeline

TICK, START, CONTINUE, STOP, POSITION = 0xF8, 0xFA, 0xFB, 0xFC, 0xF2
TRANSPORT = frozenset((TICK, START, CONTINUE, STOP, POSITION))
TICKS = 24  # to the beat
SIXTEENTH = 6  # ticks: the unit of the song position

SOURCE = "midi"  # of Beat
TELL = 0.0005  # seconds: what was told last may put the next beat off by so much, or by a
TELL_SHARE = 0.25  # share of the tolerance, where that is more: no news of every jitter
TEMPO = 0.002  # share by which the tempo told may be off while nothing runs
GAP = 0.5  # seconds without a tick: those after it are a new run of ticks
LOST = 2.0  # seconds without a tick: the clock is lost
CLOSE = 0.001  # seconds: a tick so soon after another is its double, or both came in a burst
APART = 4 * TICKS  # ticks: doubles that come more often than this are bursts
CONFIRM = 3  # ticks in a row off the line: it is the line that is wrong
FORCE = 8  # so many, and whatever they look like they are followed
SHORT, LONG = 0.005, 0.25  # seconds from tick to tick: 500 and 10 beats a minute
SAME = 0.04  # share by which two tempos may differ that were taken off a few ticks
GROWTH = 1.5  # how much farther off the third tick is than the first where the tempo has changed
COARSE = 0.025  # seconds: the longest period in which a system hands its messages on


class ClockIn:
    """Follows one MIDI clock.

    Every tick counts, so the place in the song is never guessed, except across a gap. A tick that
    does not lie where it should is left out of the line; the third in a row makes a new one.
    """

    def __init__(self) -> None:
        self._ticks: list[tuple[int, float]] = []  # on the line: number, arrival
        self._doubtful: list[tuple[int, float]] = []  # since the last that was
        self._recent: list[tuple[int, float]] = []  # all of them
        self._line: Line | None = None
        self._number = -1  # of the last tick
        self._last = float("-inf")
        self._jump = 0.0  # seconds: by how much this clock jumps, and until which tick that holds
        self._jumps_until = 0
        self._tolerance = FLOOR  # seconds
        self._since_close = APART
        self._owed = 0  # doubles left out that may have been ticks
        self._running = False
        self._zero = 0  # number of the tick that is beat 0, while it runs
        self._next: int | None = None  # song position, in ticks, of the next tick after a start
        self._position = 0  # the same while it is stopped
        self._told: Timeline | None = None

    @property
    def look_at(self) -> float | None:
        """When to look, if no tick has come by then (seconds); None while nothing can be lost."""
        return self._last + LOST if self._running and self._told is not None else None

    def look(self, now: float) -> Beat | None:
        """At look_at, or later: the clock is lost, if it is."""
        if self.look_at is None or now < self.look_at:
            return None
        self._told = None
        return Beat(now, SOURCE, None)

    def hear(self, message: bytes, at: float) -> Beat | None:
        """A tick, a transport message or a song position, received at `at` (seconds). Returns what
        there is to tell, if anything."""
        kind = message[0]
        if kind == TICK:
            return self._tick(at)
        if kind == START:
            self._next = 0
        elif kind == CONTINUE:
            self._next = self._position if self._next is None and not self._running else self._next
        elif kind == POSITION and len(message) == 3:
            self._locate(SIXTEENTH * (message[1] | message[2] << 7))
        elif kind == STOP:
            if self._running:
                self._position = self._number + 1 - self._zero
            self._running, self._next = False, None
        return None if self._running or self._next is not None else self._stopped(at)

    def _locate(self, ticks: int) -> None:
        if self._running or self._next is not None:
            self._next = ticks
        self._position = ticks

    # ---- ticks

    def _tick(self, at: float) -> Beat | None:
        if self._is_double(at):
            return None
        line, fresh = self._line, at - self._last > GAP
        self._number += 1
        if fresh:
            self._ticks, self._doubtful, self._recent = [], [], []
            if line is not None and self._running and self._next is None:
                coasted = line.tick + (at - line.at) / line.period
                self._number = max(self._number, round(coasted))
            elif line is not None:
                self._line = Line(self._number, at, line.period)
        elif line is not None and self._next is not None and self._is_off(at):
            self._ticks, self._doubtful, self._recent = [], [], []  # it ticks anew
            self._line = Line(self._number, at, line.period)
        self._last = at
        self._recent = [*self._recent[1 - MOST :], (self._number, at)]
        self._follow(at)
        started = self._next is not None
        if self._next is not None:
            self._zero, self._running, self._next = self._number - self._next, True, None
        return self._running_on(at, started) if self._running else self._stopped(at)

    def _is_double(self, at: float) -> bool:
        """Whether a tick is but another's double. Alone, or after every tick, it is; else the
        system hands on several at a time, and each counts."""
        if at - self._last >= CLOSE:
            self._since_close += 1
            return False
        since, self._since_close = self._since_close, 0
        if since >= APART or (since == 1 and self._owed):
            self._owed = 1
            return True
        self._number += self._owed
        self._owed = 0
        return False

    def _follow(self, at: float) -> None:
        tick = (self._number, at)
        spread = max(FLOOR, jitter(self._recent))
        tolerance = max(spread, self._jump if self._number < self._jumps_until else 0.0)
        self._tolerance = tolerance
        if not self._is_off(at):
            if self._line is not None and abs(at - self._line.time_of(self._number)) > spread:
                self._jumps_until = self._number + MOST
            self._doubtful = []
            self._ticks = [*self._ticks[1 - MOST :], tick]
        else:
            self._doubtful = [*self._doubtful[1 - FORCE :], tick]
            if len(self._doubtful) < CONFIRM or not self._turn(tolerance):
                return
        if len(self._ticks) >= LEAST:
            line, count = longest(self._ticks, tolerance)
            self._ticks = self._ticks[-count:]
            if SHORT < line.period < LONG:
                self._line = line

    def _is_off(self, at: float) -> bool:
        """Whether the tick that has come is not where the line has it."""
        line, near = self._line, self._tolerance + FLOOR
        return line is not None and abs(at - line.time_of(self._number)) > near

    def _turn(self, tolerance: float) -> bool:
        """Follow the doubtful ticks, if they lie on a line too."""
        assert self._line is not None
        those = [*self._ticks[-1:], *self._doubtful][-LEAST:]
        line, off = fit(those)
        unlike = off > tolerance or len(those) < LEAST
        if not SHORT < line.period < LONG or (unlike and len(self._doubtful) < FORCE):
            return False
        first, *_, last = (abs(moment - self._line.time_of(n)) for n, moment in self._doubtful)
        period = fit(self._doubtful)[0].period
        steady = abs(period / self._line.period - 1) < SAME and last < GROWTH * first
        if steady and last < COARSE:
            # The tempo is the same: it is the clock that jumps, as one does that a system hands on
            # in periods of its own.
            self._jump, self._jumps_until = last, self._number + MOST
            self._ticks = [*self._ticks, *self._doubtful][-MOST:]
        else:
            self._ticks = those
        self._doubtful = []
        return True

    # ---- what to tell

    def _running_on(self, at: float, started: bool) -> Beat | None:
        line, song = self._line, self._number - self._zero
        if line is None or (self._told is None and len(self._ticks) < LEAST):
            return None
        now = Timeline(
            line.time_of(self._number), song / TICKS, 60 / (TICKS * line.period), running=True
        )
        told = self._told
        if told is not None and told.running and not started and song % TICKS:
            beat = song // TICKS + 1
            near = max(TELL, TELL_SHARE * self._tolerance)
            if abs(told.time_of(beat) - now.time_of(beat)) <= near:
                return None
        return self._tell(at, now)

    def _stopped(self, at: float) -> Beat | None:
        if self._line is None:
            return None
        bpm, beat = 60 / (TICKS * self._line.period), self._position / TICKS
        told = self._told
        same = told is not None and not told.running and told.beat == beat
        if same and told is not None and abs(bpm / told.bpm - 1) <= TEMPO:
            return None
        return self._tell(at, Timeline(at, beat, bpm, running=False))

    def _tell(self, at: float, timeline: Timeline) -> Beat:
        self._told = timeline
        return Beat(at, SOURCE, timeline)
