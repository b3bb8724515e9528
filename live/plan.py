"""What the hands and the mind say to each other: frozen values that pickle small.

All times are seconds on one clock (the session's), as floats.
"""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from live.tempo.timeline import Timeline

LEAVE = "leave"  # a mind's last word to the hands: what it planned is to be played


class _Small:
    """Pickled as its class and its values, in half the time: a frozen dataclass looks up its fields
    anew for each."""

    __slots__: tuple[str, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), tuple([getattr(self, name) for name in self.__slots__])


class OnTouch(Enum):
    """What the hands do, by themselves and at once, when the player starts a note."""

    YIELD = "yield"  # end the machine's notes and drop what is planned
    KEEP = "keep"  # go on; the mind will revise its plan


@dataclass(frozen=True, slots=True)
class Heard(_Small):
    """One message of the player's, in the order received.

    seq counts up by one from 1; at is the moment of arrival (seconds); message is raw MIDI.
    """

    seq: int
    at: float
    message: bytes


@dataclass(frozen=True, slots=True)
class Sounded(_Small):
    """The note-on of planned note `id` is heard at `at` (seconds): the hands sent it then, or by
    the output's latency before.

    late is `at` less the planned onset (seconds, never negative).
    """

    id: int
    at: float
    late: float


@dataclass(frozen=True, slots=True)
class Beat(_Small):
    """A keeper of the beat outside the mind says where it is.

    at: when it was said (seconds). source: "midi" or "link". timeline: None if that keeper is
    gone.
    """

    at: float
    source: str
    timeline: Timeline | None


@dataclass(frozen=True, slots=True)
class Channels(_Small):
    """The mind says on which channels (0-15) the machine plays from now on."""

    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlannedNote(_Small):
    """A machine note, on and off in one, so that an on without its off cannot be written.

    onset and duration in seconds (duration > 0); channel 0-15; pitch 0-127; velocity 1-127.
    """

    id: int
    onset: float
    duration: float
    channel: int
    pitch: int
    velocity: int


@dataclass(frozen=True, slots=True)
class Longer(_Small):
    """Planned note `id`, if it has not ended yet, ends at `until` (seconds), later than was
    planned or sooner."""

    id: int
    until: float


@dataclass(frozen=True, slots=True)
class Plan(_Small):
    """The mind's orders to the hands.

    after: seq of the last Heard the mind knew when it planned. If the hands have yielded to
        a later touch, the plan's notes are stale and are not played.
    notes: added to the schedule, in order of onset.
    cut: if given, planned notes with onset >= cut that have not begun are dropped first.
    on_touch: what the hands do from now on when the player starts a note.
    longer: notes of earlier plans that go on for longer than was planned, or less.
    timeline: if given, where the beat is from now on. What was planned before and has not been
        sent yet moves with it (Timeline.moved); the notes of this plan are on it already.
    """

    after: int
    notes: tuple[PlannedNote, ...] = ()
    cut: float | None = None
    on_touch: OnTouch = OnTouch.YIELD
    longer: tuple[Longer, ...] = ()
    timeline: Timeline | None = None


def both(first: Plan | None, then: Plan | None) -> Plan | None:
    """Two orders as one; the second is on the first one's timeline, or on its own."""
    if first is None or then is None:
        return first or then
    kept = first.notes
    if then.cut is not None:
        kept = tuple(note for note in kept if note.onset < then.cut)
    return replace(
        then,
        notes=(*kept, *then.notes),
        cut=min((c for c in (first.cut, then.cut) if c is not None), default=None),
        longer=(*first.longer, *then.longer),
        timeline=then.timeline or first.timeline,
    )
