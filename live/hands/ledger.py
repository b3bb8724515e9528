"""What sounds now at an output, and who holds it: the book that nothing may be missing from.

Each output has a page of its own. A key is one channel and pitch. The machine, the click and each
of the player's inputs may hold the same key at once; the synth is told to end it when the last of
them lets go, so that none cuts another. The book is kept in shared memory: if the hands are
killed, whoever started them still knows what sounds. Entries are made before a note-on is sent and
struck out after the note-off is, so a fall in between leaves an entry too many, never one too few.
The keys ended last are remembered too: what was handed to the system a moment before a fall may
never have left it.

Everything here is data; sending is the caller's.
"""

import re
from collections.abc import Iterator, MutableSequence
from multiprocessing.sharedctypes import RawArray
from typing import Any

from live import midi

MACHINE = 0x80
CLICK = 0x40
PLAYER = 0x3F  # one bit for each of the player's inputs
ANYBODY = MACHINE | CLICK | PLAYER
MOST_OWED = 4  # note-offs sent for one key, however often it was struck while held

_KEYS = midi.CHANNELS * 128
_OWED = _KEYS
_PEDALS = 2 * _KEYS
_RECENT = _PEDALS + midi.CHANNELS + 1  # the byte before counts, round and round
_RECENT_KEYS = 64
SIZE = _RECENT + 2 * _RECENT_KEYS  # of a page
PAGES = 8  # outputs at most


def shared_book() -> Any:
    """Empty shared memory, to be made by the supervisor and passed to the hands."""
    return RawArray("B", PAGES * SIZE)


def pages(book: Any) -> list[memoryview]:
    """A shared book's pages, in the order of the outputs: each for a Ledger."""
    whole = memoryview(book).cast("B")
    return [whole[start : start + SIZE] for start in range(0, len(whole), SIZE)]


def player(source: int) -> int:
    """The holder's mark of the player's input number `source` (0-5, the last is the page)."""
    return 1 << source


class Ledger:
    """Who holds which key and pedal at an output. Not for two threads at once: the caller has a
    lock.

    The methods that end something are generators: each yields a message to be sent and strikes
    the entry out only when asked for the next one, after the sending.
    """

    def __init__(self, page: MutableSequence[int] | memoryview | None = None) -> None:
        self._book = bytearray(SIZE) if page is None else page
        # The machine's keys once more, in order of striking: a touch ends them without a search.
        self._machine = dict.fromkeys(_held(self._book, MACHINE))

    def begin(self, channel: int, pitch: int, who: int) -> None:
        """Write down a note-on that is about to be sent."""
        key = channel * 128 + pitch
        holders = self._book[key]
        if who == MACHINE:
            self._machine[key] = None
        if self._book[_OWED + key] < MOST_OWED:
            self._book[_OWED + key] += 1
        self._book[key] = holders | who

    def end(self, channel: int, pitch: int, who: int, velocity: int = 0) -> Iterator[bytes]:
        """The note-offs to send when `who` lets go: none while somebody else holds the key.

        A key struck several times over (by both sides) is owed as many note-offs: some synths
        count them.
        """
        key = channel * 128 + pitch
        holders = self._book[key]
        if not holders & who:
            return
        if not holders & ~who:
            for _ in range(self._book[_OWED + key]):
                yield midi.note_off(channel, pitch, velocity)
            self._book[_OWED + key] = 0
            self._remember(channel, pitch)
        self._book[key] &= ~who & 0xFF
        if who & MACHINE:
            self._machine.pop(key, None)

    def _remember(self, channel: int, pitch: int) -> None:
        """Among the keys ended last. Stored plus one: 0 is an empty place."""
        place = self._book[_RECENT - 1]
        self._book[_RECENT + 2 * place] = channel + 1
        self._book[_RECENT + 2 * place + 1] = pitch
        self._book[_RECENT - 1] = (place + 1) % _RECENT_KEYS

    def holds(self, channel: int, pitch: int, who: int) -> bool:
        return bool(self._book[channel * 128 + pitch] & who)

    def pedal(self, channel: int, down: bool, who: int) -> None:
        """Write down a sustain pedal message: before sending it if down, after it if up."""
        if down:
            self._book[_PEDALS + channel] |= who
        else:
            self._book[_PEDALS + channel] &= ~who & 0xFF

    def forget_channel(self, channel: int, who: int) -> None:
        """`who` has ended all its notes on the channel itself (CC 120 or 123)."""
        for pitch in range(128):
            for _ in self.end(channel, pitch, who):
                pass

    def end_all(self, who: int) -> Iterator[bytes]:
        """End exactly the notes of `who`, then lift the pedals that `who` holds down."""
        for key in tuple(self._machine) if who == MACHINE else _held(self._book, who):
            if holders := self._book[key] & who:
                yield from self.end(key >> 7, key & 0x7F, holders)
        for channel in range(midi.CHANNELS):
            held = self._book[_PEDALS + channel]
            if held & who:
                if not held & ~who:
                    yield midi.control_change(channel, midi.SUSTAIN, 0)
                self._book[_PEDALS + channel] &= ~who & 0xFF

    def clear(self) -> None:
        """Forget everything (after All Notes Off on every channel)."""
        self._book[:SIZE] = bytes(SIZE)
        self._machine.clear()

    @property
    def machine_sounds(self) -> bool:
        return bool(self._machine)

    def keys(self, who: int) -> list[tuple[int, int]]:
        """The (channel, pitch) pairs that `who` holds."""
        return keys(self._book, who)


def keys(page: Any, who: int = ANYBODY) -> list[tuple[int, int]]:
    """What sounds, read from a page: also from another process, also after a fall."""
    return [(key >> 7, key & 0x7F) for key in _held(page, who)]


# Of two thousand keys few are held: a loop over all takes as long as a hundred messages.
_anybodys = re.compile(rb"[^\0]").finditer


def _held(page: Any, who: int) -> list[int]:
    """The keys that `who` holds, each counted from the first one of channel 0."""
    found = _anybodys(bytes(page[:_KEYS]))
    return [its.start() for its in found if its[0][0] & who]


def left_sounding(page: Any) -> list[tuple[int, int]]:
    """What may sound after the hands have fallen: the keys held, and those ended last."""
    recent = bytes(page)[_RECENT:SIZE]
    ended = [(c - 1, p) for c, p in zip(recent[::2], recent[1::2], strict=True) if c]
    return list(dict.fromkeys([*keys(page), *ended]))


def pedals(page: Any, who: int = ANYBODY) -> list[int]:
    """The channels whose sustain pedal is down, read from a page."""
    held = bytes(page)[_PEDALS : _PEDALS + midi.CHANNELS]
    return [channel for channel, holders in enumerate(held) if holders & who]


def all_notes_off() -> Iterator[bytes]:
    """The last resort: on every channel pedal up, All Notes Off, All Sound Off."""
    for channel in range(midi.CHANNELS):
        yield midi.control_change(channel, midi.SUSTAIN, 0)
        yield midi.control_change(channel, midi.ALL_NOTES_OFF, 0)
        yield midi.control_change(channel, midi.ALL_SOUND_OFF, 0)
