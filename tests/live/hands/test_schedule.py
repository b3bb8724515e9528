from hypothesis import given
from hypothesis import strategies as st

from live.hands.schedule import LONGEST, SHORTEST, Schedule, fault
from live.plan import PlannedNote
from live.tempo.timeline import Timeline


def note(onset, duration=0.5, pitch=60, channel=0, velocity=80, id=0):
    return PlannedNote(id, onset, duration, channel, pitch, velocity)


def drain(schedule, now, late_limit=1e9):
    """All that is due by now, as (at, on or off, pitch), and how many were skipped."""
    sent, skipped = [], 0
    while True:
        messages, more = schedule.take(now, late_limit)
        skipped += more
        if not messages:
            return sent, skipped
        sent += [(m.at, "on" if m.on else "off", m.note.pitch) for m in messages]


def play_in_steps(schedule, until):
    sent = []
    for hundredth in range(int(until * 100) + 1):
        sent += drain(schedule, hundredth / 100)[0]
    return sent


def test_a_note_begins_and_ends_on_time():
    schedule = Schedule()
    schedule.add(note(1.0, 0.5))
    assert schedule.next_due() == 1.0
    assert drain(schedule, 0.999) == ([], 0)
    assert drain(schedule, 1.0)[0] == [(1.0, "on", 60)]
    assert schedule.next_due() == 1.5
    assert drain(schedule, 1.5)[0] == [(1.5, "off", 60)]
    assert schedule.next_due() is None


def test_at_the_same_time_ends_come_before_beginnings():
    schedule = Schedule()
    schedule.add(note(1.0, 1.0, pitch=64))
    schedule.add(note(0.0, 1.0, pitch=60))
    schedule.add(note(0.5, 0.5, pitch=62))
    kinds = [(kind, pitch) for at, kind, pitch in play_in_steps(schedule, 1.0) if at == 1.0]
    assert kinds == [("off", 60), ("off", 62), ("on", 64)]


def test_notes_at_the_same_time_keep_the_order_of_the_plan():
    schedule = Schedule()
    for pitch in (67, 60, 64):
        schedule.add(note(1.0, pitch=pitch))
    assert [pitch for _, _, pitch in drain(schedule, 1.0)[0]] == [67, 60, 64]


def test_a_note_that_waits_or_sounds_is_made_longer_or_shorter():
    schedule = Schedule()
    schedule.add(note(1.0, 0.5, pitch=60, id=1))
    schedule.add(note(1.2, 0.5, pitch=64, id=2))
    assert drain(schedule, 1.0)[0] == [(1.0, "on", 60)]
    assert schedule.end_at(1, 2.0)
    assert schedule.end_at(2, 1.9)
    assert schedule.end_at(2, 1.8)
    assert not schedule.end_at(2, 1.8)
    assert not schedule.end_at(3, 9.0)
    assert not schedule.end_at(1, float("nan"))
    assert play_in_steps(schedule, 3.0) == [(1.2, "on", 64), (1.8, "off", 64), (2.0, "off", 60)]
    assert not schedule.end_at(1, 4.0)
    assert schedule.next_due() is None


def test_a_note_that_sounds_ends_at_once_if_its_end_has_passed():
    schedule = Schedule()
    schedule.add(note(0.0, 2.0, id=1))
    drain(schedule, 0.0)
    assert schedule.end_at(1, 0.5)
    assert drain(schedule, 1.0)[0] == [(0.5, "off", 60)]
    assert schedule.next_due() is None


def test_no_note_is_made_too_short_to_be_heard():
    schedule = Schedule()
    schedule.add(note(1.0, 0.5, id=1))
    schedule.add(note(2.0, 0.01, pitch=62, id=2))
    assert schedule.end_at(1, 0.0)
    assert not schedule.end_at(2, 0.0)
    assert play_in_steps(schedule, 3.0) == [
        (1.0, "on", 60), (1.0 + SHORTEST, "off", 60), (2.0, "on", 62), (2.01, "off", 62)
    ]  # fmt: skip


def test_what_is_planned_and_sounds_moves_with_the_beat():
    schedule = Schedule()
    schedule.add(note(0.0, 3.0, pitch=60))
    schedule.add(note(2.0, 1.0, pitch=62))
    drain(schedule, 0.0)
    line = Timeline(0.0, 0.0, 60.0)
    schedule.retime(line, line.with_tempo(120.0, 1.0), 1.0)
    assert play_in_steps(schedule, 4.0) == [
        (1.5, "on", 62), (2.0, "off", 60), (2.0, "off", 62)
    ]  # fmt: skip
    assert schedule.next_due() is None


def test_where_the_beat_jumps_or_stands_still_nothing_moves():
    schedule = Schedule()
    schedule.add(note(2.0, 1.0))
    line = Timeline(0.0, 0.0, 60.0)
    schedule.retime(line, Timeline(1.0, 40.0, 60.0), 1.0)
    schedule.retime(line, Timeline(1.0, 1.0, 60.0, running=False), 1.0)
    assert schedule.next_due() == 2.0


def test_a_note_made_longer_ends_where_its_key_is_struck_again():
    schedule = Schedule()
    schedule.add(note(0.0, 1.0, id=1))
    schedule.add(note(2.0, 0.5, id=2))
    drain(schedule, 0.0)
    schedule.end_at(1, 4.0)
    assert play_in_steps(schedule, 5.0) == [
        (2.0, "off", 60), (2.0, "on", 60), (2.5, "off", 60)
    ]  # fmt: skip
    assert schedule.next_due() is None


