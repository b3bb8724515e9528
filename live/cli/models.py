"""`antiphon models list|check|show`.

onnxruntime is loaded where it is used: every process of a session begins by loading this file.
"""

import argparse
from pathlib import Path

from live.models.shelf import DEFAULT, find, shipped


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("models", help="list, check or show models")
    kinds = parser.add_subparsers(metavar="list|check|show", required=True)
    kinds.add_parser("list", help="those that ship").set_defaults(run=run_list)
    check = kinds.add_parser("check", help="say whether a file may play")
    check.add_argument("model", help="a shipped model or a file")
    check.set_defaults(run=run_check)
    show = kinds.add_parser("show", help="what a model says of itself")
    show.add_argument("model", nargs="?", default=DEFAULT, help="[%(default)s]")
    show.set_defaults(run=run_show)


def run_list(_: argparse.Namespace) -> int:
    from live.models.opening import open_model

    for name, path in shipped().items():
        opened = open_model(path)
        voices = ", ".join(opened.contract.voices)
        print(f"{name:<12} {opened.size / 2**20:5.1f} MB  {opened.contract.kind}: {voices}")
    return 0


def run_check(given: argparse.Namespace) -> int:
    from live.models.opening import open_model

    opened = open_model(find(given.model))
    print(f"{opened.path} may play: kind {opened.contract.kind}, sha256 {opened.sha256[:16]}…")
    return 0


def run_show(given: argparse.Namespace) -> int:
    from live.models.opening import open_model

    opened = open_model(find(given.model))
    contract = opened.contract
    print(f"file      {opened.path} ({opened.size / 2**20:.1f} MB)")
    print(f"sha256    {opened.sha256}")
    print(f"kind      {contract.kind}, plays the modes {', '.join(contract.modes)}")
    print(f"parts     {', '.join(map(str, contract.parts))}")
    for name, (kind, shape) in (contract.inputs | contract.outputs).items():
        print(f"{name:<12} {kind} {shape}")
    for name, value in contract.origin.items():
        print(f"{name:<9} {value}")
    card = Path(opened.path).with_suffix(".md")
    if card.exists():
        print(f"card      {card}")
    return 0
