"""The features that contexts are made of: a table of names, and how each is read off a History.

A feature may serve the fields from `FROM[name]` on: those before it are given when it is read.
"""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from training.baselines.history import (
    DURATION,
    NONE,
    PART,
    PITCH,
    TIME,
    VELOCITY,
    History,
    Ints,
)

Feature = Callable[[History], Ints]
T = TypeVar("T")
FAR = 999  # "nothing to know" where -1 is a value like others
LONG = 200  # ticks; longer gaps are all alike
BARS = (0.25, 0.5, 1, 2, 4, 8)
LETTERS = ((TIME, "t"), (PITCH, "p"), (VELOCITY, "l"), (DURATION, "d"))


def _method(method: Callable[[History, T], Ints], argument: T) -> Feature:
    return lambda h: method(h, argument)


def _at(field: int, note: Feature) -> Feature:
    """A field of another note."""
    return lambda h: h.of(h.heard[field], note(h))


def _back(field: int, by: int) -> Feature:
    return _at(field, _method(History.back, by))


def _same(field: int, by: int) -> Feature:
    return _at(field, _method(History.same, by))


def _voice(note: Feature) -> Feature:
    return lambda h: h.of(h.voice, note(h))


def _gap(by: int) -> Feature:
    return lambda h: h.gaps[by - 1]


def _ago(note: Feature, most: int = 12) -> Feature:
    """How many notes ago another note was."""
    return lambda h: np.minimum(h.index - note(h), most)


def _degree(note: Feature, octaves: bool) -> Feature:
    """The pitch of another note above the key: whole, or its class."""

    def read(h: History) -> Ints:
        at = note(h)
        above = h.of(h.bins[PITCH], at) - h.key
        return np.where(at >= 0, above if octaves else above % 12, FAR)

    return read


def _interval(high: int, low: int) -> Feature:
    """From one earlier note of the same voice to a later one (0: the note itself)."""

    def read(h: History) -> Ints:
        a, b = h.same(high), (h.same(low) if low else h.index)
        return np.where(a >= 0, h.of(h.bins[PITCH], b) - h.of(h.bins[PITCH], a), FAR)

    return read


def _since(note: Feature, most: int = LONG) -> Feature:
    """Ticks since another note began."""

    def read(h: History) -> Ints:
        at = note(h)
        return np.where(at >= 0, np.minimum(h.onset - h.of(h.onset, at), most), NONE)

    return read


def _ended(note: Feature, most: int = 3) -> Feature:
    """How long ago another note ended (negative: it still sounds), within narrow limits."""

    def read(h: History) -> Ints:
        at = note(h)
        return np.where(at >= 0, np.clip(-h.left(at, h.onset), -most, most) + most, NONE)

    return read


def _twin_turn(bars: float) -> Feature:
    """The interval to the twin some bars before from the note before this one."""

    def read(h: History) -> Ints:
        at = h.twin(bars)
        fine = (at >= 0) & (h.same(1) >= 0)
        return np.where(fine, h.of(h.bins[PITCH], at) - h.of(h.bins[PITCH], h.same(1)), FAR)

    return read


def _twin_step(bars: float) -> Feature:
    """The interval by which the twin some bars before was reached."""

    def read(h: History) -> Ints:
        at = h.twin(bars)
        was = h.of(h.same(1), at)
        return np.where(was >= 0, h.of(h.bins[PITCH], at) - h.of(h.bins[PITCH], was), FAR)

    return read


def _last(voice: int) -> Feature:
    return lambda h: h.last_of(voice) if voice < h.alphabet.voices else np.full(h.size, NONE)


def _remaining(voice: int) -> Feature:
    return lambda h: h.remaining(voice) if voice < h.alphabet.voices else np.full(h.size, NONE)


