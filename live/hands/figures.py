"""What the hands did, in figures. Percentiles of the last minute come at constant cost: no list to
sort while notes are due."""

from math import exp, log

_LEAST = 1e-7  # seconds; what is shorter counts as this
_STEP = log(1.1)  # each bin is a tenth wider than the one before: good to five per cent
_BINS = int(log(100.0 / _LEAST) / _STEP) + 2
_SLOTS = 6
_SLOT_SECONDS = 10.0


class Spread:
    """How durations (seconds) were spread over the last minute, in slots of ten seconds."""

    def __init__(self) -> None:
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
        self._slots[index][place if place < _BINS else _BINS - 1] += 1
        if seconds > self._most[index]:
            self._most[index] = seconds

    def summary(self, at: float) -> dict[str, float]:
        """count, median, p99 and max of the last minute before `at` (seconds); 0 if empty."""
        slot = int(at / _SLOT_SECONDS)
        live = [i for i in range(_SLOTS) if 0 <= slot - self._slot_of[i] < _SLOTS]
        live = [i for i in live if self._slot_of[i] >= 0]
        bins = [sum(column) for column in zip(*(self._slots[i] for i in live), strict=True)]
        most = max((self._most[i] for i in live), default=0.0)
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
    """late: machine notes behind their plan; thru: a message on its way through (seconds)."""

    def __init__(self) -> None:
        self.late = Spread()
        self.thru = Spread()
        self.counts = dict.fromkeys(
            ("heard", "sounded", "yields", "stale", "skipped", "refused", "echoes"), 0
        )

    def summary(self, at: float) -> dict[str, object]:
        """Counts, and the figures of the last minute before `at` (seconds)."""
        late, thru = self.late.summary(at), self.thru.summary(at)
        return {
            "at": at,
            **self.counts,
            "late_ms": {key: late[key] * 1e3 for key in ("median", "p99", "max")},
            "thru_us": {key: thru[key] * 1e6 for key in ("median", "p99", "max")},
        }
