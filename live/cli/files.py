"""`antiphon replay`, `antiphon export`: what can be done with a take afterwards."""

import argparse
from pathlib import Path


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    again = commands.add_parser(
        "replay", help="play a take's calls again and compare the machine's notes"
    )
    again.add_argument("take", type=Path, nargs="+")
    again.add_argument("--model", help="the model's file, if it is not where it was [by name]")
    again.set_defaults(run=run_replay)
    export = commands.add_parser("export", help="write a take as a MIDI file, or as a picture")
    export.add_argument("take", type=Path)
    export.add_argument(
        "-o", "--output", type=Path, required=True, help="song.mid, a track a side, or roll.png"
    )
    export.add_argument(
        "--passage",
        type=int,
        metavar="N",
        help="only what was played between record and stop on the page, for the Nth time",
    )
    export.add_argument("--bpm", type=float, default=120.0, help="tempo of the file [%(default)s]")
    export.set_defaults(run=run_export)


def run_replay(given: argparse.Namespace) -> int:
    from live.take.again import replay_with_model
    from live.take.journal import read_take

    same = 0
    for path in given.take:
        replayed = replay_with_model(read_take(path), given.model)
        same += replayed.same
        found = "identical" if replayed.same else f"differs: {replayed.first_difference}"
        print(f"{path}: {replayed.notes} machine notes, {found}")
    print(f"{same} of {len(given.take)} identical")
    return 0 if same == len(given.take) else 1


def run_export(given: argparse.Namespace) -> int:
    from live.take.export import export_midi
    from live.take.journal import TakeError, read_take
    from live.take.passages import nth

    take = read_take(given.take)
    if given.passage is not None:
        take = nth(take, given.passage)
    try:
        if given.output.suffix.lower() == ".png":
            from live.take.picture import draw

            draw(take, given.output)
        else:
            export_midi(take, given.output, bpm=given.bpm)
    except OSError as error:
        reason = error.strerror or str(error)
        raise TakeError(f"{given.output} cannot be written ({reason}); name another") from error
    print(given.output)
    return 0
