"""Melody and accompaniment on a grid of sixteenths: whether a note lies in the chord beneath it."""

import re
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from live.notes import Note
from training.measures.excerpts import steps_of

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SILENCE = -1
# Pitch classes above the root, by the words with which the data sets name chords.
KINDS = {
    "maj": (0, 4, 7),
    "min": (0, 3, 7),
    "dim": (0, 3, 6),
    "aug": (0, 4, 8),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "sus4(b7)": (0, 5, 7, 10),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "min7": (0, 3, 7, 10),
    "minmaj7": (0, 3, 7, 11),
    "maj6": (0, 4, 7, 9),
    "min6": (0, 3, 7, 9),
    "dim7": (0, 3, 6, 9),
    "hdim7": (0, 3, 6, 10),
}
# What an accompaniment's notes may be taken for: triads and common sevenths on every root.
TEMPLATES = np.zeros((12 * 8, 12), np.bool_)
for _row, (_kind, _root) in enumerate(
    (k, r) for k in ("maj", "min", "dim", "aug", "sus4", "7", "maj7", "min7") for r in range(12)
):
    TEMPLATES[_row, [(_root + above) % 12 for above in KINDS[_kind]]] = True
ROOTS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
CHORD = re.compile(r"([A-G])([#b]?):([^/]+)")


def chord_of(name: str) -> Bools:
    """The pitch classes (12,) of a chord's name, such as `Bb:min7/b3`; none for no chord (N).

    Raises ValueError for a name that means nothing.
    """
    classes = np.zeros(12, np.bool_)
    if name == "N":
        return classes
    found = CHORD.match(name)
    if not found or found[3] not in KINDS:
        raise ValueError(f"no chord is called {name!r}")
    root = ROOTS[found[1]] + {"": 0, "#": 1, "b": -1}[found[2]]
    classes[[(root + above) % 12 for above in KINDS[found[3]]]] = True
    return classes


def _spans(notes: Sequence[Note], frames: int, least: int) -> list[tuple[int, int, int]]:
    """First frame, frame past the last, pitch class; times of the notes in beats."""
    onset = steps_of(np.array([n.onset for n in notes], np.float64))
    end = steps_of(np.array([n.end or n.onset for n in notes], np.float64))
    end = np.minimum(np.maximum(end, onset + least), frames)
    return [
        (int(a), int(b), n.pitch % 12) for a, b, n in zip(onset, end, notes, strict=True) if a < b
    ]


def line(notes: Sequence[Note], frames: int) -> Ints:
    """The pitch class of a melody in each frame, SILENCE where there is none; a later note ends
    an earlier one."""
    classes = np.full(frames, SILENCE)
    for start, end, pitch_class in _spans(notes, frames, 1):
        classes[start:end] = pitch_class
    return classes


def in_force(notes: Sequence[Note], frames: int, window: int) -> Bools:
    """(frames, 12): the pitch classes that sound or began within the last `window` frames, since
    a chord may be broken into single notes."""
    classes = np.zeros((frames, 12), np.bool_)
    for start, end, pitch_class in _spans(notes, frames, window):
        classes[start:end, pitch_class] = True
    return classes


def named(notes: Sequence[Note], spans: Ints) -> Bools:
    """(frames, 12): the chord that an accompaniment makes in each span of frames, as a triad or a
    seventh; none where nothing sounds.

    The one whose template is nearest, by the cosine, to how long each pitch class sounds (as in
    Fujishima 1999). spans: the number of each frame's span, (frames,).
    """
    which = np.unique(spans, return_inverse=True)[1]
    weights = np.zeros((which.max(initial=0) + 1, 12))
    for start, end, pitch_class in _spans(notes, len(spans), 1):
        np.add.at(weights[:, pitch_class], which[start:end], 1)
    nearness = weights @ (TEMPLATES / np.sqrt(TEMPLATES.sum(axis=1, keepdims=True))).T
    chords = TEMPLATES[nearness.argmax(axis=1)] & weights.any(axis=1, keepdims=True)
    found: Bools = chords[which]
    return found


def in_chord(melody: Ints, chords: Bools) -> tuple[int, int, int]:
    """Frames whose melody note lies in the chord, frames with melody and chord, with melody."""
    sung = melody != SILENCE
    both = sung & chords.any(axis=1)
    return int(chords[both, melody[both]].sum()), int(both.sum()), int(sung.sum())


def in_annotated(notes: Sequence[Note], chords: Bools) -> tuple[int, int]:
    """How many frames of notes lie in the chord written over them, and how many have one."""
    sounding = [(chords[a:b], pc) for a, b, pc in _spans(notes, len(chords), 1)]
    right = sum(int(part[:, pc].sum()) for part, pc in sounding)
    return right, sum(int(part.any(axis=1).sum()) for part, _ in sounding)
