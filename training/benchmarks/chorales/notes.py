"""What a note model gives a whole grid: exact, note by note.

A grid is one sequence of notes: in order of onset, those of one onset by voice, each pitch that
stays one note. So the likelihood of the grid is the product over its notes of time, part, pitch
and duration (all are as loud, which costs nothing):

- What no grid can hold is not allowed, and the rest is scaled to one: times off the grid, a voice
  that still sounds or has had its turn, the pitch that a voice ended on just now.
- A bin wider than a sixteenth gives each of its sixteenths the same share.
- A grid ends where it ends: a note that reaches that far costs what "so long or longer" does, and
  a voice that has fallen silent costs what "nothing more until then" does.
- All four voices are the machine's, so that every duration is heard. Nothing of what is to come is
  read; nor are the key, the fermatas, the upbeat or the length of the piece.
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from live.codec import DURATION, PART, PITCH, PITCHES, TIME, Codec
from live.memory import Recall
from live.models.asking import Ask
from live.models.note_model import NoteModel
from live.notes import MACHINE
from training.benchmarks.chorales.grids import LONGEST, VOICES, Chorale
from training.coded import code
from training.grid_file import FRAMES
from training.midi_file import Piece

Doubles = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Nats:
    """What a grid cost. notes: (N, 5), each field of each note; end: silence to the grid's end."""

    notes: Doubles
    end: float
    cells: int
    opening: int  # how many notes begin with the grid


class Frames:
    """A field of ticks as a distribution over whole frames, 0 to LONGEST.

    Each frame lies in the bin it is encoded in, which is shared out evenly among its frames; bins
    that no frame lies in are left out.
    """

    def __init__(self, codec: Codec, field: int, least: int) -> None:
        ticks = codec.ticks_per_beat // FRAMES
        self._cut = codec.slices[field]
        self._bin = codec.fields[field].encode(np.arange(LONGEST + 1) * ticks)
        counted = np.bincount(self._bin[least:], minlength=len(codec.fields[field]))
        self._share = np.log(np.maximum(1, counted))[self._bin]

    def logs(self, logits: npt.NDArray[np.float32], allowed: Bools) -> Doubles:
        """The logs of the probabilities, (LONGEST + 1,), of those allowed."""
        return normalised(logits[self._cut].astype(np.float64)[self._bin] - self._share, allowed)


def normalised(logits: npt.ArrayLike, allowed: Bools) -> Doubles:
    """The logs of the probabilities of what is allowed; of the rest, of 0."""
    logits = np.where(allowed, np.asarray(logits, np.float64), -np.inf)
    return np.asarray(logits - np.logaddexp.reduce(logits))


class Rules:
    """What may come next in a grid, by what it holds so far."""

    def __init__(self) -> None:
        self.now, self.voice = 0, -1  # of the last note
        self.end = np.zeros(VOICES, np.int64)  # the frame where each voice falls silent
        self.pitch = np.full(VOICES, -1, np.int64)

    def times(self) -> Bools:
        """Frames from the last onset to the next, (LONGEST + 1,)."""
        turn = np.arange(VOICES) > self.voice
        more_now = (self.end[turn] <= self.now).any()
        least = 0 if more_now else max(1, int(self.end.min()) - self.now)
        return np.arange(LONGEST + 1) >= least

    def voices(self, time: int) -> Bools:
        """Voices that may begin so many frames after the last onset, (VOICES,)."""
        turn = (np.arange(VOICES) > self.voice) | (time > 0)
        return turn & (self.end <= self.now + time)

    def pitches(self, time: int, voice: int) -> Bools:
        """All but the pitch which that would prolong, (PITCHES,)."""
        prolonged = self.pitch[voice] if self.end[voice] == self.now + time else -1
        return np.arange(PITCHES) != prolonged

    def add(self, time: int, voice: int, pitch: int, length: int) -> None:
        self.now, self.voice = self.now + time, voice
        self.end[voice], self.pitch[voice] = self.now + length, pitch


def measure(model: NoteModel, chorale: Chorale) -> Nats:
    """Step the model through a chorale's grid."""
    codec, anything, frames = model.codec, model.anything, chorale.frames
    closed = _closed(chorale.piece, frames)
    coded = code(closed, (np.ones(len(closed), np.int64), closed.voice), codec)
    sounding = np.concatenate((np.zeros((1, PITCHES)), coded.sounding())).astype(np.float32)
    heard = np.concatenate((codec.nothing[None], coded.heard))
    machine = codec.slices[PART].start + np.flatnonzero([p.side == MACHINE for p in codec.parts])
    times, lengths = Frames(codec, TIME, 0), Frames(codec, DURATION, 1)
    some = np.arange(LONGEST + 1) > 0
    state, rules = model.start, Rules()

    def foretold(n: int) -> npt.NDArray[np.float32]:
        """The logits for note n, given those before it."""
        nonlocal state
        step = model.step(
            state,
            heard[n],
            sounding[n],
            Ask(anything.allowed, coded.bins[n], anything.temperature),
            model.no_chance,
            int(coded.before[n]),
            int(coded.bar[n]),
            Recall(coded.recalled[n], int(coded.match[n])),
        )
        state = step.state
        return step.logits

    notes = chorale.notes()
    nats = np.zeros((len(notes), len(codec.fields)))
    for n, (start, voice, pitch, length) in enumerate(notes):
        logits, time = foretold(n), int(start) - rules.now
        nats[n, TIME] = -times.logs(logits, rules.times())[time]
        nats[n, PART] = -normalised(logits[machine], rules.voices(time))[voice]
        keys = normalised(logits[codec.slices[PITCH]], rules.pitches(time, voice))
        nats[n, PITCH] = -keys[pitch]
        long = lengths.logs(logits, some)
        to_the_end = start + length == frames
        nats[n, DURATION] = -(np.logaddexp.reduce(long[length:]) if to_the_end else long[length])
        rules.add(time, voice, pitch, length)
    rest = times.logs(foretold(len(notes)), rules.times())[frames - rules.now :]
    end = max(0.0, -float(np.logaddexp.reduce(rest)))  # sums of logs may miss 0 by a hair
    return Nats(nats, end, frames * VOICES, int((notes[:, 0] == 0).sum()))


def _closed(piece: Piece, frames: int) -> Piece:
    """With one note more, after the end: what is known before it is known at the end."""
    last = {f.name: getattr(piece, f.name)[-1:] for f in fields(piece)}
    beat = np.array([frames / FRAMES])
    last |= {"beat": beat, "in_bar": np.mod(beat, piece.bar[-1])}
    return Piece(**{name: np.append(getattr(piece, name), value) for name, value in last.items()})
