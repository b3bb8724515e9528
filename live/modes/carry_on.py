"""Continue: it carries on from where you are.

With a control set to hold the floor, it plays while that is held; without one, from your pause on.
Either way your own notes silence it, and it goes on from your next pause.
"""

import math

from live.modes.pause import paused_at
from live.modes.scene import Decision, Scene, Turn


def decide(scene: Scene) -> Decision:
    if scene.held is False:
        return None
    if scene.turn is not None:
        return scene.turn
    if scene.held and not scene.phrase and not scene.keys:
        return Turn(scene.now, math.inf)
    at = paused_at(scene.phrase, scene.keys, scene.released, scene.settings.patience)
    if at is None or scene.now < at:
        return at
    return Turn(scene.now, math.inf)
