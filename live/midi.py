"""MIDI messages as bytes, the form they travel in: no object is made between a key and a synth.

Status bytes and data ranges are those of the MIDI 1.0 specification (channels count from 0
here, as on the wire; people count them from 1).
"""

from collections.abc import Iterable

NOTE_OFF = 0x80
NOTE_ON = 0x90
CONTROL_CHANGE = 0xB0
PROGRAM_CHANGE = 0xC0
CHANNEL_PRESSURE = 0xD0

BANK = 0
BANK_FINE = 32
SUSTAIN = 64
ALL_SOUND_OFF = 120
LOCAL_CONTROL = 122
ALL_NOTES_OFF = 123

REVERB = 91
MASTER_VOLUME = bytes((0xF0, 0x7F, 0x7F, 0x04, 0x01))  # then 14 bits, the low seven first

CHANNELS = 16


def note_on(channel: int, pitch: int, velocity: int) -> bytes:
    return bytes((NOTE_ON | channel, pitch, velocity))


def note_off(channel: int, pitch: int, velocity: int = 0) -> bytes:
    return bytes((NOTE_OFF | channel, pitch, velocity))


def control_change(channel: int, control: int, value: int) -> bytes:
    return bytes((CONTROL_CHANGE | channel, control, value))


def program_change(channel: int, program: int) -> bytes:
    return bytes((PROGRAM_CHANGE | channel, program))


def master_volume(volume: float) -> bytes:
    """The universal message that sets a synth's, 0 to 1."""
    value = round(min(max(volume, 0.0), 1.0) * 0x3FFF)
    return MASTER_VOLUME + bytes((value & 0x7F, value >> 7, 0xF7))


def is_note_on(message: bytes) -> bool:
    """A note-on that starts a note: one with velocity 0 is a note-off in disguise."""
    return len(message) == 3 and message[0] & 0xF0 == NOTE_ON and message[2] > 0


def is_note_off(message: bytes) -> bool:
    if len(message) != 3:
        return False
    kind = message[0] & 0xF0
    return kind == NOTE_OFF or (kind == NOTE_ON and message[2] == 0)


def keys_down(messages: Iterable[bytes]) -> set[tuple[int, int]]:
    """The keys, as (channel, pitch), that have begun and not ended, by note messages alone."""
    down: set[tuple[int, int]] = set()
    for message in messages:
        if is_note_on(message):
            down.add((channel_of(message), message[1]))
        elif is_note_off(message):
            down.discard((channel_of(message), message[1]))
    return down


def is_control(message: bytes, control: int) -> bool:
    return len(message) == 3 and message[0] & 0xF0 == CONTROL_CHANGE and message[1] == control


def takes_floor(message: bytes) -> bool:
    """The player begins a note, or wants silence (CC 120, CC 123)."""
    return (
        is_note_on(message)
        or is_control(message, ALL_NOTES_OFF)
        or is_control(message, ALL_SOUND_OFF)
    )


def is_damaged(message: bytes) -> bool:
    """Empty, or a channel message with a data byte out of range."""
    return not message or (has_channel(message) and max(message[1:], default=0) > 0x7F)


def is_whole(message: bytes) -> bool:
    """A channel message with just the data bytes that its kind has."""
    if not has_channel(message) or is_damaged(message):
        return False
    return len(message) == (2 if message[0] & 0xF0 in (PROGRAM_CHANGE, CHANNEL_PRESSURE) else 3)


def channel_of(message: bytes) -> int:
    """The channel (0-15) of a channel message."""
    return message[0] & 0x0F


def has_channel(message: bytes) -> bool:
    return bool(message) and 0x80 <= message[0] < 0xF0
