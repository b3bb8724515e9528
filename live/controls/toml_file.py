"""A TOML file, and on which line a key of it stands: tomllib tells lines of syntax only."""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from live.controls.control import ControlError
from live.controls.reading import nearest

LARGEST = 100_000  # bytes: nobody writes more by hand
_TABLE = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(#.*)?")
_KEY = re.compile(r"\s*([\w\"'.\- ]+?)\s*=")


@dataclass(frozen=True)
class TomlFile:
    """What a file says, as tomllib has it, and its text."""

    path: Path
    found: dict[str, Any]
    text: str

    def wrong(self, keys: tuple[str, ...], why: str) -> NoReturn:
        """Raise ControlError for what stands at those keys, the outermost first."""
        raise ControlError(f"{self.path}, line {line_of(self.text, keys)}: {why}")

    def table(self, key: str) -> dict[str, Any]:
        """The table of that name; empty if there is none. Raises ControlError for another thing."""
        table = self.found.get(key, {})
        if not isinstance(table, dict):
            self.wrong((key,), f"{key} is a table: [{key}]")
        return table

    def only(self, keys: tuple[str, ...]) -> None:
        """Raises ControlError for any other key than those."""
        for key in self.found:
            if key not in keys:
                near = nearest(key, keys) if key else ""
                near = near if "mean" in near else f"; there are {', '.join(keys)}"
                self.wrong((key,), f"there is no key {key!r} here{near}")

    def each(self, key: str, read: Callable[[str, Any], Any]) -> list[Any]:
        """Every row of a table through read(name, value), whose ControlError gets its line."""
        rows = []
        for name, value in self.table(key).items():
            try:
                rows.append(read(name, value))
            except ControlError as error:
                self.wrong((key, name), str(error))
        return rows


def read_toml(path: Path) -> TomlFile:
    """Raises ControlError, one line."""
    try:
        if path.exists() and not path.is_file():
            raise ControlError(f"{path} is not a file")
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise ControlError(f"{path} is larger than {LARGEST} bytes")
        text = data.decode()
        return TomlFile(path, tomllib.loads(text), text)
    except OSError as error:
        raise ControlError(f"{path} cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise ControlError(f"{path} is not TOML: it is not text") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ControlError(_syntax(path, str(error))) from error


def _syntax(path: Path, said: str) -> str:
    """`Invalid value (at line 3, column 5)` with the line where all our errors have it."""
    if place := re.search(r" \(at line (\d+), column \d+\)", said):
        return f"{path}, line {place[1]}: {said.replace(place[0], '')}"
    return f"{path}: {' '.join(said.split())}"


def line_of(text: str, keys: tuple[str, ...]) -> int:
    """The line, from 1, on which those keys stand, or as many of the outer ones as are found.

    Keys may be dotted, or follow a table's header.
    """
    found, depth = 1, 0
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _TABLE.fullmatch(line):
            path = table = _parts(header[1])
        elif key := _KEY.match(line):
            path = (*table, *_parts(key[1]))
        else:
            continue
        agree = next((i for i, (a, b) in enumerate(zip(path, keys, strict=False)) if a != b), None)
        agree = min(len(path), len(keys)) if agree is None else 0
        if agree > depth:
            found, depth = number, agree
    return found


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
