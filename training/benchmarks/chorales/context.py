"""What a chorale's cells are foretold from: the grid so far, seen from each voice's last pitch.

Cells are taken frame by frame, in each soprano, bass, alto, tenor: the outer voices first, as a
harmony is written. A cell's symbol is its pitch in semitones from the last pitch of its voice, so
that 0 is a note that goes on; or silence. All pitches it is foretold from are in semitones from
that same pitch: what is learned in one key is known in all. Nothing of a later cell is read.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

ORDER = (0, 3, 1, 2)
VOICES = len(ORDER)
USUAL = np.array([70, 64, 58, 48])  # what stands for a voice's last pitch before its first
WIDEST = 16  # semitones from one pitch to the next that have a symbol of their own
SILENCE, WIDER = 2 * WIDEST + 1, 2 * WIDEST + 2
SYMBOLS = 2 * WIDEST + 3
BAR = 16  # frames
FAR = 24  # semitones; further is as far
LASTING = np.array([1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 16, 24, 32])  # frames, in classes
MATCHES = np.array([4, 8, 16])  # frames that were alike, in classes
LENGTHS = len(MATCHES) + 1
EARLIER = 3  # notes
BACK = (2, 4, 8, 12, 16, 32)  # frames
FADING = (8, 32, 128, np.inf)  # frames in which what is past counts for a third
HELD = 7  # frames in which nothing moves: a fermata


@dataclass(frozen=True)
class Cells:
    """Of one grid of T frames, (T, VOICES, ...), voices in the grid's order.

    choices: (T, VOICES, K), each from 0 up to below its size; amounts: (T, VOICES, F);
    symbols: (T, VOICES).
    """

    choices: npt.NDArray[np.int16]
    amounts: npt.NDArray[np.float32]
    symbols: npt.NDArray[np.int8]
    sizes: tuple[int, ...]


def symbols_of(grid: Ints) -> Ints:
    """(T, VOICES)."""
    leap = grid - earlier(last_pitches(grid), 1, USUAL)
    return np.where(grid < 0, SILENCE, np.where(abs(leap) > WIDEST, WIDER, leap + WIDEST))


def last_pitches(grid: Ints) -> Ints:
    """(T, VOICES): the pitch of each voice, of the last note where it is silent."""
    at = np.where(grid >= 0, np.arange(len(grid))[:, None], -1)
    at = np.maximum.accumulate(at, axis=0)
    return np.where(at < 0, USUAL, np.take_along_axis(grid, np.maximum(at, 0), 0))


def earlier(array: npt.NDArray, frames: int, first: npt.ArrayLike) -> npt.NDArray:
    """The array as it was some frames ago, `first` where it had not begun."""
    before = np.broadcast_to(first, (min(frames, len(array)), *array.shape[1:]))
    return np.concatenate((before, array[:-frames])) if frames < len(array) else before.copy()


def recalled(grid: Ints) -> tuple[Ints, Ints]:
    """For each frame, the latest of those that followed the longest stretch that ended as the
    grid now does, and how long that was, in frames: (T,), (T,); -1 and 0 where there is none."""
    chords = np.unique(grid, axis=0, return_inverse=True)[1].ravel()
    found, length = np.full(len(grid), -1), np.zeros(len(grid), np.int64)
    alike = np.zeros(len(grid), np.int64)  # up to here, by where the earlier stretch ends
    for t in range(1, len(grid)):
        alike[1:t] = np.where(chords[: t - 1] == chords[t - 1], alike[: t - 1] + 1, 0)
        if t > 1 and alike[1:t].any():
            found[t] = t - 1 - int(alike[t - 1 : 0 : -1].argmax())
            length[t] = alike[found[t]]
    return found, length


def _pitch_classes(grid: Ints) -> list[Floats]:
    """How much each pitch class sounded, (T, 12), as a share, for each of FADING."""
    now = np.zeros((len(grid), 12))
    for line in grid.T:
        now[np.flatnonzero(line >= 0), line[line >= 0] % 12] += 1
    shares = []
    for frames in FADING:
        total, sums = np.zeros(12), np.zeros_like(now)
        for t in range(len(grid)):
            sums[t] = total
            total = total * (1 - 1 / frames) + now[t]
        shares.append(sums / np.maximum(sums.sum(axis=1, keepdims=True), 1e-9))
    return shares


def _by_place(happens: npt.NDArray[np.bool_]) -> Floats:
    """How often it happened so far in this place of the bar and in the 15 after it, a bar:
    (T,) -> (T, BAR). It finds the upbeat, which the grid does not tell."""
    frames = np.arange(len(happens))
    each = np.zeros((len(happens), BAR))
    each[frames, frames % BAR] = happens
    counts = np.cumsum(each, axis=0) - each
    ahead = (frames[:, None] + np.arange(BAR)) % BAR
    return np.asarray(np.take_along_axis(counts, ahead, 1) / (1 + frames[:, None] / BAR))


def classes(values: Ints, edges: Ints) -> Ints:
    """Which of the stretches between edges each value lies in, from 0."""
    return np.searchsorted(edges, values, side="right")


class _Past:
    """What is known of a grid as each of its frames begins; arrays are (T, VOICES).

    pitch, sounds: of the frame before, as last_pitches and as the grid has it; lasts: frames
    since the voice changed; before, lasted: pitch and frames of the notes before that, latest
    first; ago: pitches and grid of BACK frames ago. And of the frame itself: grid, pitches,
    changes, symbols.
    """

    def __init__(self, grid: Ints) -> None:
        self.grid, self.pitches, self.symbols = grid, last_pitches(grid), symbols_of(grid)
        self.frames = np.arange(len(grid))
        self.changes = np.concatenate((np.ones((1, VOICES), bool), np.diff(grid, axis=0) != 0))
        self.ago = [(earlier(self.pitches, b, USUAL), earlier(grid, b, -2)) for b in (1, *BACK)]
        self.pitch, self.sounds = self.ago.pop(0)
        self._notes()
        still = self.lasts.min(axis=1) >= HELD
        over = (earlier(still, 1, False) & ~still) * self.frames
        self.phrase = self.frames - np.maximum.accumulate(over)
        self.sounded = _pitch_classes(grid)
        self.places = [_by_place(change) for change in self.changes.T]
        self.fermatas = _by_place(still)
        self.again, length = recalled(grid)
        self.alike = classes(length, MATCHES)

    def _notes(self) -> None:
        shape = (EARLIER, *self.grid.shape)
        self.lasts = np.zeros(self.grid.shape, np.int64)
        self.before, self.lasted = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        pitch = np.tile(USUAL, (EARLIER + 1, 1))
        length = np.zeros((EARLIER + 1, VOICES), np.int64)
        for t, new in enumerate(self.changes):
            self.lasts[t], self.before[:, t], self.lasted[:, t] = length[0], pitch[1:], length[1:]
            pitch[1:, new], length[1:, new] = pitch[:-1, new], length[:-1, new]
            pitch[0, new], length[0, new] = self.pitches[t, new], 0
            length[0] += 1


def cells_of(grid: Ints) -> Cells:
    """What each cell is foretold from. grid: (T, VOICES), MIDI pitches, -1 for silence."""
    past = _Past(grid)
    columns = [_choices(past, voice) for voice in range(VOICES)]
    return Cells(
        np.stack([np.stack([values for values, _ in c], 1) for c in columns], 1).astype(np.int16),
        np.stack([_amounts(past, voice) for voice in range(VOICES)], 1).astype(np.float32),
        symbols_of(grid).astype(np.int8),
        tuple(size for _, size in columns[0]),
    )


def _choices(past: _Past, voice: int) -> list[tuple[Ints, int]]:
    """Whole numbers, (T,), and of how many each is one."""
    home, frames = past.pitch[:, voice], past.frames
    known = ORDER[: ORDER.index(voice)]  # the voices whose cell in this frame is known
    changed = {u: past.changes[:, u] for u in known}
    now = [past.pitches[:, u] if u in known else past.pitch[:, u] for u in range(VOICES)]
    sounds = [past.grid[:, u] if u in known else past.sounds[:, u] for u in range(VOICES)]
    from_bass = (home - now[3]) % 12

    def away(pitches: Ints, sounding: Ints | None = None) -> tuple[Ints, int]:
        steps = np.clip(pitches - home, -FAR, FAR) + FAR
        if sounding is not None:  # silent, or before the piece
            steps = np.where(sounding < 0, 2 * FAR - sounding, steps)
        return steps, 2 * FAR + 3

    def octaveless(pitches: Ints) -> Ints:
        return (pitches - home) % 12

    def of_known(what: list[Ints]) -> Ints:
        return sum(what, np.zeros(len(frames), np.int64))

    # Where in the piece and the bar; each voice's pitch, how long it has lasted, whether it moved.
    place, lasts = frames % BAR, [classes(past.lasts[:, u], LASTING) for u in range(VOICES)]
    found: list[tuple[Ints, int]] = [(place, BAR), (np.minimum(frames, BAR) // 4, 5)]
    for u in range(VOICES):
        moved = 1 + changed[u] if u in known else np.zeros_like(frames)
        found.append(away(now[u], sounds[u]))
        found.append((lasts[u] * 3 + moved, len(LASTING) * 3 + 3))
        found.append((octaveless(now[u]), 12))
    # The notes before: of this voice and the others; chords some beats ago; the first bass note.
    for note in range(EARLIER):
        found.append(away(past.before[note][:, voice]))
        found.append((classes(past.lasted[note][:, voice], LASTING), len(LASTING) + 1))
    for u in (u for u in range(VOICES) if u != voice):
        before = past.before[0][:, u]
        found.append(away(before))
        found.append(away(np.where(changed[u], past.pitch[:, u], before) if u in known else before))
    found += [away(pitches[:, u], grid[:, u]) for pitches, grid in past.ago for u in range(VOICES)]
    found.append((np.where(frames > 0, octaveless(past.pitches[0, 3]), 12), 13))

    # What came the last time, and how many voices have gone that way again.
    symbol = np.where(past.again < 0, SYMBOLS, past.symbols[past.again, voice])
    agree = of_known([past.grid[past.again, u] == past.grid[:, u] for u in known])
    found.append((symbol * LENGTHS + past.alike, (SYMBOLS + 1) * LENGTHS))
    found.append((np.where(past.again < 0, 0, 1 + agree * LENGTHS + past.alike), 4 * LENGTHS + 1))

    # The chord as a whole; how the voice moves within the beat; the phrase; its height.
    found += [((now[u] - now[3]) % 12, 12) for u in range(3)] + [(from_bass, 12)]
    for one, other in ((0, 3), (1, 2), (3, 1), (3, 2)):
        found.append((octaveless(now[one]) * 12 + octaveless(now[other]), 144))
    found.append((of_known(list(changed.values())) * 4 + frames % 4, 16))
    found.append((lasts[voice] * 8 + frames % 8, (len(LASTING) + 1) * 8))
    found.append((np.minimum(past.phrase // 2, 20) * 4 + frames % 4, 84))
    found.append(away(np.full_like(home, USUAL[voice])))
    return found


def _amounts(past: _Past, voice: int) -> Floats:
    """(T, F), about from 0 to 3: pitch classes that sounded, from the voice's last pitch; where in
    the bar notes begin and fermatas lie; when the voice and any voice moved lately."""
    turned = (np.arange(12) + past.pitch[:, voice, None]) % 12
    sounded = [3 * np.take_along_axis(share, turned, 1) for share in past.sounded]
    places = [past.places[voice], sum(past.places) / 2, 2 * past.fermatas]
    moves = past.changes[:, voice], np.logical_or.reduce(past.changes, axis=1)
    lately = [
        np.stack([earlier(move, back, False) for back in range(1, BAR + 1)], 1) for move in moves
    ]
    return np.concatenate((*sounded, *places, *lately), axis=1)
