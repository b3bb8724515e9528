"""A roll says which keys are struck and sound in each frame, and gives the same notes back."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from live.roll import KEYS, LOW, SOUNDING, STRUCK, read, write

FRAMES = 12


def test_a_note_is_struck_once_and_sounds_until_its_end():
    roll = write([2], [5], [LOW], FRAMES)
    assert roll[:, STRUCK, 0].nonzero()[0].tolist() == [2]
    assert roll[:, SOUNDING, 0].nonzero()[0].tolist() == [2, 3, 4]
    assert roll.sum() == 4


def test_a_key_struck_again_is_told_from_one_held():
    again = write([0, 2], [2, 4], [60, 60], FRAMES)
    held = write([0], [4], [60], FRAMES)
    assert np.array_equal(again[:, SOUNDING], held[:, SOUNDING])
    assert read(again) == [(0, 2, 60), (2, 4, 60)]
    assert read(held) == [(0, 4, 60)]


def test_what_began_before_sounds_on_but_is_no_note_of_the_rolls_own():
    roll = write([-3], [2], [60], FRAMES)
    assert roll[:, SOUNDING, 60 - LOW].nonzero()[0].tolist() == [0, 1]
    assert not roll[:, STRUCK].any()
    assert read(roll) == []


def test_notes_that_a_piano_lacks_and_those_outside_are_left_out():
    roll = write([0, 0, -9, 12], [4, 4, -1, 14], [LOW - 1, LOW + KEYS, 60, 60], FRAMES)
    assert not roll.any()


def test_a_note_longer_than_the_roll_ends_with_it():
    assert read(write([10], [40], [60], FRAMES)) == [(10, 12, 60)]


@given(
    st.sets(
        st.tuples(st.integers(0, FRAMES - 1), st.integers(1, 4), st.integers(LOW, LOW + 3)),
        max_size=12,
    )
)
def test_notes_that_do_not_overlap_come_back_as_they_were(notes):
    spans, free = [], dict.fromkeys(range(LOW, LOW + 4), 0)
    for start, length, pitch in sorted(notes):
        if start >= free[pitch]:
            free[pitch] = min(FRAMES, start + length)
            spans.append((start, free[pitch], pitch))
    columns = np.array(spans, dtype=np.int64).reshape(-1, 3).T
    assert read(write(*columns, FRAMES)) == sorted(spans, key=lambda s: (s[0], s[2]))
