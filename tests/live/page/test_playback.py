"""A take is played back as it sounded, both sides, each note once."""

from live import midi
from live.page.playback import AHEAD, LEAD, REST, Playback, rows_of
from live.plan import Heard, Plan, PlannedNote, Sounded
from live.take.entries import End, Header, ModelName, Take

HEADER = Header("0.1.0", "2026-03-14T20:15:09+01:00", 7, ModelName("pop.onnx", "ab" * 32), {})
TAKE = Take(
    HEADER,
    (
        Heard(1, 10.0, midi.control_change(0, midi.SUSTAIN, 127)),
        Heard(2, 10.5, midi.note_on(0, 60, 80)),
        Heard(3, 11.0, midi.note_off(0, 60)),
        Heard(4, 12.0, midi.control_change(0, midi.SUSTAIN, 0)),
        Plan(4, (PlannedNote(1, 13.0, 0.5, 2, 64, 70), PlannedNote(2, 14.0, 0.5, 2, 65, 70))),
        Sounded(1, 13.0, 0.0),
        End(15.0),
    ),
    True,
    False,
)


def test_only_what_sounded_is_played_and_the_pedal_holds() -> None:
    rows = rows_of(TAKE)
    assert [(r.side, r.onset, r.duration, r.channel, r.pitch) for r in rows] == [
        (0, 0.0, 1.5, 0, 60),
        (1, 2.5, 0.5, 2, 64),
    ]


def test_each_note_is_handed_on_once_a_little_before_it_is_due() -> None:
    playback = Playback("id", rows_of(TAKE))
    assert playback.due(90.0) == []
    playback.begin(100.0 - LEAD)
    handed = []
    for tick in range(1000):
        now = 98.0 + tick / 100
        for side, note in playback.due(now):
            assert now >= 100.0 - LEAD + REST
            assert note.onset - now <= AHEAD
            handed.append((side, note.onset, note.pitch, note.id))
    assert handed == [(0, 100.0, 60, -1), (1, 102.5, 64, -2)]
    assert not playback.is_over(103.0)
    assert playback.is_over(103.1)


def test_a_take_of_nothing_is_over_at_once() -> None:
    playback = Playback("id", rows_of(Take(HEADER, (End(3.0),), True, False)))
    playback.begin(100.0)
    assert playback.due(101.0) == []
    assert playback.is_over(101.0)
