"""What the partner asks of whoever plans its notes. All times are seconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Protocol

from live.codec import NAMES, PITCH
from live.modes import Turn, Way
from live.notes import Note, Part
from live.plan import Longer, PlannedNote
from live.settings import Settings
from live.tempo.timeline import Timeline

LONGEST_NOTE = 8.0  # seconds
LOUDNESS = 16  # of the player's last notes that the machine's velocity follows
USUAL = 72  # velocity of a player who plays neither softly nor loudly
REMEMBERED = 64  # notes of the window read again after a restart


@dataclass(frozen=True)
class Place:
    """Where a voice plays. channel: 0-15; pitches: MIDI."""

    channel: int
    pitches: frozenset[int]


@dataclass(frozen=True)
class Mine:
    """What the machine may play. voices: of the model's; places: of each voice that the machine
    could have; you: the player's part; way: of playing."""

    voices: frozenset[str]
    places: Mapping[str, Place]
    you: Part
    way: Way

    @cached_property
    def pitches(self) -> frozenset[int]:
        """Those that any of its voices may play."""
        return frozenset().union(*(self.places[voice].pitches for voice in self.voices))

    @property
    def channels(self) -> tuple[int, ...]:
        """Those that its voices play on (0-15)."""
        return tuple(sorted({self.places[voice].channel for voice in self.voices}))


@dataclass(frozen=True)
class Planned:
    """Notes added to the plan, in order of onset. over: the turn has come to its end. longer:
    notes planned before that end at another time. held: those of them that have begun, as long as
    they are now. cut: what was planned to begin from then on (seconds) is taken back first. more:
    there is more to plan at once.
    """

    notes: tuple[PlannedNote, ...]
    over: bool = False
    longer: tuple[Longer, ...] = ()
    held: tuple[Note, ...] = ()
    cut: float | None = None
    more: bool = False


class Planner(Protocol):
    """keys: the player's that are down."""

    def apply(self, settings: Settings, mine: Mine, now: float) -> None:
        """Play so from now on."""

    def keep_time(self, before: Timeline | None, line: Timeline | None, now: float) -> None:
        """The beat was kept as `before`, and is as `line` from now on (None: nobody keeps it).
        What is planned or sounds moves along (Timeline.moved)."""

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

    def plan(self, now: float, turn: Turn, keys: frozenset[int]) -> Planned:
        """Plan on."""

    def rehearse(self) -> None:
        """Change nothing, and so be quicker at the next key."""

    def repeat(self, notes: Sequence[Note], keys: frozenset[int]) -> Planned:
        """Plan these notes of the machine's, in order of onset, and what follows after them."""

    @property
    def plan_on_at(self) -> float:
        """When it wants to plan on."""


def temperatures(settings: Settings) -> tuple[float, ...]:
    """Of each field of a note."""
    spread = [settings.temperature] * len(NAMES)
    spread[PITCH] *= settings.pitches
    return tuple(spread)


def moved(note: PlannedNote, before: Timeline, line: Timeline) -> PlannedNote:
    """A planned note where another timeline has it."""
    onset = before.moved(note.onset, line)
    end = before.moved(note.onset + note.duration, line)
    return replace(note, onset=onset, duration=end - onset)


def note_of(planned: PlannedNote, part: Part, at: float) -> Note:
    """A planned note that began at `at` and ends as it was planned to."""
    end = planned.onset + planned.duration
    return Note(at, part, planned.pitch, planned.velocity, max(0.0, end - at))
