"""The desk joined to a session: what is typed, turned or sent becomes changes on the stage."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from live.controls.control import ControlError, Home, Kind
from live.controls.desk import Changes, Desk
from live.controls.kept import keep
from live.controls.listing import one, rows
from live.controls.osc import Osc
from live.controls.presets import Preset, find_preset, preset_files, read_preset
from live.controls.reading import brief, find, nearest, plain
from live.controls.table import CONTROLS
from live.errors import UserError
from live.models.shelf import find as find_model
from live.settings import SettingError

COMPLAIN = 1.0  # seconds between two complaints about what a knob or OSC sends: they send fast


class Steered(Protocol):
    """The stage, as far as it is steered."""

    @property
    def values(self) -> Mapping[str, Any]:
        """Every setting of the mind and of the hands as it is now."""

    def change(self, values: dict[str, Any]) -> None: ...

    def set_hands(self, values: dict[str, Any]) -> None: ...

    def load(self, model: Path, values: Mapping[str, Any]) -> bool:
        """Let another model take over, with these settings. False if it plays already."""

    def panic(self) -> None: ...


class Steering:
    """file: where learned knobs are kept. say: told in one line what the player should know.
    preset: the one that it began with."""

    def __init__(
        self,
        stage: Steered,
        desk: Desk,
        file: Path,
        say: Callable[[str], None],
        preset: Preset | None = None,
        osc: Osc | None = None,
    ) -> None:
        self._stage, self._desk, self._file, self._say, self._osc = stage, desk, file, say, osc
        self._before = preset or Preset("")
        self._kept = desk.kept
        self._complained = float("-inf")
        self._words: dict[str, Callable[[str], None]] = {
            "learn": lambda name: say(desk.learn(name)),
            "forget": lambda name: say(desk.forget(name)),
            "preset": self._take_up,
            "model": self._asked_model,
            "presets": lambda _: say(f"presets: {', '.join(preset_files())}"),
            "controls": lambda _: say(rows(self._desk.bindings, self._stage.values)),
            "p": lambda _: desk.set("panic", None),
        }

    def obey(self, line: str) -> None:
        """Do what was typed: a control and its value, or another word. Raises UserError."""
        word, _, rest = line.strip().partition(" ")
        given = rest.strip() or None
        if plain(word) in self._words:
            self._words[plain(word)](given or "")
        elif word and given is None and self._is_value(word):
            self._say(one(find(word, CONTROLS), self._desk.bindings, self._stage.values))
        elif word:
            self._set(word, given)
        self._settle()

    def ask(self, word: str, value: Any) -> None:
        """Do a word with what goes with it, as programs say it: OSC, or the page. Raises
        UserError."""
        self._ask(word, value)
        self._settle()

    @property
    def preset(self) -> str:
        """The name of the preset that was taken up last; empty for none."""
        return self._before.name

    def turn(self, now: float) -> None:
        """Carry out what has come in by `now` (seconds), from wherever it came."""
        for heard in self._osc.take() if self._osc else ():
            try:
                if isinstance(heard, ControlError):
                    raise heard
                self._ask(*heard)
            except UserError as error:
                self._complain(error, now)
        self._settle()
        self._carry_out(self._desk.take(now), now)

    # ---- what comes in

    def _is_value(self, word: str) -> bool:
        control = CONTROLS.get(plain(word))
        return control is not None and control.kind is not Kind.TRIGGER

    def _set(self, word: str, given: Any) -> None:
        if plain(word) not in CONTROLS:
            near = nearest(plain(word), [*CONTROLS, *self._words])
            raise ControlError(f"there is no {brief(word)}{near}")
        self._desk.set(word, given)

    def _ask(self, word: str, value: Any) -> None:
        if plain(word) in self._words:
            if not isinstance(value, str | None):
                raise ControlError(f"{word} takes a name")
            self._words[plain(word)](value or "")
            return
        control = CONTROLS.get(plain(word))
        if control and control.kind is Kind.WHOLE and isinstance(value, float):
            value = round(value) if abs(value) < 1e9 else value  # a fader knows no whole numbers
        self._set(word, value)

    def _take_up(self, name: str) -> None:
        """What only the preset before it had set goes back to what it is by itself."""
        preset = read_preset(find_preset(name))
        usual = {name: CONTROLS[name].default for name in self._before.values}
        values = {**usual, **preset.values}
        mind = {name: v for name, v in values.items() if CONTROLS[name].home is Home.MIND}
        # A model that comes later brings its settings along: the one that plays may not know them.
        if preset.model is not None and self._model(preset.model, mind):
            values = {name: v for name, v in values.items() if name not in mind}
        for control, value in values.items():
            self._desk.set(control, value)
        self._desk.put_preset(preset.bindings)
        self._before = preset
        self._say(f"preset {preset.name}{f': {preset.about}' if preset.about else ''}")

    def _asked_model(self, name: str) -> None:
        self._model(name, {})

    def _model(self, name: str, values: Mapping[str, Any]) -> bool:
        loads = self._stage.load(find_model(name), values)
        if loads:
            self._say(f"loading {name}")
        return loads

    # ---- what comes of it

    def _settle(self) -> None:
        """Tell what the desk has to tell, and keep what was learned."""
        for line in self._desk.told():
            self._say(line)
        if self._desk.kept != self._kept:
            self._kept = self._desk.kept
            try:
                keep(self._file, self._kept)
            except ControlError as error:
                self._say(str(error))

    def _carry_out(self, changes: Changes, now: float) -> None:
        for _ in range(changes.panics):
            self._stage.panic()
        told = ((self._stage.set_hands, changes.hands), (self._stage.change, changes.mind))
        for tell, values in told:
            try:
                if values:
                    tell(values)
            except SettingError as error:  # values that do not go together, or a text is none
                self._complain(error, now)

    def _complain(self, error: UserError, now: float) -> None:
        if now - self._complained >= COMPLAIN:
            self._complained = now
            self._say(str(error))
