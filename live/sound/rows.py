"""What is known of a voice: a row for each thing in the table of all of them, and what they are as
it begins."""

from dataclasses import dataclass
from enum import IntEnum

from live.sound.samples import Ready

FALL = 100.0  # decibels: what decay and release are the times of


@dataclass(slots=True)
class Mix:
    """What a channel does to its voices. bend: semitones; pan: -0.5 left to 0.5; send: the share
    that goes to the reverb too."""

    bend: float = 0.0
    gain: float = 1.0
    pan: float = 0.0
    send: float = 0.0


class Row(IntEnum):
    """The rows of the table of doubles."""

    CHANNEL = 0
    KEY = 1
    GROUP = 2
    HELD = 3  # 1: its key is up, and the pedal holds it
    PITCH = 4  # samples a frame, unbent
    SPEED = 5  # samples a frame
    END = 6  # in the pool
    LOOP = 7  # samples to go back at the end; 0: it is over there
    STRENGTH = 8  # by its zone and its velocity
    GAIN = 9  # the same, by its channel
    PAN = 10  # of its zone
    AGE = 11  # seconds, with all times below
    BEGINS = 12  # the attack
    ATTACK = 13
    FALLS = 14  # from when on it falls; infinitely long ago when released
    SLOPE = 15  # decibels a second
    LIMIT = 16  # decibels down, to which it falls
    DOWN = 17  # decibels at the end of the last block
    LOUD = 18  # the gain at the end of the last block
    VIBRATO = 19  # semitones
    VIBRATO_RATE = 20  # Hz
    VIBRATO_DELAY = 21
    PART = 22  # of a sample, beyond the place
    RELEASE = 23  # decibels a second


def row_of(
    ready: Ready, channel: int, key: int, velocity: int, frame: int, rate: int
) -> list[float]:
    """A voice that begins at a frame of the next block, without what its channel does to it."""
    zone = ready.zone
    pitch = zone.key if zone.key >= 0 else key
    strength = zone.velocity if zone.velocity >= 0 else velocity
    semitones = (pitch - zone.root) * zone.scale + zone.tune
    above = pitch - 60
    attack = max(zone.attack, 1 / rate)
    decay = max(zone.decay * zone.key_decay**above, 1e-3)
    row = [0.0] * len(Row)
    row[Row.CHANNEL] = channel
    row[Row.KEY] = key
    row[Row.GROUP] = zone.group
    row[Row.PITCH] = zone.rate / rate * 2 ** (semitones / 12)
    row[Row.END] = ready.end
    row[Row.LOOP] = ready.loop
    row[Row.STRENGTH] = zone.gain * (strength / 127) ** 2
    row[Row.PAN] = zone.pan
    row[Row.AGE] = -frame / rate
    row[Row.BEGINS] = zone.delay
    row[Row.ATTACK] = attack
    row[Row.FALLS] = zone.delay + attack + zone.hold * zone.key_hold**above
    row[Row.SLOPE] = FALL / decay
    row[Row.LIMIT] = zone.sustain
    row[Row.RELEASE] = FALL / max(zone.release, 5e-3)
    row[Row.VIBRATO_DELAY], row[Row.VIBRATO_RATE], cents = zone.vibrato
    row[Row.VIBRATO] = cents / 100
    return row
