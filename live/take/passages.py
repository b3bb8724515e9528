"""The passages of a take: from where the player pressed record to where they pressed stop.

A session is one take, whatever is pressed, so that nothing is lost and all of it replays; a
passage is a part of it, to hear, look at and export.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from live import midi
from live.plan import Heard, Sounded
from live.take.entries import End, Entry, Mark, Take, moment
from live.take.journal import TakeError


@dataclass(frozen=True, slots=True)
class Passage:
    """begin, end: seconds. open: nobody pressed stop; it goes on to the end of the take."""

    begin: float
    end: float
    open: bool


def passages(take: Take) -> list[Passage]:
    """In order. Record pressed once more ends the passage before."""
    found: list[Passage] = []
    begin: float | None = None
    for mark in take.entries:
        if isinstance(mark, Mark):
            if begin is not None:
                found.append(Passage(begin, max(begin, mark.at), False))
            begin = mark.at if mark.on else None
    if begin is not None:
        found.append(Passage(begin, max(begin, take.length), not take.complete))
    return found


def nth(take: Take, number: int) -> Take:
    """The take of a passage, counted from 1. Raises TakeError where there is none."""
    found = passages(take)
    if not 1 <= number <= len(found):
        raise TakeError(f"there is no passage {number}: the take has {len(found)}")
    return cut(take, found[number - 1])


def cut(take: Take, passage: Passage) -> Take:
    """A take of that passage alone, with its times as they were: it has the music, and does not
    replay. What was set up before (controllers, programs) is in it."""
    entries = (*_within(take, passage), End(passage.end))
    return Take(take.header, entries, True, False)


def _within(take: Take, passage: Passage) -> Iterator[Entry]:
    called = 0.0  # when the call came that a plan answers
    for entry in take.entries:
        called = at if (at := moment(entry)) is not None else called
        if isinstance(entry, Mark | End) or called > passage.end:
            continue
        if called >= passage.begin or not _plays(entry):
            yield entry


def _plays(entry: Entry) -> bool:
    """Whether it is a note that began or ended; what sets a sound up is none."""
    if isinstance(entry, Heard):
        message = entry.message
        is_note = message[:1] and message[0] & 0xF0 in (midi.NOTE_ON, midi.NOTE_OFF)
        return bool(is_note) or not midi.has_channel(message)
    return isinstance(entry, Sounded)
