"""`antiphon ports`: which keyboards and synths there are."""

import argparse

from live.hands.names import PortError
from live.sound.config import SoundError


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("ports", help="list keyboards, synths and sound cards")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    try:
        _say_midi()
    except PortError as error:
        print(error)
    _say_sound()
    return 0


def _say_midi() -> None:
    from live.hands.names import first_keyboard
    from live.hands.ports import open_system

    system = open_system()
    try:
        inputs, outputs = system.inputs(), system.outputs()
        usual = first_keyboard(inputs)
        print(f"MIDI system: {system.name}")
        print("inputs, for --input (* is taken when none is named):")
        for name in inputs or ["none"]:
            print(f"  {'*' if name == usual else ' '} {name}")
        print("outputs, for --output, --output-you and --output-machine:")
        for name in outputs or ["none"]:
            print(f"    {name}")
        if system.has_virtual:
            print("virtual ports are made while it plays: `Antiphon In`, `Antiphon Out`;")
            print("`--output-machine 'Antiphon Machine Out'` makes one for the machine alone")
        else:
            print("no virtual ports here: install loopMIDI, create a port in it, and name that")
    finally:
        system.close()


def _say_sound() -> None:
    from live.sound.device import outputs
    from live.sound.fonts import installed

    try:
        cards = outputs()
    except SoundError as error:
        print(error)
        return
    print("sound cards, for --sound:")
    for name in cards or ["none"]:
        print(f"    {name}")
    print("SoundFonts, for --font, beside the one that ships:")
    for font in installed() or ["none"]:
        print(f"    {font}")
