"""A song played to the follower in virtual time, and how well the beats were foretold."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from live.notes import PLAYER, Note, Part
from live.tempo.follow import Follower
from live.tempo.timeline import Timeline
from training.benchmarks.follow.songs import Floats, Song

WINDOW = 0.07  # seconds: a beat so near is found (mir_eval.beat.f_measure)
LEFT_OUT = 5.0  # seconds at the beginning that do not count, as there
SETTLED = 8  # bars
WITHIN = 0.04  # share by which a tempo may be off
CLOSEST = 0.4  # of a beat: after a correction a beat that was told is not told again
PART = Part(PLAYER, "piano")
# Tempos that are wrong by a ratio of small numbers: counted apart.
RATIOS = {"right": 1.0, "half": 1 / 2, "double": 2.0, "2/3": 2 / 3, "3/2": 3 / 2}


@dataclass
class Told:
    """beats, downbeats: seconds, as foretold just before they came; tempo: (seconds, bpm or 0)
    after each note; sure_at: when it first told a beat."""

    beats: list[float] = field(default_factory=list)
    downbeats: list[float] = field(default_factory=list)
    tempo: list[tuple[float, float]] = field(default_factory=list)
    sure_at: float = math.inf
    locks: int = 0  # jumps of more than an eighth of a beat
    seconds: float = 0.0  # that it took


def follow(notes: Sequence[tuple[float, int, int]], bar: int) -> Told:
    """Play notes (onset, pitch, velocity) to a new follower."""
    told, follower = Told(), Follower(bar)
    line: Timeline | None = None
    before = notes[0][0]
    for onset, pitch, velocity in notes:
        if line is not None:
            _tell(line, before, onset, told)
        begun = time.perf_counter()
        follower.hear(Note(onset, PART, pitch, velocity))
        told.seconds += time.perf_counter() - begun
        then, line = line, follower.timeline
        if line is not None:
            told.sure_at = min(told.sure_at, onset)
            told.locks += (
                then is not None and abs(then.beat_at(onset) - line.beat_at(onset)) > 1 / 8
            )
        told.tempo.append((onset, 0.0 if line is None else line.bpm))
        before = onset
    return told


def _tell(line: Timeline, since: float, until: float, told: Told) -> None:
    beat = math.ceil(line.beat_at(since))
    while (at := line.time_of(beat)) < until:
        if not told.beats or at - told.beats[-1] > CLOSEST * line.period:
            told.beats.append(at)
            if beat % line.bar == 0:
                told.downbeats.append(at)
        beat += 1


def f_measure(truth: Floats, found: Sequence[float]) -> float:
    """mir_eval's, of beats (seconds) after the first LEFT_OUT; 0 where nothing was found."""
    from mir_eval import beat

    late = [beat.trim_beats(np.asarray(b, dtype=float), LEFT_OUT) for b in (truth, found)]
    return float(beat.f_measure(*late, WINDOW)) if all(len(b) for b in late) else 0.0


def figures(song: Song, notes: Sequence[tuple[float, int, int]], told: Told) -> dict[str, object]:
    """How it went with one song."""
    begun, ended = notes[0][0], notes[-1][0]
    beats, downbeats = (
        b[(b >= begun - WINDOW) & (b <= ended + WINDOW)] for b in (song.beats, song.downbeats)
    )
    at, bpm = np.array(told.tempo).T
    middle = (song.beats[1:] + song.beats[:-1]) / 2
    true = 60 / np.median(np.diff(song.beats))
    here = np.interp(at, middle, 60 / _smooth(np.diff(song.beats)))
    bar = song.bar * 60 / true
    late = at >= begun + SETTLED * bar
    first = int(np.argmax(late)) if late.any() else len(at) - 1
    off = np.abs(bpm / here - 1) < WITHIN
    return {
        "kind": _kind(bpm[first] / here[first]),
        "right_share": float(off[first:].mean()),
        "beats": f_measure(beats, told.beats),
        "downbeats": f_measure(downbeats, told.downbeats) if song.agreed else None,
        "bars_until_sure": (min(told.sure_at, ended) - begun) / bar,
        "told_share": float((bpm > 0).mean()),
        "locks_a_minute": told.locks / (ended - begun) * 60,
        "ms_a_note": told.seconds / len(notes) * 1000,
    }


def _smooth(periods: Floats, beats: int = 5) -> Floats:
    """The mean of each beat's period and its neighbours': the tempo there."""
    padded = np.pad(periods, beats // 2, mode="edge")
    return np.convolve(padded, np.ones(beats) / beats, mode="valid")


def _kind(ratio: float) -> str:
    if ratio == 0:
        return "none"
    near = (name for name, value in RATIOS.items() if abs(ratio / value - 1) < WITHIN)
    return next(near, "other")
