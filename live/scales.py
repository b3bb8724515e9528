"""Scales by name: which pitches lie in one."""

from functools import cache

TONICS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
SIGNS = {"#": 1, "♯": 1, "b": -1, "♭": -1}
SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic": (0, 2, 3, 5, 7, 8, 11),
    "melodic": (0, 2, 3, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "pentatonic": (0, 2, 4, 7, 9),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole": (0, 2, 4, 6, 8, 10),
}


@cache
def pitches_of(name: str) -> frozenset[int]:
    """The MIDI pitches of `A minor`, `F# dorian` or `Eb` (major); all of them for no name.

    Raises ValueError, its message one line.
    """
    if not name.strip():
        return frozenset(range(128))
    tonic, _, kind = name.strip().lower().partition(" ")
    root = TONICS.get(tonic[0])
    shift = [SIGNS.get(sign) for sign in tonic[1:]]
    if root is None or (kind.strip() or "major") not in SCALES or None in shift:
        raise ValueError(
            f"scale is {name!r}: give a note and one of {', '.join(SCALES)}, as in `F# dorian`"
        )
    root += sum(step for step in shift if step is not None)
    classes = scale_on(root, kind.strip() or "major")
    return frozenset(pitch for pitch in range(128) if pitch % 12 in classes)


def scale_on(root: int, kind: str) -> frozenset[int]:
    """The pitch classes (0-11) of one of SCALES on a root."""
    return frozenset((root + step) % 12 for step in SCALES[kind])
