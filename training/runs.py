"""A run: the folder in which one model is made, and the names of what lies there."""

import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from live.errors import UserError
from training.config import AnyConfig, BaseConfig, config_path, read_any_config
from training.corpus import Corpus, load_corpus

ROOT = Path("runs")
CHECKPOINT = "checkpoint.npz"
BEST = "best.weights.h5"
CRITIC = "critic.weights.h5"
LOG = "log.csv"
BACKENDS = ("jax", "tensorflow", "torch")


class RunError(UserError):
    """A run that cannot go on; the message is one line."""


@dataclass(frozen=True)
class Run:
    """Paths below one folder. Nothing need exist."""

    folder: Path
    name: str

    @property
    def config(self) -> Path:
        """A copy of the config the run was begun with."""
        return self.folder / "config.toml"

    @property
    def corpus(self) -> Path:
        return self.folder / "corpus.npz"

    @property
    def bad(self) -> Path:
        """The list of files left out, with reasons."""
        return self.folder / "left_out.txt"

    @property
    def checkpoint(self) -> Path:
        return self.folder / CHECKPOINT

    @property
    def weights(self) -> Path:
        return self.folder / BEST

    @property
    def critic(self) -> Path:
        """Weights of the critic that a model of bars was trained against."""
        return self.folder / CRITIC

    @property
    def log(self) -> Path:
        return self.folder / LOG

    @property
    def exported(self) -> Path:
        """Figures of the export, JSON."""
        return self.folder / "export.json"

    @property
    def evaluated(self) -> Path:
        """Figures of the shipped model, JSON."""
        return self.folder / "evaluation.json"

    def model(self, variant: str) -> Path:
        return self.folder / f"{self.name}.{variant}.onnx"

    def read_corpus(self, config: BaseConfig) -> Corpus:
        """Raises CorpusError or RunError where `prepare` has to be run first, or again."""
        if not self.corpus.exists():
            raise RunError(
                f"there is no {self.corpus}: make it by "
                f"antiphon-train prepare {config.name} FOLDER --out {self.folder}"
            )
        corpus = load_corpus(self.corpus)
        if corpus.voices != tuple(config.corpus.voices):
            raise RunError(
                f"{self.corpus} has the voices {', '.join(corpus.voices)} and the config "
                f"{', '.join(config.corpus.voices)}: prepare it again"
            )
        return corpus


def run_of(config: BaseConfig, out: Path | None) -> Run:
    """The run in `out`, or else in runs/ under the config's name."""
    return Run(out or ROOT / config.name, config.name)


def begin(run: Run, config: AnyConfig, named: str) -> None:
    """Copy the config (which is read_any_config(named)) into the run.

    Raises RunError when the run was begun with another model, and where it cannot be written.
    What only steers training (rate, passes, augmentation) may change between two starts.
    """
    if run.config.exists() and run.checkpoint.exists():
        kept = read_any_config(str(run.config))
        changed = [
            f"[{section}]"
            for section in ("codec", "grid", "model")
            if getattr(kept, section, None) != getattr(config, section, None)
        ]
        if kept.fit.batch != config.fit.batch:
            changed.append("batch of [fit]")
        if changed:
            raise RunError(
                f"{run.folder} was begun with another {' and '.join(changed)}: "
                "put the config back, or give another folder by --out"
            )
    if run.checkpoint.exists() and not zipfile.is_zipfile(run.checkpoint):
        raise RunError(f"{run.checkpoint} is damaged: remove it to begin again")
    try:
        run.folder.mkdir(parents=True, exist_ok=True)
        run.config.write_bytes(config_path(named).read_bytes())
    except OSError as error:
        raise RunError(f"cannot write to {run.folder}: {error.strerror}") from error


def use_backend(name: str) -> None:
    """Choose what Keras computes with. To be called before Keras is imported."""
    os.environ["KERAS_BACKEND"] = name
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def passes_done(run: Run) -> int:
    """How many passes its weights have had: by the checkpoint, or the log where that stayed on the
    machine that trained."""
    try:
        with np.load(run.checkpoint, allow_pickle=False) as file:
            return int(file["state"][0])
    except OSError:
        pass
    try:
        return int(run.log.read_text().splitlines()[-1].split(",")[0])
    except (OSError, ValueError, IndexError):
        return 0
