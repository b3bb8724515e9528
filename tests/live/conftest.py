from pathlib import Path

import pytest

from live.models.note_model import NoteModel
from live.models.roll_model import RollModel

DATA = Path(__file__).parents[1] / "data"


@pytest.fixture(scope="session")
def tiny() -> NoteModel:
    """A model with random weights and the codec of the shipped one."""
    return NoteModel.open(DATA / "tiny.onnx")


@pytest.fixture(scope="session")
def frames() -> RollModel:
    """A model of frames with random weights."""
    return RollModel.open(DATA / "tiny_frames.onnx")


@pytest.fixture(scope="session")
def bars() -> RollModel:
    """A model of bars with random weights."""
    return RollModel.open(DATA / "tiny_bars.onnx")


@pytest.fixture(scope="session")
def tiny_rolls(frames: RollModel, bars: RollModel) -> tuple[RollModel, ...]:
    return frames, bars
