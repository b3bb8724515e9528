"""The accompany benchmark's figures for people to read."""

from typing import Any

HEADS = {
    "named": "named chord",
    "error": "+-",
    "missed": "or no chord",
    "notes": "last beat",
    "classes": "its classes",
    "written": "in written",
    "onsets": "notes a beat",
}
COUNTS = ("classes", "onsets")  # no shares
JUDGED = ("model", "the instrument")  # whether they are back soon enough after the change
SHOWN = 24  # beats of the curve after the change


def table(figures: dict[str, Any]) -> str:
    """All folders, one after the other."""
    lines = [
        f"{figures['model']}, {figures['split']} split, the first {figures['beats']} beats of each "
        f"song, temperature {figures['temperature']} ({figures['pitch_temperature']} of pitches), "
        f"chords {figures['chords']:g}, seed {figures['seed']}",
        "Share of the melody's frames that lie in the accompaniment's chord, %; `in written`: of "
        "the accompaniment in the chords that somebody wrote down:",
    ]
    for name, its in figures["sets"].items():
        head = f"{name} ({its['songs']} songs)"
        lines += ["", f"{head:<32}" + "".join(f"{h:>13}" for h in HEADS.values())]
        for row, values in its["rows"].items():
            lines.append(f"{row:<32}" + "".join(_cell(k, values[k]) for k in HEADS))
        ours = 100 * (its["rows"]["model"]["named"] or 0)
        verdict = "over" if ours > figures["bar"] else "NOT over"
        lines.append(f"model: {ours:.2f}, {verdict} the bar of {figures['bar']:g}")
        lines += _between(its["rows"])
        lines += _change(its["change"])
    listed = ", ".join(f"{k} {v}" for k, v in figures["published"].items())
    return "\n".join([*lines, "", f"Published, on other songs (Hooktheory): {listed}"])


def _cell(key: str, value: float | None) -> str:
    if value is None:
        return f"{'-':>13}"
    return f"{value:13.2f}" if key in COUNTS else f"{value:13.1%}"


def _between(rows: dict[str, Any]) -> list[str]:
    """Whether the model's notes in written chords are between the baseline's and the human's."""
    low, ours, high = (rows.get(name, {}).get("written") for name in ("Markov", "model", "human"))
    if low is None or ours is None or high is None:
        return []
    between = "between" if low < ours < high else "NOT between"
    nearer = "nearer" if high - ours < ours - low else "NOT nearer"
    told = f"Markov {low:.1%}, model {ours:.1%}, human {high:.1%}"
    return [f"in written: {told}: {between}, {nearer} the human"]


def _change(rows: dict[str, Any]) -> list[str]:
    """Each player's curve, and below it the same songs without the change."""
    told = {name: its for name, its in rows.items() if its is not None}
    if not told:
        return []
    about = next(iter(told.values()))["about"]
    beats = range(-about["before"], SHOWN)
    lines = [
        "",
        f"In written, % by beat; from beat 0, where bar {about['bar']} begins, "
        f"{about['semitones']} semitones higher ({about['songs']} songs; below: without it)",
        f"{'':<32}" + "".join(f"{beat:4}" for beat in beats) + "  recovered after",
    ]
    for name, its in told.items():
        after = "never" if its["recovered"] is None else f"{its['recovered']} beats"
        for row, curve, end in ((name, its["moved"], after), ("", its["plain"], "")):
            shown = "".join(f"{100 * share:4.0f}" for share in curve[: len(beats)])
            lines.append(f"{row:<32}{shown}  {end}")
    for name in JUDGED:
        ours = told[name]["recovered"]
        verdict = "within" if ours is not None and ours <= about["within"] else "NOT within"
        lines.append(f"{name}: {verdict} {about['within']} beats")
    return lines
