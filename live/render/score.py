"""What is to sound: each side's messages at their times, from a take or from a MIDI file."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from typing import Any

import mido

from live import midi
from live.errors import UserError
from live.hands.config import HandsSettings
from live.hands.ledger import MACHINE as ITS
from live.hands.ledger import PLAYER as YOURS
from live.midi_file import read_midi
from live.settings import parse_hold
from live.take.entries import Restart, Settings, Take
from live.take.export import BEATS_PER_BAR
from live.take.journal import SUFFIX, read_take
from live.take.sides import machine_notes, player_messages
from live.take.sounds import Asked, Timed, programs, room, sounds_of

YOU, MACHINE, SONG = "you", "machine", "song"
_TRACKS = {"You": YOU, "Antiphon": MACHINE}  # as live.take.export names them
_SIDES = {YOU: YOURS}  # as the ledger marks them; all others are the machine's
_PEDALS = (midi.SUSTAIN, 66)  # what goes on sounding after its key: sustain, sostenuto
_BAR = BEATS_PER_BAR * 0.5  # seconds of a bar of an exported take, at its 120 beats a minute


@dataclass(frozen=True, slots=True)
class Stem:
    """One side: its messages in order, and when they are over (seconds)."""

    name: str
    events: tuple[Timed, ...]
    end: float

    @property
    def onsets(self) -> list[float]:
        """When its notes begin (seconds)."""
        return [at for at, message in self.events if midi.is_note_on(message)]

    @property
    def channels(self) -> list[int]:
        """The channels (0-15) that its notes are on."""
        return sorted({midi.channel_of(m) for _, m in self.events if midi.is_note_on(m)})


def read_score(path: Path, sound: Mapping[str, Any] | None = None) -> tuple[Stem, ...]:
    """The sides of a take, or of a MIDI file; a MIDI file that no take was exported to is one
    side, `song`. A take begins with the bar (of two seconds) of its first note, as its MIDI file
    does, and has the sounds of its session, but for those that are given (settings of the hands).
    Raises UserError where there is nothing to hear."""
    stems = _of_take(read_take(path), sound) if path.suffix == SUFFIX else _of_midi(path, sound)
    if not any(stem.onsets for stem in stems):
        raise UserError(f"{path} has no note: there is nothing to hear")
    return tuple(stem for stem in stems if stem.onsets)


def excerpt(stem: Stem, start: float, length: float = float("inf")) -> Stem:
    """The notes that begin in `length` seconds from `start` on. What was set up before (programs,
    controllers) is there at its beginning; keys and pedals still down at its end come up."""
    stop = min(stem.end, start + length)
    before = [(0.0, m) for at, m in stem.events if at < start and not _is_note(m)]
    within = [(at - start, m) for at, m in stem.events if start <= at < stop]
    end = max(0.0, stop - start)
    return replace(stem, events=tuple(_ended([*before, *within], end)), end=end)


def sounding(stem: Stem, asked: Asked) -> Stem:
    """With these sounds on the channels that it plays on; its own of the same moment come after."""
    side, channels = _SIDES.get(stem.name, ITS), stem.channels
    set_up = [*programs(asked, side, channels), *room(asked, channels)]
    return replace(stem, events=tuple(sorted([*set_up, *stem.events], key=lambda its: its[0])))


def _of_take(take: Take, sound: Mapping[str, Any] | None) -> list[Stem]:
    length = take.length
    holds = _holds(take)
    yours = [
        (at, message)
        for at, message in player_messages(take)
        if midi.is_whole(message) and not _is_control(message, at, holds)
    ]
    its = []
    for order, note in enumerate(machine_notes(take)):
        key = note.channel, note.pitch
        its.append((note.onset, 1, order, midi.note_on(*key, note.velocity)))
        # One of no length is still heard: its end comes after its beginning.
        ends = (note.end, 0 if note.end > note.onset else 2, order, midi.note_off(*key))
        its.append(ends)
    events = [(at, message) for at, _, _, message in sorted(its)]
    length = max([length, *(at for at, _ in events)])
    asked = sounds_of(take, sound)
    stems = [
        sounding(Stem(name, tuple(its), length), asked)
        for name, its in ((YOU, yours), (MACHINE, events))
    ]
    first = min((at for stem in stems for at in stem.onsets), default=0.0)
    return [excerpt(stem, first // _BAR * _BAR) for stem in stems]


def _holds(take: Take) -> list[tuple[float, int]]:
    """From when on (seconds) which key held the floor and did not sound; -1 for none."""
    holds = [(-inf, _hold_key(take.header.settings))]
    for entry in take.entries:
        if isinstance(entry, Settings | Restart) and "hold" in entry.changes:
            holds.append((entry.at, _hold_key(entry.changes)))
    return holds


def _hold_key(settings: Mapping[str, Any]) -> int:
    kind, number = parse_hold(str(settings.get("hold", ""))) or ("", -1)
    return number if kind == "key" else -1


def _is_control(message: bytes, at: float, holds: list[tuple[float, int]]) -> bool:
    key = next(key for since, key in reversed(holds) if since <= at)
    return midi.is_note_on(message) and message[1] == key


def _of_midi(path: Path, sound: Mapping[str, Any] | None) -> list[Stem]:
    file = read_midi(path)
    if file.type == 2 or not 0 < file.ticks_per_beat < 0x8000:
        raise UserError(f"{path} does not count its time in beats: save it anew as type 0 or 1")
    rows = []
    for track in file.tracks:
        name, tick = _TRACKS.get(track.name, SONG), 0
        for message in track:
            tick += message.time
            rows.append((tick, name, message))
    rows.sort(key=lambda row: row[0])
    sides: dict[str, list[Timed]] = {}
    at, before, tempo = 0.0, 0, 500_000  # the tempo until one is set, by the standard
    for tick, name, message in rows:
        at += mido.tick2second(tick - before, file.ticks_per_beat, tempo)
        before = tick
        if message.type == "set_tempo":
            tempo = message.tempo
        elif not message.is_meta and midi.has_channel(raw := bytes(message.bytes())):
            sides.setdefault(name, []).append((at, raw))
    asked = [(0.0, HandsSettings().with_values(sound or {}))]
    return [sounding(Stem(name, tuple(_ended(its, at)), at), asked) for name, its in sides.items()]


def _ended(events: list[Timed], end: float) -> list[Timed]:
    """With every key and pedal up at the end."""
    ups = [midi.note_off(*key) for key in sorted(midi.keys_down(m for _, m in events))]
    for pedal in _PEDALS:
        last = {midi.channel_of(m): m for _, m in events if midi.is_control(m, pedal)}
        ups += [midi.control_change(c, pedal, 0) for c, m in sorted(last.items()) if m[2] >= 64]
    return [*events, *((end, message) for message in ups)]


def _is_note(message: bytes) -> bool:
    return midi.is_note_on(message) or midi.is_note_off(message)
