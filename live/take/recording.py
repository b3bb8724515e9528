"""A session's entries as they happen: the last of them at hand, and all of them in its take."""

import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from live.notes import MACHINE, Note, Part
from live.take.entries import Entry, Header, Take
from live.take.journal import TakeWriter
from live.take.sides import machine_notes, player_notes

REMEMBERED = 6000  # entries kept for a restart
WINDOW = 64  # notes a restarted mind is given


class Recording:
    """path: where the take is written, None not to; report: told in one line what goes wrong;
    watch: shown every entry."""

    def __init__(
        self,
        path: Path | None,
        report: Callable[[str], None],
        watch: Callable[[Entry], None] = lambda _: None,
    ) -> None:
        self._path = path
        self._report = report
        self._watch = watch
        self._entries: deque[Entry] = deque(maxlen=REMEMBERED)
        self._header: Header | None = None
        self._writer: TakeWriter | None = None

    def begin(self, header: Header) -> None:
        """The session begins. Raises TakeError or OSError where the take cannot be written."""
        self._header = header
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._writer = TakeWriter(self._path, header, self._report)
            for entry in self._entries:  # a mind that fell before it was ready
                self._writer.write(entry, time.monotonic())

    @property
    def begun(self) -> bool:
        return self._header is not None

    @property
    def writes(self) -> bool:
        """Whether there is a take that is being written."""
        return self._writer is not None and self._writer.recording

    def write(self, entry: Entry) -> None:
        self._watch(entry)
        self._entries.append(entry)
        if self._writer is not None:
            self._writer.write(entry, time.monotonic())

    def close(self, at: float) -> None:
        """The session ends at `at` (seconds). May be called twice."""
        if self._writer is not None:
            self._writer.close(at)
            self._writer = None

    def window(self, you: str, me: str) -> tuple[Note, ...]:
        """The last notes of both sides, as notes of these voices; what still sounds ends with the
        last entry."""
        if self._header is None:
            return ()
        take = Take(self._header, tuple(self._entries), False, False)
        part = Part(MACHINE, me)
        notes = [
            *player_notes(take, you),
            *(
                Note(n.onset, part, n.pitch, n.velocity, n.end - n.onset)
                for n in machine_notes(take)
            ),
        ]
        return tuple(sorted(notes, key=lambda note: note.onset)[-WINDOW:])
