"""Bar by bar: from the bar line after your first note on it plays along, until you have been
silent for two bars."""

import math

from live.modes.quiet import is_quiet
from live.modes.scene import Decision, Scene, Turn

LATE = 0.02  # seconds that it may be woken too late and still begin at the bar line


def decide(scene: Scene) -> Decision:
    line = scene.timeline
    if line is None or is_quiet(scene):
        return None
    return scene.turn or from_next_bar(scene)


def from_next_bar(scene: Scene) -> Decision:
    """A turn that begins at the next bar line and has no end, when that is about to come."""
    line, now, lead = scene.timeline, scene.now, scene.settings.notice
    assert line is not None
    began = line.time_of(max(0.0, line.line(line.beat_at(now + lead - LATE))))
    return began - lead if now < began - lead else Turn(began, math.inf)
