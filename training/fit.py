"""Trains a model from a prepared corpus; stops and goes on anywhere with the same result."""

import csv
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras
import numpy as np

from live.codec import NAMES
from training.batches import Arrays, fixed, placed, streams, training_pass, training_passes
from training.config import BaseConfig, Config
from training.corpus import Corpus
from training.network import Carried, build_core
from training.runs import BEST, CHECKPOINT, LOG

TENSORBOARD = "tensorboard"


@dataclass(frozen=True)
class Progress:
    """After a pass: how many are done, validation bits a step, the best so far and since when."""

    done: int
    bits: float
    best: float
    waited: int


class Cuts(keras.utils.PyDataset):
    """Stretches of steps of what training.batches.lay gives, one batch after another."""

    def __init__(self, arrays: Arrays, steps: int) -> None:
        super().__init__()
        self.arrays, self.steps = arrays, steps

    def __len__(self) -> int:
        return int(self.arrays["keep"].shape[1])

    def cut(self, index: int) -> Arrays:
        """All arrays of one batch."""
        steps = slice(index * self.steps, (index + 1) * self.steps)
        cut = {name: array[:, steps] for name, array in self.arrays.items() if name != "keep"}
        return cut | {"keep": self.arrays["keep"][:, index : index + 1]}


class Stretches(Cuts):
    """Batches for fit: (inputs, targets by field, weights by field), in order."""

    def __getitem__(self, index: int) -> tuple[Arrays, Arrays, Arrays]:
        cut = self.cut(index)
        names = ("heard", "before", "target", "here", "recalled", "match")
        x = {name: cut[name].astype(np.int32) for name in names}
        x["sounding"] = np.unpackbits(cut["sounding"], axis=-1).astype(np.float32)
        x["keep"] = cut["keep"]
        y = {name: x["target"][..., f] for f, name in enumerate(NAMES)}
        weights = dict.fromkeys(NAMES, cut["weight"])
        weights["velocity"] = cut["weight"] * cut["loud"]
        return x, y, weights


def rate_at(
    config: BaseConfig, updates_a_pass: int
) -> keras.optimizers.schedules.LearningRateSchedule:
    """Linear warm-up, then a cosine down to a fiftieth of the rate."""
    whole = max(1, config.fit.passes * updates_a_pass - config.fit.warmup)
    return keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=config.fit.rate / 50,
        decay_steps=whole,
        alpha=1 / 50,
        warmup_target=config.fit.rate,
        warmup_steps=config.fit.warmup,
    )


@dataclass(frozen=True)
class Task:
    """What is trained on what. `Carried` is a model with a `core` whose weights are kept.

    step: what its losses are counted by (a note, a frame); losses: the names of its losses, in
    nats a step; model: makes it, not yet compiled; loss: of each of its outputs; pass_of: gives
    the pass of a number; batches: cuts such arrays for Keras's fit; checked: those of validation.
    """

    step: str
    losses: Sequence[str]
    model: Callable[[], keras.Model]
    loss: Any
    pass_of: Callable[[int], Arrays]
    batches: Callable[[Arrays], keras.utils.PyDataset]
    checked: Arrays
    updates: int  # to a pass


def task_of(config: Config, corpus: Corpus) -> Task:
    """Training a note model."""
    train, codec = corpus.split("train"), config.codec
    batch, steps = config.fit.batch, config.fit.steps
    return Task(
        step="note",
        losses=NAMES,
        model=lambda: Carried(build_core(codec, config.model), batch),
        loss=keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="mean_with_sample_weight"
        ),
        pass_of=partial(training_pass, train, config),
        batches=partial(Stretches, steps=steps),
        checked=streams(fixed(corpus.split("valid"), codec), codec, batch, steps),
        updates=updates_of([len(p) for p in train], batch, steps),
    )


def updates_of(lengths: Sequence[int], batch: int, steps: int) -> int:
    """Updates to a pass over pieces of so many steps each, in `batch` rows: about as many, for the
    order of the pieces is another in each."""
    return max(placed(lengths, batch, steps)[1])


def make(config: BaseConfig, task: Task) -> keras.Model:
    """The model, compiled for training, its first weights drawn from the config's seed."""
    keras.utils.set_random_seed(config.seed)
    model = task.model()
    model.compile(
        optimizer=keras.optimizers.Adam(rate_at(config, task.updates), global_clipnorm=1.0),
        loss=dict.fromkeys(task.losses, task.loss),
    )
    model.optimizer.build(model.trainable_variables)
    return model


