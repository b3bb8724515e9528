"""What the hands do about the beat: they follow a MIDI clock that comes in, and send one and the
metronome's click as the mind says where the beat is. No clock, no lock: the caller has both."""

from collections.abc import Iterator
from math import inf

from live.hands.config import HandsSettings
from live.plan import Beat
from live.tempo.click import Click
from live.tempo.clock_in import LOST, ClockIn
from live.tempo.clock_out import ClockOut
from live.tempo.timeline import Timeline


class Beats:
    """The beat in and out. All times are seconds; those of what is to be sent are when to send it,
    sooner than its beat by the latency set."""

    def __init__(self, settings: HandsSettings) -> None:
        self._settings = settings
        self._in = ClockIn()
        self._source: int | None = None
        self._ticked = float("-inf")
        self._out = ClockOut()
        self._click = Click(settings.click_velocity)
        self.line: Timeline | None = None
        self.told: Beat | None = None

    # --- in

    def hear(self, source: int, message: bytes, at: float) -> Beat | None:
        """A clock or transport message from an input. Of several clocks the first is followed, as
        long as it goes on. Returns what the mind is to be told, if anything."""
        if source != self._source and at - self._ticked < LOST:
            return None
        self._source, self._ticked = source, at
        return self._tell(self._in.hear(message, at))

    def look(self, now: float) -> Beat | None:
        """Called now and then: the clock may be lost."""
        return self._tell(self._in.look(now))

    def _tell(self, beat: Beat | None) -> Beat | None:
        self.told = beat or self.told
        return beat

    # --- out

    def apply(self, settings: HandsSettings, now: float) -> None:
        """These settings hold from `now` on."""
        before, self._settings = self._settings, settings
        self._click.velocity = settings.click_velocity
        if settings.clock_out != before.clock_out:
            self._out.follow(
                self.line if settings.clock_out else None, now + settings.clock_latency
            )
        if settings.click != before.click:
            self._click.follow(self.line if settings.click else None, now + settings.latency)

    def follow(self, line: Timeline, now: float) -> None:
        """Where the beat is from `now` on."""
        self.line = line
        if self._settings.clock_out:
            self._out.follow(line, now + self._settings.clock_latency)
        if self._settings.click:
            self._click.follow(line, now + self._settings.latency)

    def again(self, now: float) -> None:
        """The output was away: whatever follows our clock has to be started anew."""
        self._out.again(now + self._settings.clock_latency)

    def stop(self) -> Iterator[bytes]:
        """No clock and no click any more: what to send, now, to stop what follows the clock."""
        self._click.follow(None, 0.0)
        self._out.follow(None, 0.0)
        while (taken := self._out.take(inf)) is not None:
            yield taken[1]

    def next_due(self) -> float | None:
        """When the next message is to be sent; None if there is none to come."""
        ticks, click = self._out.next_due(), self._click.next_due()
        if ticks is not None:
            ticks -= self._settings.clock_latency
        if click is not None:
            click -= self._settings.latency
        return min((due for due in (ticks, click) if due is not None), default=None)

    def take(self, now: float) -> tuple[float, bytes] | None:
        """The next message to be sent by `now`, and when: a tick before a click."""
        for keeper, latency in (
            (self._out, self._settings.clock_latency),
            (self._click, self._settings.latency),
        ):
            due = keeper.next_due()
            if due is None or due - latency > now:
                continue
            # Not `now + latency` alone: rounded, it may fall short of `due`.
            if (taken := keeper.take(max(due, now + latency))) is not None:
                return taken[0] - latency, taken[1]
        return None
