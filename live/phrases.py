"""Phrases of the last notes: the player's, that a way of playing looks back on, and the machine's,
that is repeated when it is asked to. All times are seconds."""

import math
from collections.abc import Iterable
from dataclasses import replace

from live.notes import MACHINE, Note

PHRASE = 512  # notes of the player's that a mode can look back on
AGAIN = 16.0  # seconds, the most of its last turn that the machine repeats


def yours(window: Iterable[Note], turns: bool) -> list[Note]:
    """The player's last notes; where both take turns, those since the machine's."""
    notes = list(window)
    if turns:
        its = [n for n, note in enumerate(notes) if note.part.side == MACHINE]
        notes = notes[its[-1] + 1 :] if its else notes
    return [note for note in notes if note.part.side != MACHINE][-PHRASE:]


def once_more(
    window: Iterable[Note], began: float, now: float, earliest: float, bar: float | None
) -> list[Note]:
    """The machine's notes of its turn that began then, from `earliest` on: where the beat is kept
    at the same place in a bar of so many seconds. Empty if it has played none."""
    its = [note for note in window if note.part.side == MACHINE]
    began = max(began, its[-1].onset - AGAIN) if its else now
    phrase = [note for note in its if note.onset >= began]
    if not phrase or phrase[0].onset >= now:
        return []
    later = earliest - phrase[0].onset
    if bar is not None:
        later = bar * math.ceil(later / bar)
    return [replace(note, onset=note.onset + later) for note in phrase]
