"""Pieces -> batches: rows of a batch are streams of pieces, cut into stretches of equal length.

There is no Keras here: other processes ready the next passes while one trains.
"""

import signal
from collections import deque
from collections.abc import Callable, Iterator, Sequence, Sized
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TypeVar

import numpy as np

from live.codec import PITCHES, Codec
from training.coded import Coded, augment, code
from training.config import Config
from training.midi_file import Piece
from training.roles import both_directions

Arrays = dict[str, np.ndarray]
T = TypeVar("T", bound=Sized)
LONGEST = 4096  # steps of a piece in one row


def inputs_of(coded: Coded, codec: Codec) -> Arrays:
    """What the core reads to predict each of a piece's notes from those before it."""
    first = codec.nothing[None]
    sounding = coded.sounding()
    return {
        "heard": np.concatenate((first, coded.heard[:-1])),
        "sounding": np.concatenate((np.zeros((1, PITCHES), np.uint8), sounding[:-1])),
        "before": codec.rows(coded.before),
        "target": coded.bins,
        "here": codec.rows(coded.here),
        "recalled": coded.recalled,
        "match": coded.match,
    }


def streams(pieces: list[Coded], codec: Codec, batch: int, steps: int) -> Arrays:
    """Notes in `batch` rows: see lay. sounding has its 128 pitches in 16 bytes; loud is 0 where
    there is no velocity to foretell."""
    nothing = codec.nothing.astype(np.int16)
    blank: Arrays = {
        "heard": nothing,
        "sounding": np.zeros(PITCHES // 8, np.uint8),
        "before": np.zeros((), np.int16),
        "target": np.zeros(5, np.int16),
        "here": np.zeros((), np.int16),
        "recalled": nothing,
        "match": np.zeros((), np.int16),
        "loud": np.zeros((), np.float32),
    }

    def arrays(piece: Coded) -> Arrays:
        its = inputs_of(piece, codec)
        sounding = np.packbits(its["sounding"], axis=-1)
        return its | {"sounding": sounding, "loud": piece.loud}

    return lay(pieces, arrays, blank, batch, steps)


def placed(
    lengths: Sequence[int], batch: int, steps: int
) -> tuple[list[list[tuple[int, int, int]]], list[int]]:
    """Where pieces of so many steps go in `batch` rows: for each cut of each piece the step at
    which it begins, its row, and there its first stretch of `steps`; and where each row ends.

    A piece of more than LONGEST steps is cut, or one long piece would keep a row busy while the
    others are blank. Where it goes on it has what it recalls, but no state.
    """
    ends = [0] * batch
    places: list[list[tuple[int, int, int]]] = []
    for length in lengths:
        places.append([])
        for begin in range(0, length, LONGEST):
            row = ends.index(min(ends))
            places[-1].append((begin, row, ends[row]))
            ends[row] += -(-min(LONGEST, length - begin) // steps)
    return places, ends


def lay(
    pieces: Sequence[T], arrays: Callable[[T], Arrays], blank: Arrays, batch: int, steps: int
) -> Arrays:
    """Lay pieces end to end in `batch` rows, each padded to whole stretches of `steps` steps.

    arrays: of a piece, by name, their first axis its steps; blank: what stands for one step of
    each where there is none. The result's arrays have shape (batch, stretches * steps, ...);
    weight is 0 on the padding; keep is (batch, stretches), 0 where a piece begins.
    """
    places, ends = placed([len(piece) for piece in pieces], batch, steps)
    stretches = max(ends)
    total = stretches * steps
    whole = {name: np.tile(row, (batch, total, *(1,) * row.ndim)) for name, row in blank.items()}
    whole["weight"] = np.zeros((batch, total), np.float32)
    whole["keep"] = np.ones((batch, stretches), np.float32)
    for piece, its in zip(pieces, places, strict=True):
        read = arrays(piece)
        for begin, row, stretch in its:
            end = min(begin + LONGEST, len(piece))
            at = slice(stretch * steps, stretch * steps + end - begin)
            for name, array in read.items():
                whole[name][row, at] = array[begin:end]
            whole["weight"][row, at] = 1
            whole["keep"][row, stretch] = 0
    for row, end in enumerate(ends):
        whole["keep"][row, end:] = 0
    return whole


def training_pass(pieces: list[Piece], config: Config, number: int) -> Arrays:
    """Every piece once, in a new order, each in a new reading; the number decides both."""
    rng = np.random.default_rng((config.seed, number))
    order = rng.permutation(len(pieces))
    coded = [augment(pieces[i], config.codec, config.augment, rng) for i in order]
    return streams(coded, config.codec, config.fit.batch, config.fit.steps)


@contextmanager
def training_passes(
    pass_of: Callable[[int], Arrays], first: int, last: int, workers: int = 0
) -> Iterator[Callable[[], Arrays]]:
    """A function that gives pass `first` and, at each further call, the next, before `last`.

    pass_of: gives the pass of a number, which decides it. workers: processes that ready so many
    of them ahead; what they give does not depend on them.
    """
    if not workers:
        numbers = iter(range(first, last))
        yield lambda: pass_of(next(numbers))
        return
    # Not forked: what computes has threads of its own, which do not survive that.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _take_in, (pass_of,))
    waiting: deque[Future[Arrays]] = deque()
    numbers = iter(range(first, last))

    def following() -> Arrays:
        while len(waiting) <= workers and (number := next(numbers, None)) is not None:
            waiting.append(pool.submit(_ready, number))
        return waiting.popleft().result()

    try:
        yield following
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


_pass: Callable[[int], Arrays]  # in a process that readies passes


def _take_in(pass_of: Callable[[int], Arrays]) -> None:
    global _pass
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    _pass = pass_of


def _ready(number: int) -> Arrays:
    return _pass(number)


def fixed(pieces: list[Piece], codec: Codec) -> list[Coded]:
    """Every piece in both directions, as written: for validation and figures."""
    return [code(p, roles, codec) for p in pieces for roles in both_directions(p)]
