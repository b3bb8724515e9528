"""The controls, for people and for programs."""

from collections.abc import Mapping
from typing import Any

from live.controls.bindings import Bindings
from live.controls.control import Control, Kind
from live.controls.scaling import position_of
from live.controls.table import CONTROLS

WIDEST = 24  # letters of a column; what is longer pushes the rest of its own line aside


def one(control: Control, bindings: Bindings, values: Mapping[str, Any]) -> str:
    """A control in a line."""
    knob = bindings.knobs.get(control.name)
    now = control.show(values[control.name]) if control.name in values else ""
    said = f"{control.name} is {now or '(empty)'} ({control.range})"
    return f"{said}, on {knob}" if knob else said


def rows(bindings: Bindings, values: Mapping[str, Any]) -> str:
    """All controls, a line each, under a line that names the columns."""
    table = [("control", "value", "takes", "knob", "OSC", "what it does")]
    for name, control in CONTROLS.items():
        value = control.show(values[name]) if name in values else ""
        knob = str(bindings.knobs.get(name, ""))
        table.append((name, value, control.range, knob, control.address, control.help))
    widths = [min(WIDEST, max(map(len, column))) for column in zip(*table, strict=True)]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in table)
    return "\n".join(line.rstrip() for line in lines)


def objects(bindings: Bindings, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All controls as JSON has them; position: of a knob (0-127) at that value."""
    return [_object(control, bindings, values.get(name)) for name, control in CONTROLS.items()]


def _object(control: Control, bindings: Bindings, value: Any) -> dict[str, Any]:
    knob = bindings.knobs.get(control.name)
    has_position = control.kind not in (Kind.TEXT, Kind.TRIGGER)
    return {
        "name": control.name,
        "kind": control.kind.value,
        "home": control.home.value,
        "help": control.help,
        "low": control.low,
        "high": control.high,
        "unit": control.unit,
        "choices": list(control.choices),
        "default": control.default,
        "value": value,
        "position": position_of(control, value) if has_position else None,
        "cc": knob.cc if knob else None,
        "channel": knob.channel if knob else None,
        "osc": control.address,
    }
