"""What live/tempo/accents.py was taught: the accents of chords and where in the bar they lie."""

from collections.abc import Iterable

import numpy as np

from live.errors import UserError
from live.tempo.accents import PLACES, Accents, Chord
from live.tempo.bar_pointer import place_of
from training.benchmarks.follow.songs import Song, chords_of, played

SPREAD = 0.008  # seconds by which notes are off
MOST_RATE = 0.95  # of a place's chances to have a chord: nothing is certain
CHORDS = 250_000  # that the classifier is fitted on
SEED = 0


def learn(songs: Iterable[Song]) -> str:
    """The table of weights, as Python. From the songs whose downbeats are sure, whole and their
    piano alone. Raises UserError where there are none."""
    from sklearn.linear_model import LogisticRegression

    rows: list[np.ndarray] = []
    kinds: list[np.ndarray] = []
    came = np.zeros(len(PLACES))
    chances = np.zeros(len(PLACES))
    for song in songs:
        if not song.agreed:
            continue
        for notes in (song.notes, song.piano):
            if not notes:
                continue
            accents, told = Accents(), []
            groups = list(chords_of(played(notes, SPREAD, song.name)))
            for group in groups:
                chord = Chord(
                    group[0][0], tuple(p for _, p, _ in group), max(max(1, v) for *_, v in group)
                )
                told.append(accents.of(chord))
                accents.hear(chord)
            at = np.array([np.mean([onset for onset, *_ in group]) for group in groups])
            beat = np.interp(at, song.beats, np.arange(len(song.beats)))
            first = np.searchsorted(song.beats, song.downbeats[0] - 1e-3)
            kind = place_of(beat - first, song.bar)
            known = (at > song.beats[0]) & (at < song.beats[-1])
            rows.append(np.array(told)[known])
            kinds.append(kind[known])
            came += np.bincount(kind[known], minlength=len(PLACES))
            grid = place_of(np.arange(song.bar * 12) / 12, song.bar)
            bars = (beat[known][-1] - beat[known][0]) / song.bar
            chances += bars * np.bincount(grid, minlength=len(PLACES))
    if not rows:
        raise UserError("no song here has chords that change on its downbeats: nothing to learn")
    x, y = np.concatenate(rows), np.concatenate(kinds)
    drawn = np.random.default_rng(SEED).permutation(len(x))[:CHORDS]
    fitted = LogisticRegression(max_iter=300).fit(x[drawn], y[drawn])
    rates = np.minimum(came / chances, MOST_RATE)[:-1]
    tables = {
        "WEIGHTS": fitted.coef_.round(2),
        "BIAS": fitted.intercept_.round(2),
        "SHARES": (np.bincount(y, minlength=len(PLACES)) / len(y)).round(4),
        "RATES": rates.round(2),
    }
    return "\n".join(f"{name} = {table.tolist()}" for name, table in tables.items())
