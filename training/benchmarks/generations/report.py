"""The figures of the generations benchmark for people to read."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

Cell = Callable[[str, Mapping[str, Any]], str]


def table(figures: Mapping[str, Any]) -> str:
    rows = figures["rows"]
    first = rows["real, other pieces"]
    blocks = (
        ("overlap, divergence in bits", first["against"], _pair("overlap", "divergence")),
        ("relative: overlap, nats", first["against"], _pair("oa", "kl")),
        ("mean", [*(k for k, v in first.items() if isinstance(v, float)), "diversity"], _single),
        ("copied, notes: median, most", first["copied"], _run),
    )
    lines = [
        f"{figures['model']}: {figures['contexts']} contexts of {figures['bars']} bars from "
        f"{figures['pieces']} pieces ({figures['split']}), each continued for as many; temperature "
        f"{figures['temperature']}, seed {figures['seed']}"
    ]
    for title, names, cell in blocks:
        lines += ["", *_block(title, names, cell, rows)]
    most = figures["copied_median_below"]
    ours = max(run["median"] for run in rows["model"]["copied"].values())
    verdict = "under" if ours < most else "NOT under"
    return "\n".join(
        [*lines, "", f"model: a median of {ours:g} notes, {verdict} the bar of {most}"]
    )


def _block(
    title: str, names: Iterable[str], cell: Cell, rows: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    names = list(names)
    lines = [f"{title:<28}" + "".join(f"{n.replace('_', ' '):>19}" for n in names)]
    for row, its in rows.items():
        lines.append(f"{row:<28}" + "".join(f"{cell(n, its):>19}" for n in names))
    return lines


def _pair(one: str, two: str) -> Cell:
    def cell(name: str, its: Mapping[str, Any]) -> str:
        if "against" not in its:
            return "-"
        return f"{its['against'][name][one]:.3f} {its['against'][name][two]:.3f}"

    return cell


def _single(name: str, its: Mapping[str, Any]) -> str:
    return f"{its[name]:.3f}" if name in its else "-"


def _run(view: str, its: Mapping[str, Any]) -> str:
    return f"{its['copied'][view]['median']:g}, {its['copied'][view]['most']}"
