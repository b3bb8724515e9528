"""The line that a clock's ticks lie on, by least squares over as many of them as it fits."""

from collections.abc import Sequence
from dataclasses import dataclass

MOST = 48  # ticks looked back on: two beats
LEAST = 4  # ticks that a line needs
FLOOR = 0.0005  # seconds: of the tolerance


@dataclass(frozen=True, slots=True)
class Line:
    """Tick number `tick` was at `at` (seconds); one comes every `period` seconds."""

    tick: float
    at: float
    period: float

    def time_of(self, tick: float) -> float:
        return self.at + (tick - self.tick) * self.period


Ticks = Sequence[tuple[int, float]]  # number and arrival (seconds)


def fit(ticks: Ticks) -> tuple[Line, float]:
    """The line of least squares, and by how much the worst tick is off it (seconds).

    At least two ticks, with different numbers.
    """
    count = len(ticks)
    first, began = ticks[0]
    tick = sum(number - first for number, _ in ticks) / count
    at = sum(moment - began for _, moment in ticks) / count
    over = sum((number - first - tick) * (moment - began - at) for number, moment in ticks)
    period = over / sum((number - first - tick) ** 2 for number, _ in ticks)
    line = Line(first + tick, began + at, period)
    return line, max(abs(moment - line.time_of(number)) for number, moment in ticks)


def longest(ticks: Ticks, tolerance: float) -> tuple[Line, int]:
    """The line through the longest run of the last ticks that are all within `tolerance` (seconds)
    of it, and how many those are; at least LEAST, whatever they are off.

    As long as the clock is steady the line is as smooth as its length can make it; where the tempo
    changes, only what came after is looked at. This is the best-fit first-order adaptive window of
    Janabi-Sharifi, Hayward and Chen, "Discrete-time adaptive windowing for velocity estimation",
    IEEE Transactions on Control Systems Technology 8 (2000).
    """
    count = len(ticks)
    while True:
        line, off = fit(ticks[-count:])
        if off <= tolerance or count <= LEAST:
            return line, count
        count = max(LEAST, min(count - 1, count * 7 // 8))


def jitter(ticks: Ticks) -> float:
    """By how much ticks are off their line in this clock (seconds), whatever its tempo does.

    From the second differences, of which a tempo that steps or a tick astray changes two or three:
    so from one that is larger than nine in ten, times a factor that makes it hold a spread that is
    even, or all but 1 in 100 of a normal one.
    """
    times = [moment for _, moment in ticks]
    bends = sorted(abs(a - 2 * b + c) for a, b, c in zip(times, times[1:], times[2:], strict=False))
    return 0.65 * bends[len(bends) * 9 // 10] if bends else 0.0
