"""A model of any kind, by what its file says of itself."""

from pathlib import Path

from live.models.note_model import NoteModel
from live.models.opening import open_model
from live.models.roll_model import RollModel

AnyModel = NoteModel | RollModel
MODELS: dict[str, type[NoteModel] | type[RollModel]] = {"notes": NoteModel, "roll": RollModel}


def open_any(path: Path) -> AnyModel:
    """Raises live.errors.ModelError; see live.models.opening.open_model."""
    opened = open_model(path)
    return MODELS[opened.contract.kind](opened)
