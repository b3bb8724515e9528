"""Trains a generator against its critic: the hinge loss (Lim & Ye 2017), on JAX.

The critic is also shown real bars after the wrong context (Reed et al. 2016), so that a bar has to
fit what came before it. Two bars of one context are pushed apart by as much as their noise is
(Mao et al. 2019, mode seeking): a conditional generator else learns to ignore its noise. The
generator is also held to the bar that followed (as Isola et al. 2017, by likelihood): a wrong note
of which it is sure gets no gradient through its hard bit, and without this more and more of them
stay. What is kept is a moving average of the generator's weights (Yazici et al. 2019).
"""

import csv
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from live.errors import UserError
from training.batches import Arrays, training_passes
from training.config import BarConfig
from training.corpus import Corpus
from training.rolls.bars import build_critic, build_generator, hard
from training.rolls.windows import cut, fixed, training_pass
from training.runs import BEST, CHECKPOINT, CRITIC, LOG

KEEP = 0.998  # of the average, an update
APART = 0.5  # weight of the pushing apart
HELD = (0.025, 0.012)  # weight of a nat of the bar that followed: struck, sounding
CHECKED = 512  # windows of validation that are looked at after each pass

State = dict[str, Any]


def fit(
    config: BarConfig,
    corpus: Corpus,
    folder: Path,
    say: Callable[[str], None] = print,
    until: int | None = None,
    workers: int = 0,
) -> Path:
    """Train in `folder`, from its checkpoint if it has one; return the generator's weights' path.

    until: stop after that many passes all the same. Raises UserError on another backend than JAX.
    """
    if keras.backend.backend() != "jax":
        raise UserError("a bars model is trained on JAX alone: give --backend jax")
    folder.mkdir(parents=True, exist_ok=True)
    train, valid = ([p for p in corpus.split(s) if not p.beatless] for s in ("train", "valid"))
    pair = Pair(config)
    checkpoint = folder / CHECKPOINT
    done = pair.restore(checkpoint) if checkpoint.exists() else 0
    held_out = fixed(valid, config.grid)
    last = min(config.fit.passes, until or config.fit.passes)
    with training_passes(partial(training_pass, train, config), done, last, workers) as following:
        while done < last:
            began = time.monotonic()
            losses = [pair.update(*both) for both in _batches(following(), config, done)]
            done += 1
            figures = pair.look(held_out) | {
                "critic": float(np.mean([c for c, _ in losses])),
                "generator": float(np.mean([g for _, g in losses])),
            }
            took = time.monotonic() - began
            pair.save(checkpoint, done)
            pair.keep(folder / BEST, folder / CRITIC)
            _log(folder / LOG, {"pass": done, "seconds": round(took, 1)} | figures)
            said = ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
            say(f"pass {done}/{last}: {said}; about {(last - done) * took / 60:.0f} min left")
    return folder / BEST


def _batches(arrays: Arrays, config: BarConfig, number: int) -> Iterator[tuple[Any, ...]]:
    """context, bar, two noises, of each update of a pass."""
    rng = np.random.default_rng((config.seed, number, 1))
    batch = config.fit.batch
    for first in range(0, len(arrays["starts"]) - batch + 1, batch):
        at = arrays["starts"][first : first + batch]
        noise = rng.standard_normal((2, batch, config.model.noise), np.float32)
        yield *cut(arrays, at, config.grid), *noise


