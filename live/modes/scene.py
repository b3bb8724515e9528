"""What a mode sees, and what it may say."""

from collections.abc import Callable
from dataclasses import dataclass

from live.notes import Note
from live.settings import Settings
from live.tempo.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Turn:
    """The machine has the floor: it may begin notes from `began` until before `end` (seconds)."""

    began: float
    end: float


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a mode may go by. Times in seconds.

    phrase: the player's notes since the machine last had the floor. keys: how many keys are
    down. released: when the last key came up. held: since when the control that gives the machine
    the floor is down, None if it is up or none is set. bar: length of a bar at the tempo now.
    timeline: where the beat is, None if nobody keeps it or it stands still. turn: the machine's,
    if it has one. ended: when its last turn was to end, None before the first.
    """

    now: float
    settings: Settings
    phrase: tuple[Note, ...]
    keys: int
    released: float | None
    held: float | None
    bar: float
    timeline: Timeline | None
    turn: Turn | None
    ended: float | None


# A turn: the machine plays. A time: it listens, and wants to look again then. None: it listens.
Decision = Turn | float | None
Mode = Callable[[Scene], Decision]
