"""Which contexts predict which field.

A recipe is a list of features from the most to the least important: the longest context holds
them all, and each shorter one drops the last. The lists were found by adding, one at a time,
the feature that saved most bits on the validation split of a set of pop songs; how many of them
a recipe keeps, and how much each context is trusted, is chosen anew wherever it is fitted.

A view says in what terms the field is predicted. To predict a pitch by its interval from the
last, or by its degree in the scale, makes all keys one (the "viewpoints" of Conklin and Witten,
"Multiple viewpoint systems for music prediction", 1995).
"""

from typing import NamedTuple

import numpy as np

from training.baselines.history import NONE, PART, PITCH, History, Ints

ECHOES = ("ahead", "more", "echo", "twin", "turn", "step")  # what was some beats or bars ago


class Recipe(NamedTuple):
    """The features of the longest context, and the view in which the field is predicted."""

    features: tuple[str, ...]
    view: str = "itself"


def without_echoes(features: tuple[str, ...]) -> tuple[str, ...]:
    """Those of what has just been heard, without looking back by beats and bars."""
    return tuple(f for f in features if not f.startswith(ECHOES))


def _sides(h: History) -> Ints:
    """(notes, parts): a voice on the side where it was heard last comes first."""
    voices = h.alphabet.voices
    parts = np.arange(h.alphabet.sizes[PART])
    voice, side = parts % voices, parts // voices
    heard = np.stack([h.of(h.side, h.last_of(v)) for v in range(voices)], axis=1)
    heard = np.where(heard == NONE, 0, heard)[:, voice]
    sides = -(-len(parts) // voices)
    return voice + voices * ((side - heard) % sides)


REFERENCES = {
    "itself": lambda h: np.zeros(h.size, np.int64),
    "interval": lambda h: np.maximum(h.of(h.bins[PITCH], h.same(1)), 0),
    "degree": lambda h: h.key,
}
SIDES = "sides"


def symbols_of(h: History, field: int, view: str) -> Ints:
    """What each note's field is in a view."""
    if view == SIDES:
        return _sides(h)[h.index, h.bins[field]] if h.size else h.bins[field]
    return (h.bins[field] - REFERENCES[view](h)) % h.alphabet.sizes[field]


def places_of(h: History, field: int, view: str) -> Ints:
    """(notes, size of the field): where each value of the field stands in a view."""
    if view == SIDES:
        return _sides(h)
    size = h.alphabet.sizes[field]
    return (np.arange(size)[None] - REFERENCES[view](h)[:, None]) % size


NAMES = ("time", "part", "pitch", "velocity", "duration")


def _table(*recipes: str) -> tuple[Recipe, ...]:
    """Each recipe in words: the features, and perhaps "in" and the view."""
    rows = [recipe.partition(" in ") for recipe in recipes]
    return tuple(Recipe(tuple(words.split()), view or "itself") for words, _, view in rows)


def _words(*contexts: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(words.split()) for words in contexts)


RECIPES: tuple[tuple[Recipe, ...], ...] = (
    _table(
        "ahead2 more2 gap1 remaining2 before d2",
        "ahead1 more1 gap1 remaining2 before d2",
        "ahead4 more4 ahead8 more8 v1 sofar",
        "t1 v1 t2 before v2 t3 t4 v3",
        "v1 d1 before sofar remaining0 remaining2 gap1",
        "gap1 before sofar v1 gap2 gap3 gap4 d2",
    ),
    _table(
        "echo.v2 last.ended0 last.since1 last.since0 last.ended1 echo.v0.25 v1 echo.v1 last.since2"
        " in sides",
        "v1 new here last.since0 last.since1 last.since2 last.ago0 remaining1 in sides",
        "v1 new echo.v4 echo.v8 echo.v1 v2 last.ago1 in sides",
        "last.ended0 last.since1 last.ago0 remaining1 last.since2 last.since0 t3 in sides",
    ),
    _table(
        "up1 step4 up2 since up3 up4 classes1 in degree",
        "up1 twin8 place voice twin4 twin2 in degree",
        "voice place up1 up2 here bass up3 up4 in degree",
        "voice since i1 deg1 i2 i3 i4 i5 in interval",
        "voice place turn1 twin1 turn0.5 deg1 in interval",
        "voice new deg1 classes24 bass otherdeg in interval",
    ),
    _table(
        "same.l1 twin.l2 twin.l8 same.l4",
        "same.l1 voice same.l2 same.l3 same.l4 same.l5",
        "voice same.l1 here i0 place l1",
        "same.l1 twin.l4 twin.l1 same.l2 place",
        "voice same.l1 otherl since p beat",
    ),
    _table(
        "voice same.d1 since i0 here same.d2 same.d3",
        "twin.d4 same.d1 twin.d8 since voice",
        "voice twin.d2 twin.d1 same.d1 since",
        "voice place ended d1 i0 here",
        "voice here since p l t",
    ),
)

# What memory.py counts in a piece, field by field, from short contexts to long.
MEMORY: tuple[tuple[tuple[str, ...], ...], ...] = (
    _words(
        "before v1",
        "before v1 gap1 sofar",
        "before t1 t2 t3 v1 v2",
        "before t1 t2 t3 v1 v2 t4 p1 p2 p3",
        "ahead4 more4 ahead8 more8 before v1",
    ),
    _words(
        "t here v1",
        "t here v1 v2 p1",
        "t here v1 v2 p1 p2 p3 p4",
    ),
    _words(
        "voice same.p1",
        "voice here same.p1 place",
        "voice same.p1 same.p2 same.p3",
        "voice here same.p1 same.p2 same.p3 same.p4",
        "voice here same.p1 same.p2 same.p3 same.p4 same.p5 same.p6 same.d1 same.l1",
    ),
    _words(
        "voice place",
        "voice here place",
        "voice same.l1 same.l2",
        "voice same.l1 same.l2 same.l3 p",
        "here p same.p1 same.p2 same.l1",
        "here p same.p1 same.p2 same.p3 same.l1 same.l2 same.l3",
    ),
    _words(
        "voice here place",
        "voice same.d1 since place",
        "voice same.d1 same.d2 p here",
        "p l here same.p1 same.l1",
        "p l here same.p1 same.p2 same.l1 same.d1 same.d2",
    ),
)
