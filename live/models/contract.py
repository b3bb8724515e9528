"""The contract between training and the stage: what an exported model says of itself.

One model is one .onnx file. Its metadata holds, under the key `antiphon`, a JSON object with the
contract's version, the kind of model, the sizes of what it takes and gives, and where it comes
from. Nothing in a file is run but the graph, and a graph may hold no operator that onnxruntime
does not have of its own.
"""

import json
import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

from live.codec import NAMES, PITCHES, TIME, Codec
from live.errors import ModelError
from live.notes import MACHINE, SIDES, Part
from live.roll import KEYS

VERSION = 2
KEY = "antiphon"
LARGEST = 2**20  # numbers in any one array of a graph
FLOATS, WHOLE = "tensor(float)", "tensor(int64)"

Arrays = dict[str, tuple[str, tuple[int, ...]]]  # name -> (type, shape)


class Contract(ABC):
    """What a model of any kind says of itself.

    origin: data, licence, command and figures, for people to read. inputs, outputs: what the
    graph takes and gives.
    """

    kind: ClassVar[str]
    origin: Mapping[str, Any]

    @property
    @abstractmethod
    def inputs(self) -> Arrays: ...

    @property
    @abstractmethod
    def outputs(self) -> Arrays: ...

    @property
    @abstractmethod
    def parts(self) -> tuple[Part, ...]: ...

    @property
    @abstractmethod
    def modes(self) -> tuple[str, ...]:
        """The ways of playing that it serves, the usual one first."""

    @property
    def voices(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part.voice for part in self.parts))

    @abstractmethod
    def table(self) -> dict[str, Any]:
        """What is particular to it, as plain values."""

    @classmethod
    @abstractmethod
    def from_table(cls, table: Mapping[str, Any]) -> Self:
        """The reverse. Raises ValueError, KeyError or TypeError where it makes no sense."""

    def to_json(self) -> str:
        head = {"contract": VERSION, "kind": self.kind}
        return json.dumps(head | self.table() | {"origin": dict(self.origin)})


@dataclass(frozen=True)
class NoteContract(Contract):
    """Of a note model, which is stepped from note to note.

    state: shape of the state array. beats_per_second: how many beats a second counts for while
    nobody keeps the beat.
    """

    codec: Codec
    state: tuple[int, ...]
    beats_per_second: float = 2.0
    origin: Mapping[str, Any] = field(default_factory=dict)

    kind: ClassVar[str] = "notes"

    def __post_init__(self) -> None:
        if not 0 < self.beats_per_second < 100:
            raise ValueError("no tempo")

    @property
    def parts(self) -> tuple[Part, ...]:
        return self.codec.parts

    @property
    def modes(self) -> tuple[str, ...]:
        if self.voices == ("drums",):
            return "answer", "continue", "drums"
        several = ("accompany", "harmonise") if len(self.voices) > 1 else ()
        return "answer", "continue", "duet", *several

    @property
    def inputs(self) -> Arrays:
        """heard, recalled: a note's bins. before, here: rows of positions (Codec.rows), of the
        note heard and after each bin of time. penalty, temperature and chance have a number for
        each bin of each field: a field's note is the bin whose logit + penalty + temperature *
        chance is greatest, which samples the distribution when chance is Gumbel noise (see
        live.models.note_model.Chance).
        """
        bins = sum(self.codec.sizes)
        fields = len(NAMES)
        return {
            "heard": (WHOLE, (fields,)),
            "before": (WHOLE, (1,)),
            "here": (WHOLE, (self.codec.sizes[TIME],)),
            "sounding": (FLOATS, (1, PITCHES)),
            "recalled": (WHOLE, (fields,)),
            "match": (WHOLE, (1,)),
            "penalty": (FLOATS, (1, bins)),
            "temperature": (FLOATS, (1, bins)),
            "chance": (FLOATS, (1, bins)),
            "state": (FLOATS, self.state),
        }

    @property
    def outputs(self) -> Arrays:
        """logits: of each bin of each field, given the note's earlier fields."""
        return {
            "note": (WHOLE, (len(NAMES),)),
            "logits": (FLOATS, (1, sum(self.codec.sizes))),
            "next_state": (FLOATS, self.state),
        }

    def table(self) -> dict[str, Any]:
        return {
            "codec": self.codec.to_dict(),
            "state": list(self.state),
            "beats_per_second": self.beats_per_second,
        }

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Self:
        return cls(
            codec=Codec.from_dict(table["codec"]),
            state=tuple(int(n) for n in table["state"]),
            beats_per_second=float(table["beats_per_second"]),
            origin=dict(table.get("origin", {})),
        )


