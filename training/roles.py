"""Who plays what: a song has voices; for a partner to learn from it, each note needs a side.

A pattern gives every note of a piece a side (0 the player's, 1 the machine's) and a voice.
"""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from training.midi_file import Piece

Sides = npt.NDArray[np.int64]
Roles = tuple[Sides, Sides]  # side and voice of each note, shape (N,)
Pattern = Callable[[Piece, np.random.Generator], Roles]

BEATLESS_BAR = 4.0  # beats that pass for a bar in a piece that has none
SOLO_VOICE = -1  # the last voice of a config: where a lone keyboard belongs


def by_part(piece: Piece, rng: np.random.Generator) -> Roles:
    """Some voices are the player's throughout, the others the machine's; each has one or more."""
    voices = np.unique(piece.voice)
    sides = rng.permutation(np.arange(len(voices)) < rng.integers(1, max(2, len(voices))))
    return sides.astype(np.int64)[np.searchsorted(voices, piece.voice)], piece.voice


def by_phrase(piece: Piece, rng: np.random.Generator) -> Roles:
    """All voices change hands every 2, 4 or 8 bars: call and response."""
    in_bar = np.mod(piece.beat, BEATLESS_BAR) if piece.beatless else piece.in_bar
    starts = np.round((piece.beat - in_bar) * 64).astype(np.int64)
    bar = np.searchsorted(np.unique(starts), starts)
    length = int(rng.choice((2, 4, 8)))
    return (bar // length + rng.integers(2)) % 2, piece.voice


def solo(piece: Piece, rng: np.random.Generator) -> Roles:
    """By phrases, and all voices are one keyboard's: what a lone pianist would play."""
    sides, voices = by_phrase(piece, rng)
    return sides, np.full_like(voices, SOLO_VOICE)


PATTERNS: dict[str, Pattern] = {"parts": by_part, "phrases": by_phrase, "solo": solo}


def draw_roles(piece: Piece, weights: Mapping[str, float], rng: np.random.Generator) -> Roles:
    """A pattern drawn by weight, applied."""
    names = list(weights)
    share = np.array([weights[name] for name in names])
    return PATTERNS[names[int(rng.choice(len(names), p=share / share.sum()))]](piece, rng)


def both_directions(piece: Piece) -> tuple[Roles, Roles]:
    """The first voice the player's and the rest the machine's, and the other way about.

    The fixed pattern by which models are compared.
    """
    first = (piece.voice == 0).astype(np.int64)
    return (1 - first, piece.voice), (first, piece.voice)
