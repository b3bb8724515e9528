"""The takes of a folder, for the page: listed, named, deleted, and read to be played or exported.

A browser knows them by ids that say nothing: no word of its is ever a part of a path. Names that
are given, and passages that are off the list, stand in a file beside the takes.
"""

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from live.errors import UserError
from live.take.entries import Take
from live.take.journal import SUFFIX, TakeError, read_take
from live.take.passages import Passage, cut, passages
from live.take.sides import machine_notes, player_keys

NAMES = "names.json"
LONGEST = 80  # letters of a name
LARGEST = 200_000_000  # bytes of a take that is read for the list


class NoTakeError(UserError):
    """There is no take of that id; the message is one line."""


class BusyError(UserError):
    """It cannot be done to a take that is being recorded; the message is one line."""


def take_id(file: str, passage: int = 0) -> str:
    """The id of a take by the name of its file; passage: 0 for the whole, else from 1."""
    return hashlib.sha256(f"{passage}/{file}".encode(errors="surrogateescape")).hexdigest()[:16]


@dataclass(frozen=True)
class _Part:
    """A take or a passage of one, as far as the list tells of it."""

    passage: Passage | None
    started: str
    seconds: float
    notes: int
    model: str
    recording: bool


@dataclass
class _Names:
    """names: by id; gone: the ids of passages that are off the list."""

    names: dict[str, str] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)


class Takes:
    """running: the name of the file that is being written, None for none. Its methods may be
    called from any thread, one at a time. Raises NoTakeError, BusyError and TakeError."""

    def __init__(self, folder: Path, running: str | None = None) -> None:
        self._folder, self._running = folder, running
        self._known: dict[Path, tuple[tuple[int, int], list[_Part]]] = {}
        self._lock = threading.Lock()

    def rows(self) -> list[dict[str, Any]]:
        """All that can be read, the newest first."""
        with self._lock:
            kept = self._names()
            rows = [
                {
                    "id": number,
                    "name": kept.names.get(number, ""),
                    "started": part.started,
                    "seconds": round(part.seconds, 2),
                    "notes": part.notes,
                    "model": part.model,
                    "recording": part.recording,
                    "passage": part.passage is not None,
                }
                for path in self._files()
                for number, part in self._parts(path)
                if number not in kept.gone
            ]
        return sorted(rows, key=lambda row: (row["started"], row["passage"]), reverse=True)

    def read(self, number: str) -> Take:
        """The take, or the passage of one, of that id."""
        with self._lock:
            path, part = self._found(number)
            take = read_take(path)
            return take if part.passage is None else cut(take, part.passage)

    def rename(self, number: str, name: str) -> None:
        """An empty name: none."""
        name = " ".join(name.split())
        if len(name) > LONGEST or not name.isprintable():
            raise TakeError(f"a name has {LONGEST} letters at most, and each can be seen")
        with self._lock:
            self._found(number)
            kept = self._names()
            kept.names[number] = name
            if not name:
                del kept.names[number]
            self._keep(kept)

    def delete(self, number: str) -> None:
        """A whole take is deleted; a passage is off the list, and the take keeps its music."""
        with self._lock:
            path, part = self._found(number)
            if part.recording:
                raise BusyError("this take is being recorded: stop first")
            kept = self._names()
            kept.names.pop(number, None)
            if part.passage is not None:
                kept.gone.append(number)
            else:
                try:
                    path.unlink(missing_ok=True)
                except OSError as error:
                    raise TakeError(f"it cannot be deleted ({error.strerror or error})") from error
                self._known.pop(path, None)
            self._keep(kept)

    # ---- the folder

    def _files(self) -> list[Path]:
        with contextlib.suppress(OSError):
            return sorted(p for p in self._folder.glob(f"*{SUFFIX}") if p.is_file())
        return []

    def _found(self, number: str) -> tuple[Path, _Part]:
        for path in self._files():
            for known, part in self._parts(path):
                if known == number:
                    return path, part
        raise NoTakeError("there is no such take any more")

    def _parts(self, path: Path) -> list[tuple[str, _Part]]:
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            known, parts = self._known.get(path, (None, []))
            if known != stamp:
                parts = self._read(path) if status.st_size <= LARGEST else []
                self._known[path] = (stamp, parts)
        except (OSError, TakeError):
            return []  # it is not there any more, or is none: there is nothing to list
        return [(take_id(path.name, index), part) for index, part in enumerate(parts)]

    def _read(self, path: Path) -> list[_Part]:
        take, runs = read_take(path), path.name == self._running
        return [
            _part(take, None, runs),
            *(_part(cut(take, its), its, runs and its.open) for its in passages(take)),
        ]

    # ---- the names

    def _names(self) -> _Names:
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            found: Mapping[str, Any] = json.loads((self._folder / NAMES).read_text("utf-8"))
            return _Names(dict(found.get("names", {})), list(found.get("gone", ())))
        return _Names()

    def _keep(self, names: _Names) -> None:
        """In place of what is there, or leave that whole."""
        new = self._folder / f"{NAMES}.new"
        try:
            new.write_text(json.dumps({"names": names.names, "gone": names.gone}), "utf-8")
            os.replace(new, self._folder / NAMES)
        except OSError as error:
            raise TakeError(f"names cannot be kept ({error.strerror or error})") from error


def _part(take: Take, passage: Passage | None, recording: bool) -> _Part:
    begin = 0.0 if passage is None else passage.begin
    return _Part(
        passage,
        _later(take.header.started, begin),
        take.length - begin,
        len(player_keys(take)) + len(machine_notes(take)),
        Path(take.header.model.file).stem,
        recording,
    )


def _later(started: str, seconds: float) -> str:
    try:
        moment = datetime.fromisoformat(started) + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return started
    return moment.isoformat(timespec="seconds")
