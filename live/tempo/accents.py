"""How a chord is accented, and what that says of its place in the bar.

A linear (softmax) classifier over ten accents of a chord: how many notes, how low, how loud, how
new its harmony is, each beside what went before. Its weights were learned on the training songs of
POP909, whole and their piano alone, by `antiphon-train benchmark follow FOLDER --learn`, which
prints the table below. That louder, longer, lower and harmonically new notes begin metrical units
is the preference rule of Lerdahl and Jackendoff, A Generative Theory of Tonal Music (1983).
"""

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# Places in the bar: its first beat, the beat in its middle, other beats, halves, quarters and
# thirds of a beat, and between all those.
PLACES = ("downbeat", "middle", "beat", "half", "quarter", "third", "elsewhere")

MEMORY = 1.5  # seconds in which a harmony is forgotten to a third
PACE = 0.08  # share by which each chord changes what is usual
LONGEST = 4.0  # seconds between chords: any longer says no more
SHORTEST = 0.03


@dataclass(frozen=True, slots=True)
class Chord:
    """Notes struck together. onset: of the first (seconds); pitches; loudest: their velocity."""

    onset: float
    pitches: tuple[int, ...]
    loudest: int

    def with_note(self, pitch: int, velocity: int) -> "Chord":
        return Chord(self.onset, (*self.pitches, pitch), max(self.loudest, velocity))


def _clip(value: float, low: float, high: float) -> float:
    return low if value < low else high if value > high else value


@dataclass(slots=True)
class Accents:
    """What has been usual so far, which a chord stands out from."""

    low: float = 48.0  # the lowest pitch of chords
    loud: float = 64.0
    apart: float = 0.4  # seconds between chords
    notes: float = 2.0
    last_low: int = 60
    last: float | None = None  # onset
    bass: int | None = None  # pitch class
    bass_at: float = -math.inf
    classes: list[float] = field(default_factory=lambda: [-math.inf] * 12)  # when last struck

    def of(self, chord: Chord) -> Floats:
        """The accents of a chord that comes next: (10,), each about -2 to 3."""
        at, low, count = chord.onset, min(chord.pitches), len(chord.pitches)
        new = sum(1 - math.exp((self.classes[p % 12] - at) / MEMORY) for p in chord.pitches)
        moved = self._is_bass(low) and self.bass is not None and low % 12 != self.bass
        since = _clip(at - self.bass_at, SHORTEST, 8 * self.apart)
        return np.array(
            (
                math.log2(min(count, 8)),
                _clip((60 - low) / 12, -1, 3),
                _clip((self.last_low - low) / 12, -2, 2),
                _clip(math.log2(chord.loudest / self.loud), -1, 1),
                _clip(math.log2(self._since(at) / self.apart), -2, 2),
                float(moved),
                new / count,
                _clip(math.log2(count / self.notes), -2, 2),
                _clip((self.low - low) / 12, -2, 2),
                _clip(math.log2(since / self.apart), -2, 3),
            )
        )

    def hear(self, chord: Chord) -> None:
        """That chord is whole, and past."""
        at, low = chord.onset, min(chord.pitches)
        self.apart += PACE * (min(2.0, self._since(at)) - self.apart)
        if self._is_bass(low):
            self.bass, self.bass_at = low % 12, at
        self.low += PACE * (low - self.low)
        self.loud += PACE * (chord.loudest - self.loud)
        self.notes += PACE * (len(chord.pitches) - self.notes)
        self.last_low, self.last = low, at
        for pitch in chord.pitches:
            self.classes[pitch % 12] = at

    def _is_bass(self, low: int) -> bool:
        return low <= max(self.low + 5, 40)

    def _since(self, at: float) -> float:
        return self.apart if self.last is None else _clip(at - self.last, SHORTEST, LONGEST)


def odds(accents: Floats) -> Floats:
    """How much likelier a chord so accented is in each of PLACES than a chord at large: (7,)."""
    scores = WEIGHTS @ accents + BIAS
    likely = np.exp(scores - scores.max())
    told: Floats = likely / likely.sum() / SHARES
    told[-1] = max(told[-1], LEAST)  # no chord is on the beat for certain
    return told


LEAST = 0.3

# ---- learned: antiphon-train benchmark follow FOLDER --learn
# fmt: off
WEIGHTS = np.array(
    (
        (0.55, 0.83, 0.64, 1.5, 0.37, 0.17, 2.26, 0.01, 0.23, -0.11),
        (0.4, 0.55, 0.49, 0.89, 0.24, -0.27, 0.59, -0.01, -0.11, -0.23),
        (0.53, 0.07, 0.11, 1.06, 0.58, 0.06, -0.31, 0.02, -0.73, -0.22),
        (0.24, 0.16, -0.39, -0.59, 0.35, 0.22, -0.7, -0.52, -0.11, 0.11),
        (-0.52, -0.23, -0.21, -0.94, -0.34, 0.09, -1.28, -0.05, -0.15, 0.05),
        (-0.48, -0.41, -0.45, -1.07, -0.43, -0.02, -0.61, 0.21, 0.1, 0.24),
        (-0.74, -0.98, -0.19, -0.85, -0.77, -0.24, 0.05, 0.35, 0.77, 0.16),
    )
)
BIAS = np.array((-2.42, -0.42, 0.73, 1.4, 1.57, -0.9, 0.04))
SHARES = np.array((0.1081, 0.0957, 0.1953, 0.3486, 0.1916, 0.0188, 0.042))  # of all chords
# fmt: on
