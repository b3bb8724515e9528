"""What a note model has read, what sounds, and what is planned to follow: the half of planning that
listens."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from live.harmony import Harmony
from live.models.asking import Ask
from live.models.note_model import Chance, NoteModel
from live.notes import MACHINE, PLAYER, SIDES, Note, Part
from live.plan import OnTouch, PlannedNote
from live.planning.planner import LOUDNESS, REMEMBERED, Mine, moved, note_of
from live.reader import Cursor, Reader
from live.settings import Settings
from live.tempo.grid import Free, Grid, OnBeat
from live.tempo.timeline import Timeline
from live.tonality import Tonality

COUNTED = 128  # notes of either side whose onsets are kept
LEGATO = 2  # keys of a melody that are down at once, at most
CUT = 64  # notes remembered that were cut, and may have begun before the hands knew


@dataclass(frozen=True)
class Ahead:
    """A planned note, and the cursors before and after it."""

    note: PlannedNote
    part: Part
    before: Cursor
    cursor: Cursor


class Listening:
    """cursor: after the last note that sounded; tip: after the last one foretold."""

    def __init__(self, model: NoteModel, rng: np.random.Generator, numbers: Iterator[int]) -> None:
        self.model = model
        self.chance = Chance(rng, model.codec)
        self.numbers = numbers
        self.ahead: list[Ahead] = []  # planned and not known to have sounded
        self._cut: list[Ahead] = []  # taken back, which the hands may have begun all the same
        self.sounding: list[PlannedNote] = []  # sounded, and perhaps not ended
        self.line: Timeline | None = None
        self.velocities: deque[int] = deque(maxlen=LOUDNESS)  # of the player's
        self._onsets: dict[str, deque[float]] = {side: deque(maxlen=COUNTED) for side in SIDES}
        self.anew = False  # the player has played since the plan was made
        self.expected: float | None = None  # when the player's next note was foretold to come
        rate = model.contract.beats_per_second * model.codec.ticks_per_beat
        self.reader = Reader(model, Free(rate))
        self._tonality = Tonality()
        self._harmony = Harmony(model.codec.ticks_per_beat)
        self._chords = 0.0  # how strongly its pitches keep to them
        self._melody: list[Note] = []  # the player's, whose key and chords are still to be followed
        self.cursor = self.tip = self.reader.start()

    def apply(self, settings: Settings, mine: Mine, now: float) -> None:
        self.settings, self.mine = settings, mine
        self.reader.longest = settings.memory
        self._chords = settings.chords if mine.way.chords and self._hears_melody else 0.0
        self._on_grid(now)

    def keep_time(self, before: Timeline | None, line: Timeline | None, now: float) -> None:
        self.line = line
        self._on_grid(now)
        if before is None or line is None:
            return
        self.sounding = [moved(note, before, line) for note in self.sounding]
        self.ahead = [replace(a, note=moved(a.note, before, line)) for a in self.ahead]
        if self.expected is not None:
            self.expected = before.moved(self.expected, line)

    def _on_grid(self, now: float) -> None:
        ticks = self.model.codec.ticks_per_beat
        grid: Grid = Free(self.settings.tempo / 60 * ticks)
        if self.line is not None and self.line.running:
            grid = OnBeat(self.line, ticks)
        if grid != self.reader.grid:
            is_tip = self.tip is self.cursor
            self.cursor = self.reader.move(self.cursor, grid, now)
            self.tip = self.cursor if is_tip else self.tip

    def restore(self, window: Sequence[Note]) -> None:
        window = window[-REMEMBERED:]
        for index, note in enumerate(window):
            at = note.onset
            sounding = {n.pitch for n in window[: index + 1] if n.end is None or n.end > at}
            if note.part.side == PLAYER:
                self._melody.append(note)
                self.follow_melody()
            self.cursor = self.reader.read(self.cursor, note, sounding | {note.pitch})
        self.tip = self.cursor

    def hear(self, note: Note, keys: frozenset[int]) -> None:
        self.velocities.append(note.velocity)
        self._onsets[PLAYER].append(note.onset)
        if self.mine.way.deaf:
            return
        self.follow_melody()
        if len(keys) <= LEGATO:
            self._melody.append(note)
        if not self.mine.way.voiced:  # or its voices would wait for that
            self.follow_melody()
        self.cursor = self.reader.read(self.cursor, note, self.sounding_at(note.onset, keys))
        self.anew = True
        if not self.ahead:
            self.tip = self.cursor

    @property
    def _hears_melody(self) -> bool:
        voices = self.model.codec.voices
        return len(voices) > 1 and self.mine.you.voice == voices[0]

    def follow_melody(self) -> None:
        """What of it has been heard: where it moves to another key, all that is read and foretold
        from now on moves with it."""
        melody, self._melody = self._melody, []
        if not self._hears_melody:
            return
        grid = self.reader.grid
        for note in melody:
            moves = self._tonality.hear(note.pitch)
            if moves and self.settings.modulate:
                self.reader.transpose(self._tonality.up)
            tick = grid.snap(grid.tick_at(note.onset))
            self._harmony.hear(note.pitch, tick, grid.place(tick))

    def in_chords(self, asked: Ask, tick: float) -> Ask:
        """The same, for a note at that tick: its pitches nearer to the chords that are likely."""
        place = self.reader.grid.place(tick)
        return self._harmony.shape(asked, self.model.codec, tick, place, self._chords)

    def same_chord(self, tick: float, other: float) -> bool:
        """Whether they lie in the same half bar, or that makes no difference."""
        if not self._chords:
            return True
        halves = (self._harmony.half_bar(t, self.reader.grid.place(t)) for t in (tick, other))
        return len(set(halves)) == 1

    def ended(self, note: Note) -> None:
        self.reader.ended(note)

    def played(self, number: int, at: float, keys: frozenset[int]) -> Note | None:
        for planned in (self.ahead, self._cut):
            for index, ahead in enumerate(planned):
                if ahead.note.id == number:
                    del planned[: index + 1]
                    note = self._begin(ahead, at, keys)
                    self.reader.ready(self.cursor)
                    return note
        return None

    def _begin(self, ahead: Ahead, at: float, keys: frozenset[int]) -> Note:
        """A planned note sounds from now on: it is part of the music."""
        planned = ahead.note
        self.sounding = [n for n in self.sounding if n.onset + n.duration > at]
        self.sounding.append(replace(planned, onset=at))
        self._onsets[MACHINE].append(at)
        sounds = self.sounding_at(at, keys)
        if ahead.before is self.cursor:
            self.cursor = ahead.cursor
            if self.mine.way.touch is OnTouch.KEEP:  # keys may have gone up and down since
                self.cursor = self.reader.with_sounding(ahead.cursor, sounds)
        else:  # it was foretold after notes that never sounded
            note = note_of(planned, ahead.part, planned.onset)
            self.cursor = self.reader.read(self.cursor, note, sounds)
        return note_of(planned, ahead.part, at)

    def sounding_at(
        self, at: float, keys: frozenset[int], planned: Sequence[Ahead] = ()
    ) -> set[int]:
        """The pitches that sound: keys down, the machine's, and those `planned` to by then."""
        notes = (*self.sounding, *(ahead.note for ahead in planned))
        its = {n.pitch for n in notes if n.onset <= at < n.onset + n.duration}
        return its if self.mine.way.deaf else its | keys

    def rehearse(self) -> None:
        self.model.rehearse()

    def counts(self, since: float) -> tuple[int, int]:
        """Notes of the player's and of the machine's that began since then (seconds)."""
        yours, its = (sum(at >= since for at in self._onsets[side]) for side in SIDES)
        return yours, its

    # ---- the plan

    def start_from(self, cursor: Cursor) -> None:
        """What is foretold next follows this."""
        self.tip, self.anew, self.expected = cursor, False, None

    def clear(self) -> bool:
        had_plans = bool(self.ahead)
        for notes in (self.ahead, self._cut, self.sounding):
            notes.clear()
        self.start_from(self.cursor)
        return had_plans

    def take_back(self, cut: float) -> None:
        gone = [a for a in self.ahead if a.note.onset >= cut]
        self.ahead = [a for a in self.ahead if a.note.onset < cut]
        self._cut = [*self._cut, *gone][-CUT:]
        self.start_from(self.ahead[-1].cursor if self.ahead else self.cursor)

    def plan_anew(self, cut: float, keys: frozenset[int]) -> None:
        """Take back what is planned from `cut` on; what stays comes after what was heard since."""
        self.take_back(cut)
        kept, self.ahead = self.ahead, []
        cursor = self.cursor
        for a in kept:
            at = a.note.onset
            sounding = self.sounding_at(at, keys, self.ahead) | {a.note.pitch}
            after = self.reader.read(cursor, note_of(a.note, a.part, at), sounding)
            self.ahead.append(replace(a, before=cursor, cursor=after))
            cursor = after
        self.start_from(cursor)
