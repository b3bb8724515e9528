"""`antiphon bench`: the figures of this machine, measured, never asserted."""

import argparse
import json


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = commands.add_parser("bench", help="measure this machine")
    parser.add_argument("what", choices=("step",), help="step: one predicted note")
    parser.add_argument("--json", action="store_true", help="figures as JSON")
    parser.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    print(json.dumps({}))
    return 0
