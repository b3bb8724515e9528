"""The voices that sound, all rendered at once: tables with a column for each, and array operations
over all of them, so that thirty-two cost little more than one.

Pitch and loudness are set anew once a block and go straight between; an onset is exact to the
sample.
"""

import math

import numpy as np
import numpy.typing as npt

from live.sound.rows import FALL, Mix, Row, row_of
from live.sound.samples import Ready
from live.sound.sf2 import Floats

BLOCK = 128  # frames rendered at once, at most
MOST = 96  # voices; then one makes way
_FAINT = 90.0  # decibels down: what is softer is over
_DAMP = 0.06  # seconds: the release of what is ended by its group, or struck anew
_SLOWEST, _FASTEST = 1e-3, 20.0  # of the speed of a recording
_ONSET = np.array([Row.BEGINS, Row.ATTACK, Row.GAIN])
_PER_DECIBEL = -math.log(10) / 20

Table = npt.NDArray[np.float64]
Which = npt.NDArray[np.bool_]


class Voices:
    """The voices of a synth with that many frames a second."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._table: Table = np.zeros((len(Row), MOST))
        self._place = np.zeros(MOST, np.intp)  # in the pool
        self._sides = np.zeros((3, MOST), np.float32)  # how much goes left, right, and to the room
        self._new: list[tuple[int, int]] = []  # column, frame of the next block
        self._unmixed: dict[int, Mix] = {}  # of the channels that have new ones
        self._rises = 0.0  # seconds until the last attack is over
        self._vibrates = False
        self._steps = np.arange(BLOCK, dtype=np.float32)
        self.count = 0

    def rehearse(self, pool: Floats) -> None:
        """Render as many as there may be, unheard, before anything sounds: the memory and the code
        that they need are there from then on, and no first note waits for them."""
        self.count = MOST  # of nothing: they are over at once
        self.render(BLOCK, pool)

    # ---- beginning and ending

    def begin(
        self, ready: Ready, channel: int, mix: Mix, key: int, velocity: int, frame: int
    ) -> None:
        """A voice begins at a frame of the next block."""
        if self.count == MOST:
            self._drop(self._faintest())
        column, zone = self.count, ready.zone
        self._table[:, column] = row = row_of(ready, channel, key, velocity, frame, self._rate)
        self._place[column] = ready.start
        self._new.append((column, frame))
        self._unmixed[channel] = mix
        self._rises = max(self._rises, row[Row.BEGINS] + row[Row.ATTACK] - row[Row.AGE])
        self._vibrates |= zone.vibrato[2] != 0
        self.count += 1

    def _faintest(self) -> int:
        """The voice that is missed least: one that is released, and none that has just begun."""
        table = self._table
        rank = table[Row.LOUD] + 10 * (table[Row.FALLS] != -math.inf)
        return int(np.argmin(rank + 100 * (table[Row.AGE] <= 0)))

    def mix(self, channel: int, mix: Mix) -> None:
        """A channel's mix is another now."""
        table = self._table
        columns = np.flatnonzero(table[Row.CHANNEL, : self.count] == channel)
        speed = table[Row.PITCH, columns] * 2 ** (mix.bend / 12)
        table[Row.SPEED, columns] = np.clip(speed, _SLOWEST, _FASTEST)
        table[Row.GAIN, columns] = table[Row.STRENGTH, columns] * mix.gain
        angle = np.clip(table[Row.PAN, columns] + mix.pan + 0.5, 0.0, 1.0) * (math.pi / 2)
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
        return np.asarray((table[Row.CHANNEL] == channel) & (table[Row.FALLS] != -math.inf))

    def _release(self, which: Which, within: float | None = None) -> None:
        """within: seconds; None as their zones have it."""
        for column in np.flatnonzero(which):
            row = self._table[:, column]
            risen = (row[Row.AGE] - row[Row.BEGINS]) / row[Row.ATTACK]
            if 0.0 < risen < 1.0:  # it falls from where it is
                row[Row.DOWN] = -20 * math.log10(risen)
            if row[Row.AGE] > 0.0:
                row[Row.ATTACK] = 1 / self._rate
            row[Row.FALLS], row[Row.LIMIT] = -math.inf, math.inf
            row[Row.SLOPE] = row[Row.RELEASE] if within is None else FALL / within

    def end(self, channel: int, key: int, held: bool) -> None:
        """A key comes up; held: the pedal is down, and it sounds on."""
        which = self._which(channel) & (self._table[Row.KEY, : self.count] == key)
        if held:
            self._table[Row.HELD, : self.count][which] = 1.0
        else:
            self._release(which)

    def end_held(self, channel: int) -> None:
        """The pedal comes up."""
        self._release(self._which(channel) & (self._table[Row.HELD, : self.count] > 0))

    def end_all(self, channel: int) -> None:
        """All of a channel's keys come up."""
        self._release(self._which(channel))

    def damp(self, channel: int, key: int) -> None:
        """A key is struck anew: what it sounds makes way."""
        self._release(self._which(channel) & (self._table[Row.KEY, : self.count] == key), _DAMP)

    def damp_group(self, channel: int, group: int) -> None:
        """One of a group begins, such as a closed hi-hat: the others of it make way."""
        self._release(self._which(channel) & (self._table[Row.GROUP, : self.count] == group), _DAMP)

    def silence(self, channel: int) -> None:
        """All of a channel's voices end now."""
        self._drop_all(self._table[Row.CHANNEL, : self.count] == channel)

    # ---- rendering

    def render(self, frames: int, pool: Floats) -> Floats:
        """The next frames (BLOCK at most), shape (3, frames): left, right, and what goes to the
        reverb."""
        count = self.count
        if not count:
            self._rises, self._vibrates = 0.0, False
            return np.zeros((3, frames), np.float32)
        for channel, of_it in self._unmixed.items():
            self.mix(channel, of_it)
        self._unmixed.clear()
        table, steps = self._table[:, :count], self._steps[:frames]
        passed = frames / self._rate
        table[Row.AGE] += passed
        speed = table[Row.SPEED]
        if self._vibrates:
            speed = speed * np.exp2(_vibrato(table) / 12)
        before = table[Row.LOUD].astype(np.float32)
        loud = self._level(table, passed)
        change = (loud - before).astype(np.float32)
        change /= frames
        gains = change[:, None] * (steps + 1)
        gains += before[:, None]
        ahead = speed.astype(np.float32)[:, None] * steps
        ahead += table[Row.PART].astype(np.float32)[:, None]
        if self._new:
            columns, begins = np.array(self._new).T
            since = steps - begins[:, None]
            ahead[columns] = speed[columns, None] * since
            begin, attack, gain = table[_ONSET[:, None], columns][:, :, None]
            rises = (since / self._rate - begin) / attack
            gains[columns] = np.clip(rises, 0.0, 1.0) * gain * (since >= 0)
        wave = _read(pool, self._place[:count], ahead)
        wave *= gains
        mix: Floats = self._sides[:, :count] @ wave
        table[Row.LOUD] = loud
        self._go_on(table, frames, speed)
        return mix

    def _level(self, table: Table, passed: float) -> Table:
        """The gains at the end of this block: they rise in a straight line, and fall in
        decibels."""
        falls = table[Row.AGE] - table[Row.FALLS]
        np.maximum(falls, 0.0, out=falls)
        np.minimum(falls, passed, out=falls)
        falls *= table[Row.SLOPE]
        falls += table[Row.DOWN]
        down: Table = np.minimum(falls, table[Row.LIMIT])
        table[Row.DOWN] = down
        level: Table = np.exp(down * _PER_DECIBEL)
        level *= table[Row.GAIN]
        if self._rises > 0.0:
            self._rises -= passed
            rises = (table[Row.AGE] - table[Row.BEGINS]) / table[Row.ATTACK]
            np.maximum(rises, 0.0, out=rises)
            np.minimum(rises, 1.0, out=rises)
            level *= rises
        return level

    def _go_on(self, table: Table, frames: int, speed: Table) -> None:
        place, part = self._place[: self.count], table[Row.PART]
        part += speed * frames
        if self._new:
            columns, begins = np.array(self._new).T
            part[columns] -= speed[columns] * begins
            self._new.clear()
        whole = np.floor(part)
        part -= whole
        place += whole.astype(np.intp)
        past = place - table[Row.END]
        over = table[Row.DOWN] > _FAINT
        if past.max() >= 0:
            loop = table[Row.LOOP]
            for one in np.flatnonzero((past >= 0) & (loop > 0)):
                place[one] -= int(loop[one]) * (int(past[one] // loop[one]) + 1)
            over |= (past >= 0) & (loop == 0)
        if over.any():
            self._drop_all(over)


def _vibrato(table: Table) -> Table:
    """Semitones off: a triangle."""
    since = table[Row.AGE] - table[Row.VIBRATO_DELAY]
    cycle = np.maximum(since, 0.0) * table[Row.VIBRATO_RATE] + 0.75
    wave = 4 * np.abs(cycle - np.floor(cycle) - 0.5) - 1
    return np.asarray(table[Row.VIBRATO] * wave)


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
