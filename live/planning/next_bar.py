"""The machine's next bar, from a model of rolls of either kind: all at once, or frame by frame."""

import numpy as np

from live import roll
from live.models.roll_model import Chance, Floats, RollModel
from live.notes import MACHINE

# On its own bars a generator soon goes round in circles; with these it does so less (RUNS.md).
WIDE = 2.0  # of the noise in training
AGAIN = 2.0  # points that a bar loses which is one of the last again
LAST = 2  # bars

HISTORY = 100  # frames that a model which carries its state hears before its first bar


def next_bar(
    model: RollModel,
    heard: roll.Roll,
    chance: Chance,
    temperature: float = 1.0,
    state: Floats | None = None,
) -> tuple[roll.Roll, Floats | None]:
    """The machine's roll of the bar after these frames of both sides, (bar, 2, KEYS), and what a
    model that carries its state carries at the bar line.

    heard: (frames, 2, 2, KEYS) up to the bar line, as many as the model's window at least. state:
    what was carried at the line before, if that is known: the frames before it are then not heard
    again. Of several candidates that which scores best, less what it has of its own last bars.
    """
    contract = model.contract
    if model.start is not None:
        if state is None:
            return _walk(
                model, _since_silence(heard, contract.bar), chance, temperature, model.start
            )
        return _walk(model, heard[-contract.bar :], chance, temperature, state)
    mine = contract.sides.index(MACHINE)
    made = model.step(heard[-contract.window :], chance.draw(), WIDE * temperature)
    bars = made.played[:, :, mine].astype(np.uint8)
    before = heard[-LAST * contract.bar :, 1].reshape(LAST, contract.bar, 2, roll.KEYS)
    again = [max(alike(bar, other) for other in before) for bar in bars]
    return bars[int(np.argmax(made.score - AGAIN * np.array(again)))], None


def alike(bar: roll.Roll, other: roll.Roll) -> float:
    """The share of what is struck in either of two bars that is struck in both, 0 to 1."""
    one, two = bar[:, roll.STRUCK] > 0, other[:, roll.STRUCK] > 0
    return float((one & two).sum() / max(1, (one | two).sum()))


def _since_silence(heard: roll.Roll, least: int) -> roll.Roll:
    """The last HISTORY frames, without the silence before them; `least` at least."""
    heard = heard[-HISTORY:]
    sounds = np.flatnonzero(heard.any(axis=(1, 2, 3)))
    first = int(sounds[0]) if len(sounds) else len(heard)
    return heard[min(first, len(heard) - least) :]


def _walk(
    model: RollModel, heard: roll.Roll, chance: Chance, temperature: float, state: Floats | None
) -> tuple[roll.Roll, Floats | None]:
    """With a model that goes frame by frame: it hears those, and then its own, the player's part
    being foretold too."""
    length, mine = model.contract.bar, model.contract.sides.index(MACHINE)
    silent, line = model.no_chance, state
    for n, frame in enumerate(heard[:-1]):
        place = (n + 1 - len(heard)) % length
        state = model.step(frame[None], silent, state=state, place=place).state
    frame, bar = heard[-1:], np.zeros((length, 2, roll.KEYS), np.uint8)
    for place in range(length):
        made = model.step(frame, chance.draw(), temperature, state, place)
        state, frame = made.state, made.played[0].astype(np.uint8)
        bar[place] = frame[0, mine]
        if place == 0:  # what was heard is now in it, and nothing of its own yet
            line = state
    return bar, line
