"""A continuation of a MIDI file, offline, through the code that plays on stage."""

from collections.abc import Sequence
from pathlib import Path

import mido
import numpy as np

from live.errors import UserError
from live.models.note_model import Chance, NoteModel
from live.notes import MACHINE, PLAYER, Note, Part
from live.reader import Reader
from live.tempo.grid import Free
from training.bars_reader import go_on
from training.coded import USUAL
from training.config import CorpusConfig
from training.midi_file import BadFile, read_piece

TICKS_PER_BEAT = 480
BEATS_PER_SECOND = 2.0
DRUMS = 9  # the channel that no voice may have
MOST_NOTES = 20_000  # of a continuation: a model that stays on one moment must end too
SIDES = ((PLAYER, "You"), (MACHINE, "Antiphon"))


def read_notes(path: Path, corpus: CorpusConfig) -> list[Note]:
    """A MIDI file's notes, all the player's, in order of onset, in seconds. Raises UserError."""
    try:
        piece = read_piece(path, corpus)
    except BadFile as error:
        raise UserError(f"{path}: {error}") from error
    voices = list(corpus.voices)
    columns = zip(
        piece.second, piece.voice, piece.pitch, piece.velocity, piece.seconds, strict=True
    )
    notes = [
        Note(
            float(at),
            Part(PLAYER, voices[voice]),
            int(pitch),
            int(velocity) or USUAL,
            float(length),
        )
        for at, voice, pitch, velocity, length in columns
    ]
    return sorted(notes, key=lambda note: note.onset)


def continuation(
    model: NoteModel, notes: Sequence[Note], seconds: float, seed: int = 0, temperature: float = 1.0
) -> list[Note]:
    """The machine's notes after `notes` (in order of onset), for so many seconds after the last.

    They are those voices' that the notes hold, or the model's last voice where it knows none.
    The same model, notes and seed give the same continuation.
    """
    known = frozenset(n.part.voice for n in notes) & frozenset(model.codec.voices)
    begun = notes[-1].onset if notes else 0.0
    grid = Free(model.contract.beats_per_second * model.codec.ticks_per_beat)
    return go_on(
        Reader(model, grid), notes, begun, begun + seconds,
        Chance(np.random.default_rng(seed), model.codec),
        known or frozenset(model.codec.voices[-1:]), temperature, MOST_NOTES,
    )  # fmt: skip


def write_midi(yours: Sequence[Note], its: Sequence[Note], path: Path) -> None:
    """A file of two tracks, You and Antiphon, a channel for each voice; in time as played."""
    voices = list(dict.fromkeys(n.part.voice for n in (*yours, *its)))
    first = mido.MidiTrack(
        [
            mido.MetaMessage("set_tempo", tempo=round(1e6 / BEATS_PER_SECOND)),
            mido.MetaMessage("end_of_track"),
        ]
    )
    tracks = [first]
    for notes, (_, name) in zip((yours, its), SIDES, strict=True):
        tracks.append(_track(notes, name, voices))
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, tracks=tracks)
    path.parent.mkdir(parents=True, exist_ok=True)
    file.save(path)


def _track(notes: Sequence[Note], name: str, voices: list[str]) -> mido.MidiTrack:
    rate = BEATS_PER_SECOND * TICKS_PER_BEAT
    spans: dict[tuple[int, int], list[list[int]]] = {}
    for note in notes:
        channel = voices.index(note.part.voice) % DRUMS
        on, off = (round(at * rate) for at in (note.onset, note.end or note.onset))
        its = spans.setdefault((channel, note.pitch), [])
        if its and its[-1][0] == on:
            its.pop()  # struck twice at once: one key
        elif its:
            its[-1][1] = min(its[-1][1], on)  # a key ends before it is struck again
        its.append([on, max(off, on + 1), note.velocity])
    events: list[tuple[int, int, mido.Message]] = []
    for (channel, pitch), its in spans.items():
        for on, off, velocity in its:
            about = {"channel": channel, "note": pitch}
            events.append((on, 1, mido.Message("note_on", velocity=velocity, **about)))
            events.append((off, 0, mido.Message("note_off", **about)))
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
    before = 0
    for tick, _, message in sorted(events, key=lambda e: e[:2]):
        track.append(message.copy(time=tick - before))
        before = tick
    track.append(mido.MetaMessage("end_of_track"))
    return track
