"""What is done with each kind of model, by the kind of its config."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from live.errors import UserError
from training.config import AnyConfig, BarConfig, Config, FrameConfig, TokenConfig
from training.corpus import Corpus
from training.runs import Run

if TYPE_CHECKING:  # these need Keras, or its backend chosen
    from training.shipping import Shipment


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


def _train_tokens(config: Any, corpus: Corpus, folder: Path, **how: Any) -> Path:
    from training.fit import fit
    from training.tokens.model import task_of

    return fit(config, task_of(config, corpus), folder, **how)


TRAIN: dict[type, Callable[..., Path]] = {
    Config: _train_notes,
    FrameConfig: _train_frames,
    BarConfig: _train_bars,
    TokenConfig: _train_tokens,
}


def train(config: AnyConfig, corpus: Corpus, folder: Path, **how: Any) -> Path:
    """Train in `folder`, or go on; return the best weights' path (see training.fit.fit)."""
    return TRAIN[type(config)](config, corpus, folder, **how)


def _ship_notes(run: Run, config: Any, corpus: Corpus, origin: dict[str, Any]) -> "Shipment":
    from training.shipping import of_notes

    return of_notes(run, config, corpus, origin)


def _ship_frames(run: Run, config: Any, corpus: Corpus, origin: dict[str, Any]) -> "Shipment":
    from training.rolls.shipping import of_frames

    return of_frames(run, config, corpus, origin)


def _ship_bars(run: Run, config: Any, corpus: Corpus, origin: dict[str, Any]) -> "Shipment":
    from training.rolls.shipping import of_bars

    return of_bars(run, config, corpus, origin)


SHIP: dict[type, Callable[..., "Shipment"]] = {
    Config: _ship_notes,
    FrameConfig: _ship_frames,
    BarConfig: _ship_bars,
}


def shipment_of(run: Run, config: AnyConfig, corpus: Corpus, origin: dict[str, Any]) -> "Shipment":
    """How the run's model is written and measured. Raises ExportError when weights do not fit, and
    UserError for a kind that is never played."""
    if type(config) not in SHIP:
        raise UserError(f"{config.name} is a rival to be measured, not a model to be played")
    return SHIP[type(config)](run, config, corpus, origin)
