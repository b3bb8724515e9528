"""The player's own messages on their way through to the outputs. No clock, no lock: the caller
keeps its own."""

from collections.abc import Sequence
from typing import NamedTuple

from live import midi
from live.hands import ledger as books
from live.hands.config import HandsSettings
from live.hands.destinations import Destination
from live.hands.ledger import ANYBODY, PLAYER
from live.hands.thru import rechannel


class Thru(NamedTuple):
    """on: whether anything goes through; channel: where notes and controllers go (0-15; None
    leaves them); kept: controllers (0-127) that do not go through."""

    on: bool
    channel: int | None
    kept: frozenset[int]


def thru(settings: HandsSettings) -> Thru:
    channel = settings.thru_channel - 1 if settings.thru_channel else None
    return Thru(bool(settings.thru), channel, settings.kept)


class Passing:
    """Passes messages on to the player's outputs, and keeps in their ledgers what they make
    sound."""

    def __init__(self, destinations: Sequence[Destination], thru: Thru) -> None:
        self._to = tuple(one for one in destinations if one.takes & PLAYER)
        self.thru = thru
        # The keys that went through: where they went, so that the ends follow them.
        self._held: dict[tuple[int, int, int], int] = {}

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
            if not self.thru.on:
                return
            message = rechannel(message, self.thru.channel)
            channel = message[0] & 0x0F
            self._held[key] = channel
            for one in self._to:
                one.ledger.begin(channel, pitch, books.player(source))
                one.send(message)
            return
        held = self._held.pop(key, None)
        if held is None:  # struck before we came: it goes through, unless it would cut a note
            if self.thru.on:
                message = rechannel(message, self.thru.channel)
                for one in self._to:
                    if not one.ledger.holds(message[0] & 0x0F, pitch, ANYBODY):
                        one.send(message)
            return
        if any((k[0], c, k[2]) == (source, held, pitch) for k, c in self._held.items()):
            return  # two channels in, one out: the other key is still down
        message = rechannel(message, held)
        for one in self._to:
            for _ in one.ledger.end(held, pitch, books.player(source)):
                one.send(message)

    def other(self, source: int, message: bytes) -> None:
        """Anything but a note; pedals go into the book."""
        if not self.thru.on:
            return
        message = rechannel(message, self.thru.channel)
        is_control = message[0] & 0xF0 == midi.CONTROL_CHANGE and len(message) == 3
        if is_control and message[1] in self.thru.kept:
            return
        for one in self._to:
            self._control(one, source, message) if is_control else one.send(message)
        if is_control and message[1] in (midi.ALL_NOTES_OFF, midi.ALL_SOUND_OFF):
            channel = midi.channel_of(message)
            self._held = {key: c for key, c in self._held.items() if c != channel}

    def _control(self, to: Destination, source: int, message: bytes) -> None:
        channel = message[0] & 0x0F
        if message[1] == midi.SUSTAIN and message[2] >= 64:
            to.ledger.pedal(channel, True, books.player(source))
        to.send(message)
        if message[1] == midi.SUSTAIN and message[2] < 64:
            to.ledger.pedal(channel, False, PLAYER)
        elif message[1] in (midi.ALL_NOTES_OFF, midi.ALL_SOUND_OFF):
            to.ledger.forget_channel(channel, PLAYER)
