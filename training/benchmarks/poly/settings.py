"""How each model of each set is trained, one row each. Chosen on validation frames alone."""

from dataclasses import dataclass

MODELS = {"independent": False, "joint": True}  # whether a key is told of the keys below it


@dataclass(frozen=True)
class Settings:
    """units: of the LSTM; features: of each key; reach: keys around a key that it is told of;
    dropout: a share; decay: of the weights; transpose: semitones up and down;
    stretch: frames a row of a batch; passes: over the training pieces; rate: of Adam, at its
    highest."""

    units: int = 128
    features: int = 16
    reach: int = 49
    dropout: float = 0.15
    decay: float = 0.01
    transpose: int = 6
    stretch: int = 64
    batch: int = 16
    passes: int = 3
    rate: float = 6e-3


BIG = Settings()
LONG = Settings(passes=2)
SETTINGS = {
    ("jsb", "independent"): Settings(features=32, passes=14),
    ("jsb", "joint"): Settings(features=32, passes=10),
    ("nottingham", "independent"): LONG,
    ("nottingham", "joint"): LONG,
    ("muse", "independent"): LONG,
    ("muse", "joint"): LONG,
    ("piano", "independent"): BIG,
    ("piano", "joint"): BIG,
}
