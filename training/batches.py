"""Pieces -> batches: rows of a batch are streams of pieces, cut into stretches of equal length."""

import keras
import numpy as np

from live.codec import NAMES, PITCHES, Codec
from training.coded import Coded, augment, code
from training.config import AugmentConfig
from training.midi_file import Piece
from training.network import position_index
from training.roles import both_directions

Arrays = dict[str, np.ndarray]


def inputs_of(coded: Coded, codec: Codec) -> Arrays:
    """What the core reads to predict each of a piece's notes from those before it."""
    first = codec.nothing[None]
    sounding = coded.sounding()
    return {
        "heard": np.concatenate((first, coded.heard[:-1])),
        "sounding": np.concatenate((np.zeros((1, PITCHES), np.uint8), sounding[:-1])),
        "before": position_index(coded.before),
        "target": coded.bins,
        "here": position_index(coded.here),
        "recalled": coded.recalled,
        "match": coded.match,
    }


def streams(pieces: list[Coded], codec: Codec, batch: int, steps: int) -> Arrays:
    """Lay pieces end to end in `batch` rows, each padded to whole stretches of `steps` notes.

    The arrays have shape (batch, stretches * steps, ...); weight is 0 on the padding; keep is
    (batch, stretches), 0 where a piece begins.
    """
    rows: list[list[Coded]] = [[] for _ in range(batch)]
    lengths = np.zeros(batch, dtype=np.int64)
    for piece in pieces:
        row = int(np.argmin(lengths))
        rows[row].append(piece)
        lengths[row] += -(-len(piece) // steps)
    stretches = int(lengths.max())
    total = stretches * steps
    whole: Arrays = {
        "heard": np.broadcast_to(codec.nothing, (batch, total, 5)).astype(np.int16),
        "sounding": np.zeros((batch, total, PITCHES), np.uint8),
        "before": np.zeros((batch, total), np.int16),
        "target": np.zeros((batch, total, 5), np.int16),
        "here": np.zeros((batch, total), np.int16),
        "recalled": np.broadcast_to(codec.nothing, (batch, total, 5)).astype(np.int16),
        "match": np.zeros((batch, total), np.int16),
        "weight": np.zeros((batch, total), np.float32),
        "keep": np.ones((batch, stretches), np.float32),
    }
    for row, its in enumerate(rows):
        at = 0
        for piece in its:
            arrays = inputs_of(piece, codec)
            for name, array in arrays.items():
                whole[name][row, at : at + len(piece)] = array
            whole["weight"][row, at : at + len(piece)] = 1
            whole["keep"][row, at // steps] = 0
            at += -(-len(piece) // steps) * steps
        whole["keep"][row, at // steps :] = 0
    return whole


class Stretches(keras.utils.PyDataset):
    """Batches for fit: (inputs, targets by field, weights by field), in order."""

    def __init__(self, arrays: Arrays, steps: int) -> None:
        super().__init__()
        self.arrays, self.steps = arrays, steps

    def __len__(self) -> int:
        return int(self.arrays["keep"].shape[1])

    def __getitem__(self, index: int) -> tuple[Arrays, Arrays, Arrays]:
        cut = slice(index * self.steps, (index + 1) * self.steps)
        names = ("heard", "before", "target", "here", "recalled", "match")
        x = {name: self.arrays[name][:, cut].astype(np.int32) for name in names}
        x["sounding"] = self.arrays["sounding"][:, cut].astype(np.float32)
        x["keep"] = self.arrays["keep"][:, index : index + 1]
        weight = self.arrays["weight"][:, cut]
        y = {name: x["target"][..., f] for f, name in enumerate(NAMES)}
        return x, y, dict.fromkeys(NAMES, weight)


def training_pass(
    pieces: list[Piece], codec: Codec, config: AugmentConfig, rng: np.random.Generator
) -> list[Coded]:
    """Every piece once, in a new order, each in a new reading."""
    return [augment(pieces[i], codec, config, rng) for i in rng.permutation(len(pieces))]


def fixed(pieces: list[Piece], codec: Codec) -> list[Coded]:
    """Every piece in both directions, as written: for validation and figures."""
    return [code(p, roles, codec) for p in pieces for roles in both_directions(p)]
