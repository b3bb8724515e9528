"""What a browser asks for: a line of JSON becomes an order of ours, or is refused in one line."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from live import midi
from live.controls.presets import preset_files
from live.controls.reading import brief, find
from live.controls.table import CONTROLS
from live.errors import UserError
from live.models.shelf import shipped

PLAY, ASK, PANIC, RECORD, TAKE, GONE = "play", "ask", "panic", "record", "take", "gone"
_LONGEST = 200  # letters of a text


class OrderError(UserError):
    """An order that cannot be done; the message is one line."""


@dataclass(frozen=True)
class Order:
    """word: one of the above; given: what goes with it.

    PLAY: a MIDI channel message. ASK: a word of live.controls.steering, and its value. RECORD:
    whether to. TAKE: the id of a take, None to stop.
    """

    word: str
    given: tuple[Any, ...] = ()


def read_order(text: str) -> Order:
    """Raises OrderError, or ControlError for a control that does not exist."""
    try:
        asked = json.loads(text)
    except (ValueError, RecursionError):
        raise OrderError("the page sent what is not JSON") from None
    if not isinstance(asked, dict):
        raise OrderError(f"the page sent {brief(asked)}: that is no order")
    do = asked.get("do")
    if not isinstance(do, str) or do not in _READERS:
        raise OrderError(f"the page asked for {brief(do)}: there is no such order")
    return _READERS[do](asked)


def _play(asked: Mapping[str, Any]) -> Order:
    given = asked.get("bytes")
    numbers = given if isinstance(given, list) and 1 <= len(given) <= 3 else []
    if not numbers or not all(type(n) is int and 0 <= n <= 255 for n in numbers):
        raise OrderError(f"{brief(given)} is no MIDI message")
    message = bytes(numbers)
    if not midi.is_whole(message):
        raise OrderError(f"{message.hex(' ')} is no MIDI channel message")
    return Order(PLAY, (message,))


def _set(asked: Mapping[str, Any]) -> Order:
    value = asked.get("value")
    plain = value is None or isinstance(value, bool | int | float | str)
    if not plain or (isinstance(value, float) and not math.isfinite(value)):
        raise OrderError(f"{brief(value)} is no value")
    return Order(ASK, (find(_text(asked, "name"), CONTROLS).name, value))


def _binding(asked: Mapping[str, Any]) -> Order:
    return Order(ASK, (asked["do"], find(_text(asked, "name"), CONTROLS).name))


def _one_of(names: Callable[[], Mapping[str, Any]]) -> Callable[[Mapping[str, Any]], Order]:
    """By a name that is known: what a browser says is never taken for a path."""

    def read(asked: Mapping[str, Any]) -> Order:
        name = _text(asked, "name")
        if name not in names():
            raise OrderError(f"there is no {asked['do']} {brief(name)}")
        return Order(ASK, (asked["do"], name))

    return read


def _record(asked: Mapping[str, Any]) -> Order:
    on = asked.get("on")
    if not isinstance(on, bool):
        raise OrderError("record is on or off")
    return Order(RECORD, (on,))


def _take(asked: Mapping[str, Any]) -> Order:
    if asked.get("stop") is True:
        return Order(TAKE, (None,))
    return Order(TAKE, (_text(asked, "play"),))


def _text(asked: Mapping[str, Any], key: str) -> str:
    text = asked.get(key)
    if not isinstance(text, str) or not 0 < len(text) <= _LONGEST or not text.isprintable():
        raise OrderError(f"{asked['do']} takes a name")
    return text


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Order]] = {
    "play": _play,
    "set": _set,
    "learn": _binding,
    "forget": _binding,
    "preset": _one_of(preset_files),
    "model": _one_of(shipped),
    "panic": lambda _: Order(PANIC),
    "record": _record,
    "take": _take,
}
