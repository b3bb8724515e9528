"""The key followed from a melody alone: where songs change it, and where they are made to.

Each song's melody is heard note by note by live.tonality, as the instrument does. Where POP909 says
that a song changes its key (`key_audio.txt`, seconds), the melody is right when it stands as much
higher than before as the signatures of the two keys do. Of songs that do not change it is counted
how many notes are heard in another key, and they are also transposed from bar 9 on.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from live.errors import UserError
from live.scales import SIGNS, TONICS
from live.tonality import KEYS, Tonality
from training.benchmarks import Say
from training.config import SPLITS

HELP = "the key followed from a melody alone, where songs change it"
ANNOTATED = "key_audio.txt"
SHIFTS = (1, 2, 3, 4, 5, 6)  # semitones
BAR = 9  # in which the songs are transposed, counted from 1
AFTER = (4, 8, 16, 32)  # beats after which it is asked
BEFORE = 3.0  # seconds: so far the annotations may be off
SETTLED, LOOKED = (
    16.0,
    64.0,
)  # beats after a song's own move: right by then, and looked at till then
ROUNDS = 30
PRIOR = 30.0  # notes after each degree that go by all notes
LEAST, RAISED = 5, 12  # in a thousand: of any degree, and of those that minor keys raise
RAISES = [6, 8]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Tune:
    """A melody. beats, seconds, pitches: of each note; bars: where they begin, in beats; keys:
    since when (seconds), and the tonic of the major key with its signature."""

    name: str
    beats: Floats
    seconds: Floats
    pitches: Ints
    bars: Floats
    keys: tuple[tuple[float, int], ...]

    @property
    def moves(self) -> list[tuple[float, int]]:
        """When (seconds) and by how many semitones up (0-11)."""
        pairs = zip(self.keys, self.keys[1:], strict=False)
        return [(at, (to - was) % KEYS) for (_, was), (at, to) in pairs if to != was]


def add(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="POP909")
    parser.add_argument("--split", default="test", choices=SPLITS, help="[%(default)s]")
    parser.add_argument("--learn", action="store_true", help="print the tables of degrees instead")


def run(given: Namespace, say: Say) -> dict[str, Any]:
    """Raises UserError."""
    tunes = list(read_tunes(given.folder, "train" if given.learn else given.split))
    if not tunes:
        raise UserError(f"{given.folder} has no melody in its {given.split} split")
    if given.learn:
        return {"degrees": learn([tune.pitches for tune in tunes if not tune.moves])}
    still = [tune for tune in tunes if not tune.moves]
    ups = [heard(tune.pitches) for tune in still]
    return {
        "split": given.split,
        "songs": len(tunes),
        "still": {
            "songs": len(still),
            "elsewhere": float(np.mean([(up != 0).mean() for up in ups])),
            "moves_a_song": float(np.mean([(np.diff(up) != 0).sum() for up in ups])),
        },
        "transposed": {str(shift): transposed(still, shift) for shift in SHIFTS},
        "own": [row for tune in tunes for row in own_moves(tune)],
    }


def heard(pitches: Sequence[int] | Ints) -> Ints:
    """How far the melody stands above where it began, after each note."""
    tonality = Tonality()
    ups = []
    for pitch in pitches:
        tonality.hear(int(pitch))
        ups.append(tonality.up)
    return np.array(ups)


def transposed(tunes: Sequence[Tune], shift: int) -> dict[str, float]:
    """By beats after a move of `shift` semitones: the share of tunes whose last note by then was
    heard in the new key."""
    right = []
    for tune in tunes:
        if len(tune.bars) < BAR:
            continue
        beat = tune.bars[BAR - 1]
        after = tune.beats >= beat
        if after.all() or tune.beats[-1] < beat + AFTER[-1]:
            continue
        ups = heard(tune.pitches + shift * after)
        by = [np.searchsorted(tune.beats, beat + wait, side="right") - 1 for wait in AFTER]
        right.append((ups[by] - ups[~after][-1] - shift) % KEYS == 0)
    shares = np.mean(right, axis=0) if right else np.zeros(len(AFTER))
    return {str(wait): float(share) for wait, share in zip(AFTER, shares, strict=True)}


def own_moves(tune: Tune) -> Iterator[dict[str, Any]]:
    """Each move that the song makes with melody before and after: the beats until it was heard
    (None: never), and the share of the notes from SETTLED to LOOKED beats heard in the new key."""
    ups = heard(tune.pitches)
    for at, shift in tune.moves:
        before = tune.seconds < at - BEFORE
        after = tune.seconds >= at - 1
        if not before.any() or not after.any():
            continue
        beat = tune.beats[after][0]
        right = (ups - ups[before][-1] - shift) % KEYS == 0
        found = tune.beats[after & right]
        later = right[(tune.beats >= beat + SETTLED) & (tune.beats < beat + LOOKED)]
        yield {
            "song": tune.name,
            "second": at,
            "semitones": shift,
            "beats": float(found[0] - beat) if len(found) else None,
            "later": float(later.mean()) if len(later) else None,
        }


def read_tunes(folder: Path, split: str) -> Iterator[Tune]:
    """The melodies of a split. Raises UserError."""
    from training.benchmarks.accompany.songs import MELODY, listed
    from training.config import read_config
    from training.midi_file import BadFile, read_piece

    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}: name a folder of songs as MIDI files")
    config = read_config("pop").corpus
    voice = list(config.voices).index(MELODY)
    for path in listed(folder, split):
        try:
            piece = read_piece(path, config)
        except BadFile:
            continue
        its = piece.voice == voice
        if its.any():
            yield Tune(
                path.stem,
                piece.beat[its].astype(np.float64),
                piece.second[its].astype(np.float64),
                piece.pitch[its].astype(np.int64),
                np.unique(np.round(piece.beat - piece.in_bar, 3)),
                keys_of(path.parent / ANNOTATED),
            )


def keys_of(path: Path) -> tuple[tuple[float, int], ...]:
    """Of rows such as `2.67 191.98 Gb:maj`; none where there is no such file. Raises UserError."""
    if not path.exists():
        return ()
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()]
    try:
        return tuple((float(since), _signature(name)) for since, _, name in rows)
    except (ValueError, KeyError) as error:
        raise UserError(f"{path} does not say keys as POP909 does ({error})") from error


def _signature(name: str) -> int:
    """The tonic (0-11) of a key, or of a minor key's relative major."""
    tonic, kind = name.split(":")
    root = TONICS[tonic[0].lower()] + sum(SIGNS[sign] for sign in tonic[1:])
    return (root + {"maj": 0, "min": 3}[kind]) % KEYS


