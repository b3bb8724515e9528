"""What is done with each kind of model, by the kind of its config."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from training.config import AnyConfig, BarConfig, Config, FrameConfig
from training.corpus import Corpus


def _train_notes(config: Any, corpus: Corpus, folder: Path, **how: Any) -> Path:
    from training.fit import fit, task_of

    return fit(config, task_of(config, corpus), folder, **how)


def _train_frames(config: Any, corpus: Corpus, folder: Path, **how: Any) -> Path:
    from training.fit import fit
    from training.rolls.frames import task_of

    return fit(config, task_of(config, corpus), folder, **how)


def _train_bars(config: Any, corpus: Corpus, folder: Path, **how: Any) -> Path:
    from training.rolls.adversarial import fit

    return fit(config, corpus, folder, **how)


TRAIN: dict[type, Callable[..., Path]] = {
    Config: _train_notes,
    FrameConfig: _train_frames,
    BarConfig: _train_bars,
}


def train(config: AnyConfig, corpus: Corpus, folder: Path, **how: Any) -> Path:
    """Train in `folder`, or go on; return the best weights' path (see training.fit.fit)."""
    return TRAIN[type(config)](config, corpus, folder, **how)
