"""What becomes of a message of the player's on its way out, and which are not the player's.

Pure: no ports, no clock.
"""

from collections import deque

from live import midi

_MOST_SENDS = 64  # remembered for one key and kind


def rechannel(message: bytes, channel: int | None) -> bytes:
    """The message on another channel (0-15; None leaves it). System messages have none."""
    if channel is None or not midi.has_channel(message):
        return message
    return bytes(((message[0] & 0xF0) | channel,)) + message[1:]


class Echo:
    """Knows the machine's own notes when they come back at the input.

    Only note-ons and note-offs that were sent by the machine, within `window` seconds, and each
    sending is good for one coming back. A note-on must come back as strong as it was sent. All
    else is the player's.
    """

    def __init__(self, window: float) -> None:
        self._window = window
        self._sent: dict[tuple[bool, int, int], deque[tuple[float, int]]] = {}

    def sent(self, message: bytes, at: float) -> None:
        """Remember a note message that the machine sends at `at` (seconds)."""
        on = midi.is_note_on(message)
        key = (on, message[0] & 0x0F, message[1])
        queue = self._sent.get(key)
        if queue is None:
            queue = self._sent[key] = deque(maxlen=_MOST_SENDS)
        queue.append((at, message[2] if on else 0))

    def is_echo(self, message: bytes, at: float) -> bool:
        """True if this is one of the machine's own notes come back; it is then used up."""
        on = midi.is_note_on(message)
        if not on and not midi.is_note_off(message):
            return False
        queue = self._sent.get((on, message[0] & 0x0F, message[1]))
        if not queue:
            return False
        while queue and at - queue[0][0] > self._window:
            queue.popleft()
        velocity = message[2] if on else 0
        for sending in queue:
            if sending[1] == velocity:
                queue.remove(sending)
                return True
        return False
