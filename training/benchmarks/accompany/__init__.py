"""Accompanying a melody that is given note by note, as ReaLchords and ReaLJam do.

Their measure is the share of a melody's frames whose note lies in the chord beneath it, over the
frames that have both, a mean over songs (Wu et al. 2024, "Adaptive accompaniment with ReaLchords";
so its first author's code has it). Their machine plays chord symbols, ours notes, so a chord is
said in two ways: the chord that the notes of each half bar are nearest to (`named`, which compares
with theirs), and the notes that sound or began within the last beat (`notes`).

Where somebody wrote down the chords, `written` says how much of the accompaniment lies in them, and
`change` how soon it does again when the melody goes on in another key (see change.py).

`model` is the note model under the published rules, `the instrument` the partner as it plays live,
with the preset `accompany`, at a tempo that is told. Both keep to the chords that live.harmony
hears under the melody; `without chords` they do not. What it hears is a row too, as held triads,
and so is what it hears once it has heard the whole song.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from live.codec import NAMES, PITCH
from live.settings import Settings
from training.benchmarks import Say
from training.benchmarks.accompany.report import table
from training.config import SPLITS

if TYPE_CHECKING:
    from live.models.note_model import NoteModel
    from live.notes import Note
    from training.benchmarks.accompany.accompaniments import Player
    from training.benchmarks.accompany.songs import Song

__all__ = ["HELP", "add", "figures", "run", "table"]

HELP = "accompanying a melody note by note: how often it lies in the machine's chord"

BAR = 48.0  # %: about what ReaLchords reaches
# Note in chord, %, on the Hooktheory test set, which is not among ours: Wu et al. 2025, Table 1.
PUBLISHED = {
    "online MLE": 36.99,
    "ReaLchords": 48.17,
    "ReaLchords, larger ensemble": 54.29,
    "offline MLE": 63.73,
    "human": 70.94,
}
WINDOW = 4  # sixteenths in which a note that has begun stays in the chord
# Those for whom a change of key is measured.
CHANGED = (
    "human", "model", "model, without chords", "model, keeps its key", "model, may answer at once",
    "the instrument", "the instrument, without chords", "Markov", "triad of last two beats",
    "chord HMM's triads",
)  # fmt: skip


def add(parser: ArgumentParser) -> None:
    parser.add_argument("model", metavar="MODEL", help="an .onnx file, or one that ships (pop)")
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="FOLDER",
        help="of songs: pop909, lead sheets with a track `chords`, or folders melody and chords",
    )  # fmt: skip
    parser.add_argument("--songs", type=int, default=60, metavar="N", help="a folder [%(default)s]")
    parser.add_argument("--beats", type=int, default=128, help="of each song [%(default)s]")
    parser.add_argument("--split", default="test", choices=SPLITS, help="[%(default)s]")
    parser.add_argument(
        "--temperature", type=float, default=0.8, metavar="T",
        help="[%(default)s, chosen on pop909's valid split]",
    )  # fmt: skip
    parser.add_argument(
        "--pitch-temperature", type=float, default=0.01, metavar="T",
        help="of the pitches alone: near 0, the likeliest [%(default)s, chosen likewise]",
    )  # fmt: skip
    parser.add_argument(
        "--chords", type=float, default=Settings().chords, metavar="N",
        help="how strongly pitches keep to the chords heard [%(default)s, chosen likewise]",
    )  # fmt: skip
    parser.add_argument("--seed", type=int, default=0, help="[%(default)s]")


def run(given: Namespace, say: Say) -> dict[str, Any]:
    """The figures of every folder. Raises UserError."""
    from live.errors import UserError
    from live.models.note_model import NoteModel
    from live.models.shelf import find
    from training.benchmarks.accompany.songs import MELODY, PIANO, read_songs

    if min(given.songs, given.beats, given.temperature, given.pitch_temperature) <= 0:
        raise UserError("--songs, --beats and the temperatures must be above 0")
    if given.chords < 0:
        raise UserError("--chords must not be below 0")
    model = NoteModel.open(find(given.model))
    if not {MELODY, PIANO} <= set(model.codec.voices):
        raise UserError(f"{model.path} has no voices {MELODY} and {PIANO}: it cannot accompany")
    spread = [given.temperature] * len(NAMES)
    spread[PITCH] = given.pitch_temperature
    players = _players(model, tuple(spread), given.chords)
    sets = {}
    for folder in given.folders:
        songs = read_songs(folder, given.split, given.songs, given.beats, given.seed)
        rows, change = {}, {}
        for name, player in players.items():
            say(f"{folder}: {name}, {len(songs)} songs ...")
            played = player(songs, [given.seed + i for i in range(len(songs))])
            rows[name] = _mean([figures(s, notes) for s, notes in zip(songs, played, strict=True)])
            if name in CHANGED:
                change[name] = _change(player, songs, played, given.seed)
        sets[folder.resolve().name] = {"songs": len(songs), "rows": rows, "change": change}
    return {
        "model": model.path.name,
        "sha256": model.sha256,
        "split": given.split,
        "beats": given.beats,
        "temperature": given.temperature,
        "pitch_temperature": given.pitch_temperature,
        "chords": given.chords,
        "seed": given.seed,
        "bar": BAR,
        "published": PUBLISHED,
        "sets": sets,
    }


def _players(
    model: "NoteModel", temperature: tuple[float, ...], chords: float
) -> dict[str, "Player"]:
    """Who accompanies, by name. temperature: of each field; chords: how strongly it keeps to those
    that are heard. Raises UserError."""
    from live.controls.control import Home
    from live.controls.presets import find_preset, read_preset
    from training.baselines import Markov
    from training.benchmarks.accompany.accompaniments import (
        each,
        held_triad,
        markov_player,
        model_player,
        random_triads,
    )
    from training.benchmarks.accompany.instrument import play
    from training.benchmarks.accompany.triads import followed, in_hindsight
    from training.rivals import load

    preset = read_preset(find_preset("accompany")).of(Home.MIND)
    strong, without = ({**preset, "chords": strength} for strength in (chords, 0.0))
    beat = model.codec.ticks_per_beat
    commits = {"model": 1, "model, may answer at once": 0, "model, a beat ahead": beat}
    players = {
        "human": each(lambda song, _: song.human),
        **{k: model_player(model, commit, temperature, chords) for k, commit in commits.items()},
        "model, keeps its key": model_player(model, 1, temperature, chords, modulate=False),
        "model, without chords": model_player(model, 1, temperature, 0.0),
        "the instrument": each(lambda song, seed: play(model, song, seed, strong)),
        "the instrument, without chords": each(lambda song, seed: play(model, song, seed, without)),
    }
    markov = load(model.path.parent, model.path.stem, model.codec).get("markov")
    if isinstance(markov, Markov):
        players["Markov"] = markov_player(markov, model, 1, temperature)
    return players | {
        "triad of last two beats": each(held_triad),
        "chord HMM's triads": each(lambda song, _: followed(song)),
        "chord HMM, whole song heard": each(lambda song, _: in_hindsight(song)),
        "random triads": each(random_triads),
    }


def _change(
    player: "Player", songs: "Sequence[Song]", played: "Sequence[Sequence[Note]]", seed: int
) -> dict[str, Any] | None:
    """What a change of key does, against the same songs as they were played without; None where no
    song is long enough."""
    from training.benchmarks.accompany.change import change_of, changed, counts, recovery

    beats = {i: beat for i, s in enumerate(songs) if (beat := change_of(s)) is not None}
    if not beats:
        return None
    others = [changed(songs[i], beat) for i, beat in beats.items()]
    its = player(others, [seed + i for i in beats])
    plain = [counts(songs[i], played[i], beat) for i, beat in beats.items()]
    moved = list(map(counts, others, its, beats.values()))
    return recovery(plain, moved)


def figures(song: "Song", notes: "Sequence[Note]") -> dict[str, float]:
    """Of one song: shares, NaN where there is nothing to share; see the head of this module.

    `missed`: as `named`, but a frame of melody without a chord counts as wrong. `classes`: pitch
    classes in a chord of `notes`, of twelve. `written`: how much of the accompaniment lies in the
    chords written down. `onsets`: notes a beat.
    """
    from training.measures.harmony import in_annotated, in_chord, in_force, line, named

    melody = line(song.melody, song.frames)
    chords = named(notes, song.half_bars())
    force = in_force(notes, song.frames, WINDOW)
    right, both, sung = in_chord(melody, chords)
    right_in_force, both_in_force, _ = in_chord(melody, force)
    within, annotated = in_annotated(notes, song.chords)
    return {
        "named": _share(right, both),
        "missed": _share(right, sung),
        "notes": _share(right_in_force, both_in_force),
        "classes": _share(int(force.sum()), int(force.any(axis=1).sum())),
        "written": _share(within, annotated),
        "onsets": len(notes) / song.beats,
    }


def _mean(each: Sequence[dict[str, float]]) -> dict[str, float | None]:
    """Over songs, leaving out those with nothing to share (None where all are); `error`: the
    standard error of `named`."""
    found: dict[str, float | None] = {}
    for key in each[0]:
        values = [one[key] for one in each if not np.isnan(one[key])]
        found[key] = round(float(np.mean(values)), 4) if values else None
        if key == "named":
            found["error"] = (
                round(float(np.std(values) / len(values) ** 0.5), 4) if values else None
            )
    return found


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
