"""The instrument itself, as it plays live: the partner in virtual time, who hears keys go down and
come up and whose notes begin when they are due."""

import heapq
from collections.abc import Mapping
from typing import Any

from live import midi
from live.models.note_model import NoteModel
from live.notes import MACHINE, Note, Part
from live.partner import Partner
from live.plan import Heard, Plan, PlannedNote, Sounded
from live.settings import Settings
from live.tempo.timeline import Timeline
from training.bars_reader import end_of
from training.benchmarks.accompany.songs import MELODY, PIANO, Song

BPM = 90.0  # of all songs: how long it has to think is not measured
HELD = 0.98  # of a note: its key is up before the next goes down


def play(model: NoteModel, song: Song, seed: int, settings: Mapping[str, Any]) -> list[Note]:
    """What the partner plays along with a song's melody, in beats."""
    beat = 60 / BPM
    bar = round(song.place(0.0)[1])
    way = Settings(mode="accompany", you=MELODY, me=PIANO, clock="internal", tempo=BPM, bar=bar)
    partner = Partner(model, way.with_values(settings), seed, line=Timeline(0.0, 0.0, BPM, bar))
    keys = []  # each message: when, ends before beginnings
    for note in song.melody:
        end = note.onset + HELD * (end_of(note) - note.onset)
        keys.append((note.onset * beat, 1, midi.note_on(0, note.pitch, note.velocity)))
        keys.append((end * beat, 0, midi.note_off(0, note.pitch)))
    heapq.heapify(keys)
    due: dict[int, PlannedNote] = {}
    played: list[Note] = []
    heard, now, end = 0, 0.0, song.beats * beat

    def follow(plan: Plan | None) -> None:
        if plan is None:
            return
        if plan.cut is not None:
            for note in [n for n in due.values() if n.onset >= plan.cut]:
                del due[note.id]
        due.update((note.id, note) for note in plan.notes)

    while True:
        first = min(due.values(), key=lambda n: (n.onset, n.id), default=None)
        wake = partner.wake_at
        at = min(
            keys[0][0] if keys else end,
            end if first is None else first.onset,
            end if wake is None else max(wake, now),
        )
        if at >= end:
            return played
        now = max(now, at)
        if keys and keys[0][0] <= now:
            heard += 1
            follow(partner.hear(Heard(heard, now, heapq.heappop(keys)[2])))
        elif first is not None and first.onset <= now:
            del due[first.id]
            played.append(_note(first, beat))
            follow(partner.sounded(Sounded(first.id, now, now - first.onset)))
        else:
            follow(partner.wake(now))


def _note(planned: PlannedNote, beat: float) -> Note:
    onset, length = planned.onset / beat, planned.duration / beat
    return Note(onset, Part(MACHINE, PIANO), planned.pitch, planned.velocity, length)
