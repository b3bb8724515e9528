"""What the hands did, in figures. Percentiles of the last minute come at constant cost: no list to
sort while notes are due."""

from math import exp, log

_LEAST = 1e-7  # seconds; what is shorter counts as this
_STEP = log(1.1)  # each bin is a tenth wider than the one before: good to five per cent
_BINS = int(log(100.0 / _LEAST) / _STEP) + 2
LATE_OFF = 0.005  # seconds: a note-off later than this is counted
_SLOTS = 6
_SLOT_SECONDS = 10.0


class Spread:
    """How durations (seconds) were spread: over the last minute, in slots of ten seconds, and from
    the first one on."""

    def __init__(self) -> None:
        self._ever = [0] * _BINS
        self._most_ever = 0.0
        self._slots = [[0] * _BINS for _ in range(_SLOTS)]
        self._most = [0.0] * _SLOTS
        self._slot_of = [-1] * _SLOTS

    def add(self, seconds: float, at: float) -> None:
        """Count one duration, measured at `at` (seconds on any clock that goes forward)."""
        slot = int(at / _SLOT_SECONDS)
        index = slot % _SLOTS
        if self._slot_of[index] != slot:
            self._slot_of[index] = slot
            self._slots[index] = [0] * _BINS
            self._most[index] = 0.0
        place = int(log(seconds / _LEAST) / _STEP) + 1 if seconds > _LEAST else 0
        place = min(place, _BINS - 1)
        self._slots[index][place] += 1
        self._ever[place] += 1
        if seconds > self._most[index]:
            self._most[index] = seconds
            self._most_ever = max(seconds, self._most_ever)

    def summary(self, at: float) -> dict[str, float]:
        """count, median, p99 and max of the last minute before `at` (seconds); 0 if empty."""
        slot = int(at / _SLOT_SECONDS)
        live = [i for i in range(_SLOTS) if 0 <= slot - self._slot_of[i] < _SLOTS]
        live = [i for i in live if self._slot_of[i] >= 0]
        bins = [sum(column) for column in zip(*(self._slots[i] for i in live), strict=True)]
        return _summary(bins, max((self._most[i] for i in live), default=0.0))

    def whole(self) -> dict[str, float]:
        """The same of all there were."""
        return _summary(self._ever, self._most_ever)


def _summary(bins: list[int], most: float) -> dict[str, float]:
    count = sum(bins)
    return {
        "count": count,
        "median": min(_percentile(bins, count, 0.5), most),
        "p99": min(_percentile(bins, count, 0.99), most),
        "max": most,
    }


def _percentile(bins: list[int], count: int, share: float) -> float:
    wanted = share * count
    seen = 0
    for place, amount in enumerate(bins):
        seen += amount
        if amount and seen >= wanted:
            return 0.0 if place == 0 else _LEAST * exp((place - 0.5) * _STEP)
    return 0.0


class Figures:
    """late: machine notes behind their plan; off_late: their ends; thru: a message on its way
    through (seconds). counts: from the start on."""

    def __init__(self) -> None:
        self.late = Spread()
        self.off_late = Spread()
        self.thru = Spread()
        self.counts = dict.fromkeys(
            (*("heard", "sounded", "yields", "stale", "skipped", "refused", "echoes"), "late_offs"),
            0,
        )

    def end(self, late: float, at: float) -> None:
        """Count a note-off of the machine's that was so late, at `at` (seconds)."""
        self.off_late.add(late, at)
        self.counts["late_offs"] += late > LATE_OFF

    def summary(self, at: float) -> dict[str, object]:
        """Counts, and the figures of the last minute before `at` (seconds), or of the whole."""
        return {
            "at": at,
            **self.counts,
            "late_ms": _three(self.late.summary(at), 1e3),
            "late_ms_whole": _three(self.late.whole(), 1e3),
            "off_late_ms": _three(self.off_late.summary(at), 1e3),
            "thru_us": _three(self.thru.summary(at), 1e6),
        }


def _three(summary: dict[str, float], unit: float) -> dict[str, float]:
    return {key: summary[key] * unit for key in ("median", "p99", "max")}