def learn(tunes: Sequence[Ints]) -> dict[str, list[Any]]:
    """live.tonality's tables, from tunes that keep their key. That is the one that makes the notes
    likeliest by one profile for all, which is estimated again from the tunes in their keys, and so
    on (expectation maximisation; Dempster et al. 1977)."""
    counts = np.array([np.bincount(pitches % KEYS, minlength=KEYS) for pitches in tunes])
    profile = np.full(KEYS, 0.05)
    profile[[0, 2, 4, 5, 7, 9, 11]] = 1
    profile[[0, 4, 7]] = 2
    for _ in range(ROUNDS):
        logs = np.log(profile / profile.sum())
        keys = np.argmax([counts @ np.roll(logs, key) for key in range(KEYS)], axis=0)
        profile = 0.1 + sum(np.roll(n, -k) for n, k in zip(counts, keys, strict=True))
    after = np.zeros((KEYS, KEYS))
    for pitches, key in zip(tunes, keys, strict=True):
        degrees = (pitches - key) % KEYS
        np.add.at(after, (degrees[:-1], degrees[1:]), 1)
    first = profile / profile.sum()
    after += PRIOR * first
    rows = np.round(1000 * after / after.sum(axis=1, keepdims=True)).astype(int)
    rows = np.maximum(rows, LEAST)
    rows[:, RAISES] = np.maximum(rows[:, RAISES], RAISED)
    return {
        "all": np.maximum(np.round(1000 * first).astype(int), 2 * LEAST).tolist(),
        "after": rows.tolist(),
    }


def table(figures: dict[str, Any]) -> str:
    if "degrees" in figures:
        rows = [figures["degrees"]["all"], *figures["degrees"]["after"]]
        return "\n".join(f"({', '.join(map(str, row))})," for row in rows)
    still, own = figures["still"], figures["own"]
    lines = [
        f"{figures['songs']} songs, {figures['split']} split",
        f"{still['songs']} that keep their key: {still['elsewhere']:.2%} of the notes heard in "
        f"another, {still['moves_a_song']:.2f} moves a song",
        "",
        f"transposed in bar {BAR}, heard there after" + "".join(f"{wait:6}" for wait in AFTER),
    ]
    for shift, shares in figures["transposed"].items():
        lines.append(f"{shift + ' semitones':>37}" + "".join(f"{s:6.0%}" for s in shares.values()))
    lines += ["", "their own moves     semitones  heard after beats  notes there, beats 16 to 64"]
    for row in own:
        beats, later = row["beats"], row["later"]
        lines.append(
            f"{row['song']:>12} {row['second']:5.0f} s {row['semitones']:9} "
            f"{'never' if beats is None else f'{beats:.1f}':>19}"
            f"{'-' if later is None else f'{later:.0%}':>29}"
        )
    held = sum(row["later"] is not None and row["later"] > 0.5 for row in own)
    return "\n".join([*lines, f"{held} of {len(own)} followed and held"])
