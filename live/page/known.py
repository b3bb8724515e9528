"""What the page knows, and what one browser has still to be told of it.

A browser that is slow is told less often, not later and later: what waits for it is merged, and of
too much there is only the whole as it is then. Pure: no sockets, no clock.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from live.page.change import Begun, Change, Ended, Pedal

KEPT = 60.0  # seconds of the roll that a browser which comes later is shown, about
FORGET = 5.0  # seconds between two times that older ones are forgotten
MOST_NOTES = 2000
MOST_WAITING = 1000  # changes of the roll that wait for one browser
MOST_LINES = 40

State = dict[str, Any]
_BY_NAME = ("values",)  # tables in the state of which only the rows that changed are told


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> State:
    """What of a state is other than it was."""
    changed = {name: value for name, value in now.items() if before.get(name, _NEVER) != value}
    for name in _BY_NAME:
        if name in changed and name in before:
            rows = before[name]
            changed[name] = {n: v for n, v in now[name].items() if rows.get(n, _NEVER) != v}
    return changed


def merged(before: Mapping[str, Any], change: Mapping[str, Any]) -> State:
    """The state with a change."""
    rows = {name: before.get(name, {}) | change[name] for name in _BY_NAME if name in change}
    return {**before, **change, **rows}


_NEVER = object()


@dataclass(frozen=True)
class News:
    """What the stage tells the page: all three may be empty."""

    state: State = field(default_factory=dict)
    roll: Change | None = None
    said: tuple[str, ...] = ()


class Known:
    """All that the page has been told, as far as a browser that comes later needs it."""

    def __init__(self) -> None:
        self.state: State = {}
        self.said: deque[str] = deque(maxlen=MOST_LINES)
        self._notes: dict[int, tuple[Begun, Ended | None]] = {}
        self._pedal: list[Pedal] = []
        self._roll = Change(0.0)
        self._forgot = float("-inf")

    def add(self, news: News) -> None:
        self.state = merged(self.state, news.state)
        self.said.extend(news.said)
        if (change := news.roll) is None:
            return
        if change.whole:
            self._notes.clear()
            self._pedal.clear()
        self._notes |= {begun[0]: (begun, None) for begun in change.begun}
        for ended in change.ended:
            if ended[0] in self._notes:
                self._notes[ended[0]] = (self._notes[ended[0]][0], ended)
        self._pedal += change.pedal
        before = self._roll
        self._roll = Change(
            change.now,
            plan=before.plan if change.plan is None else change.plan,
            beat=before.beat if change.beat is None else change.beat,
        )
        self._forget()

    def _forget(self) -> None:
        """Now and then: what ended long ago, and of too many the first."""
        now, most = self._roll.now, max(len(self._notes), len(self._pedal))
        if now - self._forgot < FORGET and most < 2 * MOST_NOTES:
            return
        self._forgot = now
        kept = [
            (begun, ended)
            for begun, ended in self._notes.values()
            if ended is None or ended[2] >= now - KEPT
        ]
        self._notes = {begun[0]: (begun, ended) for begun, ended in kept[-MOST_NOTES:]}
        old = sum(at < now - KEPT for at, _ in self._pedal)
        self._pedal = self._pedal[max(0, old - 1) :][-MOST_NOTES:]  # the last tells how it was

    def roll(self) -> Change:
        """The whole of it."""
        pairs = self._notes.values()
        return Change(
            self._roll.now,
            tuple(begun for begun, _ in pairs),
            tuple(ended for _, ended in pairs if ended is not None),
            self._roll.plan or (),
            self._roll.beat,
            True,
            tuple(self._pedal),
        )


class Waiting:
    """What waits for one browser. It begins with the whole."""

    def __init__(self) -> None:
        self._all = True
        self._state: State = {}
        self._roll: Change | None = None
        self._said: deque[str] = deque(maxlen=MOST_LINES)

    def __bool__(self) -> bool:
        return self._all or bool(self._state or self._roll is not None or self._said)

    @property
    def size(self) -> int:
        """How much waits: it never grows beyond a bound."""
        return (self._roll.size if self._roll else 0) + len(self._said) + len(self._state)

    def add(self, news: News) -> None:
        self._said.extend(news.said)
        if self._all:
            return
        self._state = merged(self._state, news.state)
        if news.roll is not None:
            self._roll = news.roll if self._roll is None else self._roll.then(news.roll)
            if self._roll.size > MOST_WAITING:
                self._all, self._roll, self._state = True, None, {}

    def take(self, known: Known) -> Iterable[dict[str, Any]]:
        """The messages to send now."""
        state = known.state if self._all else self._state
        roll = known.roll() if self._all else self._roll
        messages: list[dict[str, Any]] = [{"said": line} for line in self._said]
        messages += [{"state": state}] if state else []
        messages += [] if roll is None else [roll.message()]
        self._all, self._roll, self._state = False, None, {}
        self._said.clear()
        return messages
