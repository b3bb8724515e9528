"""A piece on the grid: every note in its nearest frame, on its side, in its place in the bar."""

import numpy as np
import pytest

from live.roll import KEYS, LOW, SOUNDING, STRUCK, read
from training.batches import Arrays
from training.config import GridConfig
from training.corpus import Corpus
from training.midi_file import Piece
from training.rolls.grid import Rolled, rolled
from training.rolls.windows import context_of, cut, fixed, window, windows

GRID = GridConfig(frames=4, beats=4, context=1)


def piece(
    notes: list[tuple[float, float, int, int]], bar: float = 4.0, upbeat: float = 0.0
) -> Piece:
    """notes: beat, beats, pitch, voice. upbeat: beats into a bar at beat 0."""
    beat, beats, pitch, voice = (np.array(c, dtype=np.float64) for c in zip(*notes, strict=True))
    ones = np.ones_like(beat)
    return Piece(
        beat=beat,
        beats=beats,
        second=beat / 2,
        seconds=beats / 2,
        in_bar=np.mod(beat + upbeat, bar) if bar else 0 * ones,
        bar=bar * ones,
        voice=voice.astype(np.int64),
        pitch=pitch.astype(np.int64),
        velocity=(80 * ones).astype(np.int64),
    )


def split(one: Piece) -> Rolled:
    """The first voice the player's, the others the machine's."""
    return rolled(one, ((one.voice > 0).astype(np.int64), one.voice), GRID)


def test_each_side_has_its_notes_where_they_lie() -> None:
    both = split(piece([(0.0, 1.0, 60, 0), (0.26, 0.5, 48, 1), (4.0, 0.01, 62, 0)]))
    assert read(both.rolls[:, 0]) == [(0, 4, 60), (16, 17, 62)]
    assert read(both.rolls[:, 1]) == [(1, 3, 48)]
    assert both.place.tolist() == [*range(16), 0]
    assert set(both.bar) == {16}


def test_a_piece_that_begins_with_an_upbeat_begins_with_that_bar() -> None:
    both = split(piece([(0.0, 0.5, 60, 0), (1.0, 1.0, 62, 0)], upbeat=3.0))
    assert read(both.rolls[:, 0]) == [(12, 14, 60), (16, 20, 62)]
    assert both.place[12:18].tolist() == [12, 13, 14, 15, 0, 1]


def test_bars_of_another_length_and_bars_with_no_onset_are_counted() -> None:
    both = split(piece([(0.0, 0.5, 60, 0), (7.0, 1.0, 62, 0)], bar=3.0))
    assert both.place.tolist() == [n % 12 for n in range(32)]
    assert set(both.bar) == {12}


def test_a_piece_without_beats_has_no_frames() -> None:
    with pytest.raises(ValueError, match="without beats"):
        split(piece([(0.0, 1.0, 60, 0)], bar=0.0))


# ---- windows


def test_a_window_is_whole_bars_of_the_grid_in_which_the_machine_plays() -> None:
    notes = [(4.0 * n, 1.0, 60, 0) for n in range(6)]
    alone = windows([split(piece(notes))], GRID)
    assert alone["starts"].tolist() == []  # the player alone
    notes.append((9.0, 1.0, 48, 1))
    found = windows([split(piece(notes))], GRID)
    assert found["starts"].tolist() == [16, 32]  # the bar of that note last, or first
    odd = windows([split(piece(notes, bar=3.0))], GRID)
    assert odd["starts"].tolist() == []


def test_windows_of_several_pieces_do_not_run_into_each_other() -> None:
    one = split(piece([(0.0, 1.0, 60, 0), (1.0, 7.0, 48, 1)]))
    assert len(one) == 32
    assert windows([one, one], GRID)["starts"].tolist() == [0, 32]


def test_a_cut_window_lays_the_bars_over_each_other_and_gives_the_machines_next() -> None:
    rng = np.random.default_rng(0)
    rolls = (rng.random((32, 2, 2, KEYS)) < 0.1).astype(np.uint8)
    arrays: Arrays = {"frames": np.packbits(rolls.reshape(32, -1), axis=-1)}
    context, bar = cut(arrays, np.array([0]), GRID)
    assert context.shape == (1, 16, KEYS, 4)
    assert bar.shape == (1, 16, KEYS, 2)
    for side in (0, 1):
        for what in (STRUCK, SOUNDING):
            assert np.array_equal(context[0, :, :, 2 * side + what], rolls[:16, side, what])
    assert np.array_equal(bar[0, :, :, STRUCK], rolls[16:, 1, STRUCK])
    before, after = window(arrays, 0, 16, 16)
    assert np.array_equal(before, rolls[:16])
    assert np.array_equal(after, rolls[16:, 1])


def test_two_bars_of_context_lie_one_after_the_other_in_depth() -> None:
    bars = np.zeros((1, 2, 16, 4, KEYS), np.uint8)
    bars[0, 1, 3, 2, 60 - LOW] = 1  # the later bar, frame 3, the machine's struck
    context = context_of(bars)
    assert context.shape == (1, 16, KEYS, 8)
    assert np.argwhere(context).tolist() == [[0, 3, 60 - LOW, 6]]


def test_the_songs_have_windows(songs: Corpus) -> None:
    assert len(fixed(songs.split("train"), GRID)["starts"]) > 50
