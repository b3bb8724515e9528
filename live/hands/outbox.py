"""Events waiting for the mind: bounded, and never at the cost of a note-off."""

from collections import deque

from live import midi
from live.plan import Heard, Sounded

Event = Heard | Sounded


def must_stay(event: Event) -> bool:
    """A note-off is never dropped: a mind that missed one would think the key still down."""
    return isinstance(event, Heard) and midi.is_note_off(event.message)


class Outbox:
    """Events in order. When full, the oldest that are not note-offs go first, and are counted.

    Room is made for an eighth of the size at a time, so that a full box costs little per event.
    Note-offs alone may take it over its size.
    """

    def __init__(self, size: int = 4096) -> None:
        self._events: deque[Event] = deque()
        self._size = size
        self._sweep_at = size
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: Event) -> None:
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

    def take(self) -> Event | None:
        """The oldest event, or None."""
        return self._events.popleft() if self._events else None

    def take_all(self) -> list[Event]:
        events = list(self._events)
        self._events.clear()
        self._sweep_at = self._size
        return events

    def put_back(self, events: list[Event]) -> None:
        """Events taken but not delivered go to the front again."""
        self._events.extendleft(reversed(events))
