"""The synth that a stem is rendered on: the one of live play, with room above for the loudest."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from live import midi
from live.hands.programs import selecting
from live.render.audio import decibels
from live.render.score import Stem, with_program
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


def voiced(stem: Stem, bank: int = 0, program: int = 0, reverb: float | None = None) -> Stem:
    """The stem with a program (1-128; 0: its own) of a bank (0: its own) on the channels that it
    plays on, and so much reverb (0 to 1) on all."""
    return with_program(stem, _setting_up(stem.channels, bank, program, reverb))


def _setting_up(
    channels: Iterable[int], bank: int, program: int, reverb: float | None
) -> Iterator[bytes]:
    for channel in channels:
        yield from selecting(channel, bank, program)
        if reverb is not None:
            yield midi.control_change(channel, midi.REVERB, round(reverb * 127))
