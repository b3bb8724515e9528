"""`antiphon mix`: stems and other audio laid together."""

import argparse
from pathlib import Path

HELP = """\
Lays audio files together in one. Each may have a gain (dB), a pan (-1 left to 1 right) and an
offset (seconds that it begins later, or, where negative, that are left out of its beginning):

  antiphon mix -o song.mp3 you.wav:gain=-3:pan=-0.3 machine.wav:pan=0.3 drums.flac:offset=1.25

Files of another rate are resampled. Nothing goes above the ceiling: all is turned down instead.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser(
        "mix",
        help="lay audio files together, with gain, pan, offset and loudness",
        description=HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("track", nargs="+", metavar="FILE[:gain=DB][:pan=P][:offset=S]")
    parser.add_argument(
        "-o", "--output", type=Path, required=True, help="song.wav, .flac, .ogg or .mp3"
    )
    parser.add_argument(
        "--lufs", type=float, metavar="L", help="bring it to this loudness, as in -14 [as it is]"
    )
    parser.add_argument(
        "--ceiling", type=float, default=-1.0, metavar="DB", help="true peak at most [%(default)g]"
    )
    parser.add_argument("--rate", type=int, metavar="HZ", help="[the highest of the files]")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    from live.render.mixing import mix, parse_track

    tracks = [parse_track(text) for text in given.track]
    done = mix(tracks, given.output, given.rate, given.lufs, given.ceiling)
    loud = "" if done.lufs is None else f", {done.lufs:.1f} LUFS"
    print(f"{given.output}: {done.seconds:.1f} s, {done.rate} Hz, peak {done.peak:.1f} dBTP{loud}")
    if done.held_down:
        print(f"turned down by {done.held_down:.1f} dB, or it would be above the ceiling")
    return 0
