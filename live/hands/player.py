"""What the player plays: passed on, told to the mind, and taken as a wish for the floor. No lock:
the caller keeps its own. Times are seconds on the session's clock."""

from collections.abc import Callable, Sequence

from live import midi
from live.hands import ledger as books
from live.hands.config import PAGE, HandsConfig, HandsSettings
from live.hands.destinations import Destination
from live.hands.figures import Figures
from live.hands.ledger import PLAYER
from live.hands.machine import Machine
from live.hands.outbox import Outbox
from live.hands.passing import Passing, thru
from live.hands.sounding import Sounding
from live.plan import Heard, OnTouch
from live.tempo.clock_in import TRANSPORT


class Player:
    """The messages that come in, and the keys that are down.

    on_touch: what the machine does at a touch; touch: the number of the last one it yielded to.
    """

    def __init__(
        self,
        config: HandsConfig,
        destinations: Sequence[Destination],
        clock: Callable[[], float],
        machine: Machine,
        sounding: Sounding,
        outbox: Outbox,
        figures: Figures,
    ) -> None:
        self._settings = config.settings
        self._clock = clock
        self._machine = machine
        self._sounding = sounding
        self._outbox = outbox
        self._figures = figures
        self._passing = Passing(destinations, thru(config.settings))
        self._down: set[tuple[int, int, int]] = set()  # all of them: source, channel, pitch
        self._mute_key, self._split = config.mute_key, config.split
        self._seq = 0
        self.on_touch = OnTouch.YIELD
        self.touch = 0

    def set_keys(self, mute: int | None, split: int) -> None:
        """Keys that are controls and do not take the floor: one that is not even passed on, and
        all below a split."""
        self._mute_key, self._split = mute, split

    def apply(self, settings: HandsSettings) -> None:
        """These settings hold; what is held through a thru that changes ends first."""
        before, self._settings = self._settings, settings
        if thru(settings) != thru(before):
            self.end_all()
            self._passing.thru = thru(settings)

    def hear(self, source: int, message: bytes, at: float) -> None:
        """One message of the player's (or an echo of ours) has come in at `at`."""
        kind = message[0] & 0xF0
        steers = False
        if kind in (midi.NOTE_ON, midi.NOTE_OFF) and len(message) == 3:
            is_on = midi.is_note_on(message)
            if self._is_echo(source, message, is_on, at):
                self._figures.counts["echoes"] += 1
                return
            key = (source, message[0] & 0x0F, message[1])
            (self._down.add if is_on else self._down.discard)(key)
            steers = message[1] < self._split or message[1] == self._mute_key
            if message[1] != self._mute_key:
                self._passing.note(source, message)
        elif message[0] in TRANSPORT:
            self._keep_time(source, message, at)
            return
        else:
            self._passing.other(source, message)
        done = self._clock()
        self.forward(message, at, yields=not steers and midi.takes_floor(message))
        self._figures.thru.add(done - at, done)

    def forward(self, message: bytes, at: float, yields: bool) -> None:
        """To the mind; yields: after the machine has given up the floor, if it is to."""
        self._seq += 1
        if yields and self.on_touch is OnTouch.YIELD:
            self.touch = self._seq
            if self._machine.give_way():
                self._figures.counts["yields"] += 1
        self._outbox.put(Heard(self._seq, at, message))
        self._figures.counts["heard"] += 1

    def _keep_time(self, source: int, message: bytes, at: float) -> None:
        """Clock and transport: 24 times a beat, so the mind hears only what they come to."""
        if not self._settings.clock_out:  # or what follows ours would hear two
            self._passing.other(source, message)
        if (beat := self._machine.beats.hear(source, message, at)) is not None:
            self._outbox.put(beat)

    def _is_echo(self, source: int, message: bytes, is_on: bool, at: float) -> bool:
        if source == PAGE:  # nothing of ours comes back there
            return False
        # The end of a key that the player holds is the player's: taking it for ours would leave
        # the note hanging, and taking ours for it only ends it early.
        if not is_on and self._passing.holds(source, message[0] & 0x0F, message[1]):
            return False
        return self._sounding.is_echo(message, at)

    def end_all(self) -> None:
        """End what is held through us."""
        self._sounding.end_all(PLAYER)
        self._passing.forget()

    def lost(self, source: int) -> None:
        """An input is gone: nobody will lift the keys that were held on it."""
        self._sounding.end_all(books.player(source))
        self._passing.forget(source)
        lost = [key for key in self._down if key[0] == source]
        self._down.difference_update(lost)
        for _, channel, pitch in lost:  # or the mind would wait for them for ever
            self.forward(midi.note_off(channel, pitch), self._clock(), yields=False)
