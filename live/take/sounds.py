"""Which sounds the sides of a take were asked for, and when: programs, banks, how much room."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from live import midi
from live.hands.config import HandsSettings
from live.hands.programs import SOUND, selecting, sound_of
from live.take.entries import Sound, Take

Timed = tuple[float, bytes]  # seconds, a raw channel message
Asked = list[tuple[float, HandsSettings]]  # from when on (seconds) what holds


def sounds_of(take: Take, instead: Mapping[str, Any] | None = None) -> Asked:
    """instead: settings that hold all the time, whatever the take says. Raises SettingError."""
    held = HandsSettings()
    asked = []
    for at, changes in _changes(take):
        held = held.with_values({name: changes[name] for name in SOUND if name in changes})
        asked.append((at, held.with_values(instead or {})))
    return asked


def programs(asked: Asked, side: int, channels: Iterable[int]) -> list[Timed]:
    """The messages that select the sounds of a side (as live.hands.ledger marks it) on these
    channels (0-15), each when it is another than before."""
    on = tuple(channels)
    return _news(asked, lambda held: (m for c in on for m in selecting(c, *sound_of(held, side))))


def room(asked: Asked, channels: Iterable[int]) -> list[Timed]:
    """The same for the reverb."""
    on = tuple(channels)
    return _news(
        asked,
        lambda held: (midi.control_change(c, midi.REVERB, round(held.reverb * 127)) for c in on),
    )


def _changes(take: Take) -> Iterator[tuple[float, Mapping[str, Any]]]:
    yield 0.0, take.header.sound
    for entry in take.entries:
        if isinstance(entry, Sound):
            yield entry.at, entry.changes


def _news(asked: Asked, messages: Callable[[HandsSettings], Iterable[bytes]]) -> list[Timed]:
    found: list[Timed] = []
    before: tuple[bytes, ...] = ()
    for at, held in asked:
        told = tuple(messages(held))
        found += [(at, message) for message in told if told != before]
        before = told
    return found
