"""Questions to a note model: what the next note may be."""

import dataclasses
from bisect import bisect_left, bisect_right
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from live.codec import DURATION, NAMES, PART, PITCH, PITCHES, TIME, Codec

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

FREE = -1  # a field that is not forced
NEVER = np.float32(-1e9)  # the penalty of a bin that is not allowed
SMALLEST = np.float32(1e-30)  # so that no chance outweighs a penalty


@dataclass(frozen=True)
class Ask:
    """What the next note may be.

    allowed: by what each bin of each field is made likelier (1 as learned, 0 not at all), in the
    codec's order, shape (bins,); at least one bin of every field must be above 0. forced: the bin
    each field must be, or -1, shape (5,).
    temperature: by field, shape (5,), above 0; 1 samples what the model learned. What it is made of
    stays as it is once it has been asked.
    """

    allowed: Floats
    forced: Ints
    temperature: Floats
    _laid_out: tuple[Floats, Floats] | None = dataclasses.field(
        default=None, init=False, repr=False
    )

    def laid_out(self, codec: Codec) -> tuple[Floats, Floats]:
        """The penalty and the temperature of each bin of each field, shape (bins,) each. Made once,
        for it takes as long as a third of a step, and questions are asked again and again."""
        laid_out = self._laid_out
        if laid_out is None:
            penalty = penalty_of(self.allowed)
            for cut, forced in zip(codec.slices, self.forced, strict=True):
                if forced != FREE:
                    penalty[cut] = NEVER
                    penalty[cut.start + forced] = 0
            laid_out = penalty, np.repeat(self.temperature, codec.sizes)
            object.__setattr__(self, "_laid_out", laid_out)
        return laid_out

    def only(self, codec: Codec, field: int, first: int, end: int) -> "Ask":
        """The same, and of that field only the bins from `first` up to `end`."""
        cut = codec.slices[field]
        narrowed, penalty = self._copied(codec)
        for bins, none in ((narrowed.allowed[cut], 0), (penalty[cut], NEVER)):
            bins[:first] = bins[end:] = none
        return narrowed

    def moved(self, codec: Codec, field: int, up: int) -> "Ask":
        """The same, and what held of a bin of that field, none of which may be forced, holds of the
        one so much further up; round its ends."""
        cut = codec.slices[field]
        moved, penalty = self._copied(codec)
        for bins in (moved.allowed[cut], penalty[cut]):
            bins[:] = np.roll(bins, up)
        return moved

    def weighed(self, codec: Codec, field: int, factors: npt.NDArray[np.floating]) -> "Ask":
        """The same, and each bin of that field, none of which may be forced, by its factor (above
        0) likelier."""
        cut = codec.slices[field]
        weighed, penalty = self._copied(codec)
        weighed.allowed[cut] *= factors
        penalty[cut] += np.log(factors)
        return weighed

    def _copied(self, codec: Codec) -> "tuple[Ask, Floats]":
        """The same, to be changed before it is asked; and its penalty."""
        penalty, spread = self.laid_out(codec)
        copied, penalty = Ask(self.allowed.copy(), self.forced, self.temperature), penalty.copy()
        object.__setattr__(copied, "_laid_out", (penalty, spread))
        return copied, penalty


def penalty_of(allowed: Floats) -> Floats:
    """What is added to logits."""
    return np.log(np.maximum(allowed, SMALLEST)) + np.where(allowed > 0, np.float32(0), NEVER)


def bins_of_time(codec: Codec, least: float, most: float | None) -> tuple[int, int]:
    """The first bin of the times from `least` to `most` (ticks; None: the longest), and the one
    after their last."""
    bins = codec.fields[TIME].bins
    first = bisect_left(bins, least)
    end = len(bins) if most is None else bisect_right(bins, most)
    if first < end:
        return first, end
    # Between two bins, or past the longest time: the bin that comes next, or the last.
    first = min(first, len(bins) - 1)
    return first, first + 1


def ask(
    codec: Codec,
    side: str | None = None,
    voices: frozenset[str] | None = None,
    pitches: frozenset[int] | None = None,
    least_time: float = 0.0,
    most_time: float | None = None,
    most_duration: float | None = None,
    temperature: float | tuple[float, ...] = 1.0,
) -> Ask:
    """Constraints in a musician's words.

    side, voices: whose and which parts may play; pitches: those allowed; least_time: ticks that
    have passed already since the last onset; most_time: ticks, its upper bound; most_duration:
    ticks; temperature: one, or one for each field. Raises ValueError when nothing at all would be
    allowed.
    """
    duration = codec.fields[DURATION]
    allowed = np.ones(sum(codec.sizes), np.float32)
    times, parts, keys, _, durations = (allowed[cut] for cut in codec.slices)
    first, end = bins_of_time(codec, least_time, most_time)
    times[:first] = times[end:] = 0
    parts[:] = [
        (side is None or p.side == side) and (voices is None or p.voice in voices)
        for p in codec.parts
    ]
    if pitches is not None:
        keys[:] = [pitch in pitches for pitch in range(PITCHES)]
    if most_duration is not None:
        durations[duration.values > most_duration] = 0
        durations[0] = 1
    for field, what in ((PART, "part"), (PITCH, "pitch")):
        if not allowed[codec.slices[field]].any():
            raise ValueError(f"no {what} is left to play")
    spread = temperature if isinstance(temperature, tuple) else (temperature,) * len(NAMES)
    return Ask(allowed, np.full(len(NAMES), FREE, np.int32), np.array(spread, np.float32))
