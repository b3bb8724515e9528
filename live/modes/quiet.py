"""Has the player left the music? In the ways of playing in which both play at once."""

from live.modes.scene import Scene
from live.tempo.sources import SILENCE


def is_quiet(scene: Scene) -> bool:
    """No key is down, and none has been struck for two bars (by the player's patience)."""
    if scene.keys:
        return False
    if scene.phrase:
        last = scene.phrase[-1].onset
    elif scene.turn is not None:
        last = scene.turn.began
    else:
        return True
    return scene.now - last > SILENCE * scene.bar * scene.settings.patience
