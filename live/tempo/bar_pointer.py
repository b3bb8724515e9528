"""The chances of every tempo and every place in the bar, after each chord.

A bar pointer (Whiteley, Cemgil and Godsill, Bayesian modelling of temporal structure in musical
audio, ISMIR 2006): the state is a tempo and a place in the bar, here on a grid of TEMPOS by CELLS a
beat, filtered forward only. Between two chords every place moves on by its own tempo, as a shift
of its Fourier series, and both spread a little. A chord is an event of an inhomogeneous Poisson
process: that it came counts for the places where chords are common, by what its accents say, and
that none came before it counts against every place that would have had some on the way. That
silence is what tells a tempo from its double (Krebs, Boeck and Widmer, An efficient state-space
model for joint tempo and meter tracking, ISMIR 2015, observe every frame). Whether beats are
divided in two or in three is weighed too, for each tempo by itself. Chords are not independent of
one another, so all evidence is tempered.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from live.tempo.accents import PLACES, Floats

Ints = npt.NDArray[np.int64]
Singles = npt.NDArray[np.float32]  # for the large tables: twice as fast

SLOWEST, FASTEST, TEMPOS = 40.0, 215.0, 80  # beats a minute, in equal ratios
CELLS = 16  # to the beat
GRID = 12  # to the beat: where notes are written
USUAL, SPREAD = 75.0, 0.3  # beats a minute, and its deviation as a share: what to expect
NOISE, NOISE_SHARE = 0.018, 0.015  # deviation of an onset: seconds, and beats
STRAY = 0.06  # chords a beat that lie anywhere
# How likely a bar has a chord at each of PLACES but the last: of songs whose beats are divided in
# two (a little below what --learn counts), and of those that divide them in three (set by hand).
RATES = np.array(((0.95, 0.85, 0.83, 0.72, 0.18, 0.02), (0.95, 0.85, 0.83, 0.1, 0.05, 0.7)))
DIVIDED = np.array((0.93, 0.07))  # what to expect
REDIVIDED = 0.02  # chance that this changes, a chord
SILENCE = 0.7  # tempering, from 0 (no evidence) to 1: of chords that did not come; of those that
# did it is a half
MOST = 3.0  # chords missing, at most: a rest is not a slow tempo
DRIFT = 0.006  # deviation of the tempo, as a share, after a second
SWAY = 0.02  # deviation of the place, in beats, after a beat
ANEW = 0.002  # chance that everything begins anew: a chord, and half of it a second
MOST_ANEW = 0.5
TINY = 1e-9


# What lies how many twelfths after a beat.
_AFTER = {0: "beat", 3: "quarter", 4: "third", 6: "half", 8: "third", 9: "quarter"}
_PARTS = np.array([PLACES.index(_AFTER.get(part, "elsewhere")) for part in range(GRID)])


def place_of(at: Floats, bar: int) -> Ints:
    """Index into PLACES for beats since the bar began; bar: its beats."""
    twelfths = np.rint(np.mod(at, bar) * GRID).astype(np.int64) % (bar * GRID)
    beat, part = np.divmod(twelfths, GRID)
    kinds = _PARTS[part]
    kinds[(part == 0) & (beat == 0)] = PLACES.index("downbeat")
    if bar % 2 == 0 and bar > 2:
        kinds[(part == 0) & (beat == bar // 2)] = PLACES.index("middle")
    return kinds


@dataclass(frozen=True)
class Bar:
    """What holds for bars of so many beats, made once. T tempos, P places, K of PLACES, D ways to
    divide a beat.

    bpm: (T,); prior: (T, P); kinds: how near each of PLACES, a second, (K, T * P); hazards: of
    chords there, (D, K); passed: chords to expect since the bar before began, (D, T * 2P); whole:
    in a bar, (D, T).
    """

    beats: int
    bpm: Floats
    prior: Floats
    kinds: Singles
    hazards: Floats
    passed: Singles
    whole: Singles

    @property
    def size(self) -> int:
        return self.beats * CELLS


@cache
def bar_of(beats: int) -> Bar:
    """The Bar of so many beats."""
    bpm = np.geomspace(SLOWEST, FASTEST, TEMPOS)
    size = beats * CELLS
    width = np.maximum(np.hypot(NOISE * bpm / 60, NOISE_SHARE), 0.6 / CELLS)[:, None, None]
    grid = np.arange(beats * GRID) / GRID
    away = np.abs(np.arange(size)[:, None] / CELLS - grid)
    away = np.minimum(away, beats - away)
    close = np.exp(-0.5 * (away / width) ** 2) / (width * np.sqrt(2 * np.pi))
    whose = place_of(grid, beats)
    kinds = np.stack(
        [close[..., whose == kind].sum(axis=2) for kind in range(len(PLACES) - 1)]
        + [np.ones((TEMPOS, size))]
    )
    hazards = np.hstack([-np.log1p(-RATES), np.full((len(RATES), 1), STRAY)])
    passed = np.cumsum(np.tensordot(hazards, kinds, axes=1) / CELLS, axis=2)
    twice = np.concatenate([passed, passed + passed[..., -1:]], axis=2)
    tempo = np.exp(-0.5 * (np.log(bpm / USUAL) / SPREAD) ** 2)
    prior = np.repeat(tempo[:, None] / tempo.sum() / size, size, axis=1)
    return Bar(
        beats=beats,
        bpm=bpm,
        prior=prior,
        kinds=(kinds * (bpm / 60)[:, None]).reshape(len(PLACES), -1).astype(np.float32),
        hazards=hazards,
        passed=twice.reshape(len(RATES), -1).astype(np.float32),
        whole=passed[..., -1].astype(np.float32),
    )


@dataclass(frozen=True, slots=True)
class Chances:
    """here: of every tempo and place, (T, P); divided: for each tempo, of each division, (T, D)."""

    here: Floats
    divided: Floats


@dataclass(frozen=True, slots=True)
class Ahead:
    """The chances as a chord comes, which is not heard yet. silence: what it says that none came
    before it, (D, T, P)."""

    chances: Chances
    silence: Singles


def at_first(bar: Bar) -> Ahead:
    """As the first chord comes."""
    divided = np.repeat(DIVIDED[None], TEMPOS, axis=0)
    return Ahead(Chances(bar.prior, divided), np.ones((len(DIVIDED), 1, 1), dtype=np.float32))


def moved(chances: Chances, bar: Bar, seconds: float) -> Ahead:
    """As the next chord comes, so many seconds after the last."""
    shift = seconds * bar.bpm / 60  # beats
    turn = np.empty((TEMPOS, bar.size // 2 + 1), dtype=complex)
    turn[:, 0] = 1
    turn[:, 1:] = np.exp(-2j * np.pi * shift / bar.beats)[:, None]
    np.multiply.accumulate(turn, axis=1, out=turn)
    turn *= np.exp(np.outer(np.minimum(shift, bar.beats), -_sway(bar.beats)))
    here = np.maximum(np.fft.irfft(np.fft.rfft(chances.here) * turn, n=bar.size), 0)
    share = min(0.3, 0.5 * seconds * (DRIFT / np.log(bar.bpm[1] / bar.bpm[0])) ** 2)
    here[1:-1] += share * (here[2:] + here[:-2] - 2 * here[1:-1])
    anew = min(MOST_ANEW, ANEW * max(1.0, 2 * seconds))
    here = here * ((1 - anew) / here.sum()) + anew * bar.prior
    missed = np.minimum(_missed(bar, shift), np.float32(MOST))
    return Ahead(Chances(here, chances.divided), np.exp(np.float32(-SILENCE) * missed))


@cache
def _sway(beats: int) -> Floats:
    harmonics = np.arange(beats * CELLS // 2 + 1, dtype=np.float64)
    sway: Floats = 0.5 * np.square(2 * np.pi * SWAY / beats * harmonics)
    return sway


def _missed(bar: Bar, shift: Floats) -> Singles:
    """Chords to expect on the way to each place over so many beats (T,): (D, T, P)."""
    laps, cells = np.divmod(np.rint(shift * CELLS).astype(np.int64), bar.size)
    starts = np.arange(1, 2 * TEMPOS, 2) * bar.size - cells
    before = bar.passed[:, starts[:, None] + np.arange(bar.size)]
    now = bar.passed.reshape(len(RATES), TEMPOS, 2 * bar.size)[..., bar.size :]
    missed: Singles = now - before + (laps.astype(np.float32) * bar.whole)[..., None]
    return missed


def weighed(ahead: Ahead, bar: Bar, odds: Floats) -> Chances:
    """The chances once a chord has come whose odds of PLACES are these (K,)."""
    before = ahead.chances
    told = np.sqrt((bar.hazards * odds).astype(np.float32) @ bar.kinds).reshape(
        len(RATES), *before.here.shape
    )
    told *= ahead.silence
    here = before.here * np.einsum("td,dtp->tp", before.divided, told)
    divided = before.divided * np.einsum("tp,dtp->td", before.here, told) + TINY**2
    divided /= divided.sum(axis=1, keepdims=True)
    return Chances(here / here.sum(), divided + REDIVIDED * (DIVIDED - divided))


@dataclass(frozen=True, slots=True)
class Guess:
    """chance: of it and all that is near it; bpm; place: beats since the bar began."""

    chance: float
    bpm: float
    place: float


WIDE, NEAR = 4, CELLS // 6  # tempos and cells on either side that count as one guess


def near(here: Floats, bar: Bar, bpm: float, place: float) -> Guess:
    """What is likely around a tempo and a place (beats): its mean."""
    row = int(np.argmin(np.abs(bar.bpm - bpm)))
    rows = slice(max(0, row - WIDE), row + WIDE + 1)
    cell = round(place * CELLS)
    offs = np.arange(-NEAR, NEAR + 1)
    window = here[rows, (cell + offs) % bar.size]
    chance = float(window.sum())
    if chance < TINY:
        return Guess(0.0, bpm, place % bar.beats)
    mean = float(window.sum(axis=1) @ np.log(bar.bpm[rows])) / chance
    off = float(window.sum(axis=0) @ offs) / chance
    return Guess(chance, float(np.exp(mean)), (cell + off) / CELLS % bar.beats)


def likeliest(here: Floats, bar: Bar) -> Guess:
    """The best guess."""
    smooth = here.copy()
    smooth[1:-1] += here[2:] + here[:-2]
    smooth = smooth + np.roll(smooth, 1, axis=1) + np.roll(smooth, -1, axis=1)
    row, cell = divmod(int(smooth.argmax()), bar.size)
    return near(here, bar, float(bar.bpm[row]), cell / CELLS)
