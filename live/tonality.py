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
# there have a little: 5 or more, and those that minor keys raise 12.
DEGREES = (188, 10, 172, 10, 192, 37, 10, 160, 10, 168, 10, 65)
AFTER = (
    (256, 5, 251, 5, 85, 12, 12, 65, 12, 176, 5, 140),
    (52, 229, 350, 5, 136, 10, 12, 45, 12, 148, 5, 18),
    (312, 5, 224, 5, 309, 11, 12, 66, 12, 38, 5, 27),
    (49, 5, 529, 70, 171, 26, 13, 88, 12, 33, 5, 13),
    (83, 5, 320, 5, 229, 70, 12, 179, 12, 87, 5, 17),
    (39, 5, 44, 5, 440, 231, 12, 174, 12, 53, 5, 5),
    (69, 5, 72, 5, 403, 8, 57, 84, 64, 178, 5, 56),
    (81, 5, 66, 5, 241, 51, 12, 249, 12, 275, 5, 21),
    (35, 5, 47, 5, 154, 13, 12, 74, 274, 335, 9, 49),
    (190, 5, 46, 5, 110, 11, 12, 278, 12, 256, 5, 94),
    (119, 5, 42, 5, 71, 41, 12, 39, 49, 340, 121, 169),
    (337, 5, 34, 5, 37, 5, 12, 106, 12, 309, 5, 160),
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
        key = int(self._score.argmax())
        then, self.up = self.up, (key - int(self._begun[key]) + 6) % KEYS - 6
        return self.up != then
