"""How a set of measurements is told."""

import random
from collections.abc import Sequence
from itertools import chain
from statistics import median
from typing import Any

DRAWS = 1000


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Median, p99, p99.9 and maximum in ms, and how many there were."""
    ranked = sorted(seconds)

    def at(share: float) -> float:
        return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))] * 1e3, 4)

    if not ranked:
        return {"count": 0}
    return {
        "median_ms": at(0.5),
        "p99_ms": at(0.99),
        "p99.9_ms": at(0.999),
        "max_ms": at(1.0),
        "count": len(ranked),
    }


def ratio(ours: dict[str, float], bare: dict[str, float]) -> dict[str, float]:
    """Ours over the bare rival's, for the figures that both have."""
    return {
        name.removesuffix("_ms"): round(ours[name] / bare[name], 3)
        for name in ("median_ms", "p99_ms", "p99.9_ms")
        if bare.get(name)
    }


def in_turns(turns: Sequence[Sequence[float]]) -> dict[str, Any]:
    """The spread of all, and the p99 of each turn: its median, lowest and highest (ms)."""
    each = sorted(spread(turn)["p99_ms"] for turn in turns if turn)
    middle = {
        "p99_in_the_middle_ms": round(median(each), 4),
        "p99_in_turns_ms": each[:: len(each) - 1 or 1],
    }
    return spread(list(chain(*turns))) | (middle if each else {})


def p99_ratio(ours: Sequence[Sequence[float]], bare: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Our p99 over the bare rival's: of the median turns, for a stumble of the machine lies in one
    turn; between which two 95 of 100 such ratios lie where turns are drawn again by chance
    (bootstrap, Efron 1979); and of all turns together."""
    chance = random.Random(0)
    sides = [[_p99(turn) for turn in turns] for turns in (ours, bare)]

    def drawn(turns: list[float]) -> float:
        return median(chance.choices(turns, k=len(turns)))

    draws = sorted(drawn(sides[0]) / drawn(sides[1]) for _ in range(DRAWS))
    return {
        "p99 in the middle": round(median(sides[0]) / median(sides[1]), 3),
        "95 % of draws": [round(draws[int(DRAWS * share)], 3) for share in (0.025, 0.975)],
        "p99 of all": round(_p99(list(chain(*ours))) / _p99(list(chain(*bare))), 3),
    }


def _p99(seconds: Sequence[float]) -> float:
    ranked = sorted(seconds)
    return max(ranked[int(0.99 * len(ranked))], 1e-7)


def table(figures: dict[str, Any], indent: str = "") -> str:
    """Nested figures as lines."""
    lines = []
    for name, value in figures.items():
        if isinstance(value, dict) and any(isinstance(v, dict) for v in value.values()):
            lines += [f"{indent}{name}", table(value, indent + "  ")]
        elif isinstance(value, dict):
            told = "  ".join(f"{k} {v}" for k, v in value.items())
            lines.append(f"{indent}{name:<24} {told}")
        else:
            lines.append(f"{indent}{name:<24} {value}")
    return "\n".join(lines)
