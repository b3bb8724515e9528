"""One prediction: a step of the model with its sampling, one thread."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from live.bench.figures import spread
from live.codec import PITCH
from live.memory import Memory
from live.mind import REHEARSE
from live.models import note_model, roll_model
from live.models.any_model import AnyModel, open_any
from live.models.note_model import NoteModel
from live.models.roll_model import RollModel
from live.reader import pitches_array
from live.roll import KEYS

STAGE = 0.01  # seconds between steps on stage: the caches cool meanwhile


class Stepper(Protocol):
    """A model that goes on from what it made itself."""

    def sample(self) -> None:
        """One prediction: a note, a frame, a bar."""

    def read(self) -> None:
        """Ready the next: what was predicted is read again."""


class NoteStepper:
    """Reading again is to remember the note, look up what is recalled and write down what sounds,
    as the reader does."""

    def __init__(self, model: NoteModel) -> None:
        self._model = model
        self._chance = note_model.Chance(np.random.default_rng(0), model.codec)
        self._memory = Memory(model.codec)
        self._state, self._note = model.start, model.codec.nothing
        self._sounding, self._recall = pitches_array(()), model.nothing_recalled

    def sample(self) -> None:
        drawn = self._chance.draw()
        step = self._model.step(
            self._state,
            self._note,
            self._sounding,
            self._model.anything,
            drawn,
            recall=self._recall,
        )
        self._state, self._note = step.state, step.note

    def read(self) -> None:
        self._recall = self._memory.add(self._note)
        self._sounding = pitches_array((int(self._note[PITCH]),))


class RollStepper:
    """Reading again is to lay what was made after what was heard."""

    def __init__(self, model: RollModel) -> None:
        self._model = model
        self._chance = roll_model.Chance(np.random.default_rng(0), model.contract)
        self._heard = np.zeros((model.contract.window, 2, 2, KEYS), np.uint8)
        self._state = model.start

    def sample(self) -> None:
        self._made = self._model.step(self._heard, self._chance.draw(), state=self._state)
        self._state = self._made.state

    def read(self) -> None:
        frames = self._made.played[0].astype(np.uint8)
        both = np.zeros((len(frames), 2, 2, KEYS), np.uint8)
        both[:, -frames.shape[1] :] = frames
        self._heard = np.concatenate((self._heard, both))[-len(self._heard) :]


STEPPERS: dict[str, Callable[[Any], Stepper]] = {"notes": NoteStepper, "roll": RollStepper}


def stepper(model: AnyModel) -> Stepper:
    return STEPPERS[model.contract.kind](model)


def time_steps(
    its: Stepper, count: int, pause: float, wait: Callable[[float], None] = time.sleep
) -> tuple[list[float], list[float]]:
    """Seconds of each of `count` predictions, one every `pause` seconds and a little; and of each
    with its reading."""
    sampled, read = [], []
    for _ in range(count):
        if pause:
            wait(pause)
        began = time.perf_counter()
        its.sample()
        sampled.append(time.perf_counter() - began)
        its.read()
        read.append(time.perf_counter() - began)
    return sampled, read


def _rehearsing(model: NoteModel, wait: Callable[[float], None]) -> Callable[[float], None]:
    """As the mind waits."""

    def waiting(pause: float) -> None:
        for _ in range(round(pause / REHEARSE)):
            wait(REHEARSE)
            model.rehearse()

    return waiting


def bench_step(
    path: Path, count: int = 5000, wait: Callable[[float], None] = time.sleep
) -> dict[str, Any]:
    """`count` predictions called every 10 ms, as many without a pause, and of a note model as many
    every 10 ms between which the mind rehearses, as it does where keys are answered at once.

    The first figure of each is the prediction alone; `read again` has its reading too. Raises
    ModelError.
    """
    model = open_any(path)
    figures: dict[str, Any] = {"model": path.name, "bytes": model.size}
    ways = {"paced": (STAGE, wait), "without pause": (0.0, wait)}
    if isinstance(model, NoteModel):
        ways["paced and rehearsed"] = STAGE, _rehearsing(model, wait)
    for name, (pause, its_wait) in ways.items():
        sampled, read = time_steps(stepper(model), count, pause, its_wait)
        figures[name] = spread(sampled)
        figures[f"{name}, read again"] = spread(read)
    return figures
