"""A take as a Standard MIDI File, to go on working on it in any DAW.

The file is in time as it was played, at the tempo asked for, and its bar lines are those of the
session: if nothing is played at first, whole bars are left out, so the music begins in the first
bar, as far after its bar line as it was.
"""

import io
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import mido

from live import midi
from live.hands.ledger import MACHINE, PLAYER
from live.take.entries import Take
from live.take.journal import TakeError
from live.take.sides import (
    PlayedNote,
    machine_notes,
    pedal_spans,
    player_keys,
    player_messages,
)
from live.take.sounds import Asked, programs, sounds_of

TICKS_PER_BEAT = 480
BEATS_PER_BAR = 4
SLOWEST, FASTEST = 4.0, 1000.0  # beats a minute
_LONGEST_GAP = 0x0FFFFFFF  # ticks: all that the file format can write down
_SYSEX = 0xF0

_END, _OTHER, _BEGINNING = range(3)
# (tick, seconds, one of the above, order, message): events sorted so keep what was first first,
# end a key before it is struck again, and set a sound up before the note that needs it.
_Event = tuple[int, float, int, int, mido.Message]


def export_midi(take: Take, path: str | Path, bpm: float = 120.0, trim: bool = True) -> None:
    """Write a format-1 MIDI file: tempo, then a track "You", then a track "Antiphon".

    bpm: beats a minute (4 to 1000) of the tempo written; it moves the bar lines, not the music.
    trim: leave out the whole bars (of four beats) before the first note of either side; what was
    set up in them (programs, controllers) comes at the very beginning instead. Every note has
    its end and at least one tick. The tracks are as long as the take. The player's clock and
    other real-time messages are not written.

    Raises TakeError (such a tempo, a silence longer than MIDI files can hold) and OSError.
    """
    if not SLOWEST <= bpm <= FASTEST:
        raise TakeError(f"{bpm} beats a minute is not a tempo: give {SLOWEST:g} to {FASTEST:g}")
    tempo = mido.bpm2tempo(bpm)
    yours, its = player_keys(take), machine_notes(take)
    per_tick = tempo / 1e6 / TICKS_PER_BEAT  # seconds, as the file's whole microseconds say it
    skipped = 0
    if trim and (onsets := [note.onset for note in yours + its]):
        bar = BEATS_PER_BAR * TICKS_PER_BEAT
        skipped = round(min(onsets) / per_tick) // bar * bar

    def tick(at: float) -> int:
        return max(0, round(at / per_tick) - skipped)

    asked = sounds_of(take)
    you = sorted(
        _programs(asked, PLAYER, yours, tick) + _notes(yours, tick) + _others(take, tick),
        key=_order,
    )
    antiphon = sorted(_programs(asked, MACHINE, its, tick) + _notes(its, tick), key=_order)
    end = max([tick(take.length)] + [events[-1][0] for events in (you, antiphon) if events])
    conductor = mido.MidiTrack(
        [
            mido.MetaMessage("track_name", name=_latin(f"Antiphon {take.header.started}")),
            mido.MetaMessage("set_tempo", tempo=tempo),
            mido.MetaMessage("time_signature", numerator=BEATS_PER_BAR, denominator=4),
            mido.MetaMessage("end_of_track"),
        ]
    )
    tracks = [conductor, _track("You", you, end), _track("Antiphon", antiphon, end)]
    file = io.BytesIO()
    mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, tracks=tracks).save(file=file)
    Path(path).write_bytes(file.getvalue())


def _order(event: _Event) -> tuple[int, float, int, int]:
    return event[:4]


def _notes(notes: list[PlayedNote], tick: Callable[[float], int]) -> list[_Event]:
    events: list[_Event] = []
    free: dict[tuple[int, int], int] = defaultdict(int)  # the tick from which a key is free
    for note in notes:
        key = (note.channel, note.pitch)
        start = max(tick(note.onset), free[key])
        stop = free[key] = max(start + 1, tick(note.end))
        on = midi.note_on(*key, note.velocity)
        off = midi.note_off(*key, note.release)
        events.append((start, note.onset, _BEGINNING, len(events), mido.Message.from_bytes(on)))
        events.append((stop, note.end, _END, len(events), mido.Message.from_bytes(off)))
    return events


def _programs(
    asked: Asked, side: int, notes: list[PlayedNote], tick: Callable[[float], int]
) -> list[_Event]:
    """What selects the side's sounds, on the channels that it plays on."""
    told = programs(asked, side, sorted({note.channel for note in notes}))
    return [
        (tick(at), at, _OTHER, order - len(told), mido.Message.from_bytes(message))
        for order, (at, message) in enumerate(told)
    ]


def _others(take: Take, tick: Callable[[float], int]) -> list[_Event]:
    """What the player sent beside notes; pedals still down at the end of the take are lifted."""
    messages = player_messages(take)
    for span in pedal_spans(take):
        if not span.released:
            messages.append((span.up, midi.control_change(span.channel, midi.SUSTAIN, 0)))
    events: list[_Event] = []
    for order, (at, message) in enumerate(messages):
        is_note = midi.is_note_on(message) or midi.is_note_off(message)
        if is_note or not (midi.has_channel(message) or message[:1] == bytes((_SYSEX,))):
            continue
        try:
            parsed = mido.Message.from_bytes(message)
        except (ValueError, IndexError):
            continue  # damaged on its way here: no file could hold it
        events.append((tick(at), at, _OTHER, order, parsed))
    return events


def _track(name: str, events: list[_Event], end: int) -> mido.MidiTrack:
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
    before = 0
    for tick, message in [(event[0], event[4]) for event in events] + [
        (end, mido.MetaMessage("end_of_track"))
    ]:
        if tick - before > _LONGEST_GAP:
            raise TakeError(
                "the take has a silence longer than a MIDI file can hold; export it at fewer "
                "beats a minute"
            )
        track.append(message.copy(time=tick - before))
        before = tick
    return track


def _latin(text: str) -> str:
    return text.encode("latin-1", "replace").decode("latin-1")
