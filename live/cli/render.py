"""`antiphon render`: a take or a MIDI file as audio."""

import argparse
import time
from pathlib import Path
from typing import Any

from live.hands.config import HandsSettings
from live.hands.programs import SOUND

USUAL = HandsSettings()  # as live play has it
HELP = """\
Plays a take or a MIDI file on the built-in synth, faster than it was played, into an audio file:
.wav, .flac, .ogg or .mp3. With --stems each side gets its own, whose sum is the mix: song-you.wav
and song-machine.wav. A MIDI file that no take was exported to is one side, song. A take sounds as
its session did, but for what is given here.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "render", help="write a take or a MIDI file as audio", description=HELP
    )
    parser.add_argument("song", type=Path, metavar="FILE", help="a .take, or a MIDI file")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help="song.wav, .flac, .ogg or .mp3"
    )
    parser.add_argument("--stems", action="store_true", help="a file for each side")
    parser.add_argument(
        "--from", dest="start", type=float, default=0.0, metavar="S", help="begin there, in seconds"
    )
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), metavar="S", help="play so many [all]"
    )
    parser.add_argument("--rate", type=int, default=48_000, metavar="HZ", help="[%(default)s]")
    group = parser.add_argument_group("how it sounds")
    group.add_argument("--font", metavar="NAME", help="a SoundFont: a file, or one installed")
    for side, whose in (("", "the machine's"), ("-you", "yours")):
        group.add_argument(
            f"--program{side}",
            type=int,
            metavar="N",
            help=f"{whose}, 1 to 128 [the take's]",
        )
        group.add_argument(
            f"--bank{side}", type=int, metavar="N", help="of that, 1 to 16384 [its own]"
        )
    group.add_argument(
        "--volume", type=float, default=USUAL.volume, metavar="X", help="0 to 1 [%(default)g]"
    )
    group.add_argument(
        "--reverb",
        type=float,
        metavar="X",
        help=f"0 to 1 [the take's, else {USUAL.reverb:g}]",
    )
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    from live.errors import UserError
    from live.render.audio import format_of, within
    from live.render.rendering import render
    from live.render.score import excerpt, read_score
    from live.render.synths import gain, synths
    from live.sound.fonts import find_font

    began = time.monotonic()
    within("rate", given.rate, (8000, 96_000))
    within("from", given.start, (0, 1e6))
    within("seconds", given.seconds, (0.01, float("inf")))
    USUAL.with_values({"volume": given.volume})
    format_of(given.output, given.rate)
    parts = [
        excerpt(stem, given.start, given.seconds) for stem in read_score(given.song, _asked(given))
    ]
    stems = [part for part in parts if part.onsets]
    if not stems:
        raise UserError(f"no note of {given.song} begins there")
    done = render(
        stems,
        synths(find_font(given.font), given.rate),
        given.output,
        given.rate,
        given.stems,
        {stem.name: gain(given.volume) for stem in stems},
    )
    took = time.monotonic() - began
    for file in done.files:
        print(file)
    print(
        f"{done.seconds:.1f} s, {given.rate} Hz, peak {done.peak:.1f} dBFS, in {took:.1f} s: "
        f"{done.seconds / took:.0f} times as fast as it was played"
    )
    if done.turned_down > 0:
        print(f"turned down by {done.turned_down:.1f} dB, or it would clip")
    return 0


def _asked(given: argparse.Namespace) -> dict[str, Any]:
    """The sounds that were given. A program that is given is not looked for in the take's bank."""
    named = {name: getattr(given, name) for name in SOUND}
    for side in ("", "_you"):
        if named[f"program{side}"] is not None:
            named[f"bank{side}"] = named[f"bank{side}"] or 0
    return {name: value for name, value in named.items() if value is not None}
