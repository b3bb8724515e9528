from dataclasses import replace
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live.notes import PLAYER, Note, Part
from live.plan import Beat, Heard, Longer, OnTouch, Plan, PlannedNote, Sounded
from live.take.entries import (
    End,
    Entry,
    Mark,
    ModelName,
    Restart,
    Settings,
    Sound,
    Wake,
    decode,
    decode_header,
    encode,
    encode_header,
    kind_of,
    moment,
)
from live.tempo.timeline import Timeline

from . import playing

NOTE = PlannedNote(3, 1.5, 0.25, 1, 64, 90)
WRITTEN = [
    (Heard(1, 0.25, b"\x90\x3c\x40"), ["hear", 1, 0.25, "903c40"]),
    (Sounded(3, 1.500021, 2.1e-05), ["sounded", 3, 1.500021, 2.1e-05]),
    (Wake(2.0), ["wake", 2.0]),
    (
        Plan(1, (NOTE,), 1.25, OnTouch.KEEP),
        ["plan", 1, 1.25, "keep", [[3, 1.5, 0.25, 1, 64, 90]]],
    ),
    (Plan(0), ["plan", 0, None, "yield", []]),
    (Plan(2, longer=(Longer(3, 2.5),)), ["plan", 2, None, "yield", [], [[3, 2.5]]]),
    (
        Plan(2, timeline=Timeline(1.0, 4.0, 90.0, 3)),
        ["plan", 2, None, "yield", [], [], [1.0, 4.0, 90.0, 3, True]],
    ),
    (
        Beat(1.5, "midi", Timeline(1.0, 4.0, 90.0, 4, running=False)),
        ["beat", 1.5, "midi", [1.0, 4.0, 90.0, 4, False]],
    ),
    (
        Restart(1.5, (), Timeline(1.0, 4.0, 90.0), ModelName("a.onnx", "12"), {"mode": ""}),
        ["restart", 1.5, [], [1.0, 4.0, 90.0, 4, True], ["a.onnx", "12"], {"mode": ""}],
    ),
    (Restart(1.5, (), None), ["restart", 1.5, []]),
    (
        Restart(1.5, (), changes={"mode": ""}),
        ["restart", 1.5, [], None, None, {"mode": ""}],
    ),
    (Beat(1.5, "link", None), ["beat", 1.5, "link", None]),
    (
        Restart(4.0, (Note(1.0, Part(PLAYER, "piano"), 60, 80),)),
        ["restart", 4.0, [[1.0, "player", "piano", 60, 80, None]]],
    ),
    (Settings(5.0, {"mode": "answer"}), ["settings", 5.0, {"mode": "answer"}]),
    (Mark(5.5, True), ["mark", 5.5, True]),
    (Sound(6.0, {"program": 12}), ["sound", 6.0, {"program": 12}]),
    (End(6.5), ["end", 6.5]),
]


@pytest.mark.parametrize(("entry", "row"), WRITTEN, ids=lambda it: str(it)[:20])
def test_an_entry_and_its_line_side_by_side(entry, row):
    assert encode(entry) == row
    assert decode(row) == entry


def test_every_kind_of_entry_is_written_somewhere_above():
    assert {type(entry) for entry, _ in WRITTEN} == set(get_args(Entry))
    assert len({kind_of(entry) for entry, _ in WRITTEN}) == len(get_args(Entry))


@pytest.mark.parametrize(
    "row", [["plan", 0, None, "yield"], ["plan", 0, None, "yield", [], [], []]]
)
def test_a_plan_of_too_few_or_too_many_values_is_refused(row):
    with pytest.raises(ValueError, match="values where"):
        decode(row)


@settings(max_examples=60)
@given(playing.entries)
def test_any_entry_comes_back_exactly(entry):
    assert decode(encode(entry)) == entry


@settings(max_examples=60)
@given(st.floats(allow_nan=False))
def test_even_a_plan_that_means_nothing_is_recorded(wild):
    plan = Plan(0, (replace(NOTE, onset=wild, duration=-wild),), wild)
    assert decode(encode(plan)) == plan


def test_numpy_numbers_are_written_as_plain_ones():
    note = PlannedNote(np.int64(3), np.float64(1.5), np.float32(0.25), 1, np.uint8(64), 90)
    row = encode(Plan(np.int32(1), (note,)))
    assert row == ["plan", 1, None, "yield", [[3, 1.5, 0.25, 1, 64, 90]]]
    assert {type(value) for value in row[4][0]} == {int, float}


@pytest.mark.parametrize(
    "row",
    [
        None,
        [],
        {},
        [[]],
        ["sing", 1],
        ["wake"],
        ["wake", "1"],
        ["wake", True],
        ["wake", "nan"],
        ["wake", 10**400],
        ["hear", 1.0, 1.0, "90"],
        ["hear", 1, 1.0, "9"],
        ["hear", 1, 1.0, None],
        ["plan", 0, [], "yield", []],
        ["plan", 0, None, "stop", []],
        ["plan", 0, None, [], []],
        ["plan", 0, None, "yield", [[1, 2]]],
        ["restart", 1.0, [[1.0, "nobody", "piano", 60, 80, None]]],
        ["settings", 1.0, []],
    ],
    ids=str,
)
def test_a_damaged_row_is_refused_in_few_words(row):
    with pytest.raises(ValueError, match=r"^.{1,150}$"):
        decode(row)


def test_a_moment_that_never_comes_cannot_be_written():
    for at in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="not a moment"):
            encode(Wake(at))


def test_a_header_comes_back_and_a_lacking_one_says_what_it_lacks():
    written = encode_header(playing.HEADER)
    assert decode_header(written) == playing.HEADER
    for name in ("started", "seed", "model", "settings"):
        with pytest.raises(ValueError, match=name):
            decode_header({key: value for key, value in written.items() if key != name})


def test_every_entry_but_a_plan_has_its_moment():
    for entry, _ in WRITTEN:
        assert (moment(entry) is None) == isinstance(entry, Plan)
