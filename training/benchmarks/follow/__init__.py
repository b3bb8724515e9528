"""The beat followed from the playing, causally, on songs whose beats are known.

Each song of the split is played to the follower note by note in virtual time, all tracks together
and the piano track alone, every note off by a normal deviation (--spread): the set's own timing is
on a grid. A beat counts as it was foretold just before it came. Downbeats are scored on the songs
where the annotated chords change on the annotated downbeats; on the others one of the two is wrong.

Beside it stands, with --rival, Dixon's BeatRoot (2001) as partitura has it. It hears the whole song
before it says its beats, so it is not causal, and it does not choose the octave of the tempo as the
annotations do: its beats are scored as they are, and at the octave that suits it best.
"""

from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from live.errors import UserError
from training.benchmarks import Say

HELP = "tempo, beats and downbeats followed from the playing alone, beside BeatRoot"
KINDS = ("right", "half", "double", "2/3", "3/2", "other", "none")
MEANS = ("right_share", "beats", "downbeats", "told_share", "locks_a_minute", "ms_a_note")
RIVAL = "BeatRoot, not causal"
BEST = f"{RIVAL}, best octave"


def add(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="POP909, or MIDI with tempos")
    parser.add_argument(
        "--split", choices=("train", "valid", "test"), default="test", help="[%(default)s]"
    )
    parser.add_argument("--songs", type=int, metavar="N", help="so many of them [all]")
    parser.add_argument(
        "--spread",
        type=float,
        default=0.01,
        metavar="SECONDS",
        help="notes are off by [%(default)s]",
    )
    parser.add_argument("--rival", action="store_true", help="BeatRoot too (slow; needs partitura)")
    parser.add_argument("--learn", action="store_true", help="print the table of accents instead")
    parser.add_argument("--each", action="store_true", help="say every song's figures")


def run(given: Namespace, say: Say) -> dict[str, Any]:
    """The figures of each row. Raises UserError."""
    from training.benchmarks.follow.learn import learn
    from training.benchmarks.follow.scoring import f_measure, figures, follow
    from training.benchmarks.follow.songs import played, read_songs

    if given.learn:
        return {"table": learn(read_songs(given.folder, "train", given.songs))}
    rows: dict[str, list[dict[str, Any]]] = {"all tracks": [], "piano alone": []}
    rival: dict[str, list[tuple[float, float]]] = {}
    beatroot = _beatroot() if given.rival else None
    count = 0
    for song in read_songs(given.folder, given.split, given.songs):
        count += 1
        for row, notes in zip(rows, (song.notes, song.piano), strict=True):
            if len(notes) < 50:
                continue
            heard = played(notes, given.spread, song.name)
            one = figures(song, heard, follow(heard, song.bar))
            rows[row].append(one)
            if given.each:
                say(f"{song.name} {row} {one}")
            if beatroot is not None:
                beats = song.beats[(song.beats >= heard[0][0]) & (song.beats <= heard[-1][0])]
                found = beatroot(heard)
                octaves = [f_measure(beats, b) for b in (found, found[::2], found[1::2])]
                rival.setdefault(row, []).append((octaves[0], max(octaves)))
    if not count:
        raise UserError(f"no song of the {given.split} split below {given.folder} can be used")
    return {
        "split": given.split,
        "songs": count,
        "spread": given.spread,
        "rows": {row: _together(ones) for row, ones in rows.items() if ones},
        "rival": {row: np.mean(f, axis=0).tolist() for row, f in rival.items()},
    }


def _together(ones: Sequence[dict[str, Any]]) -> dict[str, Any]:
    kinds = Counter(one["kind"] for one in ones)
    means = {
        name: float(np.mean([one[name] for one in ones if one[name] is not None] or [np.nan]))
        for name in MEANS
    }
    return {
        "songs": len(ones),
        "tempo_after_8_bars": {kind: kinds[kind] / len(ones) for kind in KINDS},
        "bars_until_sure": float(np.median([one["bars_until_sure"] for one in ones])),
        "songs_with_downbeats": sum(one["downbeats"] is not None for one in ones),
        **means,
    }


def _beatroot() -> Callable[[Sequence[tuple[float, int, int]]], list[float]]:
    """Notes -> the beats that BeatRoot finds. Raises UserError where partitura is not installed."""
    try:
        from partitura.musicanalysis import estimate_time
    except ModuleNotFoundError as error:
        raise UserError("--rival needs partitura: pip install partitura") from error

    def find(notes: Sequence[tuple[float, int, int]]) -> list[float]:
        fields = [("onset_sec", "f8"), ("duration_sec", "f8"), ("pitch", "i4"), ("velocity", "i4")]
        begun = notes[0][0]
        table = np.array([(at - begun, 0.2, p, v) for at, p, v in notes], dtype=fields)
        found = estimate_time(table)["beats"]
        return [begun + float(np.ravel(beat)[0]) for beat in found]

    return find


def table(figures: dict[str, Any]) -> str:
    if "table" in figures:
        return str(figures["table"])
    lines = [
        f"{figures['songs']} songs ({figures['split']}), "
        f"notes off by {figures['spread'] * 1000:g} ms",
        f"{'':<34}" + "".join(f"{row:>14}" for row in figures["rows"]),
    ]

    def line(name: str, cells: list[str]) -> None:
        lines.append(f"{name:<34}" + "".join(f"{cell:>14}" for cell in cells))

    rows = list(figures["rows"].values())
    for kind in KINDS:
        line(f"tempo after 8 bars: {kind}", [f"{r['tempo_after_8_bars'][kind]:.1%}" for r in rows])
    line("tempo right, share of the rest", [f"{r['right_share']:.1%}" for r in rows])
    line("beats, F", [f"{r['beats']:.3f}" for r in rows])
    if figures["rival"]:
        for number, name in enumerate((RIVAL, BEST)):
            line(name, [f"{figures['rival'][row][number]:.3f}" for row in figures["rows"]])
    line("downbeats, F", [f"{r['downbeats']:.3f}" for r in rows])
    line("songs with sure downbeats", [str(r["songs_with_downbeats"]) for r in rows])
    line("bars until it is sure, median", [f"{r['bars_until_sure']:.1f}" for r in rows])
    line("share of notes with a beat", [f"{r['told_share']:.1%}" for r in rows])
    line("jumps a minute", [f"{r['locks_a_minute']:.2f}" for r in rows])
    line("ms a note", [f"{r['ms_a_note']:.2f}" for r in rows])
    return "\n".join(lines)
