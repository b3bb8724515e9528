"""The contexts, the real music, and the figures of every row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from training.benchmarks import Say
from training.corpus import Corpus
from training.measures.classifier import told_apart
from training.measures.copied import copied
from training.measures.excerpts import Excerpt, draw
from training.measures.statistics import compare, features, figures, spread
from training.midi_file import Piece

BARS = 8  # of context, and again of continuation
LEAST = 16  # notes in each
VERSIONS = 4  # of one context, for diversity
VARIED = 20  # contexts it is measured on

Subject = Callable[[Sequence[Excerpt], Sequence[int]], list[Excerpt]]  # contexts and seeds


@dataclass(frozen=True)
class Bench:
    """contexts and what really followed; and as many of both from other held-out pieces, with
    which no subject has to do. whose, others: the piece of each, numbered."""

    contexts: list[Excerpt]
    real: list[Excerpt]
    whose: list[int]
    other_contexts: list[Excerpt]
    other: list[Excerpt]
    others: list[int]


def draw_bench(corpus: Corpus, split: str, count: int, seed: int) -> Bench:
    """Contexts from one held-out split, other real music from the other one."""
    rng = np.random.default_rng(seed)
    away = "valid" if split == "test" else "test"
    mine, whose = draw(corpus.split(split), count, 2 * BARS, LEAST, rng)
    theirs, others = draw(corpus.split(away), count, 2 * BARS, LEAST, rng)
    return Bench(
        contexts=[s.half(False) for s in mine],
        real=[s.half(True) for s in mine],
        whose=whose,
        other_contexts=[s.half(False) for s in theirs],
        other=[s.half(True) for s in theirs],
        others=[len(corpus.pieces) + index for index in others],
    )


def measure(
    bench: Bench, subjects: Mapping[str, Subject], more: Mapping[str, list[Excerpt]],
    train: Sequence[Piece], seed: int, say: Say,
) -> dict[str, dict[str, Any]]:  # fmt: skip
    """By row. `real` is compared with nothing; `real, other pieces` is the floor of all figures;
    more: continuations of the contexts that no subject made."""
    sets = {"real": bench.real, "real, other pieces": bench.other, **more}
    for name, subject in subjects.items():
        say(f"{name} ...")
        seeds = range(seed, seed + len(bench.contexts))
        sets[name] = subject(bench.contexts, seeds)
    say("comparing ...")
    runs = copied(sets, train)
    found: dict[str, dict[str, Any]] = {}
    for name, made in sets.items():
        away = made is bench.other
        contexts = bench.other_contexts if away else bench.contexts
        found[name] = {**figures(made, contexts), "copied": runs[name]}
        if name != "real":
            whose = bench.others if away else bench.whose
            found[name] |= _against(made, contexts, whose, bench)
        if name in subjects:
            found[name]["diversity"] = _diversity(subjects[name], bench.contexts, seed)
    pieces: dict[int, list[Excerpt]] = {}
    for excerpt, piece in zip(bench.real, bench.whose, strict=True):
        pieces.setdefault(piece, []).append(excerpt)
    several = [spread(p) for p in pieces.values() if len(p) > 1]
    if several:  # different stretches of one piece
        found["real"]["diversity"] = float(np.mean(several))
    return found


def _against(
    made: list[Excerpt], contexts: list[Excerpt], whose: list[int], bench: Bench
) -> dict[str, Any]:
    ours = np.stack([features(*pair) for pair in zip(made, contexts, strict=True)])
    theirs = np.stack([features(*pair) for pair in zip(bench.real, bench.contexts, strict=True)])
    return {
        "against": compare(made, bench.real),
        "told_apart": told_apart(ours, theirs, whose, bench.whose),
    }


def _diversity(subject: Subject, contexts: list[Excerpt], seed: int) -> float:
    """How far apart several continuations of one context are, on average."""
    several = [c for c in contexts[:VARIED] for _ in range(VERSIONS)]
    made = subject(several, range(seed + 1000, seed + 1000 + len(several)))
    starts = range(0, len(made), VERSIONS)
    return float(np.mean([spread(made[at : at + VERSIONS]) for at in starts]))
