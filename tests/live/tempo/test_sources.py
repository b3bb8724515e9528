"""Who keeps the beat: by the setting `clock`, and what each keeper does."""

import pytest

from live.notes import PLAYER, Note, Part
from live.plan import Beat
from live.settings import Settings
from live.tempo.sources import Keeper
from live.tempo.timeline import Timeline

YOU = Part(PLAYER, "piano")
MIDI = Timeline(1.0, 8.0, 90.0)


def keeper_of(needed: bool = False, **settings: object) -> Keeper:
    keeper = Keeper()
    keeper.apply(Settings().with_values(settings), 0.0, needed)
    return keeper


def change(keeper: Keeper, now: float, needed: bool = False, **settings: object) -> None:
    keeper.apply(Settings().with_values(settings), now, needed)


def note(onset: float) -> Note:
    return Note(onset, YOU, 60, 80)


def test_nobody_keeps_it_unless_asked_to() -> None:
    keeper = keeper_of()
    keeper.hear(note(1.0))
    keeper.beat(Beat(1.0, "midi", MIDI))
    assert keeper.timeline is None


def test_your_first_note_is_beat_one_and_no_later_one_is() -> None:
    keeper = keeper_of(clock="internal", tempo=100.0, bar=3)
    assert keeper.timeline is None
    keeper.hear(note(2.5))
    assert keeper.timeline == Timeline(2.5, 0.0, 100.0, 3)
    keeper.hear(note(60.0))
    assert keeper.timeline == Timeline(2.5, 0.0, 100.0, 3)


def test_a_count_in_begins_at_once_and_ends_on_beat_one() -> None:
    keeper = keeper_of(clock="internal", count_in=2)
    line = keeper.timeline
    assert line is not None
    assert (line.beat_at(0.0), line.time_of(0.0)) == (-8.0, 4.0)


def test_the_transport_stops_the_beat_where_it_is_and_starts_it_from_one() -> None:
    keeper = keeper_of(clock="internal")
    keeper.hear(note(0.0))
    change(keeper, 2.0, clock="internal", transport=0)
    line = keeper.timeline
    assert line is not None
    assert (line.running, line.beat_at(9.0)) == (False, 4.0)
    keeper.hear(note(3.0))
    assert keeper.timeline == line
    change(keeper, 5.0, clock="internal", transport=1)
    assert keeper.timeline == Timeline(5.0, 0.0, 120.0)


def test_another_tempo_keeps_the_beat() -> None:
    keeper = keeper_of(clock="internal")
    keeper.hear(note(0.0))
    change(keeper, 2.0, clock="internal", tempo=60.0)
    line = keeper.timeline
    assert line is not None
    assert (line.beat_at(2.0), line.beat_at(3.0)) == (4.0, 5.0)


def test_where_a_beat_is_needed_each_phrase_of_yours_sets_it_anew() -> None:
    keeper = keeper_of(needed=True)
    for onset in (1.0, 3.0, 6.9):
        keeper.hear(note(onset))
        assert keeper.timeline == Timeline(1.0, 0.0, 120.0)
    keeper.hear(note(11.0))  # after more than two bars
    assert keeper.timeline == Timeline(11.0, 0.0, 120.0)


@pytest.mark.parametrize("name", ["midi", "link"])
def test_those_outside_are_known_before_they_are_chosen(name: str) -> None:
    keeper = keeper_of()
    keeper.beat(Beat(1.0, name, MIDI))
    change(keeper, 2.0, clock=name, bar=3)
    assert keeper.timeline == Timeline(1.0, 8.0, 90.0, 3)
    keeper.beat(Beat(3.0, "another", None))
    assert keeper.timeline is not None
    keeper.beat(Beat(3.0, name, None))
    assert keeper.timeline is None


def play(keeper: Keeper, start: float, bars: int, period: float = 0.5) -> None:
    for beat in range(4 * bars):
        low = 36 if beat % 4 == 0 else 48
        for pitch in (low, 60 + beat % 5):
            keeper.hear(Note(start + beat * period, YOU, pitch, 90 - beat % 4 * 8))
        keeper.hear(Note(start + (beat + 0.5) * period, YOU, 67, 60))


def test_your_playing_is_followed() -> None:
    keeper = keeper_of(clock="follow")
    play(keeper, 1.0, bars=8)
    line = keeper.timeline
    assert line is not None
    assert line.bpm == pytest.approx(120, rel=0.02)
    off = line.beat_at(1.0 + 32 * 0.5) % 1
    assert min(off, 1 - off) < 0.1


@pytest.mark.parametrize("clock", ["internal", "midi", "link", "follow"])
def test_a_mind_that_takes_over_has_the_beat_of_the_one_before_it(clock: str) -> None:
    keeper = Keeper(MIDI)
    change(keeper, 3.0, clock=clock)
    assert keeper.timeline == MIDI
    change(keeper, 4.0, clock="free")
    assert keeper.timeline is None
    change(keeper, 5.0, clock="free", needed=True)
    assert keeper.timeline is None


def test_and_none_where_nobody_keeps_it() -> None:
    keeper = Keeper(MIDI)
    change(keeper, 3.0)
    assert keeper.timeline is None
