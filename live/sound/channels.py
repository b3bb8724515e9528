"""The sixteen channels of the synth: the sound of each, its wheel, its controllers."""

from live import midi
from live.sound.rows import Mix
from live.sound.sf2 import DRUMS

DRUM_CHANNEL = 9
_DATA, _VOLUME, _PAN, _EXPRESSION = 6, 7, 10, 11
_RPN_FINE, _RPN, _RESET = 100, 101, 121
_BEND_RANGE = 2.0  # semitones
_UNSET = (127, 127)


class Channels:
    """What has been told, by channel."""

    def __init__(self) -> None:
        self.mixes = [Mix() for _ in range(midi.CHANNELS)]
        self.pedals = [False] * midi.CHANNELS
        self._wheels = [0.0] * midi.CHANNELS
        self._ranges = [_BEND_RANGE] * midi.CHANNELS
        self._banks = [(0, 0)] * midi.CHANNELS
        self._numbers = [_UNSET] * midi.CHANNELS
        self._loud = [[100, 127] for _ in range(midi.CHANNELS)]
        for channel in range(midi.CHANNELS):
            self.control(channel, midi.REVERB, 25)
            self.reset(channel)

    def bank(self, channel: int) -> int:
        """The bank that the next program is of. Fonts count by the coarse number or by both."""
        coarse, fine = self._banks[channel]
        if channel == DRUM_CHANNEL:
            return DRUMS
        return coarse * 128 + fine if fine else coarse

    def wheel(self, channel: int, fine: int, coarse: int) -> None:
        self._wheels[channel] = ((coarse << 7 | fine) - 8192) / 8192
        self.mixes[channel].bend = self._wheels[channel] * self._ranges[channel]

    def control(self, channel: int, number: int, value: int) -> None:
        """A controller that has no note to begin or end."""
        if number == midi.BANK:
            self._banks[channel] = value, 0
        elif number == midi.BANK_FINE:
            self._banks[channel] = self._banks[channel][0], value
        elif number in (_VOLUME, _EXPRESSION):
            self._loud[channel][number == _EXPRESSION] = value
            volume, expression = self._loud[channel]
            self.mixes[channel].gain = (volume * expression / 127**2) ** 2
        elif number == _PAN:
            self.mixes[channel].pan = (value - 64) / 126
        elif number == midi.REVERB:
            self.mixes[channel].send = value / 127
        elif number in (_RPN, _RPN_FINE):
            before = self._numbers[channel]
            self._numbers[channel] = (value, before[1]) if number == _RPN else (before[0], value)
        elif number == _DATA and self._numbers[channel] == (0, 0):
            self._ranges[channel] = float(value)
            self.mixes[channel].bend = self._wheels[channel] * value
        elif number == _RESET:
            self.reset(channel)

    def reset(self, channel: int) -> None:
        """Reset All Controllers: those that are played, not those of the mix (RP-015)."""
        self.wheel(channel, 0, 64)
        self._numbers[channel] = _UNSET
        self.pedals[channel] = False
        self.control(channel, _EXPRESSION, 127)
