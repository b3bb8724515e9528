"""The plain back-off model as an accompanist: the same questions, under the same rules."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from live.codec import DURATION, PART, PITCH, TIME, UNKNOWN, Codec
from live.memory import Recall
from live.models.asking import Ask, Floats, Ints
from live.models.note_model import Step
from live.notes import PLAYER
from live.reader import Cursor
from training.baselines import Coded, Markov
from training.benchmarks.accompany.accompanist import Question

LOOK = 32  # notes that it is shown, more than its longest context
SMALLEST = 1e-30  # so that what is not allowed is never drawn
POSITION, BAR = 5, 6  # columns of a row of what was read, after the note's bins


class Heard:
    """What live.reader.Reader needs of a model, which foretells nothing: its state is what was read
    last, a row each, and the note it gives is the one that is forced."""

    def __init__(self, codec: Codec) -> None:
        self.codec = codec
        self.start: Floats = np.zeros((0, 7), np.float32)
        bins = sum(codec.sizes)
        self.no_chance: Floats = np.zeros(bins, np.float32)
        self.anything = Ask(np.ones(bins, np.float32), codec.nothing, np.ones(5, np.float32))
        self.nothing_recalled = Recall(codec.nothing, 0)

    def step(
        self, state: Floats, heard: Ints, sounding: Floats, ask: Ask, chance: Floats,
        position: int = UNKNOWN, bar: int = 1, recall: Recall | None = None,
    ) -> Step:  # fmt: skip
        """See live.models.note_model.NoteModel.step."""
        if heard[TIME] != self.codec.fields[TIME].none:
            row = np.array([*heard, position, bar], np.float32)
            state = np.concatenate((state, row[None]))[-LOOK:]
        return Step(ask.forced, np.zeros(0, np.float32), state)


def unknowing(markov: Markov) -> Markov:
    """The same, told no more of how long the player's notes last than the note model is."""
    return replace(markov, alphabet=markov.alphabet._replace(blind=True))


def draw(
    markov: Markov, heard: Heard, places: Sequence[tuple[int, int]], questions: Sequence[Question]
) -> npt.NDArray[np.int32]:
    """The notes, as bins (questions, 5), drawn field after field for all questions side by side: a
    look at the tables costs little more for many.

    places: where the last note lies in its bar, and the bar's length, in ticks.
    """
    codec = heard.codec
    seen = [_seen(heard, q.cursor, *at) for q, at in zip(questions, places, strict=True)]
    last = np.cumsum([len(s.bins) for s in seen]) - 1
    for field, cut in enumerate(codec.slices):
        rows = markov.probabilities(seen, field)[last].astype(np.float64)
        for its, question, p in zip(seen, questions, rows, strict=True):
            asked = question.ask
            logs = np.log(np.maximum(p * asked.allowed[cut], SMALLEST))
            its.bins[-1, field] = np.argmax(logs / asked.temperature[field] + question.chance[cut])
            if field == TIME and its.before[-1] != UNKNOWN:
                ticks = codec.fields[TIME].decode(int(its.bins[-1, TIME]))
                its.here[-1] = (its.before[-1] + ticks) % its.bar[-1]
    return np.array([its.bins[-1] for its in seen], np.int32)


def _seen(heard: Heard, cursor: Cursor, position: int, bar: int) -> Coded:
    """What was read, and an empty note after it."""
    codec = heard.codec
    step: Any = heard.step(
        cursor.state, cursor.heard, cursor.sounding, heard.anything, heard.no_chance, position, bar
    )
    rows = step.state.astype(np.int64)
    bins = np.zeros((len(rows) + 1, 5), np.int64)
    bins[:-1] = rows[:, :POSITION]
    # Of a note of the player's it is known only whether it has ended.
    players = np.array([p.side == PLAYER for p in codec.parts])[bins[:, PART]]
    sounds = cursor.sounding[bins[:, PITCH]] > 0
    longest = len(codec.fields[DURATION]) - 1
    bins[:, DURATION] = np.where(players, longest * sounds, bins[:, DURATION])
    here = np.append(rows[:, POSITION], UNKNOWN)
    bars = np.append(rows[:, BAR], bar)
    return Coded(bins, np.append(UNKNOWN, here[:-1]), here, np.append(bars[:1], bars[:-1]))
