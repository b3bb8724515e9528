"""Who continues a context in the generations benchmark: each a row of the table, and a function."""

from collections.abc import Callable, Mapping

import numpy as np

from live.codec import PART, Codec
from live.models.note_model import Chance, NoteModel
from live.notes import MACHINE, Note
from live.reader import Reader
from training.bars_reader import Ticks, go_on
from training.baselines import Baseline, Markov, Unigram
from training.benchmarks.generations.bench import Subject
from training.benchmarks.generations.notes import MOST, excerpt, notes_of
from training.benchmarks.generations.walk import walk
from training.measures.excerpts import Excerpt


def subjects(
    model: NoteModel, baselines: Mapping[str, Baseline], temperature: float
) -> dict[str, Subject]:
    """The rows, by name. Of the baselines those that can be sampled: the frequencies, and the
    plain back-off model."""

    def each(one: Callable[[Excerpt, int], Excerpt]) -> Subject:
        return lambda contexts, seeds: list(map(one, contexts, seeds))

    rows = {
        "model": each(lambda context, seed: continued(model, context, seed, temperature, True)),
        "model, no bar": each(
            lambda context, seed: continued(model, context, seed, temperature, False)
        ),
        "copy": each(lambda context, _: context),
    }
    if isinstance(unigram := baselines.get("unigram"), Unigram):
        rows["unigram"] = each(lambda context, seed: drawn(model.codec, unigram, context, seed))
    if isinstance(markov := baselines.get("markov"), Markov):
        rows["markov"] = lambda contexts, seeds: walk(model.codec, markov, contexts, seeds)
    return rows


def continued(
    model: NoteModel, context: Excerpt, seed: int, temperature: float, bars: bool
) -> Excerpt:
    """The note model goes on, in the voices it heard, with or without knowing the bar."""
    codec = model.codec
    notes = notes_of(context, codec)
    bar = round(context.bar * codec.ticks_per_beat)
    reader = Reader(model, Ticks((lambda at: (round(at) % bar, bar)) if bars else None))
    start = context.bars * bar
    chance = Chance(np.random.default_rng(seed), codec)
    known = frozenset(n.part.voice for n in notes)
    made = go_on(reader, notes, start, 2 * start, chance, known, temperature, MOST)
    return excerpt(made, context, codec, start)


def drawn(codec: Codec, unigram: Unigram, context: Excerpt, seed: int) -> Excerpt:
    """Each field of each note drawn by its frequency in the training set, whatever came before."""
    rng = np.random.default_rng(seed)
    length = context.bars * context.bar * codec.ticks_per_beat
    tables = [np.asarray(t, np.float64) for t in unigram.tables]
    tables[PART] = tables[PART] * [p.side == MACHINE for p in codec.parts]
    notes: list[Note] = []
    at = 0
    while len(notes) < MOST:
        bins = [rng.choice(len(t), p=t / t.sum()) for t in tables]
        time, part, *rest = (f.decode(int(i)) for f, i in zip(codec.fields, bins, strict=True))
        at += time
        if at >= length:
            break
        notes.append(Note(at, codec.parts[part], *rest))
    return excerpt(notes, context, codec, 0.0)
