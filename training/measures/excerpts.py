"""Excerpts: a few bars of music as plain arrays, cut from pieces or made by a subject."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from training.midi_file import Piece

STEPS = 4  # sixteenths to the beat: the grid on which onsets are compared

Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Excerpt:
    """So many bars of so many beats. By note, in order of onset, all of length N: onset in beats
    since the first bar began, length in beats, pitch, velocity, and index of the voice."""

    onset: Doubles
    beats: Doubles
    pitch: Ints
    velocity: Ints
    voice: Ints
    bars: int
    bar: float

    def __len__(self) -> int:
        return len(self.pitch)

    @property
    def step(self) -> Ints:
        """The sixteenth each note begins on."""
        return steps_of(self.onset)

    @property
    def steps(self) -> int:
        return round(self.bars * self.bar * STEPS)

    def where(self, chosen: npt.NDArray[np.bool_], since: float = 0.0) -> "Excerpt":
        """The chosen notes, their onsets counted from `since` (beats)."""
        columns = {f.name: getattr(self, f.name)[chosen] for f in fields(self)[:5]}
        return replace(self, **columns | {"onset": self.onset[chosen] - since})

    def half(self, second: bool) -> "Excerpt":
        """The first or the second half of its bars."""
        middle = self.steps // 2
        chosen = (self.step >= middle) == second
        since = self.bars / 2 * self.bar if second else 0.0
        return replace(self.where(chosen, since), bars=self.bars // 2)

    def cells(self) -> set[tuple[int, int]]:
        """The sixteenth and pitch of each note, once."""
        return set(zip(self.step.tolist(), self.pitch.tolist(), strict=True))


def steps_of(beats: Doubles) -> Ints:
    """The nearest sixteenth."""
    return np.floor(beats * STEPS + 0.5).astype(np.int64)


def stretches(piece: Piece, bars: int, least: int) -> list[Excerpt]:
    """Every stretch of so many bars, whole and of one length, with `least` notes in each half."""
    if piece.beatless:
        return []
    starts = np.round(piece.beat - piece.in_bar, 3)
    found = []
    for start, bar in sorted(
        {(float(s), float(b)) for s, b in zip(starts, piece.bar, strict=True)}
    ):
        step = steps_of(piece.beat - start)
        inside = (step >= 0) & (step < round(bars * bar * STEPS))
        if (piece.bar[inside] != bar).any() or start + bars * bar > piece.beat[-1] + bar:
            continue
        stretch = Excerpt(
            onset=piece.beat[inside] - start,
            beats=piece.beats[inside],
            pitch=piece.pitch[inside],
            velocity=piece.velocity[inside],
            voice=piece.voice[inside],
            bars=bars,
            bar=bar,
        )
        if all(len(stretch.half(second)) >= least for second in (False, True)):
            found.append(stretch)
    return found


def draw(
    pieces: Sequence[Piece], count: int, bars: int, least: int, rng: np.random.Generator
) -> tuple[list[Excerpt], list[int]]:
    """Stretches drawn at random and without overlap, as evenly over the pieces as can be; and
    the index of each one's piece. Fewer than `count` where the pieces have no more."""
    drawn: list[tuple[int, int, Excerpt]] = []
    for index in rng.permutation(len(pieces)):
        its = stretches(pieces[index], bars, least)
        its = its[rng.integers(min(bars, len(its)) or 1) :: bars]
        turns = rng.permutation(len(its))
        drawn += [(int(t), int(index), stretch) for t, stretch in zip(turns, its, strict=True)]
    # The first of every piece comes before the second of any.
    drawn = sorted(drawn, key=lambda d: d[0])[:count]
    return [stretch for _, _, stretch in drawn], [index for _, index, _ in drawn]
