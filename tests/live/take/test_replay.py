from dataclasses import replace

import pytest

from live.notes import PLAYER, Note, Part
from live.plan import OnTouch, Plan, PlannedNote, Sounded
from live.take.entries import End, Mark, Restart, Settings, Wake
from live.take.replay import replay

from .playing import HEADER, off, on, take

WINDOW = (Note(1.0, Part(PLAYER, "piano"), 60, 80, 0.5),)


class Echo:
    """A partner that plays each note back a fifth higher, and on waking the last one again."""

    def __init__(self, header, restart):
        self.shift = header.settings.get("shift", 7)
        self.last = restart.window[-1].pitch if restart else 0
        self.count = 0
        self.calls = []

    def answer(self, at):
        self.count += 1
        return Plan(0, (PlannedNote(self.count, at + 1, 0.5, 0, self.last + self.shift, 80),))

    def hear(self, heard):
        self.calls.append(heard)
        if heard.message[0] != 0x90:
            return None
        self.last = heard.message[1]
        return self.answer(heard.at)

    def sounded(self, sounded):
        self.calls.append(sounded)

    def wake(self, now):
        self.calls.append(now)
        return self.answer(now)

    def change(self, values, now):
        self.calls.append((values, now))
        self.shift = values["shift"]
        return self.answer(now)


def note(number, onset, pitch):
    return Plan(0, (PlannedNote(number, onset, 0.5, 0, pitch, 80),))


CALLS = [
    on(1, 1.0, 60),
    note(1, 2.0, 67),
    off(2, 1.5, 60),
    Sounded(1, 2.0, 0.0),
    Settings(2.5, {"shift": 5}),
    note(2, 3.5, 65),
    Wake(3.0),
    note(3, 4.0, 65),
    Restart(4.0, WINDOW),
    Wake(5.0),
    note(1, 6.0, 65),
]


def test_a_replay_of_the_same_partner_is_the_same():
    replayed = replay(take(*CALLS, End(7.0)), Echo)
    assert replayed.same
    assert replayed.notes == 4
    assert replayed.first_difference is None


def test_the_calls_are_those_of_the_take_in_their_order():
    made = []

    def factory(header, restart):
        made.append((Echo(header, restart), header, restart))
        return made[-1][0]

    replay(take(*CALLS, End(7.0)), factory)
    (first, header, nothing), (second, header_now, restart) = made
    assert first.calls == [CALLS[0], CALLS[2], CALLS[3], ({"shift": 5}, 2.5), 3.0]
    assert second.calls == [5.0]
    assert (header, nothing) == (HEADER, None)
    assert restart.window == WINDOW
    assert header_now.settings == {"x": 1, "shift": 5}


@pytest.mark.parametrize(
    ("index", "entry", "words"),
    [
        (1, note(1, 2.0, 66), "entry 2 (hear): notes[0].pitch: recorded 66, replayed 67"),
        (1, note(1, 2.000001, 67), "entry 2 (hear): notes[0].onset: recorded 2.000001, re"),
        (1, replace(note(1, 2.0, 67), cut=1.0), "entry 2 (hear): cut: recorded 1.0, replayed None"),
        (
            1,
            replace(note(1, 2.0, 67), on_touch=OnTouch.KEEP),
            "entry 2 (hear): on_touch: recorded keep, replayed yield",
        ),
        (1, Plan(0), "entry 2 (hear): number of notes: recorded 0, replayed 1"),
        (5, note(2, 3.5, 60), "entry 6 (settings): notes[0].pitch: recorded 60, replayed 65"),
    ],
)
def test_the_first_difference_is_named(index, entry, words):
    calls = [*CALLS]
    calls[index] = entry
    replayed = replay(take(*calls, End(7.0)), Echo)
    assert not replayed.same
    assert replayed.first_difference.startswith(words)


def test_a_plan_that_is_missing_in_the_middle_is_a_difference():
    replayed = replay(take(*CALLS[:1], *CALLS[2:], End(7.0)), Echo)
    assert (
        replayed.first_difference == "entry 1 (hear): recorded no plan, replayed a plan of 1 note"
    )


def test_a_plan_too_many_is_a_difference():
    replayed = replay(take(*CALLS[:3], note(9, 2.0, 60), *CALLS[3:]), Echo)
    assert (
        replayed.first_difference == "entry 4 (hear): recorded a plan of 1 note, replayed no plan"
    )
    replayed = replay(take(*CALLS[:2], note(9, 2.0, 60), *CALLS[2:]), Echo)
    assert replayed.first_difference == "entry 2 (hear): number of notes: recorded 2, replayed 1"
    replayed = replay(take(note(9, 2.0, 60), *CALLS), Echo)
    assert replayed.first_difference == "entry 1: a plan that no call made"


def test_a_plan_may_have_been_said_in_parts():
    parts = [*CALLS[:1], Plan(CALLS[1].after), *CALLS[1:]]
    assert replay(take(*parts, End(7.0)), Echo).same
    assert replay(take(*CALLS[:-1], Plan(0)), Echo).same  # the rest was cut off
    assert not replay(take(*CALLS[:-1], Plan(0), End(7.0)), Echo).same


def test_only_the_last_call_of_a_cut_off_take_may_lack_its_plan():
    assert replay(take(*CALLS[:-1], truncated=True), Echo).same
    assert replay(take(*CALLS[:-1]), Echo).same
    assert not replay(take(*CALLS[:-1], End(7.0)), Echo).same


def test_the_last_call_before_the_mind_fell_may_lack_its_plan():
    assert replay(take(*CALLS[:7], *CALLS[8:], End(7.0)), Echo).same


@pytest.mark.parametrize("index", range(len(CALLS) + 1))
def test_a_mark_changes_nothing_wherever_it_stands(index):
    marked = [*CALLS[:index], Mark(1.0, True), *CALLS[index:]]
    assert replay(take(*marked, End(7.0)), Echo).same
    assert replay(take(*marked[:-1]), Echo).same


def test_marks_count_where_a_difference_is_named():
    calls = [Mark(0.5, True), *CALLS[:1], Mark(1.0, False), note(1, 2.0, 66)]
    replayed = replay(take(*calls, End(7.0)), Echo)
    assert replayed.first_difference.startswith("entry 4 (hear): notes[0].pitch")


def test_a_plan_that_cannot_be_written_down_is_a_difference():
    class Odd(Echo):
        def hear(self, heard):
            return Plan(0, (PlannedNote(1.5, 2.0, 0.5, 0, 67, 80),))

    assert "cannot be written down" in replay(take(*CALLS), Odd).first_difference
