"""The ways of playing: each looks at the scene and says whether the machine has the floor."""

from live.modes import answer, carry_on
from live.modes.scene import Mode, Scene, Turn

MODES: dict[str, Mode] = {"answer": answer.decide, "continue": carry_on.decide}

__all__ = ["MODES", "Mode", "Scene", "Turn"]
