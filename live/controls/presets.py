"""Presets: a way of playing in a TOML file. Some ship; the player's own lie in their folder.

about = "you play four bars, it plays four"
model = "piano"
[controls]           any control but actions, by name
trade = 4
[cc]                 knobs: a CC, or {cc = 21, channel = 2}
temperature = 21
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from live.controls.bindings import Bindings, bindable, read_knob
from live.controls.control import Control, ControlError, Home, Kind
from live.controls.folder import PRESETS, config_folder
from live.controls.reading import find, nearest, read
from live.controls.table import CONTROLS
from live.controls.toml_file import TomlFile, read_toml
from live.hands.config import HandsSettings
from live.settings import SettingError, Settings

SUFFIX = ".toml"
SHIPPED = Path(__file__).resolve().parents[1] / "presets"
_KEYS = ("about", "model", "controls", "cc")


@dataclass(frozen=True)
class Preset:
    """model: None to leave it. values: by control, the others stay as they are."""

    name: str
    about: str = ""
    model: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    bindings: Bindings = field(default_factory=Bindings)

    def of(self, home: Home, controls: Mapping[str, Control] = CONTROLS) -> dict[str, Any]:
        """The values that go to the mind, or to the hands."""
        return {n: v for n, v in self.values.items() if controls[n].home is home}


def preset_files() -> dict[str, Path]:
    """Name -> file: those that ship, and the player's own, which go first."""
    folders = (SHIPPED, config_folder() / PRESETS)
    return {p.stem: p for folder in folders for p in sorted(folder.glob(f"*{SUFFIX}"))}


def find_preset(name: str) -> Path:
    """The file of the preset of that name, or at that path. Raises ControlError."""
    files = preset_files()
    if name in files:
        return files[name]
    path = Path(name)
    if path.suffix == SUFFIX and path.is_file():
        return path
    near = nearest(name, files)
    near = near if "mean" in near else f"; there are {', '.join(files)}"
    raise ControlError(f"there is no preset {name!r}{near}")


def read_preset(path: Path, controls: Mapping[str, Control] = CONTROLS) -> Preset:
    """Raises ControlError: file, line and what is wrong there, in one line."""
    file = read_toml(path)
    file.only(_KEYS)
    about, model = file.found.get("about", ""), file.found.get("model")
    for key, value in (("about", about), ("model", model)):
        if value is not None and not (isinstance(value, str) and value.isprintable()):
            file.wrong((key,), f"{key} is a text")

    def read_value(name: str, given: Any) -> tuple[str, Any]:
        control = find(name, controls)
        if control.kind is Kind.TRIGGER:
            raise ControlError(f"{control.name} is an action: a preset sets values")
        return control.name, read(control, given)

    values = dict(file.each("controls", read_value))
    preset = Preset(path.stem, about, model, values, bindings_of(file, controls))
    for table, home in ((Settings(), Home.MIND), (HandsSettings(), Home.HANDS)):
        mine = preset.of(home, controls)
        if said := _refused(table, mine):
            alone = (name for name, value in mine.items() if _refused(table, {name: value}) == said)
            file.wrong(("controls", next(alone, said.partition(" ")[0])), said)
    return preset


def _refused(table: Settings | HandsSettings, values: dict[str, Any]) -> str:
    """Why the settings cannot be so, empty if they can. Of values that do not go together it
    names one first."""
    try:
        table.with_values(values)
    except SettingError as error:
        return str(error)
    return ""


def bindings_of(file: TomlFile, controls: Mapping[str, Control] = CONTROLS) -> Bindings:
    """The table [cc] of a file. Raises ControlError."""
    bindings = Bindings()

    def bind(name: str, given: Any) -> None:
        nonlocal bindings
        control, knob = bindable(find(name, controls)), read_knob(given)
        if other := bindings.control_of(knob):
            raise ControlError(f"{control.name} has the same knob as {other}, {knob}")
        bindings = bindings.bound(control.name, knob)

    file.each("cc", bind)
    return bindings
