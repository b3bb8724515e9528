"""A knob's 0..127 <-> a control's value."""

from math import ceil, log10
from typing import Any

from live.controls.control import Control, Kind

MOST = 127  # of a CC's value
MIDDLE = 64  # is the middle of any range, as in pan (min-center-max: MIDI 2.0's M2-115)


def value_at(control: Control, cc: int) -> Any:
    """The value at a knob's position (0-127).

    The ends and the middle of the knob are the ends and the middle of a range. Choices, switches
    and short ranges of whole numbers have equal shares of the knob. A text has no positions.
    """
    if control.kind in (Kind.SWITCH, Kind.TRIGGER):
        make = bool if control.default is None else type(control.default)
        return make(cc >= MIDDLE)
    if control.kind is Kind.CHOICE:
        return control.choices[_share(cc, len(control.choices))]
    low, high = control.ends
    if control.kind is Kind.WHOLE and (steps := int(high - low) + 1) <= MOST + 1:
        return int(low) + _share(cc, steps)
    value = low + (high - low) * _part(cc)
    return round(value) if control.kind is Kind.WHOLE else round(value, _decimals(control))


def position_of(control: Control, value: Any) -> int:
    """Where a knob (0-127) would stand at that value: value_at gives it back, as near as a knob
    can."""
    if control.kind in (Kind.SWITCH, Kind.TRIGGER):
        return MOST if value else 0
    if control.kind is Kind.CHOICE:
        choices = control.choices
        return _middle(choices.index(value), len(choices)) if value in choices else 0
    low, high = control.ends
    if control.kind is Kind.WHOLE and high - low <= MOST:
        return _middle(int(value - low), int(high - low) + 1)
    part: float = (value - low) / (high - low)
    return round(2 * part * MIDDLE if part <= 0.5 else MIDDLE + (2 * part - 1) * (MOST - MIDDLE))


def _part(cc: int) -> float:
    """0..127 -> 0..1, and 64 -> 0.5."""
    return cc / MIDDLE / 2 if cc <= MIDDLE else 0.5 + (cc - MIDDLE) / (MOST - MIDDLE) / 2


def _share(cc: int, shares: int) -> int:
    return cc * shares // (MOST + 1)


def _middle(share: int, shares: int) -> int:
    """A position in that share: the knob's ends for the first and the last."""
    first, after = (-(-(MOST + 1) * n // shares) for n in (share, share + 1))
    return {0: 0, shares - 1: MOST}.get(share, (first + after - 1) // 2)


def _decimals(control: Control) -> int:
    """So few that takes and screens are easy to read, so many that no two positions are one."""
    low, high = control.ends
    return max(0, ceil(-log10((high - low) / (MOST + 1))))
