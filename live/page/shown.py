"""What happens in a session, as the page is to show it. Pure: it is told, and asked for news.

Nothing here grows without a bound, however long nobody asks.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

from live.page.known import MOST_LINES, News, State, changes
from live.page.roll import Roll
from live.plan import Sounded
from live.take.entries import Entry

LOOK = 0.1  # seconds between two looks at the state
LATENESS = 1.0  # seconds between two of the lateness of the last minute
MINUTE = 60.0  # seconds
SLOT = 0.5  # seconds that one point of it stands for


class Shown:
    """watch and say are given to the stage."""

    def __init__(self) -> None:
        self.roll = Roll()
        self._said: deque[str] = deque(maxlen=MOST_LINES)
        self._late: deque[tuple[float, float]] = deque(maxlen=int(MINUTE / SLOT) + 1)
        self._state: State = {}
        self._looked = self._counted = float("-inf")

    def watch(self, entry: Entry) -> None:
        """An entry of the take, as it happens."""
        self.roll.take_in(entry)
        if isinstance(entry, Sounded):
            slot = entry.at // SLOT * SLOT
            if self._late and self._late[-1][0] >= slot:
                slot, late = self._late.pop()
                self._late.append((slot, max(late, entry.late)))
            else:
                self._late.append((slot, entry.late))

    def say(self, line: str) -> None:
        """A line for the player."""
        self._said.append(line)

    def again(self) -> None:
        """Whoever asks now knows nothing yet."""
        self._state = {}
        self._looked = self._counted = float("-inf")
        self.roll.lose()

    def news(self, now: float, look: Callable[[], State]) -> News | None:
        """What there is to tell at `now` (seconds); None if nothing. look: the state as it is."""
        roll, state, said = self.roll.take(now), self._changed(now, look), tuple(self._said)
        self._said.clear()
        return News(state, roll, said) if roll or state or said else None

    def _changed(self, now: float, look: Callable[[], State]) -> State:
        if now - self._looked < LOOK:
            return {}
        self._looked = now
        state = {**look(), "lateness": self._lateness(now)}
        changed = changes(self._state, state)
        self._state = state
        return changed

    def _lateness(self, now: float) -> Any:
        """The worst of each SLOT of the last minute, as [seconds ago, ms]."""
        if now - self._counted < LATENESS:
            return self._state.get("lateness", [])
        self._counted = now
        return [
            [round(now - at, 1), round(late * 1e3, 3)]
            for at, late in self._late
            if now - at < MINUTE
        ]
