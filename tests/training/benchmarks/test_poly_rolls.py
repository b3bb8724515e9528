"""What a model is told before each frame of a piano roll."""

from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from live.errors import UserError
from training.benchmarks.poly.rolls import KEYS, MEANS, NOW, ORDERS, RECALLED, load, matches, read

A, B, C = range(3)


def roll_of(*frames: int) -> np.ndarray:
    """One key a frame."""
    return np.eye(KEYS, dtype=np.uint8)[list(frames)]


def write(path: Path, **splits: list[np.ndarray]) -> None:
    held = {}
    for name, rolls in splits.items():
        held[name] = np.empty((1, len(rolls)), object)
        held[name][0] = rolls
    savemat(path, held)


def test_the_frame_that_followed_the_longest_match_is_found() -> None:
    found = matches(roll_of(A, B, C, A, B, C, A))
    assert found[:, 0].tolist() == [-1, -1, -1, 1, 2, 3, 4]  # one frame alike
    assert found[:, 1].tolist() == [-1, -1, -1, -1, 2, 3, 4]  # two
    assert found[:, 2].tolist() == [-1, -1, -1, -1, -1, -1, 4]  # four
    assert (found[:, 3:] == -1).all()


def test_a_piece_shorter_than_an_order_has_no_match() -> None:
    assert (matches(roll_of(A)) == -1).all()


def test_planes_hold_the_recalled_frame_and_the_mean_of_all_that_followed() -> None:
    piece = read(roll_of(A, B, A, C, A, A))
    assert piece.planes[4, [A, B, C], NOW].tolist() == [255, 0, 0]
    assert piece.planes[4, [A, B, C], RECALLED].tolist() == [0, 0, 255]
    assert piece.planes[4, [A, B, C], RECALLED + 1].tolist() == [0, 128, 128]
    assert MEANS[0] == 1
    assert (piece.planes[1, :, RECALLED:-2] == 0).all()
    assert (piece.low, piece.high) == (A, C)
    assert (piece.target == roll_of(B, A, C, A, A)).all()


def test_how_long_a_key_sounds_starts_anew_after_a_rest() -> None:
    held = read(roll_of(A, A, A, B, A, A)).planes[:, A, 2] / 255
    assert held == pytest.approx(np.log2([2, 3, 4, 1, 2]) / 6, abs=0.002)


@pytest.mark.parametrize("changed", [1, 5, 20, 39])
def test_nothing_told_before_a_frame_depends_on_it_or_on_later_ones(changed: int) -> None:
    rng = np.random.default_rng(changed)
    roll = rng.choice(roll_of(A, B, C), 40)
    other = roll.copy()
    other[changed:] = rng.random((40 - changed, KEYS)) < 0.5
    one, two = read(roll), read(other)
    assert (one.planes[:changed] == two.planes[:changed]).all()
    assert (one.places[:changed] == two.places[:changed]).all()


def test_the_three_splits_are_read_wherever_the_file_lies(tmp_path: Path) -> None:
    (tmp_path / "mdata").mkdir()
    roll = roll_of(A, B, C)
    write(
        tmp_path / "mdata" / "JSB_Chorales.mat",
        traindata=[roll, roll[:2]],
        validdata=[roll],
        testdata=[roll[1:]],
    )
    rolls = load(tmp_path, "jsb")
    assert [len(r) for r in rolls["train"]] == [3, 2]
    assert (rolls["test"][0] == roll[1:]).all()


def test_a_folder_without_the_file_is_one_line(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(UserError, match=r"^there is no JSB_Chorales.mat in .*: give "):
            load(folder, "jsb")


def test_a_file_that_is_something_else_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "JSB_Chorales.mat"
    for content in (b"", b"not a mat file" * 100):
        path.write_bytes(content)
        with pytest.raises(UserError, match="is no piano-roll benchmark file"):
            load(tmp_path, "jsb")
    write(path, traindata=[roll_of(A, B)])
    with pytest.raises(UserError, match="is no piano-roll benchmark file"):
        load(tmp_path, "jsb")
    narrow = [roll_of(A, B)[:, :12]]
    write(path, traindata=narrow, validdata=narrow, testdata=narrow)
    with pytest.raises(UserError, match="something else than frames of 88 keys"):
        load(tmp_path, "jsb")


@pytest.mark.parametrize("frames", range(1, 20))
def test_a_piece_shorter_than_a_match_has_none_that_long(frames: int) -> None:
    roll = np.zeros((frames, KEYS), np.uint8)
    found = matches(roll)
    for column, order in enumerate(ORDERS):
        assert (found[:, column] >= 0).sum() == max(0, frames - order)
