"""Reads a training config: one TOML file says everything about a model to be made."""

import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields
from itertools import chain
from pathlib import Path
from typing import Any, get_origin, get_type_hints

from live.codec import Codec
from live.errors import UserError

CONFIGS = Path(__file__).parent / "configs"
SPLITS = ("train", "valid", "test")
HEADS = 4  # of attention


class ConfigError(UserError):
    """A config that cannot be used; the message is one line that says where and why."""


@dataclass(frozen=True)
class CorpusConfig:
    """voices: words that name a track's voice; otherwise: the voice of all other tracks.

    percussion: read the notes of MIDI channel 10 and no others, instead of all but those.
    beatless: words in a file's path that say its beats mean nothing, only its seconds do.
    written: words in a file's path that say it is a score: nobody played its velocities.
    """

    voices: dict[str, list[str]]
    otherwise: str
    percussion: bool = False
    beatless: list[str] = field(default_factory=list)
    written: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class DataConfig:
    """Where the music comes from, for the model's card: in the words of its owners.

    attribution: whom to name, and the paper to cite; source: an address.
    """

    name: str = "unnamed"
    licence: str = "not stated"
    attribution: str = ""
    source: str = ""


@dataclass(frozen=True)
class ModelConfig:
    layers: int = 2
    units: int = 256
    dropout: float = 0.0
    l2: float = 0.0
    embed: int = 48
    head: int = 160


@dataclass(frozen=True)
class NoteModelConfig(ModelConfig):
    """attention: how many of its last states it attends to, 0 for none (see training.attention)."""

    attention: int = 0

    def __post_init__(self) -> None:
        if self.attention == 1:
            raise ValueError("attention cannot be 1: it is 0, or how many states, itself included")
        if self.attention and self.units % (2 * HEADS):
            raise ValueError(f"with attention, units must be a multiple of {2 * HEADS}")


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
class GridConfig:
    """The grid of a piano roll. frames to the beat; beats to the bar; bars of context (of a model
    that plays bars)."""

    frames: int = 4
    beats: int = 4
    context: int = 4


@dataclass(frozen=True)
class BarModelConfig:
    """channels: of the first convolutions, twice as many in the deeper ones; noise: numbers drawn
    for a bar; candidates: bars made in one call, of which the critic chooses; sustain: added in the
    exported file to the logits of what sounds, so that notes are as long as real ones."""

    channels: int = 48
    noise: int = 32
    candidates: int = 4
    sustain: float = 0.0


@dataclass(frozen=True)
class BaseConfig:
    """What the configs of all kinds of models say."""

    name: str
    seed: int
    data: DataConfig
    corpus: CorpusConfig
    augment: AugmentConfig
    fit: FitConfig


@dataclass(frozen=True)
class Config(BaseConfig):
    """Of a note model."""

    codec: Codec
    model: NoteModelConfig


@dataclass(frozen=True)
class FrameConfig(BaseConfig):
    """Of an LSTM over frames of a piano roll."""

    grid: GridConfig
    model: ModelConfig


@dataclass(frozen=True)
class BarConfig(BaseConfig):
    """Of a generator of bars of a piano roll, and its critic."""

    grid: GridConfig
    model: BarModelConfig


@dataclass(frozen=True)
class TokenConfig(BaseConfig):
    """Of an LSTM over events: a note model's rival, on the notes that its codec says."""

    codec: Codec
    model: ModelConfig


AnyConfig = Config | FrameConfig | BarConfig | TokenConfig


def _runs(runs: Sequence[Sequence[int]]) -> list[int]:
    return list(chain.from_iterable(range(a, b + 1, step) for a, b, step in runs))


def _section(table: dict[str, Any], name: str, kind: type) -> Any:
    values = table.get(name, {})
    if not isinstance(values, dict):
        raise ConfigError(f"{name} must be a section: [{name}]")
    known = {f.name for f in fields(kind)}
    for key in values:
        if key not in known:
            raise ConfigError(f"[{name}] has no setting {key!r}; it has {', '.join(sorted(known))}")
    hints = get_type_hints(kind)
    for key, value in values.items():
        wanted = get_origin(hints[key]) or hints[key]
        fits = isinstance(value, (int, float) if wanted is float else wanted)
        if wanted is not bool and isinstance(value, bool):
            fits = False  # to Python a bool is a whole number
        if not fits or (wanted in (int, float) and value < 0):
            raise ConfigError(f"[{name}] {key} cannot be {value!r}")
    try:
        return kind(**values)
    except TypeError as error:
        missing = ", ".join(sorted(known - values.keys()))
        raise ConfigError(f"[{name}] is incomplete: it needs {missing}") from error
    except ValueError as error:
        raise ConfigError(f"[{name}] {error}") from error


