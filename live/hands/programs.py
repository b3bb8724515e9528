"""The sounds that the synths are asked for: a program, and a bank where there are many, for each
side on its channels. No lock: the caller keeps its own."""

from collections.abc import Iterable, Iterator, Sequence

from live import midi
from live.hands.config import HandsSettings
from live.hands.destinations import Destination
from live.hands.ledger import MACHINE, PLAYER

SOUND = ("program", "program_you", "bank", "bank_you", "reverb")  # settings that are heard
Asked = dict[tuple[int, int], tuple[int, int]]


def asked(settings: HandsSettings, channels: Iterable[int]) -> Asked:
    """(side, as the ledger marks it, and channel, 0-15) -> bank and program, as they are set.

    channels: those that the machine plays on (0-15). The player's is where thru moves notes to,
    else the first."""
    yours = {(PLAYER, max(0, settings.thru_channel - 1)): sound_of(settings, PLAYER)}
    return yours | {(MACHINE, c): sound_of(settings, MACHINE) for c in channels}


def sound_of(settings: HandsSettings, side: int) -> tuple[int, int]:
    """Bank and program of a side, as the ledger marks it."""
    if side == PLAYER:
        return settings.bank_you, settings.program_you
    return settings.bank, settings.program


def selecting(channel: int, bank: int, program: int) -> Iterator[bytes]:
    """The messages that select a program (1-128) of a bank (1-16384; 0: as it is). None for
    program 0, which leaves the sound alone."""
    if not program:
        return
    if bank:
        yield midi.control_change(channel, midi.BANK, bank - 1 >> 7)
        yield midi.control_change(channel, midi.BANK_FINE, bank - 1 & 0x7F)
    yield midi.program_change(channel, program - 1)


def mixing(settings: HandsSettings) -> tuple[bytes, ...]:
    """How loud the built-in synth is, and how much room is around it."""
    reverb = round(settings.reverb * 127)
    sends = (midi.control_change(c, midi.REVERB, reverb) for c in range(midi.CHANNELS))
    return (midi.master_volume(settings.volume), *sends)


class Programs:
    """Tells the outputs which sounds are asked for, and the built-in synth how to mix them."""

    def __init__(self, destinations: Sequence[Destination], settings: HandsSettings) -> None:
        self._destinations = destinations
        self._settings = settings
        self._channels: tuple[int, ...] = ()
        self._told: Asked = {}
        self._mixed: tuple[bytes, ...] = ()

    def apply(self, settings: HandsSettings) -> None:
        """These settings hold: what is new is sent."""
        self._settings = settings
        before, self._told = self._told, asked(settings, self._channels)
        for place, sound in self._told.items():
            if before.get(place) != sound:
                for one in self._destinations:
                    self._select(one, *place, *sound)
        mixed, self._mixed = self._mixed, mixing(settings)
        if mixed != self._mixed:
            for one in self._destinations:
                self._mix(one)

    def play_on(self, channels: Iterable[int]) -> None:
        """The machine plays on these channels (0-15) from now on."""
        self._channels = tuple(c for c in channels if c in range(midi.CHANNELS))
        self.apply(self._settings)

    def tell(self, one: Destination) -> None:
        """All of it, to an output that may have forgotten."""
        self._mix(one)
        for place, sound in self._told.items():
            self._select(one, *place, *sound)

    def _mix(self, one: Destination) -> None:
        for message in self._mixed if one.is_synth else ():
            one.send(message)

    def _select(self, one: Destination, side: int, channel: int, bank: int, program: int) -> None:
        if one.takes & side:
            for message in selecting(channel, bank, program):
                one.send(message)
