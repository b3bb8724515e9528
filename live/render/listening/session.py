"""One listener's way through the pairs: what comes next, under names that say nothing."""

import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from live.errors import UserError
from live.render.listening.answers import (
    CHOICES,
    LONGEST_COMMENT,
    RATINGS,
    Answer,
    one_line,
    read_answers,
    write_answer,
)
from live.render.listening.pairs import Trial

_SEEDS = 2**32
_WORD = 16  # bytes of what a trial or an excerpt is called


def seed_of(answers: Sequence[Answer], asked: int | None) -> int:
    """That of the answers there are, else the one that is asked for, else a new one. Raises
    UserError where another is asked for than they have."""
    if answers and asked not in (None, answers[0].seed):
        raise UserError(f"the answers were begun with seed {answers[0].seed}: leave --seed out")
    if answers:
        return answers[0].seed
    return secrets.randbelow(_SEEDS) if asked is None else asked


class ListeningError(UserError):
    """What a browser asked for is not to be had."""


class Session:
    """seed, listener: who answers, and in which order; path: the file of answers, which says which
    trials are done; excerpts: the audio of each file; today: the date and time, ISO 8601."""

    def __init__(
        self,
        trials: Sequence[Trial],
        seed: int,
        listener: str,
        path: Path,
        excerpts: Mapping[Path, Path],
        today: Callable[[], str],
    ) -> None:
        self._seed, self._listener, self._path = seed, listener, path
        self._audio, self._today = excerpts, today
        done = {(it.piece, it.sources) for it in read_answers(path) if it.listener == listener}
        left = [trial for trial in trials if (trial.pair.piece, trial.pair.sources) not in done]
        self._all, self._left = len(trials), left
        self._name = ""
        self._due: dict[str, Path] = {}
        self._call()

    def ask(self) -> dict[str, Any]:
        """The trial that is due: its name, those of its excerpts a and b, how many are answered of
        how many; trial None when all are."""
        told = {"answered": self._all - len(self._left), "of": self._all}
        if not self._left:
            return {"trial": None, **told}
        a, b = self._due
        return {"trial": self._name, "a": a, "b": b, **told}

    def audio(self, name: str) -> Path:
        """The excerpt of that name, of the trial that is due. Raises ListeningError."""
        if name not in self._due:
            raise ListeningError("there is no such excerpt")
        return self._due[name]

    def answer(self, said: Mapping[str, Any]) -> None:
        """Keep what the listener said of the trial that is due, and go on. Raises ListeningError
        where it is no answer to that, and UserError where it cannot be kept."""
        if not self._left or said.get("trial") != self._name:
            raise ListeningError("another question is due")
        trial = self._left[0]
        names = trial.pair.sources
        choice, comment = said.get("choice"), said.get("comment", "")
        rated = said.get("rating_a", 0), said.get("rating_b", 0)
        fits = choice in CHOICES and isinstance(comment, str)
        if not fits or not all(type(it) is int and it in (0, *RATINGS) for it in rated):
            raise ListeningError("that is no answer")
        answer = Answer(
            self._today(), self._seed, self._listener, trial.pair.piece,
            names[trial.a], names[trial.b], str(choice), *rated, one_line(comment, LONGEST_COMMENT),
        )  # fmt: skip
        write_answer(self._path, answer)
        self._left = self._left[1:]
        self._call()

    def _call(self) -> None:
        """Name what is due anew: names from before no longer open anything."""
        self._name = secrets.token_urlsafe(_WORD)
        if not self._left:
            self._due = {}
            return
        trial = self._left[0]
        files = (trial.pair.files[side] for side in (trial.a, trial.b))
        self._due = {secrets.token_urlsafe(_WORD): self._audio[file] for file in files}