class Pair:
    """A generator and its critic, as arrays that one compiled function moves on."""

    def __init__(self, config: BarConfig) -> None:
        keras.utils.set_random_seed(config.seed)
        self.config = config
        self.generator = build_generator(config.grid, config.model)
        self.critic = build_critic(config.grid, config.model)
        rate = _warm(config.fit.rate, config.fit.warmup)
        self.optimisers = {
            name: keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.9)
            for name in ("generator", "critic")
        }
        self.optimisers["generator"].build(self.generator.trainable_variables)
        self.optimisers["critic"].build(self.critic.trainable_variables)
        self.state: State = {
            "generator": _values(self.generator.trainable_variables),
            "critic": _values(self.critic.trainable_variables),
            "axes": _values(self.critic.non_trainable_variables),
            "average": _values(self.generator.trainable_variables),
            "generator_steps": _values(self.optimisers["generator"].variables),
            "critic_steps": _values(self.optimisers["critic"].variables),
        }
        import jax

        self._update = jax.jit(self._move)

    def update(self, *batch: Any) -> tuple[float, float]:
        """One update of both; the losses of the critic and of the generator."""
        self.state, losses = self._update(self.state, *batch)
        return losses

    def _make(self, weights: Any, context: Any, noise: Any) -> Any:
        inputs = {"context": context, "noise": noise}
        logits, _ = self.generator.stateless_call(weights, [], inputs, training=True)
        return logits, hard(logits)

    def _judge(self, weights: Any, axes: Any, context: Any, bar: Any) -> tuple[Any, Any]:
        return self.critic.stateless_call(
            weights, axes, {"context": context, "bar": bar}, training=True
        )

    def _move(self, state: State, context: Any, bar: Any, noise: Any, other: Any) -> Any:
        import jax

        def critic_loss(weights: Any) -> Any:
            _, made = self._make(state["generator"], context, noise)
            bars = ops.concatenate((bar, made, ops.roll(bar, 1, 0)))
            said, axes = self._judge(weights, state["axes"], ops.tile(context, (3, 1, 1, 1)), bars)
            real, false, elsewhere = ops.split(said, 3)
            wrong = (ops.relu(1 + false) + ops.relu(1 + elsewhere)) / 2
            return ops.mean(ops.relu(1 - real) + wrong), axes

        def generator_loss(weights: Any) -> Any:
            (logits, one), (_, two) = (self._make(weights, context, z) for z in (noise, other))
            said, _ = self._judge(state["critic"], axes, context, one)
            apart = ops.mean(ops.abs(one - two)) / ops.mean(ops.abs(noise - other))
            nats = ops.binary_crossentropy(bar, logits, from_logits=True)
            held = ops.sum(ops.mean(nats, 0) * ops.array(HELD))
            return -ops.mean(said) + APART / (apart * 100 + 0.1) + held

        (judged, axes), slopes = jax.value_and_grad(critic_loss, has_aux=True)(state["critic"])
        critic, critic_steps = self.optimisers["critic"].stateless_apply(
            state["critic_steps"], slopes, state["critic"]
        )
        state = state | {"critic": critic, "critic_steps": critic_steps, "axes": axes}
        made, slopes = jax.value_and_grad(generator_loss)(state["generator"])
        generator, generator_steps = self.optimisers["generator"].stateless_apply(
            state["generator_steps"], slopes, state["generator"]
        )
        average = [
            KEEP * a + (1 - KEEP) * g for a, g in zip(state["average"], generator, strict=True)
        ]
        state = state | {"generator": generator, "generator_steps": generator_steps}
        return state | {"average": average}, (judged, made)

    def look(self, arrays: Arrays) -> dict[str, float]:
        """What the averaged generator makes of held-out windows, beside what followed: notes a
        bar, and how much two bars of one context differ (share of the notes)."""
        rng = np.random.default_rng(self.config.seed)
        at = rng.choice(arrays["starts"], min(CHECKED, len(arrays["starts"])), replace=False)
        context, bar = cut(arrays, at, self.config.grid)
        noise = rng.standard_normal((2, len(at), self.config.model.noise), np.float32)
        one, two = (np.asarray(self._make(self.state["average"], context, z)[1]) for z in noise)
        struck = [np.sum(a[..., 0]) for a in (one, two)]
        return {
            "notes": float(struck[0] / len(at)),
            "notes_real": float(bar[..., 0].sum() / len(at)),
            "differ": float(np.abs(one - two)[..., 0].sum() / max(1.0, sum(struck))),
        }

    def save(self, path: Path, done: int) -> None:
        """Write all that the rest of a training depends on, so that no kill can tear it."""
        arrays = {
            f"{name}.{i}": np.asarray(value)
            for name, values in self.state.items()
            for i, value in enumerate(values)
        }
        fresh = path.with_suffix(".new.npz")
        np.savez(fresh, allow_pickle=False, state=np.array([done]), **arrays)
        fresh.replace(path)

    def restore(self, path: Path) -> int:
        """The reverse of save; how many passes are done."""
        with np.load(path, allow_pickle=False) as file:
            for name, values in self.state.items():
                self.state[name] = [file[f"{name}.{i}"] for i in range(len(values))]
            return int(file["state"][0])

    def keep(self, generator: Path, critic: Path) -> None:
        """Write the averaged generator's weights, and the critic's."""
        for variables, values in (
            (self.generator.trainable_variables, self.state["average"]),
            (self.critic.trainable_variables, self.state["critic"]),
            (self.critic.non_trainable_variables, self.state["axes"]),
        ):
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        self.generator.save_weights(generator)
        self.critic.save_weights(critic)


def _values(variables: Any) -> list[Any]:
    return [v.value for v in variables]


def _warm(rate: float, updates: int) -> Any:
    return keras.optimizers.schedules.CosineDecay(
        rate / 50, 10**9, warmup_target=rate, warmup_steps=updates
    )


def _log(path: Path, row: dict[str, Any]) -> None:
    fresh = not path.exists()
    with path.open("a", newline="") as file:
        writer = csv.DictWriter(file, list(row))
        if fresh:
            writer.writeheader()
        writer.writerow(row)
