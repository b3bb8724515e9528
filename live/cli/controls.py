"""`antiphon controls`, `antiphon presets`: what can be steered, and the ways of playing."""

import argparse
import json
from pathlib import Path


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    controls = commands.add_parser("controls", help="list what can be steered while it plays")
    controls.add_argument("--preset", metavar="NAME", help="as that preset has them")
    controls.add_argument(
        "--bindings", type=Path, metavar="FILE", help="where learned knobs are kept"
    )
    controls.add_argument("--json", action="store_true", help="for a program to read")
    controls.set_defaults(run=run_controls)
    presets = commands.add_parser("presets", help="list the ways of playing that ship, and yours")
    presets.set_defaults(run=run_presets)


def run_controls(given: argparse.Namespace) -> int:
    from live.controls.kept import bindings_file, read_kept
    from live.controls.listing import objects, rows
    from live.controls.osc_out import rows as sent
    from live.controls.presets import Preset, find_preset, read_preset
    from live.controls.table import DEFAULTS

    preset = read_preset(find_preset(given.preset)) if given.preset else Preset("")
    bindings = read_kept(given.bindings or bindings_file()).under(preset.bindings)
    values = {**DEFAULTS, **preset.values}
    if given.json:
        print(json.dumps(objects(bindings, values), indent=1))
    else:
        print(f"{rows(bindings, values)}\n\n{sent()}")
    return 0


def run_presets(_: argparse.Namespace) -> int:
    from live.controls.control import ControlError
    from live.controls.folder import PRESETS, config_folder
    from live.controls.presets import preset_files, read_preset

    for name, path in preset_files().items():
        try:
            preset = read_preset(path)
            print(f"{name:<12} {preset.model or '':<9} {preset.about}")
        except ControlError as error:
            print(f"{name:<12} {error}")
    print(f"yours lie in {config_folder() / PRESETS}")
    return 0