def _seed(table: dict[str, Any]) -> int:
    seed = table.get("seed", 0)
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise ConfigError(f"seed cannot be {seed!r}: give a whole number")
    return seed


def config_path(name: str) -> Path:
    """Where the config of that name lies: in training/configs, or the TOML file itself."""
    return Path(name) if name.endswith(".toml") else CONFIGS / f"{name}.toml"


def _codec(table: dict[str, Any], corpus: CorpusConfig) -> Codec:
    bins: Any = table.get("codec", {})
    try:
        return Codec.make(
            bins["ticks_per_beat"],
            tuple(corpus.voices),
            _runs(bins["time"]),
            _runs(bins["velocity"]),
            _runs(bins["duration"]),
        )
    except (KeyError, ValueError, TypeError) as error:
        raise ConfigError(f"[codec]: {error}") from error


# What a kind of model has beside what all have: the kind of its config, its sections by name.
def _note_sections(table: dict[str, Any], corpus: CorpusConfig) -> dict[str, Any]:
    return {"codec": _codec(table, corpus), "model": _section(table, "model", NoteModelConfig)}


def _token_sections(table: dict[str, Any], corpus: CorpusConfig) -> dict[str, Any]:
    return {"codec": _codec(table, corpus), "model": _section(table, "model", ModelConfig)}


def _frame_sections(table: dict[str, Any], _: CorpusConfig) -> dict[str, Any]:
    return {n: _section(table, n, k) for n, k in (("grid", GridConfig), ("model", ModelConfig))}


def _bar_sections(table: dict[str, Any], _: CorpusConfig) -> dict[str, Any]:
    return {n: _section(table, n, k) for n, k in (("grid", GridConfig), ("model", BarModelConfig))}


KINDS: dict[str, tuple[type, Callable[[dict[str, Any], CorpusConfig], dict[str, Any]]]] = {
    "notes": (Config, _note_sections),
    "frames": (FrameConfig, _frame_sections),
    "bars": (BarConfig, _bar_sections),
    "tokens": (TokenConfig, _token_sections),
}


def read_any_config(name: str) -> AnyConfig:
    """The config of that name in training/configs, or the TOML file at that path, of any kind.

    Raises ConfigError, in one line, when there is none or it cannot be used.
    """
    path = config_path(name)
    try:
        table = tomllib.loads(path.read_text())
    except OSError as error:
        shipped = ", ".join(sorted(p.stem for p in CONFIGS.glob("*.toml")))
        raise ConfigError(f"cannot read {path}: give a .toml file or one of: {shipped}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    corpus = _section(table, "corpus", CorpusConfig)
    if corpus.otherwise not in corpus.voices:
        listed = ", ".join(corpus.voices) or "none"
        raise ConfigError(f"[corpus] otherwise is {corpus.otherwise!r}: no voice of {listed}")
    for name in ("beatless", "written"):
        words = getattr(corpus, name)
        if not all(isinstance(word, str) and word for word in words):
            raise ConfigError(f"[corpus] {name} cannot be {words!r}: give words")
    kind = table.get("kind", "notes")
    if kind not in KINDS:
        raise ConfigError(f"{path}: kind is {kind!r}: it is one of {', '.join(KINDS)}")
    make, sections = KINDS[kind]
    config: AnyConfig = make(
        name=path.stem,
        seed=_seed(table),
        data=_section(table, "data", DataConfig),
        corpus=corpus,
        augment=_section(table, "augment", AugmentConfig),
        fit=_section(table, "fit", FitConfig),
        **sections(table, corpus),
    )
    return config


def read_config(name: str) -> Config:
    """The same, of a note model. Raises ConfigError for one of another kind too."""
    config = read_any_config(name)
    if not isinstance(config, Config):
        raise ConfigError(f"{name} is not a note model: this is for one that is, such as pop")
    return config
