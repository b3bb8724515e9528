"""The player's own messages on their way through to the output. No clock, no lock: the caller
keeps its own."""

from collections.abc import Callable, Collection

from live import midi
from live.hands import ledger as books
from live.hands.ledger import ANYBODY, PLAYER, Ledger
from live.hands.thru import rechannel

Send = Callable[[bytes], None]


class Passing:
    """Passes messages on through `send`, and keeps in the ledger what they make sound.

    on: whether anything goes through; channel: where notes and controllers go (0-15; None leaves
    them); kept: controllers (0-127) that do not go through.
    """

    def __init__(
        self,
        send: Send,
        ledger: Ledger,
        on: bool = True,
        channel: int | None = None,
        kept: Collection[int] = (),
    ) -> None:
        self._send = send
        self._ledger = ledger
        self.set(on, channel, kept)
        # The keys that went through: where they went, so that the ends follow them.
        self._held: dict[tuple[int, int, int], int] = {}

    def set(self, on: bool, channel: int | None, kept: Collection[int] = ()) -> None:
        self._on, self._channel, self._kept = on, channel, kept

    def holds(self, source: int, channel: int, pitch: int) -> bool:
        """Whether that key is down and went through."""
        return (source, channel, pitch) in self._held

    def forget(self, source: int | None = None) -> None:
        """Nothing is held any more: of that input, or at all."""
        self._held = {
            key: c for key, c in self._held.items() if source is not None and key[0] != source
        }

    def note(self, source: int, message: bytes) -> None:
        """A note-on or note-off."""
        key = (source, message[0] & 0x0F, message[1])
        pitch = message[1]
        if midi.is_note_on(message):
            if not self._on:
                return
            message = rechannel(message, self._channel)
            channel = message[0] & 0x0F
            self._held[key] = channel
            self._ledger.begin(channel, pitch, books.player(source))
            self._send(message)
            return
        held = self._held.pop(key, None)
        if held is None:  # struck before we came: it goes through, unless it would cut a note
            if self._on:
                message = rechannel(message, self._channel)
                if not self._ledger.holds(message[0] & 0x0F, pitch, ANYBODY):
                    self._send(message)
            return
        if any((k[0], c, k[2]) == (source, held, pitch) for k, c in self._held.items()):
            return  # two channels in, one out: the other key is still down
        message = rechannel(message, held)
        for _ in self._ledger.end(held, pitch, books.player(source)):
            self._send(message)

    def other(self, source: int, message: bytes) -> None:
        """Anything but a note; pedals go into the book."""
        if not self._on:
            return
        message = rechannel(message, self._channel)
        if message[0] & 0xF0 != midi.CONTROL_CHANGE or len(message) != 3:
            self._send(message)
            return
        if message[1] in self._kept:
            return
        channel = message[0] & 0x0F
        if message[1] == midi.SUSTAIN and message[2] >= 64:
            self._ledger.pedal(channel, True, books.player(source))
        self._send(message)
        if message[1] == midi.SUSTAIN and message[2] < 64:
            self._ledger.pedal(channel, False, PLAYER)
        elif message[1] in (midi.ALL_NOTES_OFF, midi.ALL_SOUND_OFF):
            self._ledger.forget_channel(channel, PLAYER)
            self._held = {key: c for key, c in self._held.items() if c != channel}
