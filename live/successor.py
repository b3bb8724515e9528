"""A mind with another model, which is loaded beside the one that plays and takes its place."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from live.child import Child
from live.settings import Settings
from live.tempo.timeline import Timeline

LEAVE = 0.25  # seconds before the bar line at which the other one begins to take over
_OF_VOICES = ("you", "me", "mute", "solo", "parts")


@dataclass
class Successor:
    """values: settings that come with the model. about: what it says of itself once it is loaded.
    at: when it takes over (seconds), known from then on."""

    child: Child
    model: Path
    values: Mapping[str, Any]
    about: Mapping[str, Any] = field(default_factory=dict)
    at: float | None = None


def takes_over_at(now: float, line: Timeline | None) -> float:
    """The next bar line that there is time for, or at once where nobody keeps the beat."""
    if line is None or not line.running:
        return now
    return line.time_of(line.line(line.beat_at(now + LEAVE)))


def fitting(settings: Settings, about: Mapping[str, Any]) -> dict[str, Any]:
    """What has to change in the settings for a model of these modes and voices: what it has not
    goes back to its own choice."""
    known = {"mode": about["modes"]} | dict.fromkeys(_OF_VOICES, about["voices"])
    return {name: "" for name in known if not _named(getattr(settings, name)) <= set(known[name])}


def _named(text: str) -> set[str]:
    """The modes or voices that a text names, whatever it says of them."""
    return {item.partition(":")[0].strip() for item in text.split(",")} - {""}
