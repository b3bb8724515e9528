"""The player's own folder, as each system has it: presets, and the knobs that were learned."""

import os
import sys
from pathlib import Path

NAME = "antiphon"
BINDINGS = "bindings.toml"
PRESETS = "presets"


def config_folder() -> Path:
    """XDG_CONFIG_HOME goes first everywhere."""
    if named := os.environ.get("XDG_CONFIG_HOME"):
        return Path(named) / NAME
    if sys.platform == "win32" and (named := os.environ.get("APPDATA")):
        return Path(named) / NAME
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / NAME
    return Path.home() / ".config" / NAME
