"""What a browser is told: all of it, also a slow one, and never more than a bound."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from live.page.change import Change
from live.page.known import (
    MOST_LINES,
    MOST_NOTES,
    MOST_WAITING,
    Known,
    News,
    Waiting,
    changes,
    merged,
)


class Screen:
    """What a browser has on its screen, by what it was sent."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}
        self.notes: dict[int, float | None] = {}
        self.plan: tuple[Any, ...] = ()
        self.said: list[str] = []

    def see(self, message: dict[str, Any]) -> None:
        if "said" in message:
            self.said.append(message["said"])
        self.state = merged(self.state, message.get("state", {}))
        roll = message.get("roll", {})
        if "whole" in roll:
            self.notes = {}
        for begun in roll.get("begun", ()):
            self.notes[begun[0]] = None
        for ended in roll.get("ended", ()):
            self.notes[ended[0]] = ended[2]
        self.plan = roll.get("plan", self.plan)


def note(number: int, at: float, end: float | None = None, **more: Any) -> News:
    ended = () if end is None else ((number, 0, end),)
    return News(roll=Change(at, ((number, 0, at, 60, 80),), ended, **more))


def test_only_what_changed_is_told_and_both_together_are_the_whole() -> None:
    before = {"floor": "you", "values": {"a": 1, "b": 2}, "bindings": {"a": "CC 1"}}
    now = {"floor": "you", "values": {"a": 1, "b": 3}, "bindings": {}}
    change = changes(before, now)
    assert change == {"values": {"b": 3}, "bindings": {}}
    assert merged(before, change) == now


def test_a_browser_that_comes_late_is_shown_what_is_there() -> None:
    known, screen = Known(), Screen()
    known.add(News({"floor": "you", "values": {"a": 1}}, said=("hello",)))
    known.add(News({"values": {"b": 2}}))
    known.add(note(1, 1.0, 2.0, plan=((9, 5.0, 1.0, 60, 80),)))
    for message in Waiting().take(known):
        screen.see(message)
    assert screen.state == {"floor": "you", "values": {"a": 1, "b": 2}}
    assert screen.notes == {1: 2.0}
    assert screen.plan == ((9, 5.0, 1.0, 60, 80),)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 3), max_size=60), st.integers(0, 2**30))
def test_however_slow_a_browser_is_it_sees_the_same_in_the_end(takes: list[int], seed: int) -> None:
    known, quick, slow = Known(), Waiting(), Waiting()
    screens = Screen(), Screen()
    for step, take in enumerate(takes):
        number = (seed >> step % 20) % 7
        news = [
            note(step + 1, float(step), step + 0.5 if number % 2 else None),
            News({"floor": str(number), "values": {str(number): step}}),
            News(roll=Change(float(step), plan=((step, step + 1.0, 1.0, 60, 80),))),
            note(step + 1, float(step), whole=True, plan=()),
        ][take]
        known.add(news)
        for waiting, screen, ready in ((quick, screens[0], True), (slow, screens[1], take == 1)):
            waiting.add(news)
            for message in waiting.take(known) if ready else ():
                screen.see(message)
    for waiting, screen in zip((quick, slow), screens, strict=True):
        for message in waiting.take(known):
            screen.see(message)
    assert screens[0].state == screens[1].state
    assert screens[0].notes == screens[1].notes
    assert screens[0].plan == screens[1].plan


def test_what_waits_for_one_that_takes_nothing_has_a_bound() -> None:
    known, waiting, screen = Known(), Waiting(), Screen()
    list(waiting.take(known))
    most = 0
    for number in range(5000):
        news = note(number, number / 1000, number / 1000)
        news = News({"floor": str(number)}, news.roll, (str(number),))
        known.add(news)
        waiting.add(news)
        most = max(most, waiting.size)
    assert most <= MOST_WAITING + MOST_LINES + 3
    for message in waiting.take(known):
        screen.see(message)
    assert screen.state == {"floor": "4999"}
    assert max(screen.notes) == 4999
    assert len(screen.notes) <= 2 * MOST_NOTES
    assert screen.said[-1] == "4999"


def test_what_ended_long_ago_is_forgotten_and_what_sounds_is_not() -> None:
    known = Known()
    known.add(note(1, 1.0))
    known.add(note(2, 1.0, 2.0))
    known.add(note(3, 500.0))
    assert [begun[0] for begun in known.roll().begun] == [1, 3]


def test_nothing_waits_where_nothing_came() -> None:
    known, waiting = Known(), Waiting()
    list(waiting.take(known))
    assert not waiting
    waiting.add(News({"floor": "you"}))
    assert waiting


def test_who_comes_late_sees_the_pedal_as_it_is_and_was_and_it_does_not_grow() -> None:
    known = Known()
    for n in range(100):
        known.add(News(roll=Change(2.0 * n, pedal=((2.0 * n, True), (2.0 * n + 1, False)))))
    known.add(News(roll=Change(200.0, pedal=((200.0, True),))))
    rows = known.roll().pedal
    assert rows[-1] == (200.0, True)
    assert len(rows) < 80
    known.add(News(roll=Change(500.0)))
    known.add(News(roll=Change(510.0)))
    assert known.roll().pedal == ((200.0, True),)
