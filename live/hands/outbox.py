"""Events waiting for the mind: bounded, and never at the cost of a note-off."""

from collections import deque
from heapq import merge
from itertools import takewhile

from live import midi
from live.plan import Beat, Heard, Sounded

Event = Heard | Sounded | Beat
HISTORY = 4096  # of what was heard: for a mind that comes anew


def must_stay(event: Event) -> bool:
    """A note-off is never dropped: a mind that missed one would think the key still down. Nor is
    where the beat is, which waits only once."""
    return isinstance(event, Beat) or (isinstance(event, Heard) and midi.is_note_off(event.message))


class Outbox:
    """Events in order. When full, the oldest that are not note-offs go first, and are counted.

    Room is made for an eighth of the size at a time, so that a full box costs little per event.
    Note-offs alone may take it over its size. Where the beat is waits once only, as told last.
    """

    def __init__(self, size: int = 4096) -> None:
        self._events: deque[Event] = deque()
        self._history: deque[Heard] = deque(maxlen=HISTORY)
        self._beat: Beat | None = None  # told last
        self._beat_waits = False
        self._size = size
        self._sweep_at = size
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: Event) -> None:
        if isinstance(event, Heard):
            self._history.append(event)
        elif isinstance(event, Beat):
            if self._beat_waits and self._beat is not None:
                self._events.remove(self._beat)
            self._beat, self._beat_waits = event, True
        self._events.append(event)
        if len(self._events) > self._sweep_at:
            self._make_room()

    def _make_room(self) -> None:
        target = self._size - self._size // 8
        excess = len(self._events) - target
        kept: deque[Event] = deque()
        for event in self._events:
            if excess > 0 and not must_stay(event):
                excess -= 1
                self.dropped += 1
            else:
                kept.append(event)
        self._events = kept
        self._sweep_at = max(self._size, len(kept) + self._size // 8)

    def take_all(self) -> list[Event]:
        events = list(self._events)
        self._events.clear()
        self._sweep_at = self._size
        self._beat_waits = False
        return events

    def put_back(self, events: list[Event]) -> None:
        """Events taken but not delivered go to the front again."""
        stale = self._beat_waits
        self._beat_waits |= any(isinstance(event, Beat) for event in events)
        if stale:
            events = [event for event in events if not isinstance(event, Beat)]
        self._events.extendleft(reversed(events))

    def replay_after(self, seq: int) -> None:
        """A mind says what it has heard last: all after it waits again, in order, and where the
        beat is."""
        waiting = self.take_all()
        # From the end: what was heard may be long, and the hands wait meanwhile.
        missed: list[Event] = [*takewhile(lambda heard: heard.seq > seq, reversed(self._history))]
        missed.reverse()
        sounded: list[Event] = [event for event in waiting if isinstance(event, Sounded)]
        beat: list[Event] = [] if self._beat is None else [self._beat]
        self.put_back(list(merge(missed, sounded, beat, key=lambda event: event.at)))
