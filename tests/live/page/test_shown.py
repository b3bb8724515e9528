"""What the page is told of a session."""

from typing import Any

from live import midi
from live.page.known import MOST_LINES, News
from live.page.shown import Shown
from live.plan import Heard, Sounded


def shown_at(shown: Shown, now: float, **state: Any) -> News:
    return shown.news(now, lambda: state) or News()


def test_the_state_is_looked_at_ten_times_a_second_at_most() -> None:
    shown, looks = Shown(), []
    for tick in range(1000):
        shown.news(tick / 1000, lambda: looks.append(1) or {})  # type: ignore[func-returns-value]
    assert len(looks) == 10


def test_only_what_changed_is_told() -> None:
    shown = Shown()
    assert shown_at(shown, 0.0, floor="you", model="pop").state["model"] == "pop"
    assert shown_at(shown, 0.2, floor="rest", model="pop").state == {"floor": "rest"}
    assert shown_at(shown, 0.4, floor="rest", model="pop").state == {}


def test_who_begins_anew_is_told_all_again() -> None:
    shown = Shown()
    shown.watch(Heard(1, 0.0, midi.note_on(0, 60, 80)))
    shown_at(shown, 0.0, floor="you")
    shown.again()
    news = shown_at(shown, 0.01, floor="you")
    assert news.state["floor"] == "you"
    assert news.roll is not None
    assert news.roll.whole
    assert len(news.roll.begun) == 1


def test_lines_are_told_once_and_of_too_many_the_last() -> None:
    shown = Shown()
    for number in range(1000):
        shown.say(str(number))
    said = shown_at(shown, 0.0).said
    assert said[-1] == "999"
    assert len(said) == MOST_LINES
    assert shown_at(shown, 0.1).said == ()


def test_the_lateness_of_the_last_minute_is_its_worst_in_each_half_second() -> None:
    shown = Shown()
    for tick in range(12_000):
        shown.watch(Sounded(tick, tick / 100, 0.001 if tick % 50 else 0.004))
    late = shown_at(shown, 120.0).state["lateness"]
    assert len(late) <= 120
    assert {ms for _, ms in late} == {4.0}
    assert max(ago for ago, _ in late) <= 60
