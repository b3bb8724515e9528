"""How a set of measurements is told."""

from collections.abc import Sequence
from typing import Any


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
