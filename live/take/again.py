"""Replay with the real mind: the take says which model, settings and seed."""

from typing import Any

from live.errors import ModelError
from live.models.any_model import AnyModel, open_any
from live.models.shelf import find
from live.partner import Partner
from live.settings import Settings
from live.take.entries import Header, ModelName, Restart, Take
from live.take.replay import Replayed, replay


def replay_with_model(take: Take, model_name: str | None = None) -> Replayed:
    """Play the take's calls again on the models it names; model_name: another file of the first.

    Raises ModelError when a model is not found, or is not the one that played.
    """
    first = take.header.model
    starts = 0

    def partner(header: Header, restart: Restart | None) -> Any:
        nonlocal starts
        model = _opened(header.model, model_name if header.model == first else None)
        settings = Settings().with_values(header.settings)
        window, line = (restart.window, restart.timeline) if restart else ((), None)
        made = Partner(model, settings, header.seed, window, starts, line)
        starts += 1
        return made

    return replay(take, partner)


def _opened(wanted: ModelName, name: str | None) -> AnyModel:
    model = open_any(find(name or wanted.file.removesuffix(".onnx")))
    if model.sha256 != wanted.sha256:
        raise ModelError(
            f"{model.path} is not the model that played ({wanted.file}, sha256 "
            f"{wanted.sha256[:16]}…): give that file with --model"
        )
    return model
