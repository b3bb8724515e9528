"""The machine's notes to come, in order of time. No clock in it: the caller says what time it is.

A planned note enters as a pair, on and off, and leaves as one: the off is only ever forgotten
together with its on, or when it has been sent.
"""

import heapq
from dataclasses import dataclass
from math import inf, isfinite, isnan, nextafter

from live.plan import PlannedNote
from live.tempo.timeline import Timeline

LONGEST = 60.0  # seconds: longer is a fault in the plan, and would be a note that hangs
SHORTEST = 0.02  # seconds: what is left of a note that is begun late, at least
MOST = 8192  # planned notes held at once

_OFF, _ON = 0, 1  # at the same time, ends come before beginnings


@dataclass(slots=True)
class _Pair:
    """A planned note on its way: waiting to begin, then sounding, then neither. onset, end: when
    its on and its off are due; earliest: its off comes no sooner (seconds)."""

    note: PlannedNote
    onset: float
    end: float
    earliest: float
    waiting: bool = True
    sounding: bool = False


# In the queue: (seconds, _OFF or _ON, order added, pair). The order is unique, so ties are
# settled without comparing pairs.
_Moment = tuple[float, int, int, _Pair]


@dataclass(frozen=True, slots=True)
class Due:
    """One message to send: the beginning or the end of `note`. at: when it was due (seconds)."""

    at: float
    on: bool
    note: PlannedNote


def fault(note: PlannedNote) -> str | None:
    """What is wrong with a planned note, in one line; None if it may be played."""
    checks = (
        ("onset", note.onset, float, lambda it: isfinite(it)),
        ("duration", note.duration, float, lambda it: isfinite(it) and it > 0),
        ("channel", note.channel, int, lambda it: 0 <= it <= 15),
        ("pitch", note.pitch, int, lambda it: 0 <= it <= 127),
        ("velocity", note.velocity, int, lambda it: 1 <= it <= 127),
    )
    wrong = [
        f"{name} {value!r}"
        for name, value, kind, good in checks
        if not isinstance(value, int if kind is int else (int, float)) or not good(value)
    ]
    return f"planned note {note.id} has {', '.join(wrong)}" if wrong else None


class Schedule:
    """The planned notes not yet over. Times in seconds on the caller's clock."""

    def __init__(self) -> None:
        self._heap: list[_Moment] = []
        self._order = 0
        self._waiting = 0
        self._sounding: dict[tuple[int, int], _Pair] = {}

    def __len__(self) -> int:
        """How many notes have not begun."""
        return self._waiting

    def add(self, note: PlannedNote) -> bool:
        """Enter a note. False if it was refused: it has a fault, or there are too many."""
        if self._waiting >= MOST or fault(note):
            return False
        end = note.onset + min(note.duration, LONGEST)
        pair = _Pair(note, note.onset, end, min(end, note.onset + SHORTEST))
        pair.end = max(end, _soonest_end(pair))
        self._push(note.onset, _ON, pair)
        self._push(pair.end, _OFF, pair)
        self._waiting += 1
        return True

    def end_at(self, number: int, until: float) -> bool:
        """Let the note of that id, waiting or sounding, end at another moment (seconds), though
        not before it has sounded for SHORTEST. False if there is none, or it would not change."""
        if isnan(until):
            return False
        for moment in self._heap:
            _, kind, _, pair = moment
            if kind == _OFF and pair.note.id == number and _alive(moment):
                until = max(_soonest_end(pair), min(until, pair.onset + LONGEST))
                if until == pair.end:
                    return False
                pair.end = until
                self._push(until, _OFF, pair)
                return True
        return False

    def retime(self, before: Timeline, after: Timeline, now: float) -> None:
        """The beat lies on another line: what is planned and has not been sent moves with it. An
        end that has so come to lie in the past is due now (seconds)."""
        if not before.leads_to(after):
            return
        alive = [moment for moment in self._heap if _alive(moment)]
        for at, kind, _, pair in alive:
            if kind == _ON:
                onset = before.moved(at, after)
                pair.earliest += onset - pair.onset
                pair.onset = onset
        self._heap = []
        for _, kind, order, pair in alive:
            if kind == _OFF:
                end = max(before.moved(pair.end, after), min(pair.end, now))
                pair.end = max(end, _soonest_end(pair))
            self._heap.append((pair.onset if kind == _ON else pair.end, kind, order, pair))
        heapq.heapify(self._heap)

    def _push(self, at: float, kind: int, pair: _Pair) -> None:
        self._order += 1
        heapq.heappush(self._heap, (at, kind, self._order, pair))

    def cut(self, at: float = -inf) -> int:
        """Drop the notes not begun with onset >= at; return how many. Those begun go on."""
        dropped = 0
        for due, kind, _, pair in self._heap:
            if kind == _ON and pair.waiting and due >= at:
                pair.waiting = False
                dropped += 1
        if dropped:
            self._waiting -= dropped
            self._heap = [moment for moment in self._heap if _alive(moment)]
            heapq.heapify(self._heap)
        return dropped

    def clear(self) -> int:
        """Forget everything, ends of sounding notes too: the caller ends those by its ledger."""
        dropped = self._waiting
        self._heap.clear()
        self._sounding.clear()
        self._waiting = 0
        return dropped

    def next_due(self) -> float | None:
        """When the next message is due (seconds); None if nothing is planned."""
        while self._heap and not _alive(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take(self, now: float, late_limit: float = 0.1) -> tuple[list[Due], int]:
        """The next beginning or end that is due by `now`, and how many notes were skipped.

        The list is empty when nothing is due. A note that would begin more than late_limit late
        is skipped, with its end. One begun late keeps at least SHORTEST of its length. A note on
        a key that the machine sounds already ends the one before it first.
        """
        skipped = 0
        while (due := self.next_due()) is not None and due <= now:
            at, kind, _, pair = heapq.heappop(self._heap)
            note = pair.note
            if kind == _OFF:
                pair.sounding = False
                del self._sounding[(note.channel, note.pitch)]
                return [Due(at, False, note)], skipped
            pair.waiting = False
            self._waiting -= 1
            if now - at <= late_limit:
                return self._begin(at, pair, now), skipped
            skipped += 1
        return [], skipped

    def _begin(self, at: float, pair: _Pair, now: float) -> list[Due]:
        note = pair.note
        key = (note.channel, note.pitch)
        messages = [Due(at, True, note)]
        if (before := self._sounding.get(key)) is not None:
            before.sounding = False
            messages.insert(0, Due(at, False, before.note))
        # Begun late, it must not end in the same breath.
        pair.earliest = now + (pair.earliest - pair.onset)
        if pair.end < pair.earliest:
            pair.end = pair.earliest
            self._push(pair.end, _OFF, pair)
        pair.sounding = True
        self._sounding[key] = pair
        return messages


def _soonest_end(pair: _Pair) -> float:
    # However short, it ends after it begins: also where floats are too coarse to add.
    return max(pair.earliest, nextafter(pair.onset, inf))


def _alive(moment: _Moment) -> bool:
    """Not dropped: an on stays while its note waits, the last off while it waits or sounds."""
    at, kind, _, pair = moment
    if kind == _ON:
        return pair.waiting
    return at == pair.end and (pair.waiting or pair.sounding)
