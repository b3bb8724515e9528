"""How the models of rolls are written and measured on their way to the shelf."""

from pathlib import Path
from typing import Any

import numpy as np

from live.models.roll_model import Chance, RollModel
from training.config import BarConfig, FrameConfig
from training.corpus import Corpus
from training.evaluate import spread
from training.rolls import frames
from training.rolls.export import (
    check_bars,
    check_frames,
    load_bars,
    load_frames,
    write_bars,
    write_frames,
)
from training.rolls.likelihood import frame_nats
from training.rolls.windows import fixed, window
from training.runs import Run
from training.shipping import Shipment

SAMPLE = 10_000  # frames of held-out music that the variants are compared on
WINDOWS = 200  # windows of it


def of_frames(run: Run, config: FrameConfig, corpus: Corpus, origin: dict[str, Any]) -> Shipment:
    """Bits a frame, of both sides. Raises ExportError when the weights do not fit."""
    core = load_frames(config, run.weights)
    some = spread(frames.fixed(_held_out(corpus), config), SAMPLE)

    def write(path: Path) -> float:
        write_frames(core, config, origin, path)
        return check_frames(core, config, path)

    def bits(path: Path) -> float:
        model = RollModel.open(path)
        nats = [frame_nats(model, piece.rolls, piece.place).sum() for piece in some]
        return float(sum(nats) / sum(map(len, some)) / np.log(2))

    return Shipment("frame", sum(map(len, some)), write, bits)


def _held_out(corpus: Corpus) -> list[Any]:
    pieces = corpus.split("test") or corpus.split("valid")
    return [piece for piece in pieces if not piece.beatless]


def of_bars(run: Run, config: BarConfig, corpus: Corpus, origin: dict[str, Any]) -> Shipment:
    """A bar has no likelihood: its bits are those that a Bernoulli of each key, with the logits
    given, needs for the bar that followed. They compare two files of one model and say nothing of
    how good it is. Raises ExportError when the weights do not fit."""
    pair = load_bars(config, run.weights, run.critic)
    windows = fixed(_held_out(corpus), config.grid)
    starts = windows["starts"]
    at = starts[np.linspace(0, len(starts) - 1, min(WINDOWS, len(starts))).astype(int)]

    def write(path: Path) -> float:
        write_bars(pair, config, origin, path)
        return check_bars(pair, config, path)

    def bits(path: Path) -> float:
        model = RollModel.open(path)
        chance = Chance(np.random.default_rng(0), model.contract)
        sizes = model.contract.window, model.contract.frames
        nats = 0.0
        for start in at:
            heard, followed = window(windows, int(start), *sizes)
            logits = model.step(heard, chance.draw()).logits[:, :, 0]
            nats += float(np.logaddexp(0, np.where(followed > 0, -logits, logits)).sum())
        return nats / len(at) / model.contract.candidates / np.log(2)

    return Shipment("bar", len(at), write, bits)
