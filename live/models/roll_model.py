"""The model of piano rolls: one call gives the next frames of a grid."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from live.errors import ModelError
from live.models.bound import Bound
from live.models.contract import RollContract
from live.models.opening import Opened, open_model
from live.roll import KEYS, Roll

Floats = npt.NDArray[np.float32]

# What the distributions of a contract's `chance` are. With logistic noise added, a logit is above
# 0 with the probability that it stands for.
DRAWS = {
    "logistic": lambda rng, shape: rng.logistic(size=shape).astype(np.float32),
    "normal": lambda rng, shape: rng.standard_normal(shape, np.float32),
}


@dataclass(frozen=True)
class Frames:
    """What one call makes, of each of N candidates: played (N, frames, sides, 2, KEYS), of 0 and
    1; score (N,); logits as played; state: what it carries on, if it does."""

    played: Floats
    score: Floats
    logits: Floats
    state: Floats | None


class Chance:
    """What decides among continuations: a model's noise, from a seeded generator."""

    def __init__(self, rng: np.random.Generator, contract: RollContract) -> None:
        self._rng = rng
        self._draw = DRAWS[contract.chance]
        self._shape = (contract.candidates, contract.noise)

    def draw(self) -> Floats:
        """The noise for one call, shape (candidates, noise)."""
        return self._draw(self._rng, self._shape)


class RollModel:
    """A model of kind `roll`, ready to be called. What it carries is a plain array of the
    caller's. Not for two threads at once: what the graph reads and writes lies in one place."""

    def __init__(self, opened: Opened) -> None:
        if not isinstance(opened.contract, RollContract):
            raise ModelError(f"{opened.path} is no model of rolls: it is {opened.contract.kind}")
        if opened.contract.chance not in DRAWS:
            raise ModelError(f"{opened.path}: its chance is {opened.contract.chance!r}")
        self.contract: RollContract = opened.contract
        self.path: Path = opened.path
        self.sha256: str = opened.sha256
        self.size: int = opened.size
        self._bound = Bound(opened)

    @classmethod
    def open(cls, path: Path) -> "RollModel":
        """Raises live.errors.ModelError; see live.models.opening.open_model."""
        return cls(open_model(path))

    @property
    def start(self) -> Floats | None:
        """What it carries before the first frame."""
        return np.zeros(self.contract.state, np.float32) if self.contract.state else None

    @property
    def no_chance(self) -> Floats:
        """A chance with which the likeliest comes."""
        return np.zeros((self.contract.candidates, self.contract.noise), np.float32)

    def step(
        self,
        heard: Roll,
        noise: Floats,
        temperature: float = 1.0,
        state: Floats | None = None,
        place: int = 0,
    ) -> Frames:
        """The frames after `heard` (window, 2, 2, KEYS), the player's roll and the machine's.

        noise: see Chance; temperature: 1 as learned; state: what the last call gave; place: of
        the next frame, in frames since its bar began.
        """
        into, out = self._bound.inputs, self._bound.outputs
        into["heard"][:], into["noise"][:], into["temperature"][0] = heard, noise, temperature
        if state is not None:
            into["place"][0], into["state"][:] = place, state
        self._bound.run()
        carried = None if state is None else out["next_state"].copy()
        return Frames(out["played"].copy(), out["score"].copy(), out["logits"].copy(), carried)

    def warm(self) -> None:
        """Make one call for nothing: the first ones are slow."""
        silence = np.zeros((self.contract.window, 2, 2, KEYS), np.uint8)
        self.step(silence, self.no_chance, state=self.start)
