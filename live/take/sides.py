"""From a take back to the music: what each side really played, and how long it really sounded.

The order of entries is the order in which the hands did things. It settles who was first where
two times are too close to tell: a message is stamped on arrival, a note on sending.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from live import midi
from live.hands.schedule import LONGEST, SHORTEST, fault
from live.notes import PLAYER, Note, Part
from live.plan import Heard, OnTouch, Plan, PlannedNote, Sounded
from live.take.entries import Take, moment

_Key = tuple[int, int]  # channel, pitch


@dataclass(frozen=True, slots=True)
class PlayedNote:
    """A note as it was played. onset and end in seconds (end >= onset); channel 0-15."""

    onset: float
    end: float
    channel: int
    pitch: int
    velocity: int
    release: int = 0  # velocity of the note-off


@dataclass(frozen=True, slots=True)
class PedalSpan:
    """The sustain pedal was down on a channel (0-15) from `down` to `up` (seconds).

    released: the player lifted it; if not, the take ended first.
    """

    down: float
    up: float
    channel: int
    released: bool


def player_messages(take: Take) -> list[tuple[float, bytes]]:
    """Everything the player sent, as (seconds, raw MIDI), each once, in order of arrival.

    A mind that was restarted is told again what the one before it may have missed; that is not
    played twice. Times never run backwards.
    """
    messages = []
    now = 0.0
    for heard in _heard_once(take):
        now = max(now, heard.at)
        messages.append((now, heard.message))
    return messages


def player_keys(take: Take) -> list[PlayedNote]:
    """The player's notes from key down to key up, in order of onset.

    A key struck again while it is down ends the note before. CC 120 and 123 end all of their
    channel. What is still down at the end of the take ends there.
    """
    notes: list[PlayedNote] = []
    down: dict[_Key, int] = {}
    length = take.length

    def end(key: _Key, at: float, release: int = 0) -> None:
        if (index := down.pop(key, None)) is not None:
            notes[index] = replace(notes[index], end=at, release=release)

    for at, message in player_messages(take):
        if not _is_sound(message):
            continue
        channel, first, second = midi.channel_of(message), message[1], message[2]
        if midi.is_note_on(message):
            end((channel, first), at)
            down[channel, first] = len(notes)
            notes.append(PlayedNote(at, max(at, length), channel, first, second))
        elif midi.is_note_off(message):
            is_plain = message[0] & 0xF0 == midi.NOTE_OFF
            end((channel, first), at, second if is_plain else 0)
        elif first in (midi.ALL_SOUND_OFF, midi.ALL_NOTES_OFF):
            for key in [key for key in down if key[0] == channel]:
                end(key, at)
    return notes


def player_notes(take: Take, voice: str = "piano") -> list[Note]:
    """The player's notes with the lengths of their keys, in the words of live.notes."""
    part = Part(PLAYER, voice)
    return [
        Note(note.onset, part, note.pitch, note.velocity, note.end - note.onset)
        for note in player_keys(take)
    ]


def pedal_spans(take: Take) -> list[PedalSpan]:
    """When the player held the sustain pedal (CC 64, down from 64 up), in order of release."""
    spans = []
    down: dict[int, float] = {}
    length = take.length
    for at, message in player_messages(take):
        if not (_is_sound(message) and midi.is_control(message, midi.SUSTAIN)):
            continue
        channel = midi.channel_of(message)
        if message[2] >= 64:
            down.setdefault(channel, at)
        elif channel in down:
            spans.append(PedalSpan(down.pop(channel), at, channel, True))
    left = [PedalSpan(at, max(at, length), channel, False) for channel, at in down.items()]
    return spans + left


def machine_notes(take: Take) -> list[PlayedNote]:
    """The machine's notes that really sounded, in order of onset, as the hands play them.

    A note begins when it was sent and ends where it was planned to (or, by a later plan, goes on
    for longer), and sooner if the same key was struck again, if the player touched a key while
    the plan said to yield, or if the take ended. One begun late keeps a little of its length. A
    plan's cut ends nothing that sounds.
    """
    notes: list[PlayedNote] = []
    planned: dict[int, list[PlannedNote]] = defaultdict(list)
    sounding: dict[_Key, int] = {}
    begun: dict[int, int] = {}  # where in `notes` the note of an id is
    on_touch = OnTouch.YIELD
    now = 0.0
    seen: set[Heard | Sounded] = set()

    def end_by(key: _Key, at: float) -> None:
        note = notes[index := sounding.pop(key)]
        notes[index] = replace(note, end=max(note.onset, min(note.end, at)))

    called = 0.0  # when the call came that a plan answers
    for entry in take.entries:
        if (at := moment(entry)) is not None:
            called = at
        if isinstance(entry, Plan):
            on_touch = entry.on_touch
            for plan_note in entry.notes:
                if not fault(plan_note):
                    planned[plan_note.id].append(plan_note)
            for longer in entry.longer:
                its = planned[longer.id]
                its[:] = [_longer(note, longer.until) for note in its]
                index = begun.get(longer.id, -1)
                if index in sounding.values() and (note := notes[index]).end >= called:
                    until = min(longer.until, note.onset + LONGEST)
                    notes[index] = replace(note, end=max(note.end, until))
        elif isinstance(entry, Heard | Sounded):
            if entry in seen:
                continue
            seen.add(entry)
            if isinstance(entry, Sounded):
                if found := _planned(planned[entry.id], entry):
                    now = max(now, entry.at)
                    key = (found.channel, found.pitch)
                    if key in sounding:
                        end_by(key, now)
                    sounding[key] = begun[entry.id] = len(notes)
                    notes.append(_begun(found, now))
            elif midi.takes_floor(entry.message) and on_touch is OnTouch.YIELD:
                for key in list(sounding):
                    end_by(key, entry.at)
    length = take.length
    for key in list(sounding):
        end_by(key, length)
    return notes


def _longer(note: PlannedNote, until: float) -> PlannedNote:
    return replace(note, duration=max(note.duration, until - note.onset))


def _begun(note: PlannedNote, at: float) -> PlayedNote:
    end = note.onset + min(note.duration, LONGEST)
    end = max(end, at + min(note.duration, SHORTEST))
    return PlayedNote(at, end, note.channel, note.pitch, note.velocity)


def _planned(candidates: list[PlannedNote], sounded: Sounded) -> PlannedNote | None:
    # A mind that was restarted may count its notes from the beginning again: of those with the
    # same id, the one meant is the one that was due then.
    due = sounded.at - sounded.late
    return min(reversed(candidates), key=lambda note: abs(note.onset - due), default=None)


def _heard_once(take: Take) -> Iterator[Heard]:
    seen: set[Heard] = set()
    for entry in take.entries:
        if isinstance(entry, Heard) and entry not in seen:
            seen.add(entry)
            yield entry


def _is_sound(message: bytes) -> bool:
    """A whole note or controller message: a damaged one is heard but means nothing."""
    return len(message) == 3 and 0x80 <= message[0] < 0xC0 and max(message[1:]) < 0x80
