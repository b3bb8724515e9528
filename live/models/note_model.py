"""The stateful note model: one step takes the note just heard and gives the next one."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from live.codec import NAMES, PART, PITCH, PITCHES, UNKNOWN, Codec
from live.memory import Recall
from live.models.contract import Contract, Opened, open_model

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

FREE = -1  # a field that is not forced
SILENCE: Floats = np.zeros(PITCHES, np.float32)


@dataclass(frozen=True)
class Ask:
    """What the next note may be.

    allowed: 1 or 0 for each bin of each field, in the codec's order, shape (bins,); at least one
    bin of every field must be 1. forced: the bin each field must be, or -1, shape (5,).
    temperature: by field, shape (5,), above 0; 1 samples what the model learned.
    """

    allowed: Floats
    forced: Ints
    temperature: Floats


@dataclass(frozen=True)
class Step:
    """The sampled note as bins (5,), the log of each field's probability (5,), the new state."""

    note: Ints
    log_probability: Floats
    state: Floats


class NoteModel:
    """A model of kind `notes`, ready to be stepped. Its state is a plain array that the caller
    keeps: to snapshot is to keep a reference, to restore is to step from it again."""

    def __init__(self, opened: Opened) -> None:
        self.contract: Contract = opened.contract
        self.codec: Codec = opened.contract.codec
        self.path: Path = opened.path
        self.sha256: str = opened.sha256
        self.size: int = opened.size
        self._session = opened.session
        self._outputs = list(self.contract.outputs)

    @classmethod
    def open(cls, path: Path) -> "NoteModel":
        """Raises live.models.contract.ModelError; see open_model."""
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

    def step(
        self,
        state: Floats,
        heard: Ints,
        sounding: Floats,
        ask: Ask,
        uniform: Floats,
        position: int = UNKNOWN,
        bar: int = 1,
        recall: Recall | None = None,
    ) -> Step:
        """The note after `heard`.

        heard: bins (5,), codec.nothing before the first note; sounding: 1 for each pitch that
        sounds at its onset, shape (128,); uniform: random numbers in [0, 1), one for each field,
        which alone decide the sample; position: of `heard` in its bar, in ticks, -1 if nobody
        keeps it; bar: that bar's length in ticks; recall: what live.memory recalls to follow.
        """
        recall = recall or self.nothing_recalled
        note, log_probability, following = self._session.run(
            self._outputs,
            {
                "heard": heard,
                "sounding": sounding,
                "position": np.array(position, np.int32),
                "bar": np.array(bar, np.int32),
                "allowed": ask.allowed,
                "forced": ask.forced,
                "temperature": ask.temperature,
                "uniform": uniform,
                "recalled": recall.note,
                "match": np.array(recall.match, np.int32),
                "state": state,
            },
        )
        return Step(note, log_probability, following)

    def warm(self) -> None:
        """Take one step for nothing: the first ones are slow."""
        chance = np.zeros(len(NAMES), np.float32)
        self.step(self.start, self.codec.nothing, SILENCE, self.anything, chance)


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
    time, _, _, _, duration = codec.fields
    allowed = np.ones(sum(codec.sizes), np.float32)
    times, parts, keys, _, durations = (allowed[cut] for cut in codec.slices)
    times[time.values < least_time] = 0
    if most_time is not None:
        times[time.values > most_time] = 0
    if not times.any():
        # Between two bins, or past the longest time: the bin that comes next, or the last.
        times[min(int(np.searchsorted(time.values, least_time)), len(times) - 1)] = 1
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
