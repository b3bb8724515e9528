"""The reader steps a note once, and what it reads does not depend on that."""

import numpy as np
import pytest

from live.notes import MACHINE, PLAYER, Note, Part
from live.reader import Reader
from live.tempo.grid import Free, OnBeat
from live.tempo.timeline import Timeline

from .counted import Counted

ME, YOU = Part(MACHINE, "piano"), Part(PLAYER, "piano")
RATE = 48.0  # ticks a second


@pytest.fixture
def model(tiny):
    return Counted(tiny)


def begun(model):
    """A reader, and its cursor after a note."""
    reader = Reader(model, Free(RATE))
    return reader, reader.read(reader.start(), Note(0.0, YOU, 60, 80), {60})


NEXT = Note(0.5, ME, 64, 70, 0.4)


def same(cursor, other):
    return np.array_equal(cursor.state, other.state) and np.array_equal(cursor.heard, other.heard)


@pytest.mark.parametrize("how", ["foretold", "ready"])
def test_a_note_that_was_stepped_is_not_stepped_again(model, how):
    reader, cursor = begun(model)
    if how == "foretold":
        reader.foretell(cursor, model.anything, np.ones_like(model.no_chance))
    else:
        reader.ready(cursor)
    before = model.steps
    one, two = (reader.read(cursor, NEXT, {64}) for _ in range(2))
    assert model.steps == before
    reader, cursor = begun(model)
    assert same(one, reader.read(cursor, NEXT, {64}))
    assert same(one, two)
    assert model.steps > before


def test_where_the_bars_lie_elsewhere_it_is_stepped_again(model):
    reader, cursor = begun(model)
    reader.ready(cursor)
    bars = OnBeat(Timeline(0.0, 0.0, 120.0), 24)
    moved = reader.move(cursor, bars, 0.0)
    one = reader.read(moved, NEXT, {64})
    other = Reader(model, bars)
    its = other.read(begun(model)[1], NEXT, {64})
    assert same(one, its)
    assert not same(one, Reader(model, Free(RATE)).read(begun(model)[1], NEXT, {64}))


def test_many_notes_later_it_is_stepped_again_and_the_same(model):
    reader, cursor = begun(model)
    one = after = reader.read(cursor, NEXT, {64})
    for n in range(200):
        after = reader.read(after, Note(1.0 + n, ME, 60, 70, 0.4), {60})
    assert same(one, reader.read(cursor, NEXT, {64}))
