"""The file of the knobs that were learned."""

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from live.controls.bindings import Bindings, rows_of
from live.controls.control import Control, ControlError
from live.controls.folder import BINDINGS, config_folder
from live.controls.presets import bindings_of
from live.controls.table import CONTROLS
from live.controls.toml_file import read_toml

_HEAD = "# Which knob steers what; `learn` and `forget` write this file anew.\n[cc]\n"


def bindings_file() -> Path:
    """Where they are kept if no other file is named."""
    return config_folder() / BINDINGS


def read_kept(path: Path, controls: Mapping[str, Control] = CONTROLS) -> Bindings:
    """What was learned before; nothing if there is no file yet. Raises ControlError."""
    if not path.exists():
        return Bindings()
    file = read_toml(path)
    file.only(("cc",))
    return bindings_of(file, controls)


def keep(path: Path, bindings: Bindings) -> None:
    """Write them in place of what is there, or leave that whole. Raises ControlError."""
    new = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(_HEAD + "".join(f"{row}\n" for row in rows_of(bindings)), "utf-8")
        os.replace(new, path)
    except OSError as error:
        with contextlib.suppress(OSError):
            new.unlink()
        raise ControlError(f"{path} cannot be written ({error.strerror or error})") from error
