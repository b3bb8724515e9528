from pathlib import Path

import pytest

from live.models.note_model import NoteModel


@pytest.fixture(scope="session")
def tiny() -> NoteModel:
    """A model with random weights and the codec of the shipped one."""
    return NoteModel.open(Path(__file__).parents[1] / "data" / "tiny.onnx")
