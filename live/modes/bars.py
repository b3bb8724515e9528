"""Bar by bar: you set the first bar line by your first note; from the next one on it plays along,
in time with the tempo, until you have been silent for two bars."""

import math
from collections.abc import Sequence
from itertools import pairwise

from live.modes.scene import Decision, Scene, Turn
from live.notes import Note

SILENCE = 2  # bars


def decide(scene: Scene) -> Decision:
    patience = SILENCE * scene.bar * scene.settings.patience
    if scene.turn is not None:
        last = scene.phrase[-1].onset if scene.phrase else scene.turn.began
        return None if scene.now - last > patience and not scene.keys else scene.turn
    if not scene.phrase or scene.now - scene.phrase[-1].onset > patience:
        return None
    line = _begun(scene.phrase, patience) + scene.bar
    # A line that was missed gives way to the next one.
    line += scene.bar * max(0, math.ceil((scene.now - line) / scene.bar))
    ready = line - scene.settings.lead
    return ready if scene.now < ready else Turn(line, math.inf)


def _begun(phrase: Sequence[Note], patience: float) -> float:
    """The onset of the first note since a silence as long as ends a turn."""
    begun = phrase[0].onset
    for note, following in pairwise(phrase):
        if following.onset - note.onset > patience:
            begun = following.onset
    return begun
