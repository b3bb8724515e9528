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
    its = -math.inf
    if scene.ended is not None:  # in another way of playing that may have been within a bar
        its = round(line.beat_at(scene.ended)) // line.bar * line.bar
    beats = (line.beat_at(note.onset) + EARLY for note in scene.phrase)
    starts = (
        its if beat < its + length else math.floor(beat / line.bar) * line.bar
        for beat in beats
        if beat >= its
    )
    # An answer that did not come within a beat of its time (it rested, say) is not waited for.
    gone = line.beat_at(scene.now) - 1 - length
    yours = next((start for start in starts if start >= gone), None)
    if yours is None:
        return None
    began = line.time_of(yours + length)
    if scene.now < began - s.notice:
        return began - s.notice
    return Turn(began, line.time_of(yours + 2 * length))
