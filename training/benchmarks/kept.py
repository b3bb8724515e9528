"""Networks that serve one protocol alone: trained once, and kept in a run's folder."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any

from live.errors import UserError


def add_run(parser: ArgumentParser, folder: str, what: str) -> None:
    """The argument --out: where the network lies."""
    parser.add_argument(
        "--out",
        type=Path,
        metavar="RUN",
        default=Path(folder),
        help=f"folder of the {what} network, which is trained if it has none yet [%(default)s]",
    )


def load_or_train(path: Path, build: Callable[[], Any], train: Callable[[], Any]) -> Any:
    """The Keras model that `build` makes with the weights that lie there, or else the one that
    `train` gives, its weights put there.

    Raises UserError when they are not this network's.
    """
    if not path.exists():
        model = train()
        path.parent.mkdir(parents=True, exist_ok=True)
        model.save_weights(path)
        return model
    model = build()
    try:
        model.load_weights(path)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} is not this network's: remove it to train again") from error
    return model
