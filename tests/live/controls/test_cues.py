"""Light and video are told each note, beat and plan once, in order, whoever plays."""

import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live import midi
from live.controls.cues import MOST_NOTES, SENT, Cues
from live.controls.osc import OscError
from live.controls.osc_out import OscOut, parse_place, rows
from live.controls.table import DEFAULTS
from live.plan import Heard, OnTouch, Plan, PlannedNote, Sounded
from live.tempo.timeline import Timeline

ROOT = "/antiphon/"


def on(at: float, pitch: int = 60) -> Heard:
    return Heard(1, at, midi.note_on(0, pitch, 80))


def off(at: float, pitch: int = 60) -> Heard:
    return Heard(1, at, midi.note_off(0, pitch))


def planned(number: int, onset: float, duration: float = 0.5, pitch: int = 72) -> PlannedNote:
    return PlannedNote(number, onset, duration, 0, pitch, 90)


def named(cues, *names):
    return [(address, *values) for address, values in cues if address[len(ROOT) :] in names]


def notes(cues):
    return [row for row in cues if row[0].endswith(("/on", "/off"))]


def test_your_notes_are_told_as_they_begin_and_end():
    cues = Cues()
    cues.watch(on(1.0))
    assert notes(cues.due(1.01)) == [("/antiphon/you/on", (60, 80))]
    assert notes(cues.due(1.02)) == []
    cues.watch(off(1.5))
    assert notes(cues.due(1.51)) == [("/antiphon/you/off", (60,))]


def test_the_machines_notes_are_told_when_they_are_due():
    cues = Cues()
    cues.watch(Plan(1, (planned(1, 2.0), planned(2, 2.5)), None, OnTouch.KEEP))
    assert notes(cues.due(1.99)) == []
    assert notes(cues.due(2.0)) == [("/antiphon/machine/on", (72, 90))]
    cues.watch(Sounded(1, 2.0, 0.0))
    # It ends as the next of the same pitch begins: first the end, then the beginning.
    assert notes(cues.due(2.5)) == [
        ("/antiphon/machine/off", (72,)),
        ("/antiphon/machine/on", (72, 90)),
    ]


def test_what_the_machine_gives_up_for_you_ends():
    cues = Cues()
    cues.watch(Plan(1, (planned(1, 2.0, 9.0), planned(2, 3.0)), None, OnTouch.YIELD))
    cues.due(2.0)
    cues.watch(on(2.5))
    found = cues.due(2.51)
    assert ("/antiphon/machine/off", (72,)) in found
    assert ("/antiphon/plan", (0, -1.0)) in found
    assert notes(cues.due(9.0)) == []


def test_the_floor_is_told_when_it_changes():
    cues = Cues()
    told = [named(cues.due(0.0), "floor")]
    cues.watch(on(1.0))
    told.append(named(cues.due(1.0), "floor"))
    cues.watch(Plan(1, (planned(1, 1.5),), None, OnTouch.KEEP))
    for at in (1.2, 1.5, 1.6):
        told.append(named(cues.due(at), "floor"))
    cues.watch(off(1.7))
    told += [named(cues.due(1.8), "floor"), named(cues.due(2.0), "floor")]
    names = [[name for _, name in one] for one in told]
    assert names == [["rest"], ["you"], [], ["both"], [], ["machine"], ["rest"]]


def test_every_beat_is_told_once_with_its_place_in_the_bar():
    cues = Cues()
    cues.watch(Plan(0, timeline=Timeline(10.0, 0.0, 120.0, 3)))
    told = [row for n in range(400) for row in named(cues.due(9.9 + n / 100), "beat", "transport")]
    assert told[0] == ("/antiphon/transport", 1)
    assert told[1:] == [("/antiphon/beat", n, n % 3, 3, 120.0) for n in range(8)]


def test_a_beat_that_a_correction_puts_back_is_not_told_twice():
    cues = Cues()
    cues.watch(Plan(0, timeline=Timeline(0.0, 0.0, 120.0)))
    assert named(cues.due(0.51), "beat") == [("/antiphon/beat", 1, 1, 4, 120.0)]
    cues.watch(Plan(0, timeline=Timeline(0.52, 0.99, 118.0)))
    assert named(cues.due(0.52), "beat") == []
    assert named(cues.due(0.6), "beat") == []
    assert [row[1] for row in named(cues.due(1.1), "beat")] == [2]


def test_a_stopped_transport_has_no_beats():
    cues = Cues()
    cues.watch(Plan(0, timeline=Timeline(0.0, 0.0, 120.0)))
    cues.due(0.1)
    cues.watch(Plan(0, timeline=Timeline(0.2, 0.4, 120.0, 4, False)))
    assert named(cues.due(5.0), "beat", "transport") == [("/antiphon/transport", 0)]
    cues.watch(Plan(0, timeline=Timeline(6.0, 0.0, 120.0)))
    assert named(cues.due(6.0), "beat", "transport") == [
        ("/antiphon/transport", 1),
        ("/antiphon/beat", 0, 0, 4, 120.0),
    ]


