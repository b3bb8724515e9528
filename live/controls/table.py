"""All controls, from the tables that declare them: the mind's settings and the hands', and a few
actions."""

from collections.abc import Mapping
from dataclasses import Field, fields
from types import MappingProxyType
from typing import Any

from live.controls.control import Control, Home, Kind
from live.hands.config import HandsSettings
from live.modes import MODES
from live.settings import Settings

# A mode is a text in the settings, because the models decide which of them there are.
_CHOICES: Mapping[str, tuple[str, ...]] = {"mode": tuple(MODES)}
PANIC = "panic"
# Actions, and the settings that do them. `again` is a setting that is 0 again by itself.
_ACTIONS: Mapping[str, Mapping[str, Any]] = {
    PANIC: {},
    "start": {"transport": 1},
    "stop": {"transport": 0},
    "again": {"again": 1},
}
_SAID = {
    PANIC: "ends all that sounds; twice: all notes off, everywhere",
    "start": "starts the internal clock, or Link",
    "stop": "stops the internal clock, or Link",
}


def _kind(field: "Field[Any]", choices: tuple[str, ...]) -> Kind:
    about = field.metadata
    make: type = type(field.default)
    if field.name in _ACTIONS:
        return Kind.TRIGGER
    if choices:
        return Kind.CHOICE
    if make is bool or (make is int and (about["low"], about["high"]) == (0, 1)):
        return Kind.SWITCH
    return {int: Kind.WHOLE, float: Kind.NUMBER, str: Kind.TEXT}[make]


def _control(field: "Field[Any]", home: Home) -> Control:
    about = field.metadata
    choices = _CHOICES.get(field.name, about["choices"])
    return Control(
        name=field.name,
        kind=_kind(field, choices),
        home=home,
        help=about["help"],
        default=field.default,
        low=about["low"],
        high=about["high"],
        choices=choices,
        unit=about["unit"],
    )


def _table() -> dict[str, Control]:
    controls = [_control(field, Home.MIND) for field in fields(Settings)]
    controls += [_control(field, Home.HANDS) for field in fields(HandsSettings)]
    controls += [Control(name, Kind.TRIGGER, Home.ACTION, said) for name, said in _SAID.items()]
    return {control.name: control for control in controls}


CONTROLS: Mapping[str, Control] = MappingProxyType(_table())


def of_action(name: str) -> Mapping[str, Any]:
    """The settings that an action stands for; none for panic, which is the hands' own."""
    return _ACTIONS[name]


DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {name: c.default for name, c in CONTROLS.items() if c.kind is not Kind.TRIGGER}
)
