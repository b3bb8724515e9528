"""A piece with its roles -> the whole numbers that models and baselines read."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from live.codec import DURATION, PITCH, PITCHES, TIME, UNKNOWN, VELOCITY, Codec
from live.memory import ORDERS
from live.notes import PLAYER
from training.config import AugmentConfig
from training.midi_file import BEATLESS_RATE, Piece
from training.roles import Roles, draw_roles

Ints = npt.NDArray[np.int32]
USUAL = 72  # velocity that stands for one that nobody played


@dataclass(frozen=True)
class Coded:
    """N notes in order of onset, as bins.

    bins: (N, 5), each note in full. heard: (N, 5), the same less what nobody can know when the
    note begins: the duration of a player's note, and the velocity of a score's. before and here:
    (N,), position in the bar in ticks of the previous note and of this one, -1 where nobody keeps
    it; bar: (N,), length in ticks of the bar of the previous note. loud: (N,), 1 where the
    velocity was played. until: (N,), index of the first note that begins when this one has ended
    (N if none). recalled: (N, 5) and match: (N,), what live.memory recalls to follow the note
    before.
    """

    bins: Ints
    heard: Ints
    before: Ints
    here: Ints
    bar: Ints
    loud: Ints
    until: Ints
    recalled: Ints
    match: Ints

    def __len__(self) -> int:
        return len(self.bins)

    def counts(self) -> npt.NDArray[np.bool_]:
        """(N, 5): what can be foretold at all, for a score has no velocities."""
        known = np.ones(self.bins.shape, np.bool_)
        known[:, VELOCITY] = self.loud
        return known

    def sounding(self) -> npt.NDArray[np.uint8]:
        """(N, 128): the pitches that sound at each note's onset, itself and those before it."""
        change = np.zeros((len(self) + 1, PITCHES), dtype=np.int16)
        pitches = self.bins[:, 2]
        np.add.at(change, (np.arange(len(self)), pitches), 1)
        np.add.at(change, (self.until, pitches), -1)
        return (np.cumsum(change[:-1], axis=0) > 0).astype(np.uint8)


def code(
    piece: Piece,
    roles: Roles,
    codec: Codec,
    transpose: int = 0,
    velocity: int = 0,
    free: float | None = None,
    jitter: npt.NDArray[np.float64] | None = None,
) -> Coded:
    """Write a piece down in a codec's bins.

    transpose in semitones; velocity in MIDI velocities; free: no bar positions, and times from
    the played seconds, faster by that factor, as a piece without beats is always read; jitter:
    seconds added to each onset (N,), with free only. Raises ValueError if the transposed pitches
    leave the MIDI range.
    """
    if piece.beatless and free is None:
        free = 1.0
    sides, voices = roles
    tpb = codec.ticks_per_beat
    bar = np.maximum(1, np.round(piece.bar * tpb))
    if free is None:
        onset = np.round(piece.beat * tpb)
        length = piece.beats * tpb
        position = np.round(piece.in_bar * tpb) % bar
    else:
        rate = BEATLESS_RATE * tpb / free
        onset = np.round((piece.second + (0 if jitter is None else jitter)) * rate)
        length = piece.seconds * rate
        position = np.full(len(piece), UNKNOWN)
    voice_count = len(codec.voices)
    part = sides * voice_count + np.mod(voices, voice_count)
    order = np.lexsort((piece.pitch, part, onset))
    onset, length, position = onset[order], length[order], position[order]
    pitch = (piece.pitch + transpose)[order]
    if pitch.min() < 0 or pitch.max() >= PITCHES:
        raise ValueError(f"transposed by {transpose}, the piece leaves the MIDI range")
    fields = codec.fields
    loudness = np.where(piece.velocity > 0, piece.velocity, USUAL)
    bins = np.stack(
        (
            fields[TIME].encode(np.diff(onset, prepend=onset[0])),
            part[order],
            pitch,
            fields[VELOCITY].encode(np.clip(loudness[order] + velocity, 1, 127)),
            fields[DURATION].encode(length),
        ),
        axis=1,
    ).astype(np.int32)
    players = np.array([p.side == PLAYER for p in codec.parts])[part[order]]
    heard = bins.copy()
    heard[players, DURATION] = fields[DURATION].none
    heard[piece.velocity[order] == 0, VELOCITY] = fields[VELOCITY].none
    bar = bar[order]
    before = np.concatenate(([UNKNOWN], position[:-1]))
    bar_before = np.concatenate((bar[:1], bar[:-1]))
    here = np.where(before < 0, UNKNOWN, (before + fields[TIME].values[bins[:, TIME]]) % bar_before)
    until = np.maximum(
        np.searchsorted(onset, onset + np.maximum(1, length)), np.arange(len(onset)) + 1
    )
    until = until.astype(np.int32)
    recalled, match = _recall(bins, heard, until, codec)
    loud = piece.velocity[order] > 0
    arrays = (bins, heard, before, here, bar_before, loud, until, recalled, match)
    return Coded(*(a.astype(np.int32) for a in arrays))


def longest_matches(pitches: npt.ArrayLike) -> tuple[Ints, Ints]:
    """live.memory.Matcher over a whole piece at once: for each note the note that followed the
    longest match ending there (-1 for none), and how long it was (see live.memory.Recall)."""
    pitches = np.asarray(pitches, np.uint64)
    count = len(pitches)
    found, match = np.full(count, -1, np.int32), np.zeros(count, np.int32)
    for index in range(len(ORDERS) - 1, -1, -1):  # the longer ones last, over the shorter
        order = ORDERS[index]
        if count < order:
            continue
        keys = pitches[: count - order + 1]
        for offset in range(1, order):
            keys = keys * np.uint64(PITCHES) + pitches[offset : count - order + 1 + offset]
            if offset % 6 == 0:  # before 64 bits overflow, number the keys anew
                keys = np.unique(keys, return_inverse=True)[1].astype(np.uint64)
        inside = np.argsort(keys, kind="stable")
        again = np.flatnonzero(keys[inside[1:]] == keys[inside[:-1]])
        here = inside[again + 1] + order - 1
        found[here] = inside[again] + order
        match[here] = len(ORDERS) - index
    return found, match


def _recall(bins: Ints, heard: Ints, until: Ints, codec: Codec) -> tuple[Ints, Ints]:
    """What the memory recalls before each note; a player's note's length once it has ended."""
    found, matched = longest_matches(bins[:-1, PITCH])
    index, match = np.concatenate(([-1], found)), np.concatenate(([0], matched))
    recalled = heard[index]
    over = until[index] < np.arange(len(bins))
    recalled[over, DURATION] = bins[index[over], DURATION]
    recalled[match == 0] = codec.nothing
    return recalled, match


def augment(piece: Piece, codec: Codec, config: AugmentConfig, rng: np.random.Generator) -> Coded:
    """One reading of a piece among many: its key, dynamics, tempo and roles drawn at random."""
    roles = draw_roles(piece, config.roles, rng)
    low, high = -int(piece.pitch.min()), PITCHES - 1 - int(piece.pitch.max())
    transpose = int(np.clip(rng.integers(-config.transpose, config.transpose + 1), low, high))
    velocity = int(rng.integers(-config.velocity, config.velocity + 1))
    if rng.random() >= config.free and not piece.beatless:
        return code(piece, roles, codec, transpose, velocity)
    free = float(2.0 ** rng.uniform(-config.tempo, config.tempo))
    jitter = rng.normal(0, rng.uniform(0, config.jitter), len(piece))
    return code(piece, roles, codec, transpose, velocity, free, jitter)
