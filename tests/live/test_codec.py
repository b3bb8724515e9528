import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.codec import DURATION, NAMES, Codec, Field
from live.notes import MACHINE, PLAYER, Part

CODEC = Codec.make(
    24, ("melody", "piano"), time=(0, 1, 2, 4, 8, 96), velocity=(8, 64, 120), duration=(1, 6, 24)
)
bins = st.lists(st.integers(-1000, 1000), min_size=1, max_size=20, unique=True).map(sorted)


@given(bins)
def test_every_bin_is_its_own_nearest(values):
    field = Field("time", tuple(values))
    assert [field.decode(i) for i in field.encode(values)] == values


@given(bins, st.floats(-2000, 2000))
def test_a_value_goes_to_the_nearest_bin(values, value):
    field = Field("time", tuple(values))
    chosen = field.decode(int(field.encode(value)))
    assert abs(chosen - value) == min(abs(v - value) for v in values)
    assert field.nearest(value) == field.encode(value)


def test_not_known_is_the_index_after_the_last():
    assert CODEC.fields[DURATION].none == 3
    assert list(CODEC.nothing) == list(CODEC.sizes) == [6, 4, 128, 3, 3]


def test_voices_become_the_players_parts_and_then_the_machines():
    assert [str(part) for part in CODEC.parts] == [
        "player:melody", "player:piano", "machine:melody", "machine:piano"
    ]  # fmt: skip
    assert CODEC.voices == ("melody", "piano")


def test_a_note_becomes_five_bins():
    assert list(CODEC.note(5, Part(MACHINE, "piano"), 60, 70, 10)) == [3, 3, 60, 1, 1]
    assert list(CODEC.note(1e9, Part(PLAYER, "melody"), 0, 1, None)) == [5, 0, 0, 0, 3]
    assert CODEC.note(0, CODEC.parts[0], 60, 70, None).dtype == np.int32


def test_the_fields_lie_side_by_side():
    laid = [i for cut in CODEC.slices for i in range(cut.start, cut.stop)]
    assert laid == list(range(sum(CODEC.sizes)))


def test_the_table_travels_as_json_and_comes_back_the_same():
    assert Codec.from_dict(json.loads(json.dumps(CODEC.to_dict()))) == CODEC


@pytest.mark.parametrize("values", [(), (1, 1), (2, 1)])
def test_bins_must_ascend(values):
    with pytest.raises(ValueError, match="must ascend"):
        Field("time", values)


def damaged(change):
    table = CODEC.to_dict()
    change(table)
    return table


@pytest.mark.parametrize(
    ("change", "words"),
    [
        *((lambda t, key=key: t.pop(key), "incomplete") for key in CODEC.to_dict()),
        *((lambda t, n=n: t["fields"].pop(n), "fields must be") for n in NAMES),
        (lambda t: t.update(fields=[]), "incomplete"),
        (lambda t: t.update(ticks_per_beat=0), "ticks_per_beat"),
        (lambda t: t.update(ticks_per_beat=None), "incomplete"),
        (lambda t: t["parts"].pop(), "one bin for each part"),
        (lambda t: t["parts"].__setitem__(0, "piano"), "incomplete"),
        (lambda t: t["parts"].__setitem__(0, "nobody:piano"), "player's or the machine's"),
        (lambda t: t["fields"].update(pitch=list(range(88))), "128 MIDI pitches"),
        (lambda t: t["fields"].update(time=[3, 2]), "must ascend"),
        (lambda t: t["fields"].update(time="soon"), "invalid literal"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(change, words):
    with pytest.raises(ValueError, match=words):
        Codec.from_dict(damaged(change))
