"""A MIDI file as somebody plays it: what it sends, and when."""

from pathlib import Path

from live import midi
from live.errors import UserError
from live.midi_file import read_midi

Timed = tuple[float, bytes]  # seconds from the beginning, a raw message


def read_song(path: Path, longest: float) -> tuple[Timed, ...]:
    """The channel messages of the first `longest` seconds after its first note, in order; keys
    still down then come up. Raises UserError for a file that cannot be played."""
    at, heard = 0.0, []
    try:
        for message in read_midi(path):
            at += message.time
            if not message.is_meta and midi.has_channel(raw := bytes(message.bytes())):
                heard.append((at, raw))
    except (ValueError, TypeError) as error:
        raise UserError(f"{path} cannot be read as a MIDI file: {error}") from error
    first = next((at for at, raw in heard if midi.is_note_on(raw)), None)
    if first is None:
        raise UserError(f"{path} has no note: give a file that has some")
    song = [(max(0.0, at - first), raw) for at, raw in heard if at <= first + longest]
    end = min(longest, heard[-1][0] - first)
    down = sorted(midi.keys_down(raw for _, raw in song))
    return (*song, *((end, midi.note_off(channel, pitch)) for channel, pitch in down))
