"""The synth that a stem is rendered on: the one of live play, with room above for the loudest."""

from collections.abc import Callable
from pathlib import Path

from live.render.audio import decibels
from live.sound.samples import Samples
from live.sound.sf2 import SoundFont
from live.sound.synth import Synth

_SOFT = 0.1  # the synth clips at its fullest; at this volume nothing does


def synths(font: Path, rate: int) -> Callable[[str], Synth]:
    """Opens a synth for a stem; all share what they read of the font. Raises FontError."""
    samples = Samples(SoundFont(font))

    def opened(_: str) -> Synth:
        synth = Synth(samples, rate)
        synth.volume = _SOFT
        return synth

    return opened


def gain(volume: float) -> float:
    """What makes a stem as loud as live play at that volume (0 to 1) does, in dB."""
    return decibels((volume / _SOFT) ** 2)
