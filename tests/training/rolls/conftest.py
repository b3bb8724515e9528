"""A small corpus, and models of rolls that train in a moment."""

from dataclasses import replace
from pathlib import Path

import pytest

from training.config import BarConfig, FrameConfig, read_any_config
from training.corpus import Corpus, prepare


@pytest.fixture(scope="session")
def frame_config() -> FrameConfig:
    config = read_any_config("frames")
    assert isinstance(config, FrameConfig)
    return replace(
        config,
        model=replace(config.model, units=6, embed=3, layers=2),
        fit=replace(config.fit, batch=3, steps=16, passes=2, warmup=2),
    )


@pytest.fixture(scope="session")
def bar_config() -> BarConfig:
    config = read_any_config("bars")
    assert isinstance(config, BarConfig)
    return replace(
        config,
        grid=replace(config.grid, context=2),
        model=replace(config.model, channels=2, noise=3, candidates=3),
        fit=replace(config.fit, batch=4, passes=2, warmup=2),
    )


@pytest.fixture(scope="session")
def songs(folder: Path, frame_config: FrameConfig) -> Corpus:
    return prepare([folder], frame_config.corpus)
