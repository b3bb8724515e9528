"""The ways of playing: each looks at the scene and says whether the machine has the floor."""

from live.modes import answer, bars, carry_on
from live.modes.scene import Mode, Scene, Turn
from live.plan import OnTouch

MODES: dict[str, Mode] = {
    "answer": answer.decide,
    "continue": carry_on.decide,
    "bars": bars.decide,
}
# What the hands do when the player starts a note: in all others they yield.
TOUCH = {"bars": OnTouch.KEEP}

__all__ = ["MODES", "TOUCH", "Mode", "Scene", "Turn"]
