"""Eight bars on end: what is the same as before, and whose bars are heard."""

from pathlib import Path

import numpy as np
import pytest

from live.models.roll_model import RollModel
from live.roll import SOUNDING, STRUCK
from training.benchmarks.on_end import BARS, figures, played_on, real

DATA = Path(__file__).parents[2] / "data"


def bar_of(*keys: int) -> np.ndarray:
    bar = np.zeros((16, 2, 88), np.uint8)
    bar[0, :, list(keys)] = 1
    return bar


def test_circles_are_bars_that_come_again() -> None:
    one, two = bar_of(10, 20, 30), bar_of(10, 40, 50)
    row = figures([[one, one, one, two], [two, one, two, one]])
    assert row["circles"] == pytest.approx(2 / 6)
    assert row["again"] == pytest.approx((1 + 1 + 4 * 0.2) / 6)
    assert (row["notes"], row["notes_last"]) == (3, 3)


def test_silence_is_no_circle() -> None:
    assert figures([[bar_of(), bar_of(), bar_of(1)]])["circles"] == 0


@pytest.mark.parametrize("name", ["tiny_bars", "tiny_frames"])
def test_the_machine_hears_its_own_bars_and_the_players_as_in_the_song(name: str) -> None:
    model = RollModel.open(DATA / f"{name}.onnx")
    rng = np.random.default_rng(0)
    song = (rng.random(((6 + BARS) * 16, 2, 2, 88)) < 0.02).astype(np.uint8)
    song[..., SOUNDING, :] |= song[..., STRUCK, :]
    bars = played_on(model, song, 6, 1.0, 0)
    assert [bar.shape for bar in bars] == [(16, 2, 88)] * BARS
    other = song.copy()
    other[6 * 16 :, 1] = 0  # what the song's own machine side has to come decides nothing
    unchanged = played_on(model, other, 6, 1.0, 0)
    assert all(np.array_equal(a, b) for a, b in zip(bars, unchanged, strict=True))
    player = song.copy()
    player[7 * 16 : 8 * 16, 0] = 0
    again = played_on(model, player, 6, 1.0, 0)
    assert np.array_equal(again[1], bars[1])
    assert not all(np.array_equal(a, b) for a, b in zip(again, bars, strict=True))
    assert len(real(song, 6, 16)) == BARS
