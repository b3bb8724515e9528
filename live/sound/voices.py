"""The voices that sound, all rendered at once: a table with a column for each, and array
operations over all of them, so that thirty-two cost little more than one.

Pitch and loudness are set anew once a block and go straight between; an onset is exact to the
sample.
"""

import math
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from live.sound.samples import Floats, Ready

BLOCK = 128  # frames rendered at once, at most
MOST = 96  # voices; then the faintest makes way
_FAINT = 10 ** (-90 / 20)  # a voice fainter than this is over
_FALL = 100.0  # decibels: what decay and release are the times of
_DAMP = 0.06  # seconds: the release of what is ended by its group, or struck anew
_SLOWEST, _FASTEST = 1e-3, 20.0  # of the speed of a recording

Table = npt.NDArray[np.float64]


class _Row(IntEnum):
    """The rows of the table."""

    CHANNEL = 0
    KEY = 1
    GROUP = 2
    PLACE = 3  # in the pool, with its fraction
    SPEED = 4  # samples a frame
    END = 5
    LOOP = 6  # samples to go back at the end; 0: it is over there
    GAIN = 7
    PAN = 8
    AGE = 9  # seconds, with all times below
    DELAY = 10
    ATTACK = 11
    HOLD = 12
    DECAY = 13  # decibels a second
    SUSTAIN = 14  # decibels down
    RELEASE = 15  # decibels a second
    ENDED = 16  # when it was released; infinite until then
    SINCE = 17  # the envelope then
    LEVEL = 18  # the envelope at the end of the last block
    LOUD = 19  # the gain at the end of the last block
    VIBRATO = 20  # cents
    VIBRATO_RATE = 21  # Hz
    VIBRATO_DELAY = 22
    HELD = 23  # 1: its key is up, and the pedal holds it


