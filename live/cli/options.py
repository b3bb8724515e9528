"""Options that several commands share."""

import argparse
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from live.controls.control import Control, ControlError, Home, Kind
from live.controls.reading import read
from live.controls.table import CONTROLS
from live.hands.config import HandsConfig
from live.settings import Settings


def add_settings(parser: argparse.ArgumentParser) -> None:
    """An option for every setting of the mind, from the one table of controls."""
    group = parser.add_argument_group("how it plays")
    for control in CONTROLS.values():
        if control.home is Home.MIND:
            add_control(group, control)


_METAVARS = {
    Kind.NUMBER: "X",
    Kind.WHOLE: "N",
    Kind.CHOICE: "NAME",
    Kind.SWITCH: "on|off",
    Kind.TEXT: "TEXT",
}


def add_control(group: "argparse._ArgumentGroup", control: Control) -> None:
    span = "" if control.kind is Kind.TEXT else f" ({control.range})"
    shown = "" if control.default == "" else f" [{control.show(control.default)}]"

    def reader(text: str) -> Any:
        try:
            return read(control, text)
        except ControlError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    group.add_argument(
        f"--{control.name.replace('_', '-')}",
        type=reader,
        metavar=_METAVARS[control.kind],
        help=f"{control.help}{span}{shown}",
    )


def settings_of(given: argparse.Namespace, preset: Mapping[str, Any] | None = None) -> Settings:
    """What was given goes before what the preset says. Raises SettingError."""
    named = {item.name: getattr(given, item.name) for item in fields(Settings)}
    chosen = {name: value for name, value in named.items() if value is not None}
    return Settings().with_values({**(preset or {}), **chosen})


def add_hands(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("ports")
    group.add_argument(
        "-i",
        "--input",
        action="append",
        default=[],
        metavar="NAME",
        help="your keyboard, by name or part of it; may be given more than once "
        "[the first real keyboard, else the virtual port `Antiphon In`]",
    )
    group.add_argument(
        "-o",
        "--output",
        metavar="NAME",
        help="your synth, by name or part of it [the virtual port `Antiphon Out`]",
    )
    group.add_argument(
        "--no-thru", action="store_true", help="do not pass your own notes on to the output"
    )
    group.add_argument(
        "--thru-channel", type=int, choices=range(1, 17), metavar="N", help="move your notes to N"
    )
    group.add_argument(
        "--no-realtime", action="store_true", help="do not ask the system for real-time priority"
    )


def hands_of(given: argparse.Namespace) -> HandsConfig:
    channel = given.thru_channel
    return HandsConfig(
        input=tuple(given.input),
        output=given.output,
        thru=not given.no_thru,
        thru_channel=None if channel is None else channel - 1,
        realtime=not given.no_realtime,
    )
