"""Pitches by name. C4 is middle C, MIDI pitch 60."""

import re

from live.scales import SIGNS, TONICS

NAMES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
_NAME = re.compile(rf"([{''.join(TONICS)}])([{''.join(SIGNS)}]*)(-?\d\d?)", re.IGNORECASE)


def note_name(pitch: int) -> str:
    return f"{NAMES[pitch % 12]}{pitch // 12 - 1}"


def pitch_of(name: str) -> int:
    """The MIDI pitch of `C4`, `F#3`, `Bb-1`, or of a number. Raises ValueError."""
    name = name.strip()
    if found := _NAME.fullmatch(name):
        tonic, signs, octave = found.groups()
        pitch = 12 * (int(octave) + 1) + TONICS[tonic.lower()]
        pitch += sum(SIGNS[sign.lower()] for sign in signs)
    else:
        pitch = int(name) if name.isdecimal() and len(name) <= 3 else -1
    if not 0 <= pitch <= 127:
        raise ValueError(f"{name!r} is no note from C-1 to G9")
    return pitch
