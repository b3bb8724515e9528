"""The keys below a split: the left hand's chords steer what the machine plays, and are no music to
it."""

from live import midi
from live.scales import scale_on
from live.settings import Settings

EVERY = frozenset(range(12))
FEWEST = 2  # pitch classes that make a chord


class LeftHand:
    """A chord is the keys that go down from when none was on; it stays when they come up.

    classes: the pitch classes (0-11) that the machine keeps to.
    """

    def __init__(self) -> None:
        self._down: set[int] = set()
        self._chord: set[int] = set()
        self._split = 0
        self._sets = ""

    def apply(self, settings: Settings) -> None:
        if settings.split != self._split:
            self._down, self._chord = set(), set()
        self._split, self._sets = settings.split, settings.left

    def takes(self, message: bytes) -> bool:
        """Whether the message is one of the left hand's keys."""
        is_note = midi.is_note_on(message) or midi.is_note_off(message)
        return is_note and message[1] < self._split

    def hear(self, message: bytes) -> bool:
        """One of its keys; whether it now asks for something else than before."""
        before, pitch = self.classes, message[1]
        if midi.is_note_off(message):
            self._down.discard(pitch)
        else:
            self._chord = {*(self._chord if self._down else ()), pitch}
            self._down.add(pitch)
        return self.classes != before

    @property
    def chord(self) -> frozenset[int]:
        """The pitches of its last chord."""
        return frozenset(self._chord)

    @property
    def classes(self) -> frozenset[int]:
        return self._asks(self._sets)

    def classes_by(self, settings: Settings) -> frozenset[int]:
        """Those that it would ask for by other settings, which are not applied."""
        return self._asks(settings.left) if settings.split == self._split else EVERY

    def _asks(self, sets: str) -> frozenset[int]:
        classes = frozenset(pitch % 12 for pitch in self._chord)
        if len(classes) < FEWEST:
            return EVERY
        if sets == "chord":
            return classes
        root = min(self._chord) % 12
        return scale_on(root, "minor" if (root + 3) % 12 in classes else "major")
