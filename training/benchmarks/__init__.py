"""Published protocols, each re-run end to end: our figures beside the published ones.

A protocol is one module, which has `HELP` (one line), `add(parser)` (its arguments),
`run(given, say)` (its figures, as plain values) and `table(figures)` (the same for people to read).
Modules are imported when they are needed: some load Keras.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol, cast

Say = Callable[[str], None]


class Benchmark(Protocol):
    """What every module named below has."""

    HELP: str

    def add(self, parser: ArgumentParser) -> None: ...

    def run(self, given: Namespace, say: Say) -> dict[str, Any]: ...

    def table(self, figures: dict[str, Any]) -> str: ...


PROTOCOLS = {
    "poly": "training.benchmarks.poly",
    "chorales": "training.benchmarks.chorales",
    "drums": "training.benchmarks.drums",
    "accompany": "training.benchmarks.accompany",
    "generations": "training.benchmarks.generations",
    "bars": "training.benchmarks.bars",
    "tokens": "training.benchmarks.tokens",
    "follow": "training.benchmarks.follow",
    "keys": "training.benchmarks.keys",
    "chords": "training.benchmarks.chords",
}


def protocol(name: str) -> Benchmark:
    """The module of that name in PROTOCOLS."""
    return cast(Benchmark, import_module(PROTOCOLS[name]))
