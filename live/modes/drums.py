"""It plays the beat along: from the next bar line on, for as long as the beat goes on."""

from live.modes.bars import from_next_bar
from live.modes.scene import Decision, Scene


def decide(scene: Scene) -> Decision:
    if scene.timeline is None:
        return None
    return scene.turn or from_next_bar(scene)
