"""The chords followed from a melody alone, by live.harmony, beside those that somebody wrote down.

The share of a triad's tones that lie in the written chord, a mean over songs, the triad being
chosen anew with every note, as the instrument does (`as it goes`), or by the melody of the whole
song, before and after. With tables counted in POP909 and with tables by rule: the tones of the
triad, then those of the scale; a chord stays, or any other follows as often as it comes.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from live.errors import UserError
from live.harmony import KEYS, MOST, TRIADS, Floats, Tables, read_tables, shipped
from training.benchmarks import Say
from training.benchmarks.accompany.songs import Ints, Song, listed, read_songs, song_of
from training.benchmarks.accompany.triads import followed, halves_of, in_hindsight, struck, which_of
from training.benchmarks.keys import ANNOTATED, keys_of
from training.config import SPLITS
from training.measures.excerpts import STEPS
from training.measures.harmony import in_annotated
from training.midi_file import BadFile

HELP = "the chords followed from a melody alone"
HEAD = (
    "# Chords under melodies (live.harmony.read_tables), counted in the training songs of POP909",
    "# (MIT; Wang et al. 2020) by: antiphon-train benchmark chords FOLDER --learn",
)
CHORDS = len(TRIADS)
DONT_KNOW = -1
# Counts that a row begins with, as all rows together have them; in a thousand, the least of each.
CHORDS_FIRST, DEGREES_FIRST = 2.0, 40.0
LEAST_CHORD, LEAST_TONE = 0.1, 1.0
# By rule: how likely in a melody a tone of the triad is, another of the scale, and any other; how
# often which triads come (degree, minor); how likely one stays where a bar begins, and within one.
TONE, SCALE, OTHER = 0.2, 0.08, 0.03
DEGREES = (0, 2, 4, 5, 7, 9, 11)
USUAL = {(0, 0): 0.2, (7, 0): 0.18, (5, 0): 0.15, (9, 1): 0.2, (2, 1): 0.1, (4, 1): 0.07}
STAYS = (0.25, 0.5)


def add(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="POP909")
    parser.add_argument("--split", default="test", choices=SPLITS, help="[%(default)s]")
    parser.add_argument("--songs", type=int, default=60, metavar="N", help="[%(default)s]")
    parser.add_argument("--beats", type=int, default=128, help="of each song [%(default)s]")
    parser.add_argument("--learn", action="store_true", help="print the tables instead")


def run(given: Namespace, say: Say) -> dict[str, Any]:
    """Raises UserError."""
    if given.learn:
        return {"tables": learn(read_keyed(given.folder, "train")).tolist()}
    songs = read_songs(given.folder, given.split, given.songs, given.beats, 0)
    rows = {}
    for by, tables in (("counted", shipped()), ("by rule", by_rule())):
        say(f"tables {by}: {len(songs)} songs ...")
        for when, play in (("as it goes", followed), ("in hindsight", in_hindsight)):
            within = [in_annotated(play(song, tables), song.chords) for song in songs]
            rows[f"{by}, {when}"] = float(np.mean([right / n for right, n in within if n]))
    return {"split": given.split, "songs": len(songs), "beats": given.beats, "rows": rows}


def read_keyed(folder: Path, split: str) -> Iterator[tuple[Song, int]]:
    """The songs of a split that keep their key, whole, and the tonic of its major key. Raises
    UserError."""
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}: name a folder of songs as MIDI files")
    for path in listed(folder, split):
        keys = {key for _, key in keys_of(path.parent / ANNOTATED)}
        try:
            song = song_of(path, float("inf")) if len(keys) == 1 else None
        except BadFile:
            continue
        if song is not None:
            yield song, keys.pop()


def learn(songs: Iterable[tuple[Song, int]]) -> Floats:
    """live.harmony's tables in counts of a thousand a row, (73, 24). Raises UserError."""
    first, after = np.zeros(CHORDS), np.zeros((2, CHORDS, CHORDS))
    tones = np.zeros((CHORDS, KEYS))
    for song, key in songs:
        halves, which = halves_of(song), which_of(song)
        chords = in_key(triads_of(song, halves), key)
        for half, chord in enumerate(chords):
            if chord != DONT_KNOW:
                first[chord] += 1
                if half and chords[half - 1] != DONT_KNOW:
                    after[min(which[half], 1), chords[half - 1], chord] += 1
        melody = struck(song)
        until = [frame for frame, _ in melody[1:]] + [song.frames]
        for (frame, pitch), end in zip(melody, until, strict=True):
            if (chord := chords[halves[frame]]) != DONT_KNOW:
                tones[chord, (pitch - key) % KEYS] += min(MOST, (end - frame) / STEPS)
    if not first.any():
        raise UserError("no song is in one key with its chords written down: give POP909's folder")
    after += CHORDS_FIRST * first / first.sum()
    tones += DEGREES_FIRST * tones.sum(axis=0) / tones.sum()
    return _rows(first, after, tones)


def by_rule() -> Tables:
    first = np.full(CHORDS, 0.005)
    for (degree, minor), share in USUAL.items():
        first[2 * degree + minor] = share
    first /= first.sum()
    after = np.array([stays * np.eye(CHORDS) + (1 - stays) * first for stays in STAYS])
    tones = np.where(TRIADS, TONE, OTHER)
    tones[:, DEGREES] = np.where(TRIADS[:, DEGREES], TONE, SCALE)
    return read_tables(_rows(first, after, tones))


def _rows(first: Floats, after: Floats, tones: Floats) -> Floats:
    """In a thousand, with a least of each."""
    chords = np.concatenate((first[None], after.reshape(-1, CHORDS)))
    chords, tones = (1000 * rows / rows.sum(axis=1, keepdims=True) for rows in (chords, tones))
    chords, tones = np.maximum(chords, LEAST_CHORD), np.maximum(tones, LEAST_TONE)
    filled = np.pad(tones, ((0, 0), (0, CHORDS - KEYS)))
    return np.round(np.concatenate((chords, filled)), 2)


def triads_of(song: Song, halves: Ints) -> list[int]:
    """The triad of each half bar: of those that alone lie in what is written, the one that is there
    longest; DONT_KNOW where no sixteenth has such a one."""
    chords = song.chords[: len(halves)]
    lie = (TRIADS.astype(int) @ chords.T.astype(int)).T == 3  # (sixteenths, triads)
    its = np.where(lie.sum(axis=1) == 1, lie.argmax(axis=1), DONT_KNOW)
    found = []
    for half in range(halves[-1] + 1):
        there = its[halves[: len(its)] == half]
        there = there[there != DONT_KNOW]
        found.append(int(np.bincount(there).argmax()) if len(there) else DONT_KNOW)
    return found


def in_key(triads: list[int], key: int) -> list[int]:
    """Counted from the tonic."""
    return [t if t == DONT_KNOW else (t - 2 * key) % CHORDS for t in triads]


def table(figures: dict[str, Any]) -> str:
    if "tables" in figures:
        rows = [" ".join(f"{share:g}" for share in row) for row in figures["tables"]]
        return "\n".join([*HEAD, *rows])
    lines = [
        f"{figures['songs']} songs, {figures['split']} split, the first {figures['beats']} beats",
        "tones of the triads in the chords that are written:",
    ]
    lines += [f"{name:<24}{share:6.1%}" for name, share in figures["rows"].items()]
    return "\n".join(lines)
