"""Notes <-> the whole numbers a model reads, by one table of fields.

A note is five fields, each a choice among bins. A field's bins are listed with their values, and
encoding and decoding both read that list, so they cannot disagree. The table travels in the
metadata of every exported model: the bins belong to the model, not to the code.

Index `len(bins)` of a field stands for "not known": before the first note, and for the duration
of a player's note, which nobody can know when it begins.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from live.notes import SIDES, Part

TIME, PART, PITCH, VELOCITY, DURATION = range(5)
NAMES = ("time", "part", "pitch", "velocity", "duration")
PITCHES = 128
UNKNOWN = -1  # a position in the bar that nobody keeps
POSITIONS = 98  # rows for a position in the bar: eight beats, and the last for an unknown one
POSITIONS_A_BEAT = 12  # finer than any grid that written music lies on

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Field:
    """One aspect of a note: `bins` are its possible values, ascending, in the field's unit."""

    name: str
    bins: tuple[int, ...]

    def __post_init__(self) -> None:
        if not self.bins or any(b <= a for a, b in zip(self.bins, self.bins[1:], strict=False)):
            raise ValueError(f"the bins of field {self.name!r} must ascend")

    def __len__(self) -> int:
        return len(self.bins)

    @property
    def none(self) -> int:
        """The index that means "not known"."""
        return len(self.bins)

    @cached_property
    def values(self) -> npt.NDArray[np.int64]:
        return np.array(self.bins, dtype=np.int64)

    @cached_property
    def _edges(self) -> npt.NDArray[np.float64]:
        values = self.values.astype(np.float64)
        return (values[1:] + values[:-1]) / 2

    def encode(self, values: npt.ArrayLike) -> Ints:
        """The index of the nearest bin for each value; values beyond the ends take the ends."""
        return np.searchsorted(self._edges, np.asarray(values), side="right").astype(np.int32)

    @cached_property
    def _edge_list(self) -> list[float]:
        return [float(edge) for edge in self._edges]

    def nearest(self, value: float) -> int:
        """`encode` of one value, in a tenth of the time."""
        return bisect_right(self._edge_list, value)

    def decode(self, index: int) -> int:
        return self.bins[index]


@dataclass(frozen=True)
class Codec:
    """How one model writes notes down.

    ticks_per_beat: ticks in a beat, for `time` (since the previous onset) and `duration`.
    parts: the parts, in the order of the `part` field.
    fields: the five fields in the order in which they are predicted.
    """

    ticks_per_beat: int
    parts: tuple[Part, ...]
    fields: tuple[Field, ...]

    def __post_init__(self) -> None:
        if tuple(field.name for field in self.fields) != NAMES:
            raise ValueError(f"the fields must be {', '.join(NAMES)}, in that order")
        if len(self.fields[PART]) != len(self.parts):
            raise ValueError("the part field must have one bin for each part")
        if self.ticks_per_beat < 1:
            raise ValueError("ticks_per_beat must be 1 or more")

    @classmethod
    def make(
        cls,
        ticks_per_beat: int,
        voices: Sequence[str],
        time: Sequence[int],
        velocity: Sequence[int],
        duration: Sequence[int],
    ) -> "Codec":
        """Each voice becomes two parts: the player's, and (after all the player's) the machine's.

        time and duration in ticks, velocity in MIDI velocities (1-127), all ascending.
        """
        parts = tuple(Part(side, voice) for side in SIDES for voice in voices)
        values = (time, range(len(parts)), range(PITCHES), velocity, duration)
        fields = tuple(Field(n, tuple(v)) for n, v in zip(NAMES, values, strict=True))
        return cls(ticks_per_beat, parts, fields)

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of bins of each field."""
        return tuple(len(field) for field in self.fields)

    @cached_property
    def slices(self) -> tuple[slice, ...]:
        """Where each field lies in a vector over all bins of all fields."""
        ends = np.cumsum(self.sizes)
        return tuple(slice(int(e) - n, int(e)) for e, n in zip(ends, self.sizes, strict=True))

    @property
    def voices(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(part.voice for part in self.parts))

    def rows(self, positions: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """The row a model looks up for each position in the bar, in ticks; UNKNOWN has its own."""
        step = max(1, self.ticks_per_beat // POSITIONS_A_BEAT)
        ticks = np.asarray(positions, np.int64)
        known = np.minimum((ticks + step // 2) // step, POSITIONS - 2)
        return np.where(ticks < 0, POSITIONS - 1, known)

    def rows_after(self, position: int, bar: int) -> npt.NDArray[np.int64]:
        """The rows after each bin of time, from a position in a bar of so many ticks."""
        if position < 0:
            return self.rows(np.full(len(self.fields[TIME]), UNKNOWN))
        return self.rows((position + self.fields[TIME].values) % bar)

    @property
    def nothing(self) -> Ints:
        """The note before the first: every field not known, shape (5,)."""
        return np.array([field.none for field in self.fields], dtype=np.int32)

    def note(
        self, time: float, part: Part, pitch: int, velocity: int, duration: float | None
    ) -> Ints:
        """One note as bins, shape (5,). time and duration in ticks; duration None: not known."""
        f = self.fields
        return np.array(
            (
                f[TIME].nearest(time),
                self.parts.index(part),
                pitch,
                f[VELOCITY].nearest(velocity),
                f[DURATION].none if duration is None else f[DURATION].nearest(duration),
            ),
            dtype=np.int32,
        )

    def to_dict(self) -> dict[str, Any]:
        """The table as plain values, for a model's metadata."""
        return {
            "ticks_per_beat": self.ticks_per_beat,
            "parts": [str(part) for part in self.parts],
            "fields": {field.name: list(field.bins) for field in self.fields},
        }

    @classmethod
    def from_dict(cls, table: Mapping[str, Any]) -> "Codec":
        """The reverse of to_dict. Raises ValueError for a table that makes no sense."""
        try:
            parts = tuple(Part(*str(part).split(":", 1)) for part in table["parts"])
            fields = tuple(
                Field(str(name), tuple(int(b) for b in bins))
                for name, bins in table["fields"].items()
            )
            codec = cls(int(table["ticks_per_beat"]), parts, fields)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"the table of fields is incomplete: {error}") from error
        if any(part.side not in SIDES for part in codec.parts):
            raise ValueError("every part must be the player's or the machine's")
        if codec.fields[PITCH].bins != tuple(range(PITCHES)):
            raise ValueError("the pitch field must be the 128 MIDI pitches")
        return codec
