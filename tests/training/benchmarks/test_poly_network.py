"""The frame models are proper distributions, see only the past, and count each frame once."""

from itertools import product

import keras
import numpy as np
import pytest

from training.benchmarks.poly import network
from training.benchmarks.poly.network import build
from training.benchmarks.poly.rolls import KEYS, PLACES, PLANES, Piece, read
from training.benchmarks.poly.settings import Settings
from training.benchmarks.poly.train import Batches, batch_of, cut, score

TINY = Settings(units=3, features=4, reach=3, stretch=8, batch=4)
BOTH = pytest.mark.parametrize("joint", [False, True])


def piece_of(frames: int, seed: int = 0) -> Piece:
    return read((np.random.default_rng(seed).random((frames, KEYS)) < 0.05).astype(np.uint8))


def shake(model: keras.Model) -> np.random.Generator:
    """Weights at random, so that everything the model is told matters."""
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0, 0.5, w.shape) for w in model.get_weights()])
    return rng


@BOTH
def test_the_chances_of_all_frames_sum_to_one(joint: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = 5
    monkeypatch.setattr(network, "KEYS", keys)
    settings = Settings(units=3, features=8, reach=3, stretch=1)
    _, model = build(settings, joint)
    frames = np.array(list(product((0, 1), repeat=keys)), np.uint8)
    rng = shake(model)
    count = len(frames)
    nats, _ = model.predict_on_batch(
        {
            "planes": np.repeat(rng.integers(0, 256, (1, 1, keys, PLANES), np.uint8), count, 0),
            "places": np.zeros((count, 1, PLACES), np.float32),
            "target": frames[:, None],
            "weight": np.ones((count, 1), np.float32),
            "state": np.zeros((count, 2, 3), np.float32),
        }
    )
    chances = np.exp(-np.asarray(nats, np.float64)).reshape((2,) * keys)
    assert chances.sum() == pytest.approx(1, abs=1e-5)
    apart = np.ones(1)
    for key in range(keys):
        on = chances.sum(axis=tuple(k for k in range(keys) if k != key))
        apart = np.multiply.outer(apart, on)
    assert np.allclose(chances, apart[0], atol=1e-5) == (not joint)


def test_a_model_without_weights_asks_for_a_bit_a_key() -> None:
    _, model = build(TINY, joint=True)
    model.set_weights([np.zeros_like(w) for w in model.get_weights()])
    assert score(model, [piece_of(5), piece_of(12)], TINY) == pytest.approx(KEYS * np.log(2))


@BOTH
def test_a_frame_is_foretold_from_earlier_frames_only(joint: bool) -> None:
    _, model = build(TINY, joint)
    shake(model)
    arrays = batch_of([(piece_of(9), slice(0, 8), 0)], TINY)
    nats = np.asarray(model.predict_on_batch(arrays)[0][0])
    later = {name: array.copy() for name, array in arrays.items()}
    later["planes"][:, 5:] = 255 - later["planes"][:, 5:]
    later["places"][:, 5:] += 1
    later["target"][:, 5:] = 1 - later["target"][:, 5:]
    changed = np.asarray(model.predict_on_batch(later)[0][0])
    assert changed[:5] == pytest.approx(nats[:5], rel=1e-5)
    assert (np.abs(changed[5:] - nats[5:]) > 1e-3).all()
    now = {name: array.copy() for name, array in arrays.items()}
    now["target"][:, 4] = 1 - now["target"][:, 4]
    others = np.arange(8) != 4
    changed = np.asarray(model.predict_on_batch(now)[0][0])
    assert changed[others] == pytest.approx(nats[others], rel=1e-5)


def test_padding_does_not_count_and_the_state_goes_through_the_whole_piece() -> None:
    _, model = build(TINY, joint=True)
    shake(model)
    pieces = [piece_of(frames, frames) for frames in (3, 30, 18, 9, 25)]
    together = score(model, pieces, TINY)
    long = Settings(**{**vars(TINY), "stretch": 29, "batch": 1})
    _, whole = build(long, joint=True)
    whole.set_weights(model.get_weights())
    apart = [score(whole, [piece], long) * len(piece) for piece in pieces]
    assert together == pytest.approx(sum(apart) / sum(map(len, pieces)), rel=1e-5)


def test_a_pass_has_every_frame_once_transposed_within_the_keys() -> None:
    roll = np.zeros((21, KEYS), np.uint8)
    roll[:, 2] = roll[:, 86] = 1
    for seed in range(4):
        batches = Batches([read(roll)] * 3, TINY, np.random.default_rng(seed))
        given = [batches[i] for i in range(len(batches))]
        assert sum(weight.sum() for _, weight in given) == 3 * 20
        for arrays, weight in given:
            for row, counts in zip(arrays["target"], weight, strict=True):
                lows = {int(np.flatnonzero(frame)[0]) for frame in row[counts > 0]}
                assert len(lows) <= 1
                assert lows <= {0, 1, 2, 3}
                assert (row.sum(axis=1) == 2 * counts).all()


def test_a_piece_is_cut_into_equal_stretches() -> None:
    assert cut(piece_of(21), 8) == [slice(0, 7), slice(7, 13), slice(13, 20)]
    assert cut(piece_of(9), 8) == [slice(0, 8)]