def test_the_plan_is_told_at_its_beginning_and_not_too_often():
    cues = Cues()
    many = tuple(planned(n, 2.0 + n) for n in range(40))
    cues.watch(Plan(1, many, None, OnTouch.KEEP))
    found = named(cues.due(1.5), "plan", "plan/note")
    assert found[0] == ("/antiphon/plan", 40, 0.5)
    assert found[1] == ("/antiphon/plan/note", 0.5, 0.5, 72, 90)
    assert len(found) == 1 + MOST_NOTES
    cues.watch(Plan(1, (planned(99, 1.9),), None, OnTouch.KEEP))
    assert named(cues.due(1.55), "plan") == []
    assert named(cues.due(1.61), "plan") == [("/antiphon/plan", 41, 0.29)]


events = st.one_of(
    st.builds(lambda pitch: midi.note_on(0, pitch, 80), st.integers(60, 62)),
    st.builds(lambda pitch: midi.note_off(0, pitch), st.integers(60, 62)),
    st.tuples(
        st.floats(0, 1),
        st.floats(0.01, 1),
        st.integers(60, 62),
        st.sampled_from(OnTouch),
    ),
)


@given(st.lists(st.tuples(st.floats(0, 0.5), events), max_size=30))
@settings(max_examples=60)
def test_whatever_is_played_every_beginning_has_its_end(played):
    cues, now, told = Cues(), 0.0, []
    for number, (wait, event) in enumerate(played):
        now += wait
        if isinstance(event, bytes):
            cues.watch(Heard(number, now, event))
        else:
            onset, duration, pitch, touch = event
            note = PlannedNote(number, now + onset, duration, 1, pitch, 90)
            cues.watch(Plan(number, (note,), None, touch))
        told += cues.due(now)
    for pitch in range(60, 63):
        cues.watch(Heard(99, now, midi.note_off(0, pitch)))
    told += cues.due(now + 10)
    sounding: dict = {}
    for address, values in notes(told):
        side, word = address[len(ROOT) :].split("/")
        count = sounding.get((side, values[0]), 0) + (1 if word == "on" else -1)
        assert count in (0, 1), told
        sounding[side, values[0]] = count
    assert not any(sounding.values())


def test_at_the_end_nothing_is_left_on():
    cues = Cues()
    cues.watch(on(1.0))
    cues.watch(Plan(1, (planned(1, 1.0, 60.0),), None, OnTouch.KEEP))
    cues.due(1.0)
    assert notes(cues.over()) == [("/antiphon/you/off", (60,)), ("/antiphon/machine/off", (72,))]
    assert notes(cues.over()) == []


def test_all_that_is_told_is_listed():
    cues = Cues()
    cues.watch(on(0.0))
    cues.watch(off(0.1))
    cues.watch(
        Plan(
            1,
            (planned(1, 0.2, 0.1), planned(2, 9.0)),
            None,
            OnTouch.KEEP,
            (),
            Timeline(0.0, 0.0, 60.0),
        )
    )
    told = {address for at in (0.0, 0.25, 0.5) for address, _ in cues.due(at)}
    assert told == {it.path for it in SENT}
    assert all(it.path in rows() for it in SENT)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("9001", ("127.0.0.1", 9001)),
        ("lights.local:9001", ("lights.local", 9001)),
        ("[::1]:9001", ("::1", 9001)),
    ],
)
def test_a_place_is_a_host_and_a_port(text, place):
    assert parse_place(text) == place


@pytest.mark.parametrize(
    "text", ["", "host", "host:", "host:0", "host:99999", "host:x", "1.2.3.4:-1"]
)
def test_another_place_is_one_line(text):
    with pytest.raises(OscError, match="give HOST:PORT"):
        parse_place(text)


def test_cues_arrive_as_osc_and_nobody_there_is_no_harm():
    from pythonosc.osc_message import OscMessage

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(5)
        out = OscOut(f"127.0.0.1:{ear.getsockname()[1]}")
        out.watch(on(1.0))
        out.turn(1.0, DEFAULTS)
        heard = [OscMessage(ear.recv(1024)) for _ in range(2)]
    assert [(it.address, it.params) for it in heard] == [
        ("/antiphon/you/on", [60, 80]),
        ("/antiphon/floor", ["you"]),
    ]
    for at in range(2, 9):
        out.watch(off(at))
        out.watch(on(at))
        out.turn(at, DEFAULTS)
    out.close()
