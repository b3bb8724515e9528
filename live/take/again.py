"""Replay with the real mind: the take says which model, settings and seed."""

from typing import Any

from live.errors import ModelError
from live.models.any_model import open_any
from live.models.shelf import find
from live.notes import Note
from live.partner import Partner
from live.settings import Settings
from live.take.entries import Header, Take
from live.take.replay import Replayed, replay


def replay_with_model(take: Take, model_name: str | None = None) -> Replayed:
    """Play the take's calls again on the model it names, or on another file of that model.

    Raises ModelError when the model is not found, or is not the one that played.
    """
    wanted = take.header.model
    model = open_any(find(model_name or wanted.file.removesuffix(".onnx")))
    if model.sha256 != wanted.sha256:
        raise ModelError(
            f"{model.path} is not the model that played ({wanted.file}, sha256 "
            f"{wanted.sha256[:16]}…): give that file with --model"
        )
    starts = 0

    def partner(header: Header, window: list[Note] | None) -> Any:
        nonlocal starts
        settings = Settings().with_values(header.settings)
        made = Partner(model, settings, header.seed, window or (), starts)
        starts += 1
        return made

    return replay(take, partner)
