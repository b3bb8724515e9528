"""A change of key that nobody announces: how soon the accompaniment is in the new one.

From a bar on the melody goes on in another key, and the chords written over it with it. The share
of the accompaniment that lies in them, beat by beat, is held against the same songs played through
without a change.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from live.notes import Note
from training.benchmarks.accompany.songs import Song
from training.measures.excerpts import STEPS
from training.measures.harmony import in_annotated

BAR = 9  # in which the key changes, counted from 1
SEMITONES = 6  # the furthest that there is
BEFORE, AFTER = 8, 48  # beats of the curve
WINDOW = 4  # beats over which the curve is smoothed to tell when it has recovered
WITHIN = 8  # beats: the bar

Floats = npt.NDArray[np.float64]


def change_of(song: Song) -> int | None:
    """The beat on which that bar begins; None for a song that is too short or begins no such bar
    on a beat."""
    starts = song.starts[song.starts > -1 / STEPS]
    if len(starts) < BAR:
        return None
    beat = round(float(starts[BAR - 1]))
    fits = abs(starts[BAR - 1] - beat) < 1 / STEPS and BEFORE <= beat <= song.beats - AFTER
    return beat if fits else None


def changed(song: Song, beat: int) -> Song:
    """The song in another key from that beat on, as far as it is looked at."""

    def moved(notes: Sequence[Note]) -> list[Note]:
        up = [replace(n, pitch=n.pitch + SEMITONES * (n.onset >= beat)) for n in notes]
        return [n for n in up if n.onset < beat + AFTER]

    chords = song.chords[: (beat + AFTER) * STEPS].copy()
    chords[beat * STEPS :] = np.roll(chords[beat * STEPS :], SEMITONES, axis=1)
    return replace(
        song, melody=moved(song.melody), human=moved(song.human), beats=beat + AFTER, chords=chords
    )


def counts(song: Song, notes: Sequence[Note], beat: int) -> Floats:
    """(BEFORE + AFTER, 2): of each beat around the change, how many frames of notes lie in the
    chord that is written, and how many have one."""
    found = np.zeros((BEFORE + AFTER, 2))
    for row, at in enumerate(range(beat - BEFORE, beat + AFTER)):
        within = slice(at * STEPS, (at + 1) * STEPS)
        chords = np.zeros_like(song.chords)
        chords[within] = song.chords[within]
        found[row] = in_annotated(notes, chords)
    return found


def recovery(plain: Sequence[Floats], moved: Sequence[Floats]) -> dict[str, Any]:
    """The curves of all songs together, and when the second has come back to the first.

    recovered: the first beat after the change from which the mean over songs of the share in a
    window of WINDOW beats is no lower than without the change, less its standard error; None where
    there is none. later: both means from WITHIN beats after the change on.
    """
    means, errors = zip(*(_windows(each) for each in (plain, moved)), strict=True)
    back = np.flatnonzero(means[1] >= means[0] - errors[0])
    return {
        "plain": _curve(plain),
        "moved": _curve(moved),
        "windows": {"plain": _told(means[0]), "error": _told(errors[0]), "moved": _told(means[1])},
        "recovered": int(back[0]) if len(back) else None,
        "about": {
            "bar": BAR, "semitones": SEMITONES, "before": BEFORE, "after": AFTER,
            "window": WINDOW, "within": WITHIN, "songs": len(plain),
        },
        "later": [_told(_shares(each, BEFORE + WITHIN, None).mean()) for each in (plain, moved)],
    }  # fmt: skip


def _curve(each: Sequence[Floats]) -> Any:
    whole = np.sum(each, axis=0)
    return _told(whole[:, 0] / np.maximum(1, whole[:, 1]))


def _windows(each: Sequence[Floats]) -> tuple[Floats, Floats]:
    """Mean and standard error over songs, for the windows that begin 0, 1 ... beats after the
    change."""
    means, errors = [], []
    for start in range(BEFORE, BEFORE + AFTER - WINDOW + 1):
        shares = _shares(each, start, start + WINDOW)
        means.append(shares.mean() if len(shares) else 0.0)
        errors.append(shares.std() / len(shares) ** 0.5 if len(shares) else 0.0)
    return np.array(means), np.array(errors)


def _shares(each: Sequence[Floats], start: int, end: int | None) -> Floats:
    """The share of every song that has notes there."""
    sums = np.array([one[start:end].sum(axis=0) for one in each])
    sums = sums[sums[:, 1] > 0]
    shares: Floats = sums[:, 0] / sums[:, 1]
    return shares


def _told(values: Any) -> Any:
    return np.round(values, 4).tolist()
