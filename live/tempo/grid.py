"""A model's ticks beside seconds: with the beat, where its notes lie on a grid in the bar, and
without, where a second always counts for as many ticks."""

from dataclasses import dataclass
from typing import Protocol

from live.codec import UNKNOWN
from live.tempo.timeline import Timeline


class Grid(Protocol):
    """Ticks are counted from anywhere; whole and broken ones. rate: of them to the second."""

    @property
    def rate(self) -> float: ...

    def tick_at(self, at: float) -> float:
        """Where a moment (seconds) lies."""

    def snap(self, tick: float) -> float:
        """Where a note that began there belongs."""

    def time_of(self, tick: float) -> float:
        """The moment (seconds) of a tick."""

    def place(self, tick: float) -> tuple[int, int]:
        """A tick's position in its bar and the bar's length, in ticks; UNKNOWN and 1 without."""


@dataclass(frozen=True, slots=True)
class Free:
    """Nobody keeps the beat. rate: ticks a second."""

    rate: float

    def tick_at(self, at: float) -> float:
        return at * self.rate

    def snap(self, tick: float) -> float:
        return tick

    def time_of(self, tick: float) -> float:
        return tick / self.rate

    def place(self, tick: float) -> tuple[int, int]:
        return UNKNOWN, 1


@dataclass(frozen=True, slots=True)
class OnBeat:
    """Somebody keeps it. ticks: to the beat."""

    timeline: Timeline
    ticks: int

    @property
    def rate(self) -> float:
        return self.ticks / self.timeline.period

    def tick_at(self, at: float) -> float:
        return self.timeline.beat_at(at) * self.ticks

    def snap(self, tick: float) -> float:
        """The nearest: people play about the beat, and models learned from its grid."""
        return float(round(tick))

    def time_of(self, tick: float) -> float:
        return self.timeline.time_of(tick / self.ticks)

    def place(self, tick: float) -> tuple[int, int]:
        bar = self.timeline.bar * self.ticks
        return round(tick) % bar, bar
