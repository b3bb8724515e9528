"""Ticks and seconds, with the beat and without; a reader that changes from one to the other."""

import pytest

from live.codec import UNKNOWN
from live.models.note_model import NoteModel
from live.notes import PLAYER, Note, Part
from live.reader import Cursor, Reader
from live.tempo.grid import Free, Grid, OnBeat
from live.tempo.timeline import Timeline

BEAT = OnBeat(Timeline(10.0, 4.0, 120.0, 3), 24)
FREE = Free(48.0)


@pytest.mark.parametrize("grid", [FREE, BEAT])
def test_ticks_and_moments_are_one_another(grid: Grid) -> None:
    for at in (9.0, 10.0, 12.34):
        assert grid.time_of(grid.tick_at(at)) == pytest.approx(at)
    assert grid.tick_at(11.0) - grid.tick_at(10.0) == grid.rate == 48


def test_a_place_in_the_bar_is_known_with_the_beat_only() -> None:
    assert BEAT.place(BEAT.tick_at(10.0)) == (24, 72)
    assert BEAT.place(-24.0) == (48, 72)
    assert FREE.place(96.0) == (UNKNOWN, 1)
    assert (BEAT.snap(95.6), FREE.snap(95.6)) == (96, 95.6)


@pytest.fixture
def reading(tiny: NoteModel) -> tuple[Reader, Cursor]:
    reader = Reader(tiny, BEAT)
    note = Note(11.005, Part(PLAYER, "piano"), 60, 80)
    return reader, reader.read(reader.start(), note, {60})


def test_a_note_is_read_where_it_belongs_on_the_grid(reading: tuple[Reader, Cursor]) -> None:
    reader, cursor = reading
    assert cursor.tick == 24 * 6
    assert reader.ticks_since(cursor, 11.52) == pytest.approx(24.96)


def test_another_tempo_leaves_the_cursor_as_it_is(reading: tuple[Reader, Cursor]) -> None:
    reader, cursor = reading
    faster = OnBeat(BEAT.timeline.with_tempo(180.0, 11.1), 24)
    assert reader.move(cursor, faster, 11.1) is cursor
    assert reader.ticks_since(cursor, 11.1) == pytest.approx(4.8)


@pytest.mark.parametrize("grid", [FREE, OnBeat(Timeline(11.5, 96.0, 120.0), 24)])
def test_what_has_passed_is_kept_when_the_beat_goes_or_jumps(
    reading: tuple[Reader, Cursor], grid: Grid
) -> None:
    reader, cursor = reading
    since = reader.ticks_since(cursor, 11.5)
    moved = reader.move(cursor, grid, 11.5)
    assert reader.ticks_since(moved, 11.5) == pytest.approx(since, abs=0.5)
    assert moved.tick == grid.snap(moved.tick)
