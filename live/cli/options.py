"""Options that several commands share."""

import argparse
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from live.controls.control import Control, ControlError, Home, Kind
from live.controls.reading import read
from live.controls.table import CONTROLS
from live.hands.config import NONE, SYNTH, VIRTUAL_MACHINE_OUTPUT, HandsConfig, HandsSettings
from live.settings import Settings
from live.sound.config import SoundConfig
from live.sound.fonts import find_font


def add_settings(parser: argparse.ArgumentParser) -> None:
    """An option for every setting of the mind, from the one table of controls."""
    group = parser.add_argument_group("how it plays")
    for control in CONTROLS.values():
        if control.home is Home.MIND and control.kind is not Kind.TRIGGER:
            add_control(group, control)


_METAVARS = {
    Kind.NUMBER: "X",
    Kind.WHOLE: "N",
    Kind.CHOICE: "NAME",
    Kind.SWITCH: "on|off",
    Kind.TEXT: "TEXT",
}


def add_control(group: "argparse._ArgumentGroup", control: Control) -> None:
    named = control.kind in (Kind.TEXT, Kind.SWITCH)
    span = "" if named else f" ({control.range})"
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
    named = {item.name: getattr(given, item.name, None) for item in fields(Settings)}
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
        f"[the first real keyboard, else the virtual port `Antiphon In`]; `{NONE}` for no keyboard",
    )
    group.add_argument(
        "-o",
        "--output",
        action="append",
        default=[],
        metavar="NAME",
        help="the synth that both sides play, by name or part of it; given more than once, all of "
        "them sound [the virtual port `Antiphon Out`]",
    )
    group.add_argument(
        "--output-you",
        action="append",
        default=[],
        metavar="NAME",
        help="the synth that only you play, instead; may be given more than once",
    )
    group.add_argument(
        "--output-machine",
        action="append",
        default=[],
        metavar="NAME",
        help="the synth that only the machine plays, instead; may be given more than once; "
        f"`{VIRTUAL_MACHINE_OUTPUT}` is a virtual port for it",
    )
    group.add_argument(
        "--no-realtime", action="store_true", help="do not ask the system for real-time priority"
    )
    for control in CONTROLS.values():
        if control.home is Home.HANDS:
            add_control(group, control)


def add_sound(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("sound")
    group.add_argument(
        "--sound",
        nargs="?",
        const="",
        metavar="DEVICE",
        help="play through the built-in synth, by the system's own sound card or one of that name; "
        f"where no --output is called `{SYNTH}`, it sounds beside the others",
    )
    group.add_argument(
        "--font",
        metavar="FILE",
        help="a SoundFont (.sf2), or the name of one that is installed [ours, a part of FluidR3]",
    )
    group.add_argument(
        "--rate", type=int, default=48000, metavar="HZ", help="frames a second [%(default)s]"
    )
    group.add_argument(
        "--block",
        type=int,
        default=128,
        metavar="N",
        help="frames rendered at once: fewer sound sooner, more cost less; over JACK, its period "
        "[%(default)s]",
    )


def sound_of(given: argparse.Namespace) -> SoundConfig | None:
    """None where no sound is asked for. Raises SoundError, FontError."""
    outputs = ("output", "output_you", "output_machine")
    if given.sound is None and not any(SYNTH in getattr(given, name, ()) for name in outputs):
        return None
    realtime = not getattr(given, "no_realtime", False)
    config = SoundConfig(given.sound or "", given.font, given.rate, given.block, realtime)
    find_font(config.font)
    return config


def hands_of(given: argparse.Namespace) -> HandsConfig:
    named = {item.name: getattr(given, item.name) for item in fields(HandsSettings)}
    return HandsConfig(
        input=tuple(given.input),
        output=tuple(given.output),
        output_you=tuple(given.output_you),
        output_machine=tuple(given.output_machine),
        settings=HandsSettings().with_values({n: v for n, v in named.items() if v is not None}),
        realtime=not given.no_realtime,
    )