@dataclass(frozen=True)
class RollContract(Contract):
    """Of a model of piano rolls (see live.roll), which makes the next frames on a grid.

    beat: frames to the beat; bar: frames to the bar; window: frames that it sees in one call;
    frames: those it makes in one call; sides: whose; candidates: how many continuations it makes
    at once, each with a score; noise: numbers of chance for each, all from the distribution
    `chance` (see live.models.roll_model.Chance); state: shape of what it carries from call to
    call, and has to be told the place of the next frame in its bar; empty if it carries nothing.
    """

    beat: int
    bar: int
    window: int
    frames: int
    sides: tuple[str, ...]
    candidates: int
    noise: int
    chance: str
    state: tuple[int, ...] = ()
    origin: Mapping[str, Any] = field(default_factory=dict)

    kind: ClassVar[str] = "roll"
    parts: ClassVar[tuple[Part, ...]] = tuple(Part(side, "piano") for side in SIDES)

    @property
    def modes(self) -> tuple[str, ...]:
        return ("bars",)

    def __post_init__(self) -> None:
        if MACHINE not in self.sides or not set(self.sides) <= set(SIDES):
            raise ValueError("no side of the machine's")
        if self.bar % self.frames:
            raise ValueError("its frames do not fill a bar")

    @property
    def inputs(self) -> Arrays:
        """heard: the last frames of the player's and of the machine's roll. noise times
        temperature is what decides among continuations."""
        carried: Arrays = {"place": (WHOLE, (1,)), "state": (FLOATS, self.state)}
        return {
            "heard": (FLOATS, (self.window, 2, 2, KEYS)),
            "noise": (FLOATS, (self.candidates, self.noise)),
            "temperature": (FLOATS, (1,)),
        } | (carried if self.state else {})

    @property
    def outputs(self) -> Arrays:
        """played: 0 or 1, the rolls of `sides`; score: the greater the better; logits: of what
        sounds and what is struck, before chance, for those who measure."""
        shape = (self.candidates, self.frames, len(self.sides), 2, KEYS)
        return {
            "played": (FLOATS, shape),
            "score": (FLOATS, (self.candidates,)),
            "logits": (FLOATS, shape),
        } | ({"next_state": (FLOATS, self.state)} if self.state else {})

    def table(self) -> dict[str, Any]:
        sizes = {name: getattr(self, name) for name in self.SIZES}
        return sizes | {"sides": self.sides, "chance": self.chance, "state": self.state}

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> Self:
        sizes = {name: int(table[name]) for name in cls.SIZES}
        if min(sizes.values()) < 1:
            raise ValueError("a size below 1")
        return cls(
            **sizes,
            sides=tuple(map(str, table["sides"])),
            chance=str(table["chance"]),
            state=tuple(int(n) for n in table["state"]),
            origin=dict(table.get("origin", {})),
        )

    SIZES: ClassVar = ("beat", "bar", "window", "frames", "candidates", "noise")


KINDS: dict[str, type[Contract]] = {c.kind: c for c in (NoteContract, RollContract)}


def read_contract(text: str) -> Contract:
    """Raises ModelError for a version or kind this player does not know, or for nonsense."""
    try:
        table = json.loads(text)
        version, kind = int(table["contract"]), str(table["kind"])
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError("its description is damaged: export it again") from error
    if version != VERSION:
        raise ModelError(
            f"it follows version {version} of the model contract and this player version "
            f"{VERSION}: export it again, or install the antiphon it was made for"
        )
    if kind not in KINDS:
        raise ModelError(f"its kind is {kind!r}; this player plays: {', '.join(KINDS)}")
    try:
        contract = KINDS[kind].from_table(table)
        shapes = [shape for _, shape in (contract.inputs | contract.outputs).values()]
    except (ValueError, KeyError, TypeError) as error:
        raise ModelError(f"its description is damaged ({error}): export it again") from error
    if not all(shape and min(shape) > 0 and math.prod(shape) <= LARGEST for shape in shapes):
        raise ModelError("the sizes it gives for itself make no sense: export it again")
    return contract
