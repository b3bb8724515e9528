"""Continue: it carries on from where you are.

With a control set to give it the floor, it plays while that is held, from the moment it is pressed;
without one, from your pause on. Either way your own notes silence it, and it goes on after your
next pause.
"""

import math

from live.modes.pause import paused_at
from live.modes.scene import Decision, Scene, Turn


def decide(scene: Scene) -> Decision:
    if scene.settings.hold and scene.held is None:
        return None
    if scene.turn is not None:
        return scene.turn
    if scene.held is not None and (not scene.phrase or scene.held >= scene.phrase[-1].onset):
        return Turn(scene.now, math.inf)
    at = paused_at(scene.phrase, scene.keys, scene.released, scene.settings.patience)
    if at is None or scene.now < at:
        return at
    return Turn(scene.now, math.inf)
