"""What a browser holds down, to be let go when it goes."""

from dataclasses import dataclass, field

from live import midi


@dataclass
class Held:
    """What one browser holds down: (channel, pitch), and the channels of its pedals."""

    keys: set[tuple[int, int]] = field(default_factory=set)
    pedals: set[int] = field(default_factory=set)

    def hear(self, message: bytes) -> None:
        if midi.is_note_on(message):
            self.keys.add((midi.channel_of(message), message[1]))
        elif midi.is_note_off(message):
            self.keys.discard((midi.channel_of(message), message[1]))
        elif midi.is_control(message, midi.SUSTAIN):
            down = message[2] >= 64
            (self.pedals.add if down else self.pedals.discard)(midi.channel_of(message))

    def let_go(self) -> list[bytes]:
        ends = [midi.note_off(*key) for key in sorted(self.keys)]
        return ends + [midi.control_change(c, midi.SUSTAIN, 0) for c in sorted(self.pedals)]