def _table() -> dict[str, tuple[int, Feature]]:
    rows: dict[str, tuple[int, Feature]] = {
        "before": (TIME, lambda h: h.before),
        "bar": (TIME, lambda h: h.bar),
        "sofar": (TIME, lambda h: np.minimum(h.chord_so_far, 8)),
        "side1": (TIME, lambda h: h.of(h.side, h.back(1))),
        "here": (PART, lambda h: h.here),
        "inbeat": (PART, lambda h: np.where(h.here < 0, NONE, h.here % 24)),
        "beat": (PART, lambda h: np.where(h.here < 0, NONE, h.here // 24)),
        "t": (PART, lambda h: h.bins[TIME]),
        "new": (PART, lambda h: (h.bins[TIME] > 0).astype(np.int64)),
        "chord": (PART, lambda h: np.minimum(h.index - h.chord, 8)),
        "part": (PITCH, lambda h: h.bins[PART]),
        "voice": (PITCH, lambda h: h.voice),
        "place": (PITCH, lambda h: np.minimum(h.place, 6)),
        "key": (PITCH, lambda h: h.key),
        "ended": (PITCH, _ended(lambda h: h.same(1))),
        "since": (PITCH, _since(lambda h: h.same(1))),
        "other": (PITCH, _degree(lambda h: h.last_others, True)),
        "otherdeg": (PITCH, _degree(lambda h: h.last_others, False)),
        "othersince": (PITCH, _since(lambda h: h.last_others, 96)),
        "otherd": (PITCH, lambda h: h.of(h.heard[DURATION], h.last_others)),
        "otherl": (PITCH, lambda h: h.of(h.bins[VELOCITY], h.last_others)),
        "bass": (PITCH, _degree(History.bass, False)),
        "basssince": (PITCH, lambda h: _since(History.bass, 96)(h) // 12),
        "p": (VELOCITY, lambda h: h.bins[PITCH]),
        "deg": (VELOCITY, lambda h: (h.bins[PITCH] - h.key) % 12),
        "i0": (VELOCITY, _interval(1, 0)),
        "l": (DURATION, lambda h: h.bins[VELOCITY]),
    }
    for k in range(1, 5):
        rows |= {f"{c}{k}": (TIME, _back(f, k)) for f, c in LETTERS}
        rows[f"v{k}"] = (TIME, _voice(_method(History.back, k)))
        rows[f"gap{k}"] = (TIME, _gap(k))
    for k in range(1, 7):
        rows |= {f"same.{c}{k}": (PITCH, _same(f, k)) for f, c in LETTERS}
        rows[f"up{k}"] = (PITCH, _degree(_method(History.same, k), True))
        rows[f"deg{k}"] = (PITCH, _degree(_method(History.same, k), False))
        rows[f"i{k}"] = (PITCH, _interval(k + 1, k))
    for ticks in (1, 24, 48):
        rows[f"classes{ticks}"] = (PITCH, _method(History.classes, ticks))
    for x in BARS:
        rows[f"ahead{x}"] = (TIME, _method(History.ahead, x))
        rows[f"more{x}"] = (TIME, _method(History.more, x))
        rows[f"echo.v{x}"] = (PART, _voice(_method(History.echo, x)))
        rows[f"echo.p{x}"] = (PART, _at(PITCH, _method(History.echo, x)))
        rows[f"twin{x}"] = (PITCH, _degree(_method(History.twin, x), True))
        rows[f"twin.l{x}"] = (PITCH, _at(VELOCITY, _method(History.twin, x)))
        rows[f"twin.d{x}"] = (PITCH, _at(DURATION, _method(History.twin, x)))
        rows[f"turn{x}"] = (PITCH, _twin_turn(x))
        rows[f"step{x}"] = (PITCH, _twin_step(x))
    for v in range(3):
        rows[f"remaining{v}"] = (TIME, _remaining(v))
        rows[f"last.since{v}"] = (PART, _since(_last(v)))
        rows[f"last.ended{v}"] = (PART, _ended(_last(v), 2))
        rows[f"last.ago{v}"] = (PART, _ago(_last(v)))
    return rows


_TABLE = _table()
FROM = {name: field for name, (field, _) in _TABLE.items()}
FEATURES = {name: feature for name, (_, feature) in _TABLE.items()}
