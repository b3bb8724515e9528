"""The stateful note model: one step takes the note just heard and gives the next one."""

from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from live.codec import NAMES, PITCHES, UNKNOWN, Codec
from live.errors import ModelError
from live.memory import Recall
from live.models.asking import FREE, SMALLEST, Ask, Floats, Ints, penalty_of
from live.models.bound import Bound
from live.models.contract import NoteContract
from live.models.opening import Opened, open_model

SILENCE: Floats = np.zeros(PITCHES, np.float32)
AT_ONCE = 8  # notes whose chance is drawn in one call: one costs more by itself, many delay a plan


class Step(NamedTuple):
    """The sampled note as bins (5,); what the model gave each bin of each field, given the note's
    fields before it, as logits (bins,); the new state."""

    note: Ints
    logits: Floats
    state: Floats


class Chance:
    """What decides the samples: standard Gumbel noise for each bin of each field, from a seeded
    generator.

    The greatest of logits with such noise added is a sample of their distribution (the Gumbel-max
    trick; Maddison, Tarlow & Minka 2014).
    """

    def __init__(self, rng: np.random.Generator, codec: Codec) -> None:
        self._rng = rng
        self._bins = sum(codec.sizes)
        self._drawn: list[Floats] = []  # the next one last

    def draw(self) -> Floats:
        """The noise for one note, shape (bins,)."""
        if not self._drawn:
            waited = self._rng.standard_exponential((AT_ONCE, self._bins), np.float32)
            self._drawn = list(-np.log(np.maximum(waited, SMALLEST)))[::-1]
        return self._drawn.pop()


class NoteModel:
    """A model of kind `notes`, ready to be stepped. Its state is a plain array that the caller
    keeps: to snapshot is to keep a reference, to restore is to step from it again.

    Not for two threads at once: what the graph reads and writes lies in one place.
    """

    def __init__(self, opened: Opened) -> None:
        if not isinstance(opened.contract, NoteContract):
            raise ModelError(f"{opened.path} is no note model: its kind is {opened.contract.kind}")
        self.contract: NoteContract = opened.contract
        self.codec: Codec = opened.contract.codec
        self.path: Path = opened.path
        self.sha256: str = opened.sha256
        self.size: int = opened.size
        self._bound = Bound(opened)
        self._run = self._bound.run
        into, out = self._bound.inputs, self._bound.outputs
        # What every step fills and reads, at hand.
        self._state, self._heard = into["state"], into["heard"]
        self._sounding, self._chance = into["sounding"][0], into["chance"][0]
        # The low halves of whole numbers: to copy them is a third of what to convert them costs.
        self._note = out["note"].view("<i4")[::2]
        self._logits, self._next_state = out["logits"][0], out["next_state"]
        # What lies in the others, which change less often.
        self._penalty, self._temperature = into["penalty"][0], into["temperature"][0]
        self._before, self._here = into["before"], into["here"]
        self._wanted, self._match = into["recalled"], into["match"]
        self._asked: Ask | None = None
        self._stands: tuple[int, int] | None = None
        self._places: dict[tuple[int, int], tuple[Any, Any]] = {}  # what is to lie there
        self._set_recall(self.nothing_recalled)

    @classmethod
    def open(cls, path: Path) -> "NoteModel":
        """Raises live.errors.ModelError; see live.models.opening.open_model."""
        return cls(open_model(path))

    @property
    def start(self) -> Floats:
        """The state before the first note."""
        return np.zeros(self.contract.state, np.float32)

    @cached_property
    def nothing_recalled(self) -> Recall:
        return Recall(self.codec.nothing, 0)

    @cached_property
    def anything(self) -> Ask:
        """Every bin allowed, nothing forced, temperature 1."""
        return Ask(
            np.ones(sum(self.codec.sizes), np.float32),
            np.full(len(NAMES), FREE, np.int32),
            np.ones(len(NAMES), np.float32),
        )

    @cached_property
    def no_chance(self) -> Floats:
        """A chance with which the likeliest note comes."""
        return np.zeros(sum(self.codec.sizes), np.float32)

    def step(
        self,
        state: Floats,
        heard: Ints,
        sounding: Floats,
        ask: Ask,
        chance: Floats,
        position: int = UNKNOWN,
        bar: int = 1,
        recall: Recall | None = None,
    ) -> Step:
        """The note after `heard`.

        heard: bins (5,), codec.nothing before the first note; sounding: 1 for each pitch that
        sounds at its onset, shape (128,); chance: noise (bins,), which alone decides the sample
        (see Chance); position: of `heard` in its bar, in ticks, -1 if nobody keeps it; bar: that
        bar's length in ticks; recall: what live.memory recalls to follow.
        """
        if ask is not self._asked:
            self._set_ask(ask)
        stands = position, bar
        if stands != self._stands:
            self._set_position(stands)
        recall = recall or self.nothing_recalled
        if recall is not self._recalled:
            self._set_recall(recall)
        self._state[:] = state
        self._heard[:] = heard
        self._sounding[:] = sounding
        self._chance[:] = chance
        self._run()
        return Step(self._note.copy(), self._logits.copy(), self._next_state.copy())

    def _set_position(self, stands: tuple[int, int]) -> None:
        if stands not in self._places:
            self._places[stands] = self.codec.rows(stands[0]), self.codec.rows_after(*stands)
        self._before[:], self._here[:] = self._places[stands]
        self._stands = stands

    def _set_recall(self, recall: Recall) -> None:
        self._wanted[:] = recall.note
        self._match[0] = recall.match
        self._recalled = recall

    def _set_ask(self, ask: Ask) -> None:
        self._penalty[:], self._temperature[:] = ask.laid_out(self.codec)
        self._asked = ask

    def log_probability(self, step: Step, ask: Ask) -> Floats:
        """The log of the probability of each field of a step's note, given those before it: (5,).

        That of what was allowed, at the temperature asked for; a forced field's is that of the
        bin it was forced to.
        """
        logs = np.empty(len(NAMES), np.float32)
        for field, cut in enumerate(self.codec.slices):
            logits = (step.logits[cut] + penalty_of(ask.allowed[cut])) / ask.temperature[field]
            top = logits.max()
            logs[field] = logits[step.note[field]] - top - np.log(np.exp(logits - top).sum())
        return logs

    def warm(self) -> None:
        """Take one step for nothing: the first ones are slow."""
        self.step(self.start, self.codec.nothing, SILENCE, self.anything, self.no_chance)

    def rehearse(self) -> None:
        """Take the last step again, for nothing: what it needs stays in the processor's caches."""
        self._run()
