"""What was typed, sent or written -> a control's value: lenient names, strict numbers."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from math import isfinite
from typing import Any

from live.controls.control import Control, ControlError, Kind

_NUMBER = re.compile(r"[+-]?(\d{1,9}(\.\d{0,12})?|\.\d{1,12})")
_SWITCH = {"on": True, "off": False, "yes": True, "no": False, "true": True, "false": False}
_SWITCH |= {"1": True, "0": False}
LONGEST = 200  # letters of a text


def plain(name: str) -> str:
    """`Count-In` and `count in` are count_in."""
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


def find(name: str, controls: Mapping[str, Control]) -> Control:
    """The control of that name. Raises ControlError."""
    if (found := controls.get(plain(name))) is not None:
        return found
    raise ControlError(f"there is no control {brief(name)}{nearest(plain(name), controls)}")


def nearest(name: str, names: Iterable[str]) -> str:
    """The end of a line about a wrong name: what may have been meant."""
    near = get_close_matches(name, list(names), n=1)
    return f": did you mean {near[0]}?" if near else ": `controls` lists them"


def read(control: Control, given: Any) -> Any:
    """Text, or a number or truth value as TOML and OSC have them, as the control's value.

    Raises ControlError.
    """
    readers = {
        Kind.NUMBER: _number,
        Kind.WHOLE: _whole,
        Kind.CHOICE: _choice,
        Kind.SWITCH: _switch,
        Kind.TEXT: _text,
        Kind.TRIGGER: _trigger,
    }
    return readers[control.kind](control, given.strip() if isinstance(given, str) else given)


def brief(given: Any) -> str:
    text = repr(given)
    return text if len(text) <= 40 else text[:37] + "..."


def _wrong(control: Control, given: Any, words: str) -> ControlError:
    return ControlError(f"{control.name} cannot be {brief(given)}: {words}")


def _number(control: Control, given: Any) -> float:
    if isinstance(given, str) and _NUMBER.fullmatch(given):
        given = float(given)
    if isinstance(given, bool) or not isinstance(given, int | float) or not isfinite(given):
        raise _wrong(control, given, f"it is a number, {control.range}")
    _within(control, given)
    return float(given)


def _whole(control: Control, given: Any) -> int:
    number = given
    if isinstance(given, str) and _NUMBER.fullmatch(given):
        number = float(given)
    if isinstance(number, bool) or not isinstance(number, int | float) or number % 1 != 0:
        raise _wrong(control, given, f"it is a whole number, {control.range}")
    _within(control, number)
    return int(number)


def _within(control: Control, number: float) -> None:
    low, high = control.ends
    if not low <= number <= high:
        raise ControlError(f"{control.name} is {number:g}: it goes from {control.range}")


def _choice(control: Control, given: Any) -> str:
    if isinstance(given, str):
        if given == control.default:
            return given
        for choice in control.choices:
            if plain(given) == plain(choice):
                return choice
    raise _wrong(control, given, f"give {control.range}")


def _switch(control: Control, given: Any) -> Any:
    on = _SWITCH.get(given.lower()) if isinstance(given, str) else given
    if not isinstance(on, bool | int | float) or on not in (0, 1):
        raise _wrong(control, given, "it is a switch, on or off")
    return type(control.default)(on)


def _text(control: Control, given: Any) -> str:
    if not isinstance(given, str) or len(given) > LONGEST or not given.isprintable():
        raise _wrong(control, given, "it is a text")
    return given


def _trigger(control: Control, given: Any) -> bool:
    """Nothing, or 1, is a press; 0 is the release of a button that sends that too."""
    if given in ("", None):
        return True
    on = _SWITCH.get(given.lower()) if isinstance(given, str) else given
    if not isinstance(on, bool | int | float):
        raise _wrong(control, given, "it takes no value")
    return bool(on)
