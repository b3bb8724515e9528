"""Our own messages on their way to the output: on time, in the ledger, and known when they come
back. No lock: the caller keeps its own."""

from collections.abc import Callable, Iterable

from live import midi
from live.hands.ledger import Ledger
from live.hands.passing import Send
from live.hands.thru import Echo


class Sounding:
    """Sends what begins, ends or accompanies our notes. clock: seconds on the session's clock."""

    def __init__(
        self, send: Send, clock: Callable[[], float], ledger: Ledger, echo_window: float
    ) -> None:
        self._send = send
        self._clock = clock
        self._ledger = ledger
        self._echo = Echo(echo_window)

    def is_echo(self, message: bytes, at: float) -> bool:
        """True if this is a note message of ours come back at `at` (seconds)."""
        return self._echo.is_echo(message, at)

    def play(self, message: bytes, who: int, moment: float) -> float:
        """Send a message of `who`'s at that moment, or at once if it has passed; returns when
        (seconds). A note-off is only sent for a key that nobody else holds."""
        if midi.is_note_off(message):
            at = self._wait(moment)
            self.send_all(self._ledger.end(midi.channel_of(message), message[1], who))
            return at
        is_on = midi.is_note_on(message)
        if is_on:
            self._ledger.begin(midi.channel_of(message), message[1], who)
        at = self._wait(moment)
        self._send(message)
        if is_on:
            self._echo.sent(message, at)
        return at

    def _wait(self, moment: float) -> float:
        """Watch the clock until then; returns when that was noticed."""
        clock = self._clock
        while (at := clock()) < moment:
            pass
        return at

    def send_all(self, messages: Iterable[bytes]) -> None:
        """Send what ends notes, and remember it: it may come back as an echo."""
        for message in messages:
            self._send(message)
            if midi.is_note_off(message):
                self._echo.sent(message, self._clock())

    def end_all(self, who: int) -> None:
        """End exactly what `who` sounds."""
        self.send_all(self._ledger.end_all(who))
