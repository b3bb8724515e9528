"""When has the player paused? Judged from the player's own playing.

People leave the floor with a silence longer than those inside their phrase, so the pause that
counts is measured against the phrase's own inter-onset intervals.
"""

from collections.abc import Sequence
from itertools import pairwise

from live.notes import Note

CHORD = 0.05  # seconds: onsets closer than this are one chord
SHORTEST, LONGEST = 0.35, 2.0  # seconds
FIRST = 0.9  # seconds, for a phrase too short to judge by
BREATH = 0.5  # of the pause must also pass after the last key came up
LONGER = 1.8  # than the longer gaps inside the phrase
RANK = 0.8  # an unusually long note inside a phrase is common, two are not


def onsets(phrase: Sequence[Note]) -> list[float]:
    """The phrase's onsets in seconds, chords counted once."""
    times: list[float] = []
    for note in phrase:
        if not times or note.onset - times[-1] >= CHORD:
            times.append(note.onset)
    return times


def pause_after(phrase: Sequence[Note], patience: float = 1.0) -> float:
    """Seconds after the last onset at which this player, playing so, has paused."""
    times = onsets(phrase)
    gaps = sorted(b - a for a, b in pairwise(times))
    judged = len(gaps) >= 2
    usual = LONGER * gaps[int(RANK * (len(gaps) - 1))] if judged else FIRST
    return patience * min(LONGEST, max(SHORTEST, usual))


def paused_at(
    phrase: Sequence[Note], keys: int, released: float | None, patience: float = 1.0
) -> float | None:
    """When the pause is (or will be) long enough; None with a key down or nothing played."""
    if not phrase or keys:
        return None
    pause = pause_after(phrase, patience)
    after_onset = phrase[-1].onset + pause
    return max(after_onset, (released or 0.0) + BREATH * pause)
