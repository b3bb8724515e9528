"""Baselines as files: .npz of plain arrays, and a description in JSON as text. Never pickled.

A table's contexts are sorted hashes: their differences, split into bytes, pack well.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from training.baselines.backoff import SYMBOL_BITS, Smoothing, Table
from training.baselines.chain import Chain
from training.baselines.history import Alphabet
from training.baselines.markov import FieldModel, Markov
from training.baselines.memory import Memory
from training.baselines.recipes import Recipe
from training.baselines.unigram import Unigram

FORMAT = "antiphon-baseline-1"
Arrays = dict[str, npt.NDArray[Any]]
Baseline = Unigram | Markov


def _pack(table: Table) -> Arrays:
    steps = np.diff(table.contexts, prepend=0).astype("<i8")
    width = max(1, -(-int(steps.max(initial=0)).bit_length() // 8))
    kinds = np.diff(table.first) - 1  # from 0 to 127
    return {
        "steps": steps.view(np.uint8).reshape(-1, 8)[:, :width].T.copy(),
        "kinds": kinds.astype(np.uint8),
        "symbols": (table.pairs & ((1 << SYMBOL_BITS) - 1)).astype(np.uint8),
        "counts": table.counts.astype(np.min_scalar_type(int(table.counts.max(initial=0)))),
    }


def _unpack(arrays: Arrays) -> Table:
    wide = np.zeros((arrays["steps"].shape[1], 8), np.uint8)
    wide[:, : len(arrays["steps"])] = arrays["steps"].T
    contexts = np.cumsum(wide.view("<i8")[:, 0])
    whose = np.repeat(contexts, arrays["kinds"].astype(np.int64) + 1)
    return Table.of(whose << SYMBOL_BITS | arrays["symbols"], arrays["counts"])


def save(baseline: Baseline, path: str | Path) -> None:
    """Write a baseline to an .npz file."""
    alphabet = baseline.alphabet
    about: dict[str, Any] = {
        "format": FORMAT,
        "kind": type(baseline).__name__,
        "sizes": alphabet.sizes,
        "time": alphabet.time.tolist(),
        "duration": alphabet.duration.tolist(),
        "voices": alphabet.voices,
        "blind": alphabet.blind,
    }
    arrays: Arrays = {}
    if isinstance(baseline, Unigram):
        arrays = {f"table.{f}": table for f, table in enumerate(baseline.tables)}
    else:
        about["fields"] = []
        for f, model in enumerate(baseline.fields):
            chains = []
            for c, chain in enumerate(model.chains):
                chains.append({"recipe": chain.recipe, "smoothing": chain.smoothing})
                for t, table in enumerate(chain.tables):
                    packed = _pack(table)
                    arrays |= {f"{f}.{c}.{t}.{name}": a for name, a in packed.items()}
            memory = {"features": model.memory.features, "smoothing": model.memory.smoothing}
            about["fields"].append(
                {"chains": chains, "weights": model.weights.tolist(), "memory": memory}
            )
    with open(path, "wb") as file:
        np.savez_compressed(file, allow_pickle=False, about=np.array(json.dumps(about)), **arrays)


def load(path: str | Path) -> Baseline:
    """Read what `save` wrote. Raises ValueError if it is not a baseline of this version."""
    with np.load(path, allow_pickle=False) as file:
        arrays: Arrays = {name: file[name] for name in file.files}
    about = json.loads(str(arrays["about"])) if "about" in arrays else {}
    if about.get("format") != FORMAT:
        raise ValueError(f"{path} is not a baseline of the version {FORMAT}")
    names = ("sizes", "time", "duration", "voices", "blind")
    alphabet = Alphabet.make(*(about[name] for name in names))
    if about["kind"] == Unigram.__name__:
        return Unigram(alphabet, tuple(arrays[f"table.{f}"] for f in range(len(alphabet.sizes))))
    fields = []
    for f, field in enumerate(about["fields"]):
        chains = tuple(
            _chain(f, c, chain, alphabet.sizes[f], arrays)
            for c, chain in enumerate(field["chains"])
        )
        memory = Memory(
            f,
            tuple(tuple(names) for names in field["memory"]["features"]),
            tuple(Smoothing(*how) for how in field["memory"]["smoothing"]),
        )
        fields.append(FieldModel(chains, np.array(field["weights"]), memory))
    return Markov(alphabet, tuple(fields))


def _chain(f: int, c: int, about: dict[str, Any], size: int, arrays: Arrays) -> Chain:
    features, view = about["recipe"]
    names = ("steps", "kinds", "symbols", "counts")
    tables = tuple(
        _unpack({name: arrays[f"{f}.{c}.{t}.{name}"] for name in names})
        for t in range(len(features) + 1)
    )
    smoothing = tuple(Smoothing(*how) for how in about["smoothing"])
    return Chain(f, size, Recipe(tuple(features), view), tables, smoothing)
