"""The player's keyboard: which of its messages are music, which steer, and what is held down."""

from dataclasses import dataclass

from live import midi
from live.hold import Hold
from live.left_hand import LeftHand
from live.notes import HeldNotes
from live.plan import Heard
from live.settings import Settings


@dataclass(frozen=True)
class Touch:
    """What a message comes to.

    takes_floor: the hands yield to it; steers: the left hand asks for another harmony by it;
    begins: it is a note of music; ended: pitches whose keys came up, or were down already when they
    were struck.
    """

    takes_floor: bool = False
    steers: bool = False
    begins: bool = False
    ended: frozenset[int] = frozenset()


NOTHING = Touch()


class Keyboard:
    """Follows every message in order.

    released: when a key of the music came up last (seconds); pressed: since when the control is
    held that gives the machine the floor, None if it is not; seq: of the last message.
    """

    def __init__(self) -> None:
        self.seq = 0
        self.released: float | None = None
        self._held = HeldNotes()
        self._hold = Hold()
        self._left = LeftHand()

    def apply(self, settings: Settings) -> None:
        self._left.apply(settings)
        self._hold.apply(settings)

    @property
    def keys(self) -> frozenset[int]:
        """Pitches of the music whose keys are down."""
        return self._held.keys

    @property
    def pressed(self) -> float | None:
        return self._hold.pressed

    def classes_by(self, settings: Settings) -> frozenset[int]:
        """Pitch classes (0-11) that the left hand asks for by settings that are not applied yet."""
        return self._left.classes_by(settings)

    def hear(self, heard: Heard) -> Touch:
        if heard.seq <= self.seq:  # other hands: nobody knows what was let go meanwhile
            self._held = HeldNotes()
            self._hold.release()
        self.seq = heard.seq
        message, at = heard.message, heard.at
        if max(message[1:3], default=0) > 127:
            return NOTHING  # damaged
        if self._left.takes(message):
            return Touch(steers=self._left.hear(message))
        down = self.keys
        is_music = not self._hold.hear(message, at)
        if is_music or midi.is_note_off(message):  # it may have been music when it went down
            self._held.hear(message, at)
        ended = down - self.keys
        if ended:
            self.released = at
        begins = is_music and midi.is_note_on(message)
        struck = {message[1]} & down if begins else frozenset()
        # The hands yield to every key, the one that gives the floor not excepted.
        return Touch(midi.takes_floor(message), begins=begins, ended=ended | struck)
