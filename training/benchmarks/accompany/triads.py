"""What live.harmony hears under a melody, played as held triads: as it goes, and in hindsight."""

from collections.abc import Sequence

import numpy as np

from live.harmony import KEYS, TRIADS, Floats, Harmony, Tables, by_triad, heard, shipped, weight
from live.notes import MACHINE, Note, Part
from training.benchmarks.accompany.songs import PIANO, Ints, Song
from training.measures.excerpts import STEPS

LOW, LOUD = 48, 64


def followed(song: Song, tables: Tables | None = None) -> list[Note]:
    """In every sixteenth the triad that shares most tones with what is likely to lie there, as far
    as the melody has been heard before it."""
    harmony = Harmony(STEPS, tables)
    melody = struck(song)
    chosen, played = [], 0
    for frame in range(song.frames):
        place = _place(song, frame)
        chosen.append(_nearest(harmony.triads(frame, place)))
        while played < len(melody) and melody[played][0] <= frame:
            harmony.hear(melody[played][1], frame, place)
            played += 1
    return held(chosen)


def in_hindsight(song: Song, tables: Tables | None = None) -> list[Note]:
    """In every half bar the triad that shares most tones with what is likely to lie there, by the
    melody of the whole song: what the same model reaches that need not be quick (the forward and
    backward passes of Rabiner 1989)."""
    tables = tables or shipped()
    halves, logs, which = halves_of(song), _said(song, tables), which_of(song)
    states = [heard(np.tile(tables.first / KEYS, (KEYS, 1)), logs[0])]
    for half in range(1, len(logs)):
        states.append(heard(tables.moved(states[-1], which[half]), logs[half]))
    later = np.ones_like(states[0])
    for half in range(len(logs) - 1, -1, -1):
        states[half] = states[half] * later
        states[half] /= states[half].sum()
        if half:
            later = tables.moved_from(heard(later, logs[half]), which[half])
    chosen = [_nearest(by_triad(its)) for its in states]
    return held([chosen[half] for half in halves])


def struck(song: Song) -> list[tuple[int, int]]:
    """The sixteenth and the pitch of each note of the melody."""
    frames = [(max(0, round(n.onset * STEPS)), n.pitch) for n in song.melody]
    return [(frame, pitch) for frame, pitch in frames if frame < song.frames]


def halves_of(song: Song) -> Ints:
    """The number of each sixteenth's half bar, from 0."""
    halves: Ints = song.half_bars()
    return halves - halves[0]


def held(triads: Sequence[int]) -> list[Note]:
    """Those of each sixteenth; one sounds until there is another."""
    starts = [f for f, its in enumerate(triads) if not f or its != triads[f - 1]]
    part = Part(MACHINE, PIANO)
    return [
        Note(start / STEPS, part, LOW + int(tone), LOUD, (end - start) / STEPS)
        for start, end in zip(starts, [*starts[1:], len(triads)], strict=True)
        for tone in np.flatnonzero(TRIADS[triads[start]])
    ]


def _place(song: Song, frame: int) -> tuple[int, int]:
    since, bar = (round(beats * STEPS) for beats in song.place(frame / STEPS))
    return since % max(1, bar), max(1, bar)


def _nearest(triads: Floats) -> int:
    return int((TRIADS @ (triads @ TRIADS)).argmax())


def _said(song: Song, tables: Tables) -> Floats:
    """What the melody says of each half bar, (half bars, key, chord)."""
    halves, melody, each = halves_of(song), struck(song), tables.logs
    logs = np.zeros((halves[-1] + 1, *each.shape[1:]))
    after = [frame for frame, _ in melody[1:]] + [song.frames]
    for (frame, pitch), following in zip(melody, after, strict=True):
        logs[halves[frame]] += weight((following - frame) / STEPS, 0.0) * each[pitch % KEYS]
    return logs


def which_of(song: Song) -> list[int]:
    """Which of its bar each half bar is."""
    begins = np.unique(halves_of(song), return_index=True)[1]
    return [_place(song, int(frame))[0] // (2 * STEPS) for frame in begins]
