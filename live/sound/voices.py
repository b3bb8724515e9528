"""The voices that sound, all rendered at once: tables with a column for each, and array operations
over all of them, so that thirty-two cost little more than one.

Pitch and loudness are set anew once a block and go straight between; an onset is exact to the
sample.
"""

import math
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from live.sound.samples import Ready
from live.sound.sf2 import Floats

BLOCK = 128  # frames rendered at once, at most
MOST = 96  # voices; then one makes way
_FAINT = 90.0  # decibels down: what is softer is over
_FALL = 100.0  # decibels: what decay and release are the times of
_DAMP = 0.06  # seconds: the release of what is ended by its group, or struck anew
_SLOWEST, _FASTEST = 1e-3, 20.0  # of the speed of a recording
_PER_DECIBEL = -math.log(10) / 20

Table = npt.NDArray[np.float64]
Which = npt.NDArray[np.bool_]


@dataclass(slots=True)
class Mix:
    """What a channel does to its voices. bend: semitones; pan: -0.5 left to 0.5; send: the share
    that goes to the reverb too."""

    bend: float = 0.0
    gain: float = 1.0
    pan: float = 0.0
    send: float = 0.0


class _Row(IntEnum):
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


class Voices:
    """The voices of a synth with that many frames a second."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._table: Table = np.zeros((len(_Row), MOST))
        self._place = np.zeros(MOST, np.intp)  # in the pool
        self._sides = np.zeros((3, MOST), np.float32)  # how much goes left, right, and to the room
        self._new: list[tuple[int, int]] = []  # column, frame of the next block
        self._rises = 0.0  # seconds until the last attack is over
        self._vibrates = False
        self._steps = np.arange(BLOCK, dtype=np.float32)
        self.count = 0

    # ---- beginning and ending

    def begin(
        self, ready: Ready, channel: int, mix: Mix, key: int, velocity: int, frame: int
    ) -> None:
        """A voice begins at a frame of the next block."""
        zone = ready.zone
        if self.count == MOST:
            self._drop(self._faintest())
        column, wait = self.count, frame / self._rate
        pitch = zone.key if zone.key >= 0 else key
        strength = zone.velocity if zone.velocity >= 0 else velocity
        semitones = (pitch - zone.root) * zone.scale + zone.tune
        above = pitch - 60
        attack = max(zone.attack, 1 / self._rate)
        falls = zone.delay + attack + zone.hold * zone.key_hold**above
        decay = max(zone.decay * zone.key_decay**above, 1e-3)
        row = dict.fromkeys(_Row, 0.0) | {
            _Row.CHANNEL: channel,
            _Row.KEY: key,
            _Row.GROUP: zone.group,
            _Row.PITCH: zone.rate / self._rate * 2 ** (semitones / 12),
            _Row.END: ready.end,
            _Row.LOOP: ready.loop,
            _Row.STRENGTH: zone.gain * (strength / 127) ** 2,
            _Row.PAN: zone.pan,
            _Row.AGE: -wait,
            _Row.BEGINS: zone.delay,
            _Row.ATTACK: attack,
            _Row.FALLS: falls,
            _Row.SLOPE: _FALL / decay,
            _Row.LIMIT: zone.sustain,
            _Row.RELEASE: _FALL / max(zone.release, 5e-3),
            _Row.VIBRATO: zone.vibrato[2] / 100,
            _Row.VIBRATO_RATE: zone.vibrato[1],
            _Row.VIBRATO_DELAY: zone.vibrato[0],
        }
        self._table[:, column] = [row[name] for name in _Row]
        self._place[column] = ready.start
        self._new.append((column, frame))
        self._rises = max(self._rises, wait + zone.delay + attack)
        self._vibrates |= zone.vibrato[2] != 0
        self.count += 1
        self._set(slice(column, column + 1), mix)

    def _faintest(self) -> int:
        """The voice that is missed least: one that is released, and none that has just begun."""
        table = self._table
        rank = table[_Row.LOUD] + 10 * (table[_Row.FALLS] != -math.inf)
        return int(np.argmin(rank + 100 * (table[_Row.AGE] <= 0)))

    def mix(self, channel: int, mix: Mix) -> None:
        """A channel's mix is another now."""
        which = self._table[_Row.CHANNEL, : self.count] == channel
        if which.any():
            self._set(np.flatnonzero(which), mix)

    def _set(self, columns: npt.NDArray[np.intp] | slice, mix: Mix) -> None:
        table = self._table
        speed = table[_Row.PITCH, columns] * 2 ** (mix.bend / 12)
        table[_Row.SPEED, columns] = np.clip(speed, _SLOWEST, _FASTEST)
        table[_Row.GAIN, columns] = table[_Row.STRENGTH, columns] * mix.gain
        angle = np.clip(table[_Row.PAN, columns] + mix.pan + 0.5, 0.0, 1.0) * (math.pi / 2)
        self._sides[0, columns] = np.cos(angle)
        self._sides[1, columns] = np.sin(angle)
        self._sides[2, columns] = mix.send

    def _drop(self, column: int) -> None:
        """The last column takes the place of one that is over."""
        self.count -= 1
        last = self.count
        self._table[:, column] = self._table[:, last]
        self._place[column] = self._place[last]
        self._sides[:, column] = self._sides[:, last]
        places = {last: column}
        self._new = [(places.get(c, c), frame) for c, frame in self._new if c != column]

    def _drop_all(self, which: Which) -> None:
        for column in np.flatnonzero(which)[::-1]:
            self._drop(int(column))

    def _which(self, channel: int) -> Which:
        """Those of a channel that are not released."""
        table = self._table[:, : self.count]
        return np.asarray((table[_Row.CHANNEL] == channel) & (table[_Row.FALLS] != -math.inf))

    def _release(self, which: Which, within: float | None = None) -> None:
        """within: seconds; None as their zones have it."""
        for column in np.flatnonzero(which):
            row = self._table[:, column]
            risen = (row[_Row.AGE] - row[_Row.BEGINS]) / row[_Row.ATTACK]
            if 0.0 < risen < 1.0:  # it falls from where it is
                row[_Row.DOWN] = -20 * math.log10(risen)
            if row[_Row.AGE] > 0.0:
                row[_Row.ATTACK] = 1 / self._rate
            row[_Row.FALLS], row[_Row.LIMIT] = -math.inf, math.inf
            row[_Row.SLOPE] = row[_Row.RELEASE] if within is None else _FALL / within

    def end(self, channel: int, key: int, held: bool) -> None:
        """A key comes up; held: the pedal is down, and it sounds on."""
        which = self._which(channel) & (self._table[_Row.KEY, : self.count] == key)
        if held:
            self._table[_Row.HELD, : self.count][which] = 1.0
        else:
            self._release(which)

    def end_held(self, channel: int) -> None:
        """The pedal comes up."""
        self._release(self._which(channel) & (self._table[_Row.HELD, : self.count] > 0))

    def end_all(self, channel: int) -> None:
        """All of a channel's keys come up."""
        self._release(self._which(channel))

    def damp(self, channel: int, key: int) -> None:
        """A key is struck anew: what it sounds makes way."""
        self._release(self._which(channel) & (self._table[_Row.KEY, : self.count] == key), _DAMP)

    def damp_group(self, channel: int, group: int) -> None:
        """One of a group begins, such as a closed hi-hat: the others of it make way."""
        self._release(
            self._which(channel) & (self._table[_Row.GROUP, : self.count] == group), _DAMP
        )

    def silence(self, channel: int) -> None:
        """All of a channel's voices end now."""
        self._drop_all(self._table[_Row.CHANNEL, : self.count] == channel)

    # ---- rendering

    def render(self, frames: int, pool: Floats) -> Floats:
        """The next frames (BLOCK at most), shape (3, frames): left, right, and what goes to the
        reverb."""
        count = self.count
        if not count:
            self._rises, self._vibrates = 0.0, False
            return np.zeros((3, frames), np.float32)
        table, steps = self._table[:, :count], self._steps[:frames]
        passed = frames / self._rate
        table[_Row.AGE] += passed
        speed = table[_Row.SPEED]
        if self._vibrates:
            speed = speed * np.exp2(_vibrato(table) / 12)
        before = table[_Row.LOUD].astype(np.float32)
        loud = self._level(table, passed)
        change = (loud - before).astype(np.float32)
        change /= frames
        gains = change[:, None] * (steps + 1)
        gains += before[:, None]
        ahead = speed.astype(np.float32)[:, None] * steps
        ahead += table[_Row.PART].astype(np.float32)[:, None]
        for column, frame in self._new:
            since = steps - frame
            ahead[column] = speed[column] * since
            rises = (since / self._rate - table[_Row.BEGINS, column]) / table[_Row.ATTACK, column]
            gains[column] = np.clip(rises, 0.0, 1.0) * table[_Row.GAIN, column] * (since >= 0)
        wave = _read(pool, self._place[:count], ahead)
        wave *= gains
        mix: Floats = self._sides[:, :count] @ wave
        table[_Row.LOUD] = loud
        self._go_on(table, frames, speed)
        return mix

    def _level(self, table: Table, passed: float) -> Table:
        """The gains at the end of this block: they rise in a straight line, and fall in
        decibels."""
        falls = table[_Row.AGE] - table[_Row.FALLS]
        np.maximum(falls, 0.0, out=falls)
        np.minimum(falls, passed, out=falls)
        falls *= table[_Row.SLOPE]
        falls += table[_Row.DOWN]
        down: Table = np.minimum(falls, table[_Row.LIMIT])
        table[_Row.DOWN] = down
        level: Table = np.exp(down * _PER_DECIBEL)
        level *= table[_Row.GAIN]
        if self._rises > 0.0:
            self._rises -= passed
            rises = (table[_Row.AGE] - table[_Row.BEGINS]) / table[_Row.ATTACK]
            np.maximum(rises, 0.0, out=rises)
            np.minimum(rises, 1.0, out=rises)
            level *= rises
        return level

    def _go_on(self, table: Table, frames: int, speed: Table) -> None:
        place, part = self._place[: self.count], table[_Row.PART]
        part += speed * frames
        for column, frame in self._new:
            part[column] -= speed[column] * frame
        self._new.clear()
        whole = np.floor(part)
        part -= whole
        place += whole.astype(np.intp)
        past = place - table[_Row.END]
        over = table[_Row.DOWN] > _FAINT
        if past.max() >= 0:
            loop = table[_Row.LOOP]
            for one in np.flatnonzero((past >= 0) & (loop > 0)):
                place[one] -= int(loop[one]) * (int(past[one] // loop[one]) + 1)
            over |= (past >= 0) & (loop == 0)
        if over.any():
            self._drop_all(over)


def _vibrato(table: Table) -> Table:
    """Semitones off: a triangle."""
    since = table[_Row.AGE] - table[_Row.VIBRATO_DELAY]
    cycle = np.maximum(since, 0.0) * table[_Row.VIBRATO_RATE] + 0.75
    wave = 4 * np.abs(cycle - np.floor(cycle) - 0.5) - 1
    return np.asarray(table[_Row.VIBRATO] * wave)


def _read(pool: Floats, place: npt.NDArray[np.intp], ahead: Floats) -> Floats:
    """The pool between its samples, by the cubic through the four around (Catmull-Rom)."""
    whole = np.floor(ahead)
    ahead -= whole
    index = whole.astype(np.intp)
    index += place[:, None]
    here = pool.take(index, mode="clip")
    index -= 1
    before = pool.take(index, mode="clip")
    index += 2
    after = pool.take(index, mode="clip")
    index += 1
    beyond = pool.take(index, mode="clip")
    # here + x/2 (after - before + x (2 before - 5 here + 4 after - beyond
    #     + x (3 (here - after) + beyond - before)))
    across = here - after
    beyond -= before
    out = 3 * across
    out += beyond
    out *= ahead
    out -= beyond
    out += before
    across *= 4
    out -= across
    out -= here
    out *= ahead
    out += after
    out -= before
    ahead *= 0.5
    out *= ahead
    out += here
    return out
