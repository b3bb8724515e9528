"""What the partner asks of whoever plans its notes. All times are seconds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from live.modes.scene import Turn
from live.notes import Note, Part
from live.plan import Longer, PlannedNote
from live.settings import Settings

LONGEST_NOTE = 8.0  # seconds
REMEMBERED = 64  # notes of the window read again after a restart


@dataclass(frozen=True)
class Mine:
    """What the machine may play. voices: of the model's; pitches: MIDI; channel: 0-15."""

    voices: frozenset[str]
    pitches: frozenset[int]
    channel: int


@dataclass(frozen=True)
class Planned:
    """Notes added to the plan, in order of onset. over: the turn has come to its end. longer:
    notes planned before that go on. held: those of them that have begun, as long as they are now.
    """

    notes: tuple[PlannedNote, ...]
    over: bool = False
    longer: tuple[Longer, ...] = ()
    held: tuple[Note, ...] = ()


class Planner(Protocol):
    """keys: the player's that are down. window: the notes of both sides that have begun."""

    bar: float  # length of a bar

    def apply(self, settings: Settings, mine: Mine) -> None:
        """Play so from now on."""

    def restore(self, window: Sequence[Note]) -> None:
        """Begin from these notes."""

    def hear(self, note: Note, keys: frozenset[int]) -> None:
        """The player's note began; its own key is among the keys."""

    def ended(self, note: Note) -> None:
        """That note of the player's has its duration now."""

    def played(self, number: int, at: float, keys: frozenset[int]) -> Note | None:
        """The planned note of that number began to sound. Returns it, as it sounded."""

    def begin(self, turn: Turn) -> None:
        """The machine has the floor."""

    def clear(self) -> bool:
        """The player took the floor: nothing planned or sounding is left. Whether there was."""

    def changed(self, now: float) -> float | None:
        """Settings changed in a turn: the moment from which its plan is to be made anew."""

    def take_back(self, cut: float) -> None:
        """Drop what is planned from `cut` on."""

    def plan(self, now: float, turn: Turn, keys: frozenset[int], window: Sequence[Note]) -> Planned:
        """Plan on."""

    @property
    def plan_on_at(self) -> float:
        """When it wants to plan on."""


def note_of(planned: PlannedNote, part: Part, at: float) -> Note:
    """A planned note that began at `at` and ends as it was planned to."""
    end = planned.onset + planned.duration
    return Note(at, part, planned.pitch, planned.velocity, max(0.0, end - at))
