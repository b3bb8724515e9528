"""Which knob steers which control."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from live import midi
from live.controls.control import Control, ControlError, Kind
from live.controls.reading import brief

LAST_CC = 119  # those above are orders to a whole channel: all notes off and the like


@dataclass(frozen=True, slots=True)
class Knob:
    """A controller: cc 0-119; channel 1-16, None for any."""

    cc: int
    channel: int | None = None

    def __str__(self) -> str:
        return f"CC {self.cc}" + (f" on channel {self.channel}" if self.channel else "")

    def meets(self, other: "Knob") -> bool:
        """Whether one message may be of both."""
        same = None in (self.channel, other.channel) or self.channel == other.channel
        return self.cc == other.cc and same


def knob_of(message: bytes) -> Knob | None:
    """The knob that sent a message; None for anything but a controller."""
    if len(message) != 3 or message[0] & 0xF0 != midi.CONTROL_CHANGE or message[1] > LAST_CC:
        return None
    return Knob(message[1], midi.channel_of(message) + 1)


@dataclass(frozen=True)
class Bindings:
    """One knob for a control, and one control for a knob."""

    knobs: Mapping[str, Knob] = field(default_factory=dict)

    def bound(self, name: str, knob: Knob) -> "Bindings":
        """With that knob on that control, and on no other."""
        rest = {n: k for n, k in self.knobs.items() if n != name and not k.meets(knob)}
        return Bindings({**rest, name: knob})

    def without(self, name: str) -> "Bindings":
        return Bindings({n: k for n, k in self.knobs.items() if n != name})

    def under(self, other: "Bindings") -> "Bindings":
        """Both; where they meet, the other's."""
        both = self
        for name, knob in other.knobs.items():
            both = both.bound(name, knob)
        return both

    def control_of(self, knob: Knob) -> str | None:
        """The name of the control that a knob of a known channel steers."""
        return next((name for name, own in self.knobs.items() if own.meets(knob)), None)

    def __iter__(self) -> Iterator[tuple[str, Knob]]:
        return iter(self.knobs.items())


def bindable(control: Control) -> Control:
    """The same control. Raises ControlError if a knob cannot steer it."""
    if control.kind is Kind.TEXT:
        raise ControlError(f"{control.name} is a text: a knob cannot steer it")
    return control


def read_knob(given: Any) -> Knob:
    """A knob as TOML has it: `21`, or `{cc = 21, channel = 2}`. Raises ControlError."""
    table = given if isinstance(given, dict) else {"cc": given}
    cc, channel = table.get("cc", -1), table.get("channel")
    if type(cc) is not int or not 0 <= cc <= LAST_CC or set(table) - {"cc", "channel"}:
        raise ControlError(f"{brief(given)} is no knob: give a CC, 0 to {LAST_CC}")
    if channel is not None and (type(channel) is not int or not 1 <= channel <= 16):
        raise ControlError(f"a channel cannot be {brief(channel)}: it is 1 to 16")
    return Knob(cc, channel)


def rows_of(bindings: Bindings) -> list[str]:
    """The rows of a TOML table of knobs, by control."""
    channels = {name: f", channel = {k.channel}" if k.channel else "" for name, k in bindings}
    return [f"{name} = {{cc = {k.cc}{channels[name]}}}" for name, k in sorted(bindings)]
