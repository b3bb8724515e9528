"""What is compared with what, in which order, and which of the two is called A."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from random import Random

from live.errors import UserError
from live.render.audio import FORMATS
from live.take.journal import SUFFIX

PLAYED = (SUFFIX, ".mid", ".midi")  # what has to be rendered
_KINDS = frozenset({*FORMATS, ".aiff", ".aif", *PLAYED})
A, B, SAME = "a", "b", "same"


@dataclass(frozen=True, slots=True)
class Pair:
    """The same piece by two sources, these in order of their names."""

    piece: str
    sources: tuple[str, str]
    files: tuple[Path, Path]


@dataclass(frozen=True, slots=True)
class Trial:
    """A pair as a listener gets it: `a` and `b` are 0 or 1, which of the pair is called so."""

    pair: Pair
    a: int

    @property
    def b(self) -> int:
        return 1 - self.a


def find_pairs(folder: Path) -> list[Pair]:
    """Every two sources' files of the same name. Raises UserError where there is none."""
    try:
        rooms = sorted(room for room in folder.iterdir() if _is_source(room))
        pieces = {room: _pieces(room) for room in rooms}
    except OSError as error:
        raise UserError(f"{folder} cannot be read ({error.strerror})") from error
    found = [
        Pair(piece, (one.name, other.name), (pieces[one][piece], pieces[other][piece]))
        for one, other in combinations(rooms, 2)
        for piece in sorted(pieces[one].keys() & pieces[other].keys())
    ]
    if not found:
        raise UserError(
            f"{folder} has nothing to compare: give it a folder for each source, as human and pop, "
            "with audio, MIDI files or takes of the same names in them"
        )
    return found


def ordered(pairs: Iterable[Pair], seed: int, listener: str) -> list[Trial]:
    """In random order, each way round as likely as the other. A pair's place and sides are its
    own: they stay where others are added or taken away."""
    drawn = []
    for pair in pairs:
        chance = Random(f"{seed}/{listener}/{pair.piece}/{pair.sources}")
        drawn.append((chance.random(), Trial(pair, chance.randrange(2))))
    return [trial for _, trial in sorted(drawn, key=lambda one: one[0])]


def _is_source(room: Path) -> bool:
    return room.is_dir() and not room.name.startswith(".")


def _pieces(room: Path) -> dict[str, Path]:
    files = sorted(file for file in room.iterdir() if file.suffix.lower() in _KINDS)
    return {file.stem: file for file in reversed(files)}
