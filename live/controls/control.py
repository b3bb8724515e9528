"""A control: one thing that a player can steer."""

from dataclasses import dataclass
from enum import Enum
from math import inf
from typing import Any

from live.errors import UserError


class ControlError(UserError):
    """A control that does not exist, or a value that it does not take; one line."""


class Kind(Enum):
    """What a control takes."""

    NUMBER = "number"
    WHOLE = "whole number"
    CHOICE = "choice"
    SWITCH = "switch"
    TEXT = "text"
    TRIGGER = "trigger"


class Home(Enum):
    """Who obeys a control."""

    MIND = "mind"  # live.settings.Settings: it is in the take
    HANDS = "hands"
    ACTION = "action"


@dataclass(frozen=True, slots=True)
class Control:
    """name: lower case, words joined by `_`. low, high: the range of a number, both ends in it.
    unit: as in "bpm", or empty. choices: what a choice may be. default: None for a trigger.
    """

    name: str
    kind: Kind
    home: Home
    help: str
    default: Any = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    unit: str = ""

    @property
    def ends(self) -> tuple[float, float]:
        """The range of a number; endless where none is declared."""
        return -inf if self.low is None else self.low, inf if self.high is None else self.high

    @property
    def range(self) -> str:
        """What it takes, in words."""
        unit = f" {self.unit}" if self.unit else ""
        ranges = {
            Kind.CHOICE: ", ".join(self.choices),
            Kind.SWITCH: "on, off",
            Kind.TEXT: "text",
            Kind.TRIGGER: "a press",
        }
        low, high = self.ends
        return ranges.get(self.kind) or f"{low:g} to {high:g}{unit}"

    @property
    def address(self) -> str:
        """Its OSC address."""
        return f"{ROOT}{self.name}"

    def show(self, value: Any) -> str:
        """A value of it, for people."""
        if self.kind is Kind.SWITCH:
            return "on" if value else "off"
        return f"{value:g}" if isinstance(value, float) else str(value) or "-"


ROOT = "/antiphon/"  # of every OSC address