def test_no_note_is_made_longer_than_any_may_be():
    schedule = Schedule()
    schedule.add(note(0.0, 1.0, id=1))
    drain(schedule, 0.0)
    assert schedule.end_at(1, float("inf"))
    assert drain(schedule, 1e9)[0] == [(LONGEST, "off", 60)]


def test_cut_drops_notes_not_begun_from_that_moment_on():
    schedule = Schedule()
    for onset in (1.0, 2.0, 3.0):
        schedule.add(note(onset, pitch=int(60 + onset)))
    assert schedule.cut(2.0) == 2
    assert len(schedule) == 1
    assert [p for _, kind, p in play_in_steps(schedule, 4.0) if kind == "on"] == [61]


def test_cut_leaves_what_has_begun_its_end():
    schedule = Schedule()
    schedule.add(note(1.0, 2.0))
    drain(schedule, 1.0)
    assert schedule.cut(0.0) == 0
    assert drain(schedule, 3.0)[0] == [(3.0, "off", 60)]


def test_a_key_struck_again_ends_the_note_before_first():
    schedule = Schedule()
    schedule.add(note(0.0, 2.0))
    schedule.add(note(1.0, 0.5))
    assert play_in_steps(schedule, 3.0) == [
        (0.0, "on", 60),
        (1.0, "off", 60),
        (1.0, "on", 60),
        (1.5, "off", 60),
    ]


def test_the_same_pitch_on_another_channel_is_another_note():
    schedule = Schedule()
    schedule.add(note(0.0, 2.0, channel=0))
    schedule.add(note(1.0, 2.0, channel=1))
    assert [kind for _, kind, _ in play_in_steps(schedule, 3.5)] == ["on", "on", "off", "off"]


def test_a_note_too_late_is_skipped_whole():
    schedule = Schedule()
    schedule.add(note(0.0, 5.0))
    schedule.add(note(1.0, 5.0, pitch=62))
    sent, skipped = drain(schedule, 1.05, late_limit=0.1)
    assert (sent, skipped) == ([(1.0, "on", 62)], 1)
    assert drain(schedule, 10.0)[0] == [(6.0, "off", 62)]
    assert schedule.next_due() is None


def test_a_note_begun_late_does_not_end_in_the_same_breath():
    schedule = Schedule()
    schedule.add(note(0.0, 0.05))
    assert drain(schedule, 0.08)[0] == [(0.0, "on", 60)]
    assert schedule.next_due() == 0.08 + SHORTEST
    assert drain(schedule, 0.2)[0] == [(0.08 + SHORTEST, "off", 60)]


def test_a_note_without_end_is_ended():
    schedule = Schedule()
    schedule.add(note(0.0, 1e9))
    drain(schedule, 0.0)
    assert schedule.next_due() == LONGEST


def test_a_faulty_note_is_refused_and_says_why():
    schedule = Schedule()
    faults = {
        "velocity 0": note(0.0, velocity=0),
        "pitch 128": note(0.0, pitch=128),
        "pitch 60.0": note(0.0, pitch=60.0),
        "channel 16": note(0.0, channel=16),
        "duration 0": note(0.0, 0),
        "duration nan": note(0.0, float("nan")),
        "onset inf": note(float("inf")),
    }
    for line, bad in faults.items():
        assert not schedule.add(bad)
        assert line in fault(bad)
    assert schedule.next_due() is None


notes = st.builds(
    PlannedNote,
    id=st.integers(0, 1000),
    onset=st.floats(0, 5) | st.integers(0, 5) | st.floats(0, 1e17),
    duration=st.floats(0.001, 3),
    channel=st.integers(0, 1),
    pitch=st.integers(60, 62),
    velocity=st.integers(1, 127),
)
steps = st.lists(
    st.tuples(st.just("add"), notes)
    | st.tuples(st.just("cut"), st.floats(0, 5))
    | st.tuples(st.just("play"), st.floats(0, 1))
    | st.tuples(st.just("end"), st.tuples(st.integers(0, 1000), st.floats(0, 9)))
    | st.tuples(st.just("tempo"), st.floats(30, 300)),
    max_size=60,
)


def test_a_note_ended_early_still_ends_after_it_begins_where_floats_are_coarse():
    schedule = Schedule()
    schedule.add(note(2.0**48, 1.0, id=1))
    schedule.end_at(1, 0.0)
    assert [due.on for due in schedule.take(2.0**48)[0]] == [True]
    assert [due.on for due in schedule.take(2.0**49)[0]] == [False]


@given(steps)
def test_every_beginning_has_its_end_whatever_is_planned_and_cut(steps):
    schedule, now, line = Schedule(), 0.0, Timeline(0.0, 0.0, 120.0)
    sounding: set[tuple[int, int]] = set()

    def take(at):
        while messages := schedule.take(at, 0.1)[0]:
            for message in messages:
                key = (message.note.channel, message.note.pitch)
                assert message.on == (key not in sounding)
                sounding.symmetric_difference_update({key})

    for word, value in steps:
        if word == "add":
            schedule.add(value)
        elif word == "cut":
            schedule.cut(value)
        elif word == "end":
            schedule.end_at(*value)
        elif word == "tempo":
            faster = line.with_tempo(value, now)
            schedule.retime(line, faster, now)
            line = faster
        else:
            now += value
            take(now)
    take(1e18)
    assert not sounding or schedule.next_due() is not None
    take(2e18)
    assert not sounding
    assert schedule.next_due() is None
    assert len(schedule) == 0
