"""Reads a training config: one TOML file says everything about a model to be made."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from itertools import chain
from pathlib import Path
from typing import Any

from live.codec import Codec
from live.errors import UserError

CONFIGS = Path(__file__).parent / "configs"


class ConfigError(UserError):
    """A config that cannot be used; the message is one line that says where and why."""


@dataclass(frozen=True)
class CorpusConfig:
    """voices: words that name a track's voice; otherwise: the voice of all other tracks."""

    voices: dict[str, list[str]]
    otherwise: str


@dataclass(frozen=True)
class ModelConfig:
    layers: int = 2
    units: int = 256
    dropout: float = 0.0
    l2: float = 0.0
    embed: int = 48
    head: int = 160


@dataclass(frozen=True)
class AugmentConfig:
    """See configs/pop.toml for the units. roles: weights of the patterns in training.roles."""

    transpose: int = 0
    velocity: int = 0
    tempo: float = 0.0
    free: float = 0.0
    jitter: float = 0.0
    roles: dict[str, float] = field(default_factory=lambda: {"parts": 1.0})


@dataclass(frozen=True)
class FitConfig:
    batch: int = 32
    steps: int = 128
    passes: int = 10
    rate: float = 2e-3
    warmup: int = 100
    patience: int = 5


@dataclass(frozen=True)
class Config:
    name: str
    seed: int
    corpus: CorpusConfig
    codec: Codec
    model: ModelConfig
    augment: AugmentConfig
    fit: FitConfig


def _runs(runs: Sequence[Sequence[int]]) -> list[int]:
    return list(chain.from_iterable(range(a, b + 1, step) for a, b, step in runs))


def _section(table: dict[str, Any], name: str, kind: type) -> Any:
    values = dict(table.get(name, {}))
    known = {f.name for f in fields(kind)}
    for key in values:
        if key not in known:
            raise ConfigError(f"[{name}] has no setting {key!r}; it has {', '.join(sorted(known))}")
    try:
        return kind(**values)
    except TypeError as error:
        raise ConfigError(f"[{name}]: {error}") from error


def read_config(name: str) -> Config:
    """The config of that name in training/configs, or the TOML file at that path.

    Raises ConfigError, in one line, when there is none or it cannot be used.
    """
    path = Path(name) if name.endswith(".toml") else CONFIGS / f"{name}.toml"
    try:
        table = tomllib.loads(path.read_text())
    except OSError as error:
        shipped = ", ".join(sorted(p.stem for p in CONFIGS.glob("*.toml")))
        raise ConfigError(f"cannot read {path}: give a .toml file or one of: {shipped}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: {error}") from error
    corpus = _section(table, "corpus", CorpusConfig)
    bins = table.get("codec", {})
    try:
        codec = Codec.make(
            bins["ticks_per_beat"],
            tuple(corpus.voices),
            _runs(bins["time"]),
            _runs(bins["velocity"]),
            _runs(bins["duration"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise ConfigError(f"{path}: [codec]: {error}") from error
    return Config(
        name=path.stem,
        seed=int(table.get("seed", 0)),
        corpus=corpus,
        codec=codec,
        model=_section(table, "model", ModelConfig),
        augment=_section(table, "augment", AugmentConfig),
        fit=_section(table, "fit", FitConfig),
    )
