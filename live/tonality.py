"""In which key a player plays, and when that key moves, from the notes alone.

A hidden Markov model over twelve keys, each a major key and its relative minor as one, whose notes
are drawn from one table of scale degrees that stands on each tonic in turn (after Temperley 2007,
"Music and Probability", ch. 6), and each note on the degree before it. The likeliest path through
the keys (Viterbi 1967) may say of notes long heard that they stood in another key than they seemed
to, so a tonic that was guessed wrong at first is no move.
"""

import numpy as np
import numpy.typing as npt

KEYS = 12
# Scale degrees of the melodies of POP909's training songs, by semitones above the tonic of the
# major key: how many in a thousand notes, and how many after each. Those that hardly ever come
# there have a little: 5 or more, and those that minor keys raise 12. As printed by
# `antiphon-train benchmark keys FOLDER --learn`.
DEGREES = (188, 10, 174, 10, 193, 36, 10, 165, 10, 178, 10, 63)
AFTER = (
    (255, 5, 259, 5, 85, 12, 12, 66, 12, 187, 5, 135),
    (60, 236, 302, 18, 171, 10, 12, 45, 12, 130, 5, 26),
    (313, 5, 234, 5, 306, 11, 12, 66, 12, 42, 5, 26),
    (55, 19, 479, 166, 171, 26, 12, 38, 12, 34, 5, 12),
    (85, 5, 318, 5, 233, 68, 12, 186, 12, 91, 5, 16),
    (42, 5, 44, 5, 439, 229, 12, 188, 12, 50, 5, 5),
    (60, 5, 66, 5, 359, 12, 85, 84, 75, 238, 5, 20),
    (81, 5, 63, 5, 242, 52, 12, 248, 12, 292, 5, 21),
    (26, 5, 50, 5, 160, 9, 12, 75, 260, 363, 9, 38),
    (194, 5, 48, 5, 109, 12, 12, 283, 12, 261, 5, 89),
    (121, 5, 71, 5, 60, 8, 12, 85, 62, 320, 109, 162),
    (318, 5, 37, 5, 37, 5, 12, 104, 12, 329, 5, 167),
)
# Nats that a move costs: by so many must the notes since then be likelier. A key a fifth away
# differs in one note only, and to take it for the other does little harm.
MOVE, FIFTH = 6.0, 8.0

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_KEY: Ints = np.arange(KEYS)
_DEGREE = (_KEY[:, None] - _KEY) % KEYS  # (pitch class, key)


def _logs(table: npt.ArrayLike) -> Floats:
    counts = np.array(table, np.float64)
    logs: Floats = np.log(counts / counts.sum(axis=-1, keepdims=True))
    return logs


_FIRST: Floats = _logs(DEGREES)[_DEGREE]  # (pitch class, key)
_NEXT: Floats = _logs(AFTER)[_DEGREE[:, None], _DEGREE[None]]  # (pitch class, the next one, key)
_COST: Floats = np.select([_DEGREE == 0, (_DEGREE == 5) | (_DEGREE == 7)], [0.0, FIFTH], MOVE)


class Tonality:
    """Follows a melody. up: semitones (-6 to 5) by which it now stands above where it began."""

    def __init__(self) -> None:
        self.up = 0
        self._last: int | None = None  # pitch class
        # Of the likeliest path that ends in each key: how likely, its first key.
        self._score: Floats = np.zeros(KEYS)
        self._begun: Ints = _KEY

    def hear(self, pitch: int) -> bool:
        """The next note; whether it shows a move."""
        its = pitch % KEYS
        paths = self._score[:, None] - _COST + _FIRST[its]
        if self._last is not None:
            paths[_KEY, _KEY] = self._score + _NEXT[self._last, its]
        before = paths.argmax(axis=0)
        score = paths[before, _KEY]
        self._score = score - score.max()
        self._begun = self._begun[before]
        self._last = its
        key = self.key
        then, self.up = self.up, (key - int(self._begun[key]) + 6) % KEYS - 6
        return self.up != then

    @property
    def key(self) -> int:
        """The pitch class (0-11) of the likeliest major key's tonic; its relative minor is the same
        key here."""
        return int(self._score.argmax())

    @property
    def lead(self) -> float:
        """By how many nats that key is likelier than the next."""
        second, first = np.partition(self._score, -2)[-2:]
        return float(first - second)
