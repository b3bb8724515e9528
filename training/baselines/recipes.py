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

from training.baselines.history import NONE, PART, PITCH, VELOCITY, History, Ints

ECHOES = ("ahead", "more", "echo", "twin", "turn", "step")  # what was some beats or bars ago


class Recipe(NamedTuple):
    """The features of the longest context, and the view in which the field is predicted."""

    features: tuple[str, ...]
    view: str = "itself"

    def without_echoes(self) -> "Recipe":
        """The same of what has just been heard, without looking back by beats and bars."""
        return self._replace(features=tuple(f for f in self.features if not f.startswith(ECHOES)))


def _last_of_voice(field: int, h: History) -> Ints:
    return np.maximum(h.of(h.bins[field], h.same(1)), 0)


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
    "interval": lambda h: _last_of_voice(PITCH, h),
    "degree": lambda h: h.key,
    "change": lambda h: _last_of_voice(VELOCITY, h),
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

RECIPES: tuple[tuple[Recipe, ...], ...] = (
    (
        Recipe(("ahead2", "more2", "gap1", "remaining2", "before", "d2")),
        Recipe(("ahead1", "more1", "gap1", "remaining2", "before", "d2")),
        Recipe(("ahead4", "more4", "ahead8", "more8", "v1", "sofar")),
        Recipe(("t1", "v1", "t2", "before", "v2", "t3", "t4", "v3")),
        Recipe(("v1", "d1", "before", "sofar", "remaining0", "remaining2", "gap1")),
        Recipe(("gap1", "before", "sofar", "v1", "gap2", "gap3", "gap4", "d2")),
    ),
    (
        Recipe(
            (
                "echo.v2",
                "last.ended0",
                "last.since1",
                "last.since0",
                "last.ended1",
                "echo.v0.25",
                "v1",
                "echo.v1",
                "last.since2",
            ),
            "sides",
        ),
        Recipe(
            (
                "v1",
                "new",
                "here",
                "last.since0",
                "last.since1",
                "last.since2",
                "last.ago0",
                "remaining1",
            ),
            "sides",
        ),
        Recipe(("v1", "new", "echo.v4", "echo.v8", "echo.v1", "v2", "last.ago1"), "sides"),
        Recipe(
            (
                "last.ended0",
                "last.since1",
                "last.ago0",
                "remaining1",
                "last.since2",
                "last.since0",
                "t3",
            ),
            "sides",
        ),
    ),
    (
        Recipe(("up1", "step4", "up2", "since", "up3", "up4", "classes1"), "degree"),
        Recipe(("up1", "twin8", "place", "voice", "twin4", "twin2"), "degree"),
        Recipe(("voice", "place", "up1", "up2", "here", "bass", "up3", "up4"), "degree"),
        Recipe(("voice", "since", "i1", "deg1", "i2", "i3", "i4", "i5"), "interval"),
        Recipe(("voice", "place", "turn1", "twin1", "turn0.5", "deg1"), "interval"),
        Recipe(("voice", "new", "deg1", "classes24", "bass", "otherdeg"), "interval"),
    ),
    (
        Recipe(("same.l1", "twin.l2", "twin.l8", "same.l4")),
        Recipe(("same.l1", "voice", "same.l2", "same.l3", "same.l4", "same.l5")),
        Recipe(("voice", "same.l1", "here", "i0", "place", "l1")),
        Recipe(("same.l1", "twin.l4", "twin.l1", "same.l2", "place")),
        Recipe(("voice", "same.l1", "otherl", "since", "p", "beat")),
    ),
    (
        Recipe(("voice", "same.d1", "since", "i0", "here", "same.d2", "same.d3")),
        Recipe(("twin.d4", "same.d1", "twin.d8", "since", "voice")),
        Recipe(("voice", "twin.d2", "twin.d1", "same.d1", "since")),
        Recipe(("voice", "place", "ended", "d1", "i0", "here")),
        Recipe(("voice", "here", "since", "p", "l", "t")),
    ),
)
MEMORY: tuple[tuple[tuple[str, ...], ...], ...] = (
    (
        ("before", "v1"),
        ("before", "v1", "gap1", "sofar"),
        ("before", "t1", "t2", "t3", "v1", "v2"),
        ("before", "t1", "t2", "t3", "v1", "v2", "t4", "p1", "p2", "p3"),
        ("ahead4", "more4", "ahead8", "more8", "before", "v1"),
    ),
    (
        ("t", "here", "v1"),
        ("t", "here", "v1", "v2", "p1"),
        ("t", "here", "v1", "v2", "p1", "p2", "p3", "p4"),
    ),
    (
        ("voice", "same.p1"),
        ("voice", "here", "same.p1", "place"),
        ("voice", "same.p1", "same.p2", "same.p3"),
        ("voice", "here", "same.p1", "same.p2", "same.p3", "same.p4"),
        (
            "voice",
            "here",
            "same.p1",
            "same.p2",
            "same.p3",
            "same.p4",
            "same.p5",
            "same.p6",
            "same.d1",
            "same.l1",
        ),
    ),
    (
        ("voice", "place"),
        ("voice", "here", "place"),
        ("voice", "same.l1", "same.l2"),
        ("voice", "same.l1", "same.l2", "same.l3", "p"),
        ("here", "p", "same.p1", "same.p2", "same.l1"),
        ("here", "p", "same.p1", "same.p2", "same.p3", "same.l1", "same.l2", "same.l3"),
    ),
    (
        ("voice", "here", "place"),
        ("voice", "same.d1", "since", "place"),
        ("voice", "same.d1", "same.d2", "p", "here"),
        ("p", "l", "here", "same.p1", "same.l1"),
        ("p", "l", "here", "same.p1", "same.p2", "same.l1", "same.d1", "same.d2"),
    ),
)
