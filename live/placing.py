"""Voices of the machine's that have a channel or a register of their own, as a text says it."""

import re
from dataclasses import dataclass

from live.pitches import note_name, pitch_of

_RANGE = re.compile(r"\s*(\S+?)\s*-\s*([a-gA-G\d]\S*)\s*")  # a note's octave may be -1


@dataclass(frozen=True)
class Own:
    """What is said of a voice. channel: 1-16; pitches: MIDI. None: as the others have it."""

    channel: int | None = None
    pitches: range | None = None


def parse_parts(text: str) -> dict[str, Own]:
    """`melody:2:C4-C6, piano::A0-C5` (voice:channel:lowest-highest) -> by voice.

    Raises ValueError, its message one line that names the voice.
    """
    own: dict[str, Own] = {}
    for item in filter(None, map(str.strip, text.split(","))):
        voice, channel, pitches, *more = (*map(str.strip, item.split(":")), "", "")
        if not voice or any(more):
            raise ValueError(f"parts: {item!r} is to be voice:channel:lowest-highest")
        if voice in own:
            raise ValueError(f"parts: {voice} is there twice")
        own[voice] = Own(_channel(voice, channel), _range(voice, pitches))
    return own


def _channel(voice: str, text: str) -> int | None:
    if not text:
        return None
    if not (text.isdecimal() and len(text) <= 2 and 1 <= int(text) <= 16):
        raise ValueError(f"parts: the channel of {voice} is {text!r}: give 1 to 16")
    return int(text)


def _range(voice: str, text: str) -> range | None:
    if not text:
        return None
    found = _RANGE.fullmatch(text)
    if found is None:
        raise ValueError(f"parts: the range of {voice} is {text!r}: give two notes, as in C4-C6")
    try:
        low, high = map(pitch_of, found.groups())
    except ValueError as error:
        raise ValueError(f"parts: the range of {voice} is {text!r}: {error}") from error
    if low > high:
        raise ValueError(
            f"parts: {voice} goes from {note_name(low)} down to {note_name(high)}: "
            "give the lower note first"
        )
    return range(low, high + 1)
