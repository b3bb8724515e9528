"""Folders of MIDI, or grid files -> a corpus: pieces with their split, cached as plain arrays."""

import hashlib
import json
import signal
import zipfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from live.errors import UserError
from training.config import SPLITS, CorpusConfig
from training.grid_file import SUFFIX, read_grids
from training.midi_file import BadFile, Piece, read_piece

SUFFIXES = {".mid", ".midi", ".kar", ".smf"}
COLUMNS = tuple(field.name for field in fields(Piece))
CHUNK = 4  # files handed to a process at a time

Job = tuple[str, Path, CorpusConfig]
Result = tuple[str, Piece | str]  # a file's name, and its piece or why there is none


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

    Where two folders hold a file of the same name, the later one's gets its folder's name too.
    A grid file (.json) counts only where it is named itself: other JSON lies beside music.
    Raises CorpusError when a folder is not there or holds no MIDI file.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        if not folder.exists():
            raise CorpusError(f"there is no folder {folder}: name a folder of MIDI files")
        root = folder.parent if folder.is_file() else folder
        files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
        for path in files:
            wanted = path.suffix.lower() in SUFFIXES or (path == folder and _is_grid(path))
            if wanted and _may_be_file(path):
                name = path.relative_to(root).as_posix()
                while name in found and found[name].resolve() != path.resolve():
                    name = f"{root.resolve().name}/{name}"
                found[name] = path
    if not found:
        listed = ", ".join(str(folder) for folder in folders)
        raise CorpusError(f"no MIDI file (.mid, .midi) below {listed}: name another folder")
    return found


def _is_grid(path: Path) -> bool:
    return path.suffix.lower() == SUFFIX


def _may_be_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return True  # it may not be looked at: reading it will say why


def _read(job: Job) -> Result:
    name, path, config = job
    try:
        return name, read_piece(path, config)
    except BadFile as error:
        return name, str(error)
    except Exception as error:  # one odd file among thousands must not end the reading
        return name, f"{type(error).__name__}: {error}"


def _read_all(jobs: list[Job], workers: int) -> Iterator[Result]:
    """In the order of the jobs. A file that ends its reader is found and named."""
    done = 0
    while done < len(jobs):
        try:
            with ProcessPoolExecutor(workers, initializer=_leave_interrupts) as pool:
                for result in pool.map(_read, jobs[done:], chunksize=CHUNK):
                    done += 1
                    yield result
        except BrokenProcessPool:
            # It is among the next few: those one by one, each in a process of its own.
            for job in jobs[done : done + 2 * workers * CHUNK]:
                done += 1
                yield _read_alone(job)


def _read_alone(job: Job) -> Result:
    try:
        with ProcessPoolExecutor(1, initializer=_leave_interrupts) as pool:
            return pool.submit(_read, job).result()
    except BrokenProcessPool:
        return job[0], "the process that read it ended"


def _leave_interrupts() -> None:
    """Ctrl-C is the parent's to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


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


def _splits(names: tuple[str, ...], given: dict[str, str]) -> tuple[str, ...]:
    """A split for each name; in a small folder without `splits.json` each gets one piece at least,
    or training would have nothing to stop by."""
    splits = [split_of(name, given) for name in names]
    if not given and len(names) >= len(SPLITS):
        for split in SPLITS:
            if split not in splits:
                many = max(SPLITS, key=splits.count)
                splits[splits.index(many)] = split
    return tuple(splits)


def given_splits(folders: Iterable[Path]) -> dict[str, str]:
    """Piece -> split. A list beside the folder may name its pieces with the folder's name before
    them. Of two lists that name one piece the first folder's counts, as in find_files."""
    given: dict[str, str] = {}
    for folder in folders:
        whole = folder.absolute()  # the folder "." has a parent and a name too
        here = f"{whole.name}/"
        for place in (whole, whole.parent):
            path = place / "splits.json"
            if path.is_file():
                try:
                    table = json.loads(path.read_text())
                    listed = {str(n): s for s in SPLITS for n in table.get(s, [])}
                except (OSError, ValueError, AttributeError, TypeError) as error:
                    raise CorpusError(
                        f"{path} is not a list of names for each of {', '.join(SPLITS)} "
                        f"({error}): mend or remove it"
                    ) from error
                given = {n.removeprefix(here): s for n, s in listed.items()} | listed | given
                break
    return given


def prepare(
    folders: list[Path],
    config: CorpusConfig,
    workers: int = 1,
    progress: Callable[[Iterator[Result], int], Iterable[Result]] = lambda results, _: results,
) -> Corpus:
    """Read all MIDI files below the folders. Files that cannot be used are named in `bad`.

    A grid file (see training.grid_file), named itself, is many pieces with splits of its own.

    Raises CorpusError when there is nothing to read or nothing could be read.
    """
    files = find_files(folders)
    given = given_splits(folders)
    jobs = [(n, path, config) for n, path in sorted(files.items()) if not _is_grid(path)]
    results = list(progress(_read_all(jobs, workers), len(jobs)))
    for name, path in files.items():
        if _is_grid(path):
            pieces, splits = _read_grids(name, path, config)
            results += pieces
            given |= splits
    good: dict[str, Piece] = {}
    bad: dict[str, str] = {}
    for name, result in sorted(results, key=lambda r: r[0]):
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
        splits=_splits(names, given),
        pieces=tuple(good[n] for n in names),
        bad=bad,
        duplicates=tuple(duplicates),
    )


def _read_grids(name: str, path: Path, config: CorpusConfig) -> tuple[list[Result], dict[str, str]]:
    """The pieces of a grid file, named after it, their split and their place in it; splits."""
    try:
        grids = read_grids(path, config)
    except BadFile as error:
        return [(name, str(error))], {}
    pieces: list[Result] = []
    splits: dict[str, str] = {}
    for (split, index), piece in grids.items():
        one = f"{name}/{split}/{index:04}"
        pieces.append((one, piece))
        splits[one] = split
    return pieces, splits


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
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
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
