"""A drums model at a score: where it would play each hit."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from live.codec import DURATION, NAMES, PART, PITCH, PITCHES, TIME, UNKNOWN, VELOCITY
from live.memory import Memory
from live.models.asking import FREE, Ask, Floats, Ints
from live.models.note_model import Chance, NoteModel
from live.notes import MACHINE
from training.benchmarks.drums.score import BAR, DRUM, DRUMS, SIXTEENTHS, Hit

Doubles = npt.NDArray[np.float64]


class Place:
    """Where in a score a model is.

    width: ticks in a sixteenth. A hit lies from half of that before its sixteenth to less than
    half of it after.
    """

    def __init__(self, model: NoteModel) -> None:
        self._model, self._codec = model, model.codec
        self.width = model.codec.ticks_per_beat // SIXTEENTHS
        self._state, self._heard = model.start, model.codec.nothing
        self._memory, self._recall = Memory(model.codec), model.nothing_recalled
        self._onset: int | None = None  # of the last hit, ticks
        self._ends = np.zeros(PITCHES, np.int64)  # ticks

    def play(self, at: int, drums: Iterable[int], chance: Floats) -> tuple[Doubles, int]:
        """The model's next hit, of one of those drums in that sixteenth.

        Returns how likely each tick about the sixteenth was, (width,), and the pitch.
        """
        pitches = [pitch for drum in drums for pitch in DRUMS[drum]]
        likely, note = self._step(at * self.width, pitches, {}, chance)
        return likely, int(note[PITCH])

    def follow(self, hit: Hit) -> Doubles:
        """Read a hit as it was played. Returns how likely each tick had been, (width,)."""
        fields = self._codec.fields
        tick = round((hit.sixteenth / SIXTEENTHS + hit.off) * self._codec.ticks_per_beat)
        since = 0 if self._onset is None else tick - self._onset
        forced = {
            TIME: int(fields[TIME].encode(since)),
            PITCH: hit.pitch,
            VELOCITY: int(fields[VELOCITY].encode(hit.velocity)),
        }
        likely, _ = self._step(
            hit.sixteenth * self.width, [hit.pitch], forced, self._model.no_chance
        )
        self._onset = tick  # where its bin of time may not put it
        return likely

    def _step(
        self, grid: int, pitches: Sequence[int], forced: dict[int, int], chance: Floats
    ) -> tuple[Doubles, Ints]:
        codec, first = self._codec, self._onset is None
        before = grid if self._onset is None else self._onset
        off = codec.fields[TIME].values + (before - grid)  # ticks from the grid, by bin
        near = self._near(off, first)
        step = self._model.step(
            self._state,
            self._heard,
            (self._ends > before).astype(np.float32),
            self._ask(near, pitches, forced),
            chance,
            UNKNOWN if first else before % (BAR * self.width),
            BAR * self.width,
            self._recall,
        )
        note = step.note
        self._state, self._heard, self._recall = step.state, note, self._memory.add(note)
        self._onset = grid + int(off[note[TIME]])
        length = codec.fields[DURATION].values[note[DURATION]]
        self._ends[note[PITCH]] = self._onset + int(length)
        logits = step.logits[codec.slices[TIME]][near].astype(np.float64)
        odds = np.exp(logits - logits.max())
        ticks = np.clip(off[near] + self.width // 2, 0, self.width - 1)
        return np.asarray(np.bincount(ticks, odds / odds.sum(), self.width), np.float64), note

    def _near(self, off: npt.NDArray[np.int64], first: bool) -> npt.NDArray[np.bool_]:
        """The bins of time that lie in the sixteenth, or the nearest to it."""
        if first:  # by convention the first note's time is 0
            return np.arange(len(off)) == 0
        half = self.width // 2
        near = (off >= -half) & (off < self.width - half)
        return near if near.any() else np.arange(len(off)) == np.abs(off).argmin()

    def _ask(
        self, near: npt.NDArray[np.bool_], pitches: Sequence[int], forced: dict[int, int]
    ) -> Ask:
        codec, anything = self._codec, self._model.anything
        allowed = anything.allowed.copy()
        allowed[codec.slices[TIME]] = near
        allowed[codec.slices[PART]] = [part.side == MACHINE for part in codec.parts]
        allowed[codec.slices[PITCH]] = np.isin(np.arange(PITCHES), pitches)
        bins = [forced.get(field, FREE) for field in range(len(NAMES))]
        return Ask(allowed, np.array(bins, np.int32), anything.temperature)


def played(model: NoteModel, score: Sequence[Hit], chance: Chance) -> Doubles:
    """The model's own playing of a score: Place.play's odds for each hit, (hits, width)."""
    left: dict[int, dict[int, int]] = defaultdict(dict)  # sixteenth, drum -> which hit
    for index, hit in enumerate(score):
        left[hit.sixteenth][hit.drum] = index
    place = Place(model)
    odds = np.zeros((len(score), place.width))
    for at in sorted(left):
        while left[at]:
            likely, pitch = place.play(at, left[at], chance.draw())
            odds[left[at].pop(DRUM[pitch])] = likely
    return odds


def followed(model: NoteModel, score: Sequence[Hit]) -> Doubles:
    """The same, of each hit, given all those before it as they were played."""
    place = Place(model)
    odds = np.zeros((len(score), place.width))
    when = [hit.sixteenth / SIXTEENTHS + hit.off for hit in score]
    for n in sorted(range(len(score)), key=lambda n: (when[n], score[n].pitch)):
        odds[n] = place.follow(score[n])
    return odds


def median(odds: Doubles) -> Doubles:
    """Sixteenths from the grid, (hits,), of the median of each row, (hits, width).

    A tick's share is spread evenly over it.
    """
    width = odds.shape[1]
    upto = np.cumsum(odds, axis=1) / odds.sum(axis=1, keepdims=True)
    at = (upto >= 0.5).argmax(axis=1)
    here = np.take_along_axis(upto, at[:, None], 1)[:, 0]
    share = np.take_along_axis(odds, at[:, None], 1)[:, 0] / odds.sum(axis=1)
    inside = (0.5 - (here - share)) / share
    return np.asarray((at - width // 2 - 0.5 + inside) / width)
