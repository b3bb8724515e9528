"""The answers on disk: a CSV file, a line an answer, each safe as soon as it is given."""

import csv
import io
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from live.errors import UserError
from live.render.listening.pairs import SAME, A, B

FILE = "answers.csv"
CHOICES = (A, B, SAME)
RATINGS = range(1, 6)
LONGEST_COMMENT = 2000  # letters
LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Answer:
    """What a listener said of a trial. at: date and time, ISO 8601; a, b: the source that was
    called so; choice: a, b or same; rating_a, rating_b: 1 to 5, 0 for none given."""

    at: str
    seed: int
    listener: str
    piece: str
    a: str
    b: str
    choice: str
    rating_a: int
    rating_b: int
    comment: str

    @property
    def sources(self) -> tuple[str, str]:
        """In order of their names, as a pair has them."""
        return (self.a, self.b) if self.a < self.b else (self.b, self.a)

    @property
    def preferred(self) -> str | None:
        """The source that was preferred; None if neither was."""
        return {A: self.a, B: self.b}.get(self.choice)


COLUMNS = tuple(item.name for item in fields(Answer))


def read_answers(path: Path) -> list[Answer]:
    """All that are there; a line that a crash tore is left out. Raises UserError for another
    file."""
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read ({error})") from error
    whole = text[: text.rfind("\n") + 1]
    rows = list(csv.reader(io.StringIO(whole)))
    if not rows:
        return []
    if tuple(rows[0]) != COLUMNS:
        raise UserError(f"{path} is no file of answers: its first line is not {','.join(COLUMNS)}")
    return [_answer(path, number, row) for number, row in enumerate(rows[1:], 2)]


def write_answer(path: Path, answer: Answer) -> None:
    """Append it, and return when it is on the disk. Raises UserError."""
    try:
        with open(path, "a+b") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(0)
            kept = file.read().rfind(b"\n") + 1
            if kept < size:  # torn by a crash
                file.truncate(kept)
            rows = [asdict(answer).values()]
            file.write(_lines(rows if kept else [COLUMNS, *rows]).encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise UserError(f"{path} cannot be written ({error.strerror})") from error


def one_line(text: str, longest: int) -> str:
    """What somebody typed, in one line and no longer than that."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:longest]


def _answer(path: Path, number: int, row: list[str]) -> Answer:
    try:
        at, seed, listener, piece, a, b, choice, rating_a, rating_b, comment = row
        answer = Answer(
            at, int(seed), listener, piece, a, b, choice, int(rating_a), int(rating_b), comment
        )
        if choice not in CHOICES or a == b:
            raise ValueError(choice)
    except ValueError as error:
        raise UserError(f"{path}, line {number} is no answer: mend it or delete it") from error
    return answer


def _lines(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
