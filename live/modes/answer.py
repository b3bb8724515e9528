"""Call and response: it listens while you play; when you pause, it answers at about your length."""

from live.modes.pause import paused_at
from live.modes.scene import Decision, Scene, Turn

SHORTEST = 1.0  # seconds


def decide(scene: Scene) -> Decision:
    if scene.turn is not None:
        return scene.turn
    s = scene.settings
    at = paused_at(scene.phrase, scene.keys, scene.released, s.patience)
    if at is None or scene.now < at:
        return at
    first, last = scene.phrase[0], scene.phrase[-1]
    ended = max(last.onset, scene.released or 0.0)
    length = min(s.longest, max(SHORTEST, s.length * (ended - first.onset)))
    return Turn(scene.now, scene.now + length)
