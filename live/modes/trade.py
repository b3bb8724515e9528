"""Call and response by the bar: you play so many bars, it answers as many, and so on.

Your bars begin with the one you come in on. Where you leave them all empty it waits for you.
"""

import math

from live.modes.scene import Decision, Scene, Turn

EARLY = 0.5  # beats: a note so little before its bar belongs to it


def decide(scene: Scene) -> Decision:
    line, s = scene.timeline, scene.settings
    if line is None or scene.turn is not None:
        return scene.turn if line is not None else None
    length = s.trade * line.bar
    its = -math.inf if scene.ended is None else round(line.beat_at(scene.ended))
    beats = (line.beat_at(note.onset) + EARLY for note in scene.phrase)
    first = next((beat for beat in beats if beat >= its), None)
    if first is None:
        return None
    yours = its if first < its + length else math.floor(first / line.bar) * line.bar
    began = line.time_of(yours + length)
    if scene.now < began - s.lead:
        return began - s.lead
    if scene.now > began + line.period:  # too late for this time
        return None
    return Turn(began, line.time_of(yours + 2 * length))
