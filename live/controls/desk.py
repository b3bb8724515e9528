"""Where all ways to steer meet. Pure: knobs' messages and words go in, changes come out.

A hand on a fader sends hundreds of values a second, and a change makes the mind plan anew: so of
each control only the newest value counts, and a bundle of them goes out at most every EVERY
seconds. The press of a switch is not lost, however soon it is let go; an action does not wait.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from live.controls.bindings import Bindings, Knob, bindable, knob_of
from live.controls.control import Control, ControlError, Home, Kind
from live.controls.reading import find, read
from live.controls.scaling import value_at
from live.controls.table import CONTROLS, PANIC, of_action

EVERY = 0.05  # seconds


@dataclass(frozen=True)
class Changes:
    """What is to be done now: values by name for the mind and for the hands, and how often panic
    was asked for."""

    mind: dict[str, Any] = field(default_factory=dict)
    hands: dict[str, Any] = field(default_factory=dict)
    panics: int = 0


class Desk:
    """One player's controls.

    kept: the bindings of the player's own file. preset: those of the preset, which go first.
    """

    def __init__(
        self,
        kept: Bindings | None = None,
        preset: Bindings | None = None,
        controls: Mapping[str, Control] = CONTROLS,
    ) -> None:
        self._controls = controls
        self.kept = kept or Bindings()
        self._preset = preset or Bindings()
        self.bindings = self.kept.under(self._preset)
        self._learning: str | None = None
        self._moved: dict[str, Any] = {}  # what each knob said last
        self._values: dict[str, list[Any]] = {}
        self._panics = 0
        self._sent = float("-inf")
        self._said: list[str] = []

    # ---- what comes in

    def hear(self, message: bytes) -> None:
        """Any message of the player's; all but controllers are passed over."""
        knob = knob_of(message)
        if knob is None:
            return
        if self._learning is not None:
            self._bind(self._learning, knob)
            return  # it names the knob; the next message steers
        name = self.bindings.control_of(knob)
        if name is None:
            return
        value = value_at(self._controls[name], message[2])
        if self._moved.get(name) != value:
            self._moved[name] = value
            self._put(self._controls[name], value)

    def set(self, name: str, given: Any) -> None:
        """Text, or a value as TOML and OSC have it. Raises ControlError."""
        control = find(name, self._controls)
        self._put(control, read(control, given))
        if control.kind is not Kind.TRIGGER:
            self._moved.pop(control.name, None)  # whatever the knob says next is news

    def _put(self, control: Control, value: Any) -> None:
        if control.kind is not Kind.TRIGGER:
            waiting = self._values.get(control.name, [])
            pressed = waiting[:1] if control.kind is Kind.SWITCH and any(waiting[:1]) else []
            self._values[control.name] = [*pressed, value]
        elif value:
            self._panics += control.name == PANIC
            self._values |= {name: [meant] for name, meant in of_action(control.name).items()}

    # ---- bindings

    @property
    def learning(self) -> str | None:
        """The control that waits for a knob."""
        return self._learning

    def learn(self, name: str) -> str:
        """Bind the next knob that moves. Returns what to tell. Raises ControlError."""
        control = bindable(find(name, self._controls))
        self._learning = control.name
        return f"{control.name}: move a knob or press a pedal"

    def forget(self, name: str) -> str:
        """Unbind. Returns what to tell. Raises ControlError."""
        name = find(name, self._controls).name
        if self._learning == name:
            self._learning = None
            return f"{name} is not learned"
        knob = self.bindings.knobs.get(name)
        if knob is None:
            raise ControlError(f"{name} is on no knob")
        self._rebind(self.kept.without(name), self._preset.without(name))
        return f"{name} is no longer on {knob}"

    def put_preset(self, bindings: Bindings) -> None:
        """Another preset's bindings, in place of those of the one before."""
        self._rebind(self.kept, bindings)

    def _bind(self, name: str, knob: Knob) -> None:
        self._learning = None
        before = self.bindings.control_of(knob)
        kept = self.kept.bound(name, knob)
        rest = {n: k for n, k in self._preset if n != name and not k.meets(knob)}
        self._rebind(kept, Bindings(rest))
        instead = f", instead of {before}" if before not in (None, name) else ""
        self._said.append(f"{name} is on {knob} now{instead}")

    def _rebind(self, kept: Bindings, preset: Bindings) -> None:
        self.kept, self._preset = kept, preset
        self.bindings = kept.under(preset)
        self._moved.clear()

    # ---- what goes out

    def told(self) -> list[str]:
        """Take what there is to tell the player since the last time."""
        said, self._said = self._said, []
        return said

    def take(self, now: float) -> Changes:
        """Take what is to be done at `now` (seconds)."""
        panics, self._panics = self._panics, 0
        if not self._values or now - self._sent < EVERY:
            return Changes(panics=panics)
        self._sent = now
        newest = {name: values[0] for name, values in self._values.items()}
        self._values = {name: rest for name, (_, *rest) in self._values.items() if rest}
        mind = {n: v for n, v in newest.items() if self._controls[n].home is Home.MIND}
        hands = {n: v for n, v in newest.items() if self._controls[n].home is Home.HANDS}
        return Changes(mind, hands, panics)
