"""The beat as a line through time: what every keeper of it tells, and everybody else goes by."""

import math
from dataclasses import dataclass, replace

JUMP = 0.25  # beats: further than a correction goes


@dataclass(frozen=True, slots=True)
class Timeline:
    """At `at` (seconds) the beat stands at `beat` and goes on at `bpm` beats a minute.

    Beats are counted from 0, at the start of a bar; bar: beats to the bar. running: False while
    the transport is stopped; the beat then stays where it is, and bpm is the tempo it will go on
    at.
    """

    at: float
    beat: float
    bpm: float
    bar: int = 4
    running: bool = True

    @property
    def period(self) -> float:
        """Seconds to the beat."""
        return 60 / self.bpm

    def beat_at(self, at: float) -> float:
        """The beat at a moment (seconds)."""
        return self.beat + (at - self.at) / self.period if self.running else self.beat

    def time_of(self, beat: float) -> float:
        """When that beat is (seconds); infinite while the transport is stopped."""
        return self.at + (beat - self.beat) * self.period if self.running else math.inf

    def line(self, after: float, bars: int = 1) -> float:
        """The first beat not before `after` (a beat too) that begins a group of so many bars."""
        group = self.bar * bars
        return math.ceil(after / group - 1e-9) * group

    def with_tempo(self, bpm: float, at: float) -> "Timeline":
        """The same beat at `at` (seconds), and another tempo from there on."""
        return replace(self, at=at, beat=self.beat_at(at), bpm=bpm)

    def leads_to(self, to: "Timeline") -> bool:
        """Whether another one goes on where this one has got to, give or take a correction: the
        transport did not stop or start, or jump to another place."""
        goes_on = self.running and to.running
        return goes_on and abs(to.beat - self.beat_at(to.at)) <= JUMP

    def moved(self, moment: float, to: "Timeline") -> float:
        """When what this timeline has at `moment` (seconds) is on another that it leads to;
        unmoved where it does not."""
        if not self.leads_to(to):
            return moment
        return to.time_of(self.beat_at(moment))
