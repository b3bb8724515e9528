"""The metronome: a click on every beat, as notes with their moments. No clock in here."""

from math import ceil

from live import midi
from live.tempo.timeline import Timeline

CHANNEL = 9  # percussion in General MIDI, counted from 0
ACCENT, BEAT = 76, 77  # high and low wood block in General MIDI
SOFTER = 0.7  # share of the accent's velocity on the other beats
LENGTH = 0.05  # seconds
LATE = 0.02  # seconds: a click later than this is left out


class Click:
    """The note-ons and note-offs due, one at a time. velocity: of a bar's first beat (1-127)."""

    def __init__(self, velocity: int) -> None:
        self.velocity = velocity
        self._line: Timeline | None = None
        self._beat = 0  # the next to click on
        self._last = float("-inf")  # when the last click was
        self._off: tuple[float, bytes] | None = None

    def follow(self, line: Timeline | None, now: float) -> None:
        """Where the beat is from `now` (seconds) on; None, or one that stands still: no click."""
        self._line = line if line is not None and line.running else None
        if self._line is not None:
            self._beat = ceil(self._line.beat_at(now - LATE))
            # The beat just clicked may lie a little ahead again on another line.
            if self._line.time_of(self._beat) - self._last < self._line.period / 2:
                self._beat += 1

    def next_due(self) -> float | None:
        """When the next message is (seconds); None if there is none to come."""
        off = None if self._off is None else self._off[0]
        on = None if self._line is None else self._line.time_of(self._beat)
        return min((due for due in (off, on) if due is not None), default=None)

    def take(self, now: float) -> tuple[float, bytes] | None:
        """The next message, with its moment (seconds), if that has come by `now`."""
        due, line = self.next_due(), self._line
        if due is None or due > now:
            return None
        if self._off is not None and due == self._off[0]:
            off, self._off = self._off, None
            return off
        assert line is not None
        if now - due > LATE:
            self._beat = max(self._beat + 1, ceil(line.beat_at(now - LATE)))
            return self.take(now)
        pitch = BEAT if self._beat % line.bar else ACCENT
        velocity = self.velocity if pitch == ACCENT else max(1, round(SOFTER * self.velocity))
        self._beat += 1
        self._last = due
        self._off = due + min(LENGTH, line.period / 4), midi.note_off(CHANNEL, pitch)
        return due, midi.note_on(CHANNEL, pitch, velocity)
