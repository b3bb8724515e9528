"""A folder of MIDI files -> a corpus: pieces with their split, cached as plain arrays."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from live.errors import UserError
from training.config import CorpusConfig
from training.midi_file import BadFile, Piece, read_piece

SPLITS = ("train", "valid", "test")
SUFFIXES = {".mid", ".midi", ".kar", ".smf"}
COLUMNS = tuple(field.name for field in fields(Piece))


class CorpusError(UserError):
    """A corpus that cannot be made or read; the message is one line."""


@dataclass(frozen=True)
class Corpus:
    """names, splits and pieces in the same order (by name); bad: file -> why it was left out."""

    voices: tuple[str, ...]
    names: tuple[str, ...]
    splits: tuple[str, ...]
    pieces: tuple[Piece, ...]
    bad: dict[str, str]
    duplicates: tuple[str, ...]

    def split(self, name: str) -> list[Piece]:
        return [p for p, s in zip(self.pieces, self.splits, strict=True) if s == name]

    @property
    def digest(self) -> str:
        """A hash of all the music, for a model's card."""
        return hashlib.sha256("".join(map(_fingerprint, self.pieces)).encode()).hexdigest()[:16]


def find_files(folders: Iterable[Path]) -> dict[str, Path]:
    """Every MIDI file below the folders, by a name that does not depend on where they lie.

    Raises CorpusError when a folder is not there or holds no MIDI file.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        if not folder.exists():
            raise CorpusError(f"there is no folder {folder}: name a folder of MIDI files")
        root = folder.parent if folder.is_file() else folder
        files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
        for path in files:
            if path.suffix.lower() in SUFFIXES and path.is_file():
                found[path.relative_to(root).as_posix()] = path
    if not found:
        listed = ", ".join(str(folder) for folder in folders)
        raise CorpusError(f"no MIDI file (.mid, .midi) below {listed}: name another folder")
    return found


def _read(job: tuple[str, Path, CorpusConfig]) -> tuple[str, Piece | str]:
    name, path, config = job
    try:
        return name, read_piece(path, config)
    except BadFile as error:
        return name, str(error)


def _fingerprint(piece: Piece) -> str:
    rounded = [np.round(piece.beat - piece.beat[0], 3), np.round(piece.beats, 3)]
    whole = [*rounded, piece.voice, piece.pitch, piece.velocity]
    return hashlib.sha256(b"".join(column.tobytes() for column in whole)).hexdigest()


def split_of(name: str, given: dict[str, str]) -> str:
    """The split a `splits.json` gives a piece, else one by hash of its name: 80, 10, 10 %."""
    stem = Path(name).stem
    for key in (name, stem):
        if key in given:
            return given[key]
    share = int(hashlib.sha1(name.encode()).hexdigest(), 16) % 100
    return "train" if share < 80 else "valid" if share < 90 else "test"


def _given_splits(folders: Iterable[Path]) -> dict[str, str]:
    given: dict[str, str] = {}
    for folder in folders:
        for place in (folder, folder.parent):
            path = place / "splits.json"
            if path.is_file():
                table = json.loads(path.read_text())
                given |= {str(n): s for s in SPLITS for n in table.get(s, [])}
                break
    return given


def prepare(
    folders: list[Path],
    config: CorpusConfig,
    workers: int = 1,
    progress: Callable[
        [Iterator[tuple[str, Piece | str]], int], Iterable[tuple[str, Piece | str]]
    ] = lambda results, _: results,
) -> Corpus:
    """Read all MIDI files below the folders. Files that cannot be used are named in `bad`.

    Raises CorpusError when there is nothing to read or nothing could be read.
    """
    files = find_files(folders)
    given = _given_splits(folders)
    jobs = [(name, path, config) for name, path in sorted(files.items())]
    good: dict[str, Piece] = {}
    bad: dict[str, str] = {}
    with ProcessPoolExecutor(workers) as pool:
        for name, result in progress(pool.map(_read, jobs, chunksize=4), len(jobs)):
            if isinstance(result, str):
                bad[name] = result
            else:
                good[name] = result
    if not good:
        why = "; ".join(f"{name}: {reason}" for name, reason in list(bad.items())[:3])
        raise CorpusError(f"none of {len(bad)} files could be used ({why})")
    seen: dict[str, str] = {}
    duplicates = [n for n, p in good.items() if seen.setdefault(_fingerprint(p), n) != n]
    names = tuple(n for n in good if n not in set(duplicates))
    return Corpus(
        voices=tuple(config.voices),
        names=names,
        splits=tuple(split_of(n, given) for n in names),
        pieces=tuple(good[n] for n in names),
        bad=bad,
        duplicates=tuple(duplicates),
    )


def save_corpus(corpus: Corpus, path: Path) -> None:
    about = {
        "voices": corpus.voices,
        "names": corpus.names,
        "splits": corpus.splits,
        "bad": corpus.bad,
        "duplicates": corpus.duplicates,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    lengths = np.array([len(p) for p in corpus.pieces], dtype=np.int64)
    arrays = {c: np.concatenate([getattr(p, c) for p in corpus.pieces]) for c in COLUMNS}
    arrays |= {"about": np.array(json.dumps(about)), "lengths": lengths}
    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


def load_corpus(path: Path) -> Corpus:
    """Raises CorpusError when there is no corpus at that path."""
    try:
        with np.load(path, allow_pickle=False) as file:
            about = json.loads(str(file["about"]))
            cuts = np.cumsum(file["lengths"])[:-1]
            columns = {c: np.split(file[c], cuts) for c in COLUMNS}
    except (OSError, KeyError, ValueError) as error:
        raise CorpusError(
            f"{path} is not a prepared corpus: make it by antiphon-train prepare"
        ) from error
    count = len(about["names"])
    return Corpus(
        voices=tuple(about["voices"]),
        names=tuple(about["names"]),
        splits=tuple(about["splits"]),
        pieces=tuple(Piece(**{c: columns[c][i] for c in COLUMNS}) for i in range(count)),
        bad=dict(about["bad"]),
        duplicates=tuple(about["duplicates"]),
    )
