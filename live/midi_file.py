"""Standard MIDI Files as they come: one that cannot be read is one line."""

from pathlib import Path

import mido

from live.errors import UserError


def read_midi(path: Path) -> mido.MidiFile:
    """Raises UserError for a file that cannot be read."""
    try:
        return mido.MidiFile(path, clip=True)
    except OSError as error:
        why = error.strerror or error
        raise UserError(f"{path} cannot be read as a MIDI file: {why}") from error
    except (EOFError, ValueError, KeyError, IndexError, TypeError) as error:
        raise UserError(f"{path} cannot be read as a MIDI file: {error}") from error
