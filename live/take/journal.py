"""The take on disk: JSON Lines, one line a call, readable up to wherever a crash left it.

A proper part of a line is never itself a valid line (its bracket is missing), so a torn end
shows.
"""

import io
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from live.errors import UserError
from live.take.entries import (
    VERSION,
    End,
    Entry,
    Header,
    Take,
    decode,
    decode_header,
    encode,
    encode_header,
)

SUFFIX = ".take"
SYNC_EVERY = 5.0  # seconds: what a power cut may cost, at most

_BEGINNING = b'{"antiphon":'


class TakeError(UserError):
    """A take that cannot be made or read. One line: what is wrong, and what to do."""


def _open_new(path: Path) -> io.RawIOBase:
    # Unbuffered: a line that was handed over is the system's, and outlives this process.
    return open(path, "xb", buffering=0)


class TakeWriter:
    """Writes a take as it happens. Music never waits on it and never stops for it.

    After the first failure (disk full, folder gone) `report` is called once, with one line; from
    then on entries are dropped, and what was written stays readable.
    """

    def __init__(
        self,
        path: str | Path,
        header: Header,
        report: Callable[[str], None],
        open_new: Callable[[Path], io.RawIOBase] = _open_new,
    ) -> None:
        """Begin a take in a new file. Raises TakeError if the file exists or cannot be made."""
        self.path = Path(path)
        self._report = report
        self._written = 0
        self._synced: float | None = None
        try:
            self._file: io.RawIOBase | None = open_new(self.path)
        except FileExistsError:
            raise TakeError(
                f"{self.path} exists, and a take is never written over; choose another name"
            ) from None
        except OSError as error:
            raise TakeError(
                f"{self.path} cannot be made ({_reason(error)}); choose another folder"
            ) from None
        self._put(lambda: encode_header(header))

    @property
    def recording(self) -> bool:
        """False once the take is closed or has failed."""
        return self._file is not None

    def write(self, entry: Entry, now: float) -> None:
        """Append an entry. now: seconds on any clock that never runs back; it paces syncing."""
        self._put(lambda: encode(entry))
        if self._synced is None:
            self._synced = now
        elif now - self._synced >= SYNC_EVERY:
            self._synced = now
            self._sync()

    def close(self, at: float | None = None) -> None:
        """Put the take safely on disk. at: the session ended in good order then (seconds)."""
        if at is not None:
            self._put(lambda: encode(End(at)))
        self._sync()
        self._let_go()

    def _put(self, row: Callable[[], Any]) -> None:
        if self._file is None:
            return
        try:
            # ASCII escapes keep even a broken file name in a setting writable as UTF-8.
            text = json.dumps(row(), separators=(",", ":"), allow_nan=False)
            line = memoryview(text.encode("ascii") + b"\n")
            size = len(line)
            while line:
                if not (written := self._file.write(line)):
                    raise OSError(None, "nothing more can be written")
                line = line[written:]
            self._written += size
        except (OSError, TypeError, ValueError) as error:
            self._fail(error)

    def _sync(self) -> None:
        if self._file is None:
            return
        try:
            os.fsync(self._file.fileno())
            if os.fstat(self._file.fileno()).st_nlink == 0:
                raise FileNotFoundError(None, "the file was deleted")
        except OSError as error:
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        try:
            if self._file is not None:
                self._file.truncate(self._written)
        except OSError:
            pass  # a torn last line is read as well
        self._let_go()
        self._report(
            f"{self.path} is no longer recorded ({_reason(error)}); the music goes on, and what "
            "was recorded until now can be read"
        )

    def _let_go(self) -> None:
        file, self._file = self._file, None
        try:
            if file is not None:
                file.close()
        except OSError:
            pass  # nothing is left to write


def read_take(path: str | Path) -> Take:
    """Read a take, also one that a crash cut short. Raises TakeError."""
    try:
        data = Path(path).read_bytes()
    except FileNotFoundError:
        raise TakeError(f"{path} does not exist; check the name") from None
    except OSError as error:
        raise TakeError(f"{path} cannot be read ({_reason(error)})") from None
    # A power cut may leave a file longer than what reached the disk: the rest is zeros.
    whole = data.rstrip(b"\0")
    truncated = len(whole) < len(data)
    if not whole:
        raise TakeError(f"{path} is empty: nothing was recorded; it can be deleted")
    lines = whole.split(b"\n")
    torn = lines.pop()  # after the last line end: nothing, or a line that was being written
    if not lines:
        lines, torn = [torn], b""
    header = _read_header(path, lines[0])
    entries = [_read_entry(path, number, line) for number, line in enumerate(lines[1:], 2)]
    if torn:
        try:
            entries.append(decode(_parse(torn)))
        except ValueError:
            truncated = True
    complete = bool(entries) and isinstance(entries[-1], End)
    return Take(header, tuple(entries), complete, truncated)


def _read_header(path: str | Path, line: bytes) -> Header:
    try:
        found = _parse(line)
    except ValueError as error:
        if line[: len(_BEGINNING)] == _BEGINNING[: len(line)]:
            raise TakeError(
                f"{path} breaks off in its first line: nothing was recorded; it can be deleted"
            ) from None
        raise _foreign(path, str(error)) from None
    if not isinstance(found, dict) or "antiphon" not in found or "take" not in found:
        raise _foreign(path, "its first line is not a take's")
    version = found["take"]
    if version != VERSION:
        raise TakeError(
            f"{path} is a take of version {version!r} and this Antiphon reads version {VERSION}; "
            f"use the Antiphon that recorded it ({found['antiphon']})"
        )
    try:
        return decode_header(found)
    except ValueError as error:
        raise TakeError(f"{path}, line 1 is damaged ({error}); use a copy that is whole") from None


def _read_entry(path: str | Path, number: int, line: bytes) -> Entry:
    try:
        return decode(_parse(line))
    except ValueError as error:
        raise TakeError(
            f"{path}, line {number} is damaged ({error}); delete from that line on, in a copy, to "
            "read what comes before it"
        ) from None


def _parse(line: bytes) -> Any:
    """The JSON value of a line. Raises ValueError, in few words."""
    try:
        return json.loads(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8 text") from None
    except (json.JSONDecodeError, RecursionError):
        raise ValueError("it is not JSON") from None


def _foreign(path: str | Path, why: str) -> TakeError:
    return TakeError(f"{path} is not a take ({why}); choose a file that ends in {SUFFIX}")


def _reason(error: Exception) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()) or type(error).__name__
