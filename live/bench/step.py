"""One predicted note: a step of the model with its sampling, one thread."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from live.bench.figures import spread
from live.codec import PITCH
from live.memory import Memory
from live.models.note_model import Chance, NoteModel
from live.reader import pitches_array

STAGE = 0.01  # seconds between steps on stage: the caches cool meanwhile


def bench_step(
    path: Path, count: int = 5000, wait: Callable[[float], None] = time.sleep
) -> dict[str, Any]:
    """`count` steps called every 10 ms, as on stage, and as many without a pause.

    The first figure of each is a sampled note; `read again` is the same with the note remembered,
    what is recalled looked up and what sounds written down, as by the reader. Raises ModelError.
    """
    model = NoteModel.open(path)
    chance = Chance(np.random.default_rng(0), model.codec)
    figures: dict[str, Any] = {"model": path.name, "bytes": model.size}
    for name, pause in (("paced", STAGE), ("without pause", 0.0)):
        sampled, read = [], []
        memory = Memory(model.codec)
        state, note = model.start, model.codec.nothing
        sounding, recall = pitches_array(()), model.nothing_recalled
        for _ in range(count):
            if pause:
                wait(pause)
            began = time.perf_counter()
            drawn = chance.draw()
            step = model.step(state, note, sounding, model.anything, drawn, recall=recall)
            sampled.append(time.perf_counter() - began)
            state, note = step.state, step.note
            recall = memory.add(note)
            sounding = pitches_array((int(note[PITCH]),))
            read.append(time.perf_counter() - began)
        figures[name] = spread(sampled)
        figures[f"{name}, read again"] = spread(read)
    return figures
