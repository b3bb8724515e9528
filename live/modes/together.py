"""Both play all the time: from your first note on, until you have been silent for two bars.

What each has to play is the model's to foretell: a duet, an accompaniment, a melody over chords.
"""

import math

from live.modes.quiet import is_quiet
from live.modes.scene import Decision, Scene, Turn


def decide(scene: Scene) -> Decision:
    if is_quiet(scene):
        return None
    return scene.turn or Turn(scene.now, math.inf)