def save(path: Path, model: keras.Model, progress: Progress) -> None:
    """Write everything that the rest of a training depends on, so that no kill can tear it."""
    variables = [*model.variables, *model.optimizer.variables]
    arrays = {f"v{i}": np.asarray(v) for i, v in enumerate(variables)}
    state = np.array([progress.done, progress.bits, progress.best, progress.waited])
    fresh = path.with_suffix(".new.npz")
    np.savez(fresh, allow_pickle=False, state=state, **arrays)
    fresh.replace(path)


def restore(path: Path, model: keras.Model) -> Progress:
    """The reverse of save. Raises ValueError when the checkpoint is another model's."""
    with np.load(path, allow_pickle=False) as file:
        variables = [*model.variables, *model.optimizer.variables]
        if len(file.files) != len(variables) + 1:
            raise ValueError(f"{path} is the checkpoint of another model: give another folder")
        for i, variable in enumerate(variables):
            if file[f"v{i}"].shape != tuple(variable.shape):
                raise ValueError(f"{path} is the checkpoint of another model: give another folder")
            variable.assign(file[f"v{i}"])
        done, bits, best, waited = file["state"]
    return Progress(int(done), float(bits), float(best), int(waited))


def bits_of(logs: dict[str, Any], losses: Sequence[str], prefix: str = "val_") -> float:
    """Bits a step from a history's losses (nats), without the penalty on weights."""
    return sum(_nats(logs, name, prefix) for name in losses) / math.log(2)


def _nats(logs: dict[str, Any], name: str, prefix: str) -> float:
    # Of a model with one output Keras tells the whole loss alone: such a one has no penalty.
    return float(logs.get(f"{prefix}{name}_loss", logs[f"{prefix}loss"])[-1])


def fit(
    config: BaseConfig,
    task: Task,
    folder: Path,
    say: Callable[[str], None] = print,
    verbose: int = 0,
    until: int | None = None,
    workers: int = 0,
) -> Path:
    """Train in `folder`, from its checkpoint if it has one; return the best weights' path.

    verbose as in Keras's fit. until: stop after that many passes all the same (to go on later).
    workers: processes that ready the next passes meanwhile.
    """
    folder.mkdir(parents=True, exist_ok=True)
    model = make(config, task)
    path, best = folder / CHECKPOINT, folder / BEST
    progress = Progress(0, math.inf, math.inf, 0)
    if path.exists():
        progress = restore(path, model)
        say(f"going on after pass {progress.done}, {progress.best:.3f} bits a {task.step} so far")
    checked = task.batches(task.checked)
    # Keras writes TensorBoard's files through TensorFlow: a machine that only trains may lack it.
    boards = (
        [keras.callbacks.TensorBoard(str(folder / TENSORBOARD), write_graph=False)]
        if find_spec("tensorflow")
        else []
    )
    last = min(config.fit.passes, until or config.fit.passes)
    with training_passes(task.pass_of, progress.done, last, workers) as following:
        while progress.done < last and progress.waited <= config.fit.patience:
            began = time.monotonic()
            history = model.fit(
                task.batches(following()),
                validation_data=checked,
                initial_epoch=progress.done,
                epochs=progress.done + 1,
                shuffle=False,
                verbose=verbose,
                callbacks=boards,
            ).history
            bits = bits_of(history, task.losses)
            better = bits < progress.best
            if better:
                model.core.save_weights(best)
            progress = Progress(
                progress.done + 1,
                bits,
                min(bits, progress.best),
                0 if better else progress.waited + 1,
            )
            took = time.monotonic() - began
            trained = bits_of(history, task.losses, "")
            _log(folder / LOG, progress, trained, history, task.losses, took)
            save(path, model, progress)
            left = (last - progress.done) * took / 60
            say(
                f"pass {progress.done}/{last}: {trained:.3f} bits a {task.step} in training, "
                f"{bits:.3f} in validation{' (best)' if better else ''}; about {left:.0f} min left"
            )
    return best


def _log(
    path: Path,
    progress: Progress,
    trained: float,
    history: dict[str, Any],
    losses: Sequence[str],
    took: float,
) -> None:
    row: dict[str, Any] = {"pass": progress.done, "seconds": round(took, 1)}
    row |= {"bits": trained, "val_bits": progress.bits}
    row |= {f"val_{n}": _nats(history, n, "val_") / math.log(2) for n in losses}
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if fresh:
            writer.writeheader()
        writer.writerow(row)
