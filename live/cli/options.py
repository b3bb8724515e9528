"""Options that several commands share."""

import argparse
from dataclasses import fields
from typing import Any

from live.hands.config import HandsConfig
from live.settings import Settings


def add_settings(parser: argparse.ArgumentParser) -> None:
    """An option for every setting of the mind, from the one table of settings."""
    group = parser.add_argument_group("how it plays")
    for item in fields(Settings):
        low, high = item.metadata["low"], item.metadata["high"]
        choices = item.metadata["choices"]
        span = f" ({low:g} to {high:g})" if low is not None else ""
        span = f" ({', '.join(choices)})" if choices else span
        shown = "" if item.default == "" else f" [{item.default}]"
        group.add_argument(
            f"--{item.name.replace('_', '-')}",
            type=type(item.default),
            metavar=item.name.upper(),
            help=f"{item.metadata['help']}{span}{shown}",
        )


def settings_of(given: argparse.Namespace) -> Settings:
    """Raises SettingError for a value out of its range."""
    named: dict[str, Any] = {item.name: getattr(given, item.name) for item in fields(Settings)}
    return Settings().with_values({k: v for k, v in named.items() if v is not None})


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
