"""The stateful note model: one step takes the note just heard and gives the next one."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from live.codec import NAMES, PITCHES, UNKNOWN, Codec
from live.errors import ModelError
from live.memory import Recall
from live.models.asking import FREE, SMALLEST, Ask, Floats, Ints, penalty_of
from live.models.contract import NoteContract
from live.models.opening import Opened, open_model

SILENCE: Floats = np.zeros(PITCHES, np.float32)
TYPES = {"tensor(float)": np.float32, "tensor(int64)": np.int64}
AT_ONCE = 8  # notes whose chance is drawn in one call: one costs more by itself, many delay a plan


@dataclass(frozen=True)
class Step:
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
        self._drawn: Floats = np.empty((0, self._bins), np.float32)
        self._next = 0

    def draw(self) -> Floats:
        """The noise for one note, shape (bins,)."""
        if self._next == len(self._drawn):
            waited = self._rng.standard_exponential((AT_ONCE, self._bins), np.float32)
            self._drawn = -np.log(np.maximum(waited, SMALLEST))
            self._next = 0
        self._next += 1
        return self._drawn[self._next - 1]


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
        self._session = opened.session
        self._bind()

    @classmethod
    def open(cls, path: Path) -> "NoteModel":
        """Raises live.errors.ModelError; see live.models.opening.open_model."""
        return cls(open_model(path))

    def _bind(self) -> None:
        """Tell the session once where its inputs and outputs lie, instead of at every step."""
        self._io = self._session.io_binding()
        self._bound: list[ort.OrtValue] = []  # they are the memory's owners to the session

        def place(name: str, kind: str, shape: tuple[int, ...], bind: Any) -> npt.NDArray[Any]:
            array = np.zeros(shape, TYPES[kind])
            value = ort.OrtValue.ortvalue_from_numpy(array)
            self._bound.append(value)
            bind(name, value)
            return array

        into, out_of = self._io.bind_ortvalue_input, self._io.bind_ortvalue_output
        self._in = {n: place(n, *what, into) for n, what in self.contract.inputs.items()}
        self._out = {n: place(n, *what, out_of) for n, what in self.contract.outputs.items()}
        # What every step fills and reads, at hand.
        self._state, self._heard = self._in["state"], self._in["heard"]
        self._sounding, self._chance = self._in["sounding"][0], self._in["chance"][0]
        self._penalty, self._temperature = self._in["penalty"][0], self._in["temperature"][0]
        self._note, self._logits = self._out["note"], self._out["logits"][0]
        self._next_state = self._out["next_state"]
        self._run = self._session.run_with_iobinding
        # What lies in the others, which change less often.
        self._asked: Ask | None = None
        self._stands: tuple[int, int] | None = None
        self._set_recall(self.nothing_recalled)

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
        if (position, bar) != self._stands:
            self._set_position(position, bar)
        recall = recall or self.nothing_recalled
        if recall is not self._recalled:
            self._set_recall(recall)
        self._state[:] = state
        self._heard[:] = heard
        self._sounding[:] = sounding
        self._chance[:] = chance
        self._run(self._io)
        return Step(self._note.astype(np.int32), self._logits.copy(), self._next_state.copy())

    def _set_position(self, position: int, bar: int) -> None:
        self._in["before"][0] = self.codec.rows(position)
        self._in["here"][:] = self.codec.rows_after(position, bar)
        self._stands = position, bar

    def _set_recall(self, recall: Recall) -> None:
        self._in["recalled"][:] = recall.note
        self._in["match"][0] = recall.match
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
