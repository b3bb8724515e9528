"""Our own messages on their way to the outputs: on time, in the ledgers, and known when they come
back. No lock: the caller keeps its own."""

from collections.abc import Callable, Iterable, Sequence

from live import midi
from live.hands.destinations import Destination
from live.hands.ledger import ANYBODY, MACHINE, all_notes_off
from live.hands.thru import Echo


class Sounding:
    """Sends what begins, ends or accompanies our notes. clock: seconds on the session's clock."""

    def __init__(
        self,
        destinations: Sequence[Destination],
        clock: Callable[[], float],
        echo_window: float,
    ) -> None:
        self._all = tuple(destinations)
        self._ours = tuple(d for d in destinations if d.takes & MACHINE)
        self._clock = clock
        self._echo = Echo(echo_window)

    @property
    def machine_sounds(self) -> bool:
        return any(one.ledger.machine_sounds for one in self._ours)

    def is_echo(self, message: bytes, at: float) -> bool:
        """True if this is a note message of ours come back at `at` (seconds)."""
        return self._echo.is_echo(message, at)

    def play(self, message: bytes, who: int, moment: float) -> float:
        """Send a message of `who`'s, but no note-off, at that moment, or at once if it has passed;
        returns when (seconds). Where it has no channel it is for everybody."""
        is_on = midi.is_note_on(message)
        if is_on:
            for one in self._ours:
                one.ledger.begin(midi.channel_of(message), message[1], who)
        at = self._wait(moment)
        for one in self._ours if midi.has_channel(message) else self._all:
            one.send(message)
            if is_on:
                self._echo.sent(message, at)
        return at

    def end(self, message: bytes, who: int, moment: float) -> float | None:
        """Send a note-off of `who`'s, likewise, wherever nobody else holds the key. None if it was
        not sent: it is then, when that one lets go."""
        at = self._wait(moment)
        sent = 0
        for one in self._ours:
            sent += self.send(one, one.ledger.end(midi.channel_of(message), message[1], who))
        return at if sent else None

    def _wait(self, moment: float) -> float:
        """Watch the clock until then; returns when that was noticed."""
        clock = self._clock
        while (at := clock()) < moment:
            pass
        return at

    def send(self, to: Destination, messages: Iterable[bytes]) -> int:
        """Send what ends notes, and remember it: it may come back as an echo. Returns how many."""
        count = 0
        for message in messages:
            count += 1
            to.send(message)
            if midi.is_note_off(message):
                self._echo.sent(message, self._clock())
        return count

    def send_all(self, messages: Iterable[bytes]) -> None:
        """The same to every output."""
        for message in messages:
            for one in self._all:
                self.send(one, (message,))

    def end_all(self, who: int) -> None:
        """End exactly what `who` sounds."""
        for one in self._all:
            self.send(one, one.ledger.end_all(who))

    def silence(self, one: Destination) -> None:
        """End what is known to sound at an output, and what is not."""
        self.send(one, one.ledger.end_all(ANYBODY))
        self.send(one, all_notes_off())
        one.ledger.clear()
