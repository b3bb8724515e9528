"""The four sets of piano rolls, and what a model is told before each frame.

Everything told for row t is made of the frames up to t; the row's target is frame t + 1.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from live.errors import UserError

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

KEYS = 88  # of the piano, MIDI 21 to 108
SETS = {
    "jsb": "JSB_Chorales",
    "nottingham": "Nottingham",
    "muse": "MuseData",
    "piano": "Piano_midi",
}
SPLITS = {"train": "traindata", "valid": "validdata", "test": "testdata"}

ORDERS = (1, 2, 4, 8, 16)  # frames compared, each twice the one before
MEANS = ORDERS[:3]  # those for which the mean of all that followed is told too
FADES = (0.8, 0.97)  # how much a key heard a frame ago still counts
PERIODS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)  # frames: bars and phrases, whatever the metre
NOW, BEFORE, HELD, RECALLED = range(4)
PLANES = 4 + len(MEANS) + len(FADES)
PLACES = 2 * len(PERIODS) + len(ORDERS) + 2


@dataclass(frozen=True)
class Piece:
    """N frames but the first, each with what is known before it.

    planes: (N - 1, 88, PLANES), 0 to 255 for 0 to 1: the frame now, the one before, how long each
    key has sounded, what followed the longest match, the mean of what followed all matches of
    MEANS frames, and keys heard lately by FADES. places: (N - 1, PLACES), frame number modulo
    PERIODS as sine and cosine, length of the match, one-hot, and the number of frames so far.
    target: (N - 1, 88), 0 or 1. low and high: lowest and highest key of the piece.
    """

    planes: Bytes
    places: Floats
    target: Bytes
    low: int
    high: int

    def __len__(self) -> int:
        return len(self.target)


def load(folder: Path, name: str) -> dict[str, list[Bytes]]:
    """The rolls of one of SETS by split, each (frames, 88), 0 or 1.

    The folder, or one below it, holds the .mat files of Boulanger-Lewandowski et al. 2012 as
    Bai et al. 2018 use them. Raises UserError where they are missing or something else.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    file = f"{SETS[name]}.mat"
    path = next(iter(sorted(folder.rglob(file))), None) if folder.is_dir() else None
    if path is None:
        raise UserError(f"there is no {file} in {folder}: give the folder that holds it")
    try:
        held = loadmat(path)
        rolls = {split: [np.asarray(r) for r in held[key][0]] for split, key in SPLITS.items()}
    except (MatReadError, LookupError, NotImplementedError, TypeError, ValueError) as error:
        raise UserError(f"{path} is no piano-roll benchmark file: get it anew") from error
    if not all(_is_roll(roll) for those in rolls.values() for roll in those):
        raise UserError(f"{path} holds something else than frames of {KEYS} keys: get it anew")
    return {split: [r.astype(np.uint8) for r in those] for split, those in rolls.items()}


def _is_roll(array: npt.NDArray[Any]) -> bool:
    return array.ndim == 2 and array.shape[1] == KEYS and len(array) > 1 and array.max() <= 1


def matches(roll: Bytes) -> Ints:
    """For each frame and each of ORDERS, the number of the frame that followed when the last so
    many frames were last heard: (frames, ORDERS), -1 where they never were."""
    ids = np.unique(roll, axis=0, return_inverse=True)[1].reshape(-1).astype(np.int64)
    found = np.full((len(roll), len(ORDERS)), -1, np.int64)
    for column, order in enumerate(ORDERS):
        if order > 1:  # what is alike for twice as long: a pair of alikes, end to end
            half = order // 2
            if len(ids) <= half:
                break
            pairs = ids[half:] * (ids.max(initial=0) + 1) + ids[:-half]
            ids = np.unique(pairs, return_inverse=True)[1].reshape(-1)
        inside = np.argsort(ids, kind="stable")
        again = np.flatnonzero(ids[inside[1:]] == ids[inside[:-1]])
        found[inside[again + 1] + order - 1, column] = inside[again] + order
    return found


def _held(roll: Bytes) -> Floats:
    """How many frames each key has sounded without a break, 0 to 1 and 1 from 63 frames."""
    ages = np.zeros(roll.shape, np.float32)
    age = np.zeros(KEYS, np.float32)
    for t, frame in enumerate(roll):
        age = (age + 1) * frame
        ages[t] = age
    return np.minimum(np.log2(1 + ages) / 6, 1)


def _fading(roll: Bytes, fade: float) -> Floats:
    means = np.zeros(roll.shape, np.float32)
    mean = np.zeros(KEYS, np.float32)
    for t, frame in enumerate(roll):
        mean = fade * mean + (1 - fade) * frame
        means[t] = mean
    return means


def _followed(roll: Bytes, found: Ints) -> Floats:
    """The mean of the frames that followed all earlier matches of one order, found (frames,)."""
    means = np.zeros(roll.shape, np.float32)
    counts = np.zeros(len(roll), np.int64)
    for t, after in enumerate(found):
        if after > 0:  # the mean up to the last match, and what followed that
            n = counts[t] = counts[after - 1] + 1
            means[t] = means[after - 1] + (roll[after] - means[after - 1]) / n
    return means


def _places(found: Ints) -> Floats:
    count = len(found)
    turns = 2 * np.pi * np.arange(count)[:, None] / np.asarray(PERIODS)
    length = (found >= 0).sum(axis=1)  # a longer match has the shorter ones within it
    so_far = np.log2(1 + np.arange(count))[:, None] / 10
    parts = (np.sin(turns), np.cos(turns), np.eye(len(ORDERS) + 1)[length], so_far)
    return np.concatenate(parts, axis=1).astype(np.float32)


def read(roll: Bytes) -> Piece:
    """A roll (frames, 88) with all that is known before each frame."""
    past = roll[:-1]
    found = matches(past)
    longest = found[np.arange(len(past)), np.maximum(0, (found >= 0).sum(axis=1) - 1)]
    recalled = np.where(longest[:, None] >= 0, past[longest], 0)
    before = np.concatenate((np.zeros_like(past[:1]), past[:-1]))
    means = [_followed(past, found[:, ORDERS.index(order)]) for order in MEANS]
    faded = [_fading(past, fade) for fade in FADES]
    planes = np.stack((past, before, _held(past), recalled, *means, *faded), axis=-1)
    keys = np.flatnonzero(roll.any(axis=0))
    low, high = (int(keys[0]), int(keys[-1])) if len(keys) else (0, KEYS - 1)
    return Piece(np.rint(255 * planes).astype(np.uint8), _places(found), roll[1:], low, high)