class Voices:
    """The voices of a synth with that many frames a second."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._table: Table = np.zeros((len(_Row), MOST))
        self._new: list[tuple[int, int]] = []  # column, frame of the next block
        self.count = 0

    # ---- beginning and ending

    def begin(self, ready: Ready, channel: int, key: int, velocity: int, frame: int) -> None:
        """A voice begins at a frame of the next block."""
        zone = ready.zone
        if self.count == MOST:
            self._drop(int(np.argmin(self._table[_Row.LOUD, : self.count])))
        row = self._table[:, self.count]
        pitch = zone.key if zone.key >= 0 else key
        strength = zone.velocity if zone.velocity >= 0 else velocity
        semitones = (pitch - zone.root) * zone.scale + zone.tune
        above = pitch - 60
        decay = max(zone.decay * zone.key_decay**above, 1e-3)
        row[:] = (
            channel,
            key,
            zone.group,
            ready.start,
            zone.rate / self._rate * 2 ** (semitones / 12),
            ready.end,
            ready.loop,
            zone.gain * (strength / 127) ** 2,
            zone.pan,
            -frame / self._rate,
            zone.delay,
            max(zone.attack, 1 / self._rate),
            zone.hold * zone.key_hold**above,
            _FALL / decay,
            zone.sustain,
            _FALL / max(zone.release, 5e-3),
            math.inf,
            0.0,
            0.0,
            0.0,
            zone.vibrato[2],
            zone.vibrato[1],
            zone.vibrato[0],
            0.0,
        )
        self._new.append((self.count, frame))
        self.count += 1

    def _drop(self, column: int) -> None:
        """The last column takes the place of one that is over."""
        self.count -= 1
        self._table[:, column] = self._table[:, self.count]
        places = {self.count: column}
        self._new = [(places.get(c, c), frame) for c, frame in self._new if c != column]

    def _which(self, channel: int) -> npt.NDArray[np.bool_]:
        table = self._table[:, : self.count]
        return (table[_Row.CHANNEL] == channel) & np.isinf(table[_Row.ENDED])

    def _release(self, which: npt.NDArray[np.bool_], within: float | None = None) -> None:
        table = self._table[:, : self.count]
        fresh = table[_Row.AGE] <= 0  # not rendered yet
        table[_Row.ENDED, which] = np.maximum(table[_Row.AGE], 0.0)[which]
        table[_Row.SINCE, which] = np.where(fresh, 1.0, table[_Row.LEVEL])[which]
        if within is not None:
            table[_Row.RELEASE, which] = _FALL / within

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
        which = self._which(channel) & (self._table[_Row.KEY, : self.count] == key)
        if which.any():
            self._release(which, _DAMP)

    def damp_group(self, channel: int, group: int) -> None:
        """One of a group begins, such as a closed hi-hat: the others of it make way."""
        which = self._which(channel) & (self._table[_Row.GROUP, : self.count] == group)
        if which.any():
            self._release(which, _DAMP)

    def silence(self, channel: int) -> None:
        """All of a channel's voices end now."""
        over = self._table[_Row.CHANNEL, : self.count] == channel
        for column in np.flatnonzero(over)[::-1]:
            self._drop(int(column))

    # ---- rendering

    def render(
        self, frames: int, pool: Floats, bend: Table, gains: Table, pans: Table, sends: Table
    ) -> Floats:
        """The next frames (BLOCK at most), shape (3, frames): left, right, and what goes to the
        reverb. By channel (16): bend in semitones, gain, pan (-0.5 to 0.5), and the share sent."""
        count = self.count
        if not count:
            return np.zeros((3, frames), np.float32)
        table = self._table[:, :count]
        channel = table[_Row.CHANNEL].astype(np.intp)
        age = table[_Row.AGE]
        speed = table[_Row.SPEED] * np.exp2(self._bent(table, age, bend[channel]) / 12)
        np.clip(speed, _SLOWEST, _FASTEST, out=speed)
        level = _level(table, age + frames / self._rate)
        before, after = table[_Row.LOUD], level * table[_Row.GAIN] * gains[channel]
        step = np.arange(frames, dtype=np.float32)
        loud = ((after - before) / frames).astype(np.float32)[:, None] * (step + 1)
        loud += before.astype(np.float32)[:, None]
        place = np.floor(table[_Row.PLACE])
        part = (table[_Row.PLACE] - place).astype(np.float32)
        ahead = speed.astype(np.float32)[:, None] * step + part[:, None]
        for column, frame in self._new:
            ahead[column] = speed[column] * (step - frame)
            age_there = (step - frame) / self._rate - table[_Row.DELAY, column]
            full = table[_Row.GAIN, column] * gains[channel[column]]
            rises = np.clip(age_there / table[_Row.ATTACK, column], 0.0, 1.0) * full
            loud[column] = rises * (step >= frame)
        wave = _read(pool, place.astype(np.intp), ahead)
        wave *= loud
        angle = np.clip(table[_Row.PAN] + pans[channel] + 0.5, 0.0, 1.0) * (math.pi / 2)
        mix = np.stack((np.cos(angle), np.sin(angle), sends[channel])).astype(np.float32) @ wave
        self._go_on(table, frames, speed, level, after)
        return np.asarray(mix, np.float32)

    def _bent(self, table: Table, age: Table, bend: Table) -> Table:
        """Semitones off: the wheel's, and the vibrato's (a triangle)."""
        cycle = np.maximum(age - table[_Row.VIBRATO_DELAY], 0.0) * table[_Row.VIBRATO_RATE] + 0.25
        wave = 4 * np.abs(cycle - np.floor(cycle) - 0.5) - 1
        return np.asarray(bend - table[_Row.VIBRATO] / 100 * wave)

    def _go_on(self, table: Table, frames: int, speed: Table, level: Table, loud: Table) -> None:
        done = np.full(self.count, float(frames))
        for column, frame in self._new:
            done[column] = frames - frame
        self._new.clear()
        table[_Row.PLACE] += speed * done
        table[_Row.AGE] += frames / self._rate
        table[_Row.LEVEL] = level
        table[_Row.LOUD] = loud
        past = table[_Row.PLACE] - table[_Row.END]
        loop = table[_Row.LOOP]
        looped = (past >= 0) & (loop > 0)
        if looped.any():
            table[_Row.PLACE, looped] -= loop[looped] * (np.floor(past[looped] / loop[looped]) + 1)
        over = (past >= 0) & (loop == 0)
        since = table[_Row.AGE] - table[_Row.DELAY] - table[_Row.ATTACK]
        over |= (level < _FAINT) & ((since > 0) | ~np.isinf(table[_Row.ENDED]))
        for column in np.flatnonzero(over)[::-1]:
            self._drop(int(column))


def _level(table: Table, age: Table) -> Table:
    """The envelopes (1 at their fullest) at these ages: it rises in a straight line, and falls in
    decibels."""
    age = age - table[_Row.DELAY]
    attack = table[_Row.ATTACK]
    fallen = np.clip(
        (age - attack - table[_Row.HOLD]) * table[_Row.DECAY], 0.0, table[_Row.SUSTAIN]
    )
    rises = np.clip(age / attack, 0.0, 1.0)
    ended = table[_Row.ENDED]
    if np.isinf(ended).all():
        return np.asarray(rises * 10 ** (fallen / -20))
    released = np.isfinite(ended)
    since = np.where(released, age + table[_Row.DELAY] - np.where(released, ended, 0.0), 0.0)
    out = table[_Row.SINCE] * 10 ** (since * table[_Row.RELEASE] / -20)
    return np.where(released, out, rises * 10 ** (fallen / -20))


def _read(pool: Floats, place: npt.NDArray[np.intp], ahead: Floats) -> Floats:
    """The pool between its samples, by the cubic through the four around (Catmull-Rom)."""
    whole = np.floor(ahead)
    x = ahead - whole
    index = whole.astype(np.intp)
    index += place[:, None]
    here = pool.take(index, mode="clip")
    index -= 1
    before = pool.take(index, mode="clip")
    index += 2
    after = pool.take(index, mode="clip")
    index += 1
    beyond = pool.take(index, mode="clip")
    cubic = 3 * (here - after) + beyond - before
    square = 2 * before - 5 * here + 4 * after - beyond
    return np.asarray(here + 0.5 * x * (after - before + x * (square + x * cubic)), np.float32)
