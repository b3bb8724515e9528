"""What an exported frames model gives the frames that came."""

import numpy as np
import numpy.typing as npt

from live.models.roll_model import RollModel
from live.roll import SOUNDING, STRUCK, Roll

Doubles = npt.NDArray[np.float64]


def frame_nats(model: RollModel, rolls: Roll, place: npt.NDArray[np.int64]) -> Doubles:
    """Step the model through rolls (F, 2, 2, KEYS) whose frames have these places in their bars
    (F,); the nats of each frame, (F, 2): of what sounds, and of what is struck again."""
    state, before = model.start, np.zeros_like(rolls[:1])
    logits = np.empty(rolls.shape)
    for n, frame in enumerate(rolls):
        made = model.step(before, model.no_chance, state=state, place=int(place[n]))
        logits[n], state, before = made.logits[0, 0], made.state, frame[None]
    nats = np.logaddexp(0, np.where(rolls > 0, -logits, logits))
    heard = np.concatenate((np.zeros_like(rolls[:1]), rolls[:-1]))
    goes_on = heard[:, :, SOUNDING] * rolls[:, :, SOUNDING]
    both = nats[:, :, SOUNDING], nats[:, :, STRUCK] * goes_on
    return np.stack([n.sum(axis=(1, 2)) for n in both], axis=1)
