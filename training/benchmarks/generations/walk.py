"""The plain back-off model as a subject: it goes on by drawing field after field."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from live.codec import NAMES, PART, TIME, UNKNOWN, Codec
from live.notes import MACHINE, Note, Part
from training.baselines import Coded, Markov
from training.benchmarks.generations.notes import MOST, excerpt, notes_of
from training.measures.excerpts import Excerpt

LOOK = 32  # notes that the model is shown, more than its longest context


@dataclass
class Walk:
    """One sequence. bins and at: all notes so far, the context's too, and their onsets in ticks;
    parts: which it may play, by number; start and bar in ticks."""

    context: Excerpt
    rng: np.random.Generator
    bins: list[list[int]]
    at: list[int]
    parts: npt.NDArray[np.bool_]
    start: int
    bar: int
    made: list[Note] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        return self.at[-1] >= 2 * self.start or len(self.made) >= MOST


def walk(
    codec: Codec, markov: Markov, contexts: Sequence[Excerpt], seeds: Sequence[int]
) -> list[Excerpt]:
    """Go on from all contexts side by side: a look at the tables costs little more for many."""
    walks = [_begin(codec, c, seed) for c, seed in zip(contexts, seeds, strict=True)]
    while going := [w for w in walks if not w.ended]:
        for w in going:
            w.bins.append([0] * len(NAMES))
            w.at.append(w.at[-1])
        for of in range(len(NAMES)):
            # What comes after the field that is drawn is not read.
            seen = [_seen(w) for w in going]
            last = np.cumsum([len(s.bins) for s in seen]) - 1
            for w, p in zip(going, markov.probabilities(seen, of)[last], strict=True):
                _draw(codec, w, of, p.astype(np.float64))
        for w in going:
            _take(codec, w)
    return [excerpt(w.made, w.context, codec, w.start) for w in walks]


def _begin(codec: Codec, context: Excerpt, seed: int) -> Walk:
    notes = notes_of(context, codec)
    at = [round(n.onset) for n in notes]
    times = np.diff(at, prepend=at[0]).tolist()
    bins = [
        codec.note(time, n.part, n.pitch, n.velocity, n.duration).tolist()
        for time, n in zip(times, notes, strict=True)
    ]
    known = {Part(MACHINE, n.part.voice) for n in notes}
    bar = round(context.bar * codec.ticks_per_beat)
    parts = np.array([p in known for p in codec.parts])
    rng = np.random.default_rng(seed)
    return Walk(context, rng, bins, at, parts, context.bars * bar, bar)


def _seen(w: Walk) -> Coded:
    place = np.array(w.at[-LOOK - 1 :]) % w.bar
    if len(w.at) <= LOOK:
        place = np.concatenate(([UNKNOWN], place))
    bins = np.array(w.bins[-LOOK:])
    return Coded(bins, place[:-1], place[1:], np.full(len(bins), w.bar))


def _draw(codec: Codec, w: Walk, of: int, p: npt.NDArray[np.float64]) -> None:
    if of == PART:
        p = p * w.parts
    drawn = int(w.rng.choice(len(p), p=p / p.sum()))
    w.bins[-1][of] = drawn
    if of == TIME:
        w.at[-1] = max(w.start, w.at[-2] + codec.fields[TIME].decode(drawn))


def _take(codec: Codec, w: Walk) -> None:
    if w.at[-1] < 2 * w.start:
        _, part, *rest = (f.decode(b) for f, b in zip(codec.fields, w.bins[-1], strict=True))
        w.made.append(Note(float(w.at[-1]), codec.parts[part], *rest))
