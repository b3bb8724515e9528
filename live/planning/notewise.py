"""Planning note by note with a note model, a stretch ahead."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from live.codec import PART, PITCH, PITCHES, TIME
from live.models.asking import Ask, ask, bins_of_time
from live.models.note_model import NoteModel
from live.modes import Turn
from live.notes import MACHINE, Note, Part
from live.plan import Longer, OnTouch, PlannedNote
from live.planning.listening import Ahead, Listening
from live.planning.planner import LONGEST_NOTE, USUAL, Mine, Planned, temperatures
from live.planning.voicing import Voicing
from live.reader import Cursor, Foretold
from live.settings import Settings

FIRST_WITHIN = 1.0  # beats: a turn's first note begins within this of its earliest moment
FINGERS = 10  # notes that may begin at once
LATE = 0.06  # seconds that a note expected of the player may be late
AT_A_TIME = 4  # notes foretold before the player is listened to again
SAME = 1e-6  # ticks
SHORTEST = 0.02  # seconds
RECENT = 8.0  # seconds of playing that tell how much either side plays
LEAST = 0.25  # of the player's notes: so many at least it plays along, at a density of 1
# Notes in so many seconds: no more than these it plays along, at a density of 1, or than the player
# does: 98 % of all times in POP909's piano have fewer.
MOST, SHORTLY = 24, 2.0
MOST_OWED = 8  # notes, too few or too many
ASKS = 512  # questions kept at hand


class NotePlanner(Listening):
    """See live.planning.planner.Planner.

    Where both play at once it foretells the player's notes too, and plans its own among them; each
    note that comes, and each that was expected and does not, makes it plan anew from then on.
    """

    def __init__(self, model: NoteModel, rng: np.random.Generator, numbers: Iterator[int]) -> None:
        super().__init__(model, rng, numbers)
        self._begun = False  # whether the turn's first note is planned
        self._until: float | None = None  # where the stretch ends that is not all planned yet
        self._chord: tuple[Cursor, set[int]] = self.tip, set()  # pitches foretold at its onset
        self._put_off = False  # a plan, until the other notes of a chord are heard that wait
        self._least = self._most = 0.0  # notes that it has to play by now, and that it may
        self._asks: dict[tuple[float, int, int, int], Ask] = {}
        self._anytime: dict[tuple[float, int], Ask] = {}  # the same, of every time
        self._alone: list[Note] = []  # the player's that wait for their voices
        self._singing: Iterator[PlannedNote] = iter(())  # the voices of those that waited
        self._voices: dict[int, list[PlannedNote]] = {}  # by the key that they go with
        self._ends: list[Longer] = []

    def apply(self, settings: Settings, mine: Mine, now: float) -> None:
        super().apply(settings, mine, now)
        # Far enough that planning on, halfway, is never too late for the lead.
        self._horizon = max(settings.horizon, 4 * settings.notice)
        self._asks, self._anytime = {}, {}
        if mine.way.voiced:
            self._voicing = Voicing(self.model.codec, mine, temperatures(settings))

    def begin(self, turn: Turn) -> None:
        self._begun, self._until = False, None
        self.start_from(self.cursor)

    def changed(self, now: float) -> float | None:
        return now + self.settings.notice

    @property
    def _planned_to(self) -> float:
        """The onset of the last note foretold or read, or where nothing was the start."""
        return self.tip.onset or 0.0

    @property
    def _beat(self) -> float:
        """Seconds to the beat."""
        return self.model.codec.ticks_per_beat / self.reader.grid.rate

    @property
    def plan_on_at(self) -> float:
        if self.mine.way.voiced:
            return math.inf
        if self.anew and self._begun and self.mine.way.together:
            return self.cursor.onset or 0.0  # at once: it has heard something
        if self._until is not None:
            return 0.0  # at once, unless there is something to hear
        soon = self._planned_to - self._horizon / 2
        return soon if self.expected is None else min(soon, self.expected + LATE)

    def plan(self, now: float, turn: Turn, keys: frozenset[int]) -> Planned:
        """Plan on until a horizon from now, or to the end of the turn."""
        if self.mine.way.voiced:
            return self._voice(keys)
        put_off, self._put_off = self._put_off, False
        if put_off and self._begun:
            return Planned(())
        cut: float | None = None
        heard = self.anew and self.mine.way.touch is OnTouch.KEEP
        missed = self.expected is not None and now >= self.expected + LATE
        if self._begun and (heard or missed):
            cut = now + self.settings.notice
            self.plan_anew(cut, keys)
            # Soon, and the rest when it is time.
            self._until = min(now + self._horizon, cut + self._beat)
        elif self._until is None:
            if self._begun and now < self.plan_on_at:
                return Planned(())
            self._until = now + self._horizon
        earliest = max(now + self.settings.notice, turn.began)
        yours, its = self.counts(now - RECENT)
        self._least = self.settings.density * LEAST * yours - its - len(self.ahead)
        yours, its = self.counts(now - SHORTLY)
        self._most = self.settings.density * max(yours, MOST) - its - len(self.ahead)
        notes: list[PlannedNote] = []
        tip, chord = self._chord
        if tip is not self.tip:
            chord = {a.note.pitch for a in self.ahead if a.note.onset == self.tip.onset}
        full = len(chord) >= FINGERS
        for _ in range(AT_A_TIME):
            foretold, onset, tick = self._foretell(earliest, full, turn)
            if onset >= turn.end:
                return Planned(tuple(notes), over=True, cut=cut)
            if onset != self.tip.onset:
                chord.clear()
            full = foretold.pitch in chord
            if full:
                continue
            chord.add(foretold.pitch)
            full = len(chord) >= FINGERS
            self._begun = True
            notes += self._accept(foretold, onset, tick, keys)
            if self._planned_to >= self._until:
                self._until = None
                break
        self._chord = self.tip, chord
        return Planned(tuple(notes), cut=cut)

    def _accept(
        self, foretold: Foretold, onset: float, tick: float, keys: frozenset[int]
    ) -> list[PlannedNote]:
        """Go on from a foretold note. Its own is planned, the player's is expected."""
        sounding = self.sounding_at(onset, keys, self.ahead) | {foretold.pitch}
        before = self.tip
        if foretold.part.side == MACHINE:
            note = self._planned(foretold, onset, foretold.duration)
            self.tip = self.reader.accept(foretold, onset, tick, sounding)
            self.ahead.append(Ahead(note, foretold.part, before, self.tip))
            self._least -= 1
            self._most -= 1
            return [note]
        self.tip = self.reader.accept(foretold, onset, tick, sounding)
        self.expected = onset if self.expected is None else self.expected
        return []

    def _foretell(self, earliest: float, full: bool, turn: Turn) -> tuple[Foretold, float, float]:
        """The next note, its onset (seconds) and tick. full: no more notes at the last onset."""
        grid, tip = self.reader.grid, self.tip
        soonest = grid.tick_at(earliest)
        if tip.onset is not None:
            soonest = max(soonest, tip.tick + full)
        snapped = grid.snap(soonest)
        soonest = snapped + 1 if snapped < soonest - SAME else snapped
        since = soonest if tip.onset is None else tip.tick
        latest = math.inf
        if not self._begun:
            within = FIRST_WITHIN * self.model.codec.ticks_per_beat
            latest = soonest + max(0.0, min(within, (grid.tick_at(turn.end) - soonest) / 2))
        most = None if self._begun else latest - since
        asked = self._ask(math.ceil(soonest - since - SAME), most)
        foretold = self.reader.foretell(tip, self.in_chords(asked, soonest), self.chance.draw())
        # Bounded here too: the bins of long times are wide, and not every model keeps to them.
        tick = min(latest, max(soonest, since + foretold.after))
        part = foretold.part
        if part.side == MACHINE and not (
            foretold.pitch in self.mine.places[part.voice].pitches
            and self.same_chord(soonest, tick)
        ):
            asked = self.in_chords(self._its_own(asked, foretold), tick)
            foretold = self.reader.foretell(tip, asked, self.chance.draw())
        return foretold, grid.time_of(tick), tick

    def _its_own(self, asked: Ask, foretold: Foretold) -> Ask:
        """The machine's note then, of the pitches that its voice may play."""
        codec = self.model.codec
        allowed, forced = asked.allowed.copy(), asked.forced.copy()
        pitches = self.mine.places[foretold.part.voice].pitches
        allowed[codec.slices[PITCH]] = [p in pitches for p in range(PITCHES)]
        forced[[TIME, PART]] = foretold.bins[[TIME, PART]]
        return replace(asked, allowed=allowed, forced=forced)

    def _ask(self, waited: int, most: float | None) -> Ask:
        """What may come next, not before so many ticks and not after `most`."""
        owed = self._owed if self.mine.way.together else 0
        codec, rate = self.model.codec, self.reader.grid.rate
        first, end = bins_of_time(codec, waited, most)
        key = rate, owed, first, end
        if key not in self._asks:
            if len(self._asks) >= ASKS:
                self._asks, self._anytime = {}, {}
            if (rate, owed) not in self._anytime:
                self._anytime[rate, owed] = self._constraints(
                    math.exp(owed) * self.settings.density
                )
            self._asks[key] = self._anytime[rate, owed].only(codec, TIME, first, end)
        return self._asks[key]

    @property
    def _owed(self) -> int:
        """Notes that it has played too few, or, below 0, too many."""
        owed = max(0, math.ceil(self._least)) + min(0, math.ceil(self._most))
        return min(MOST_OWED, max(-MOST_OWED, owed))

    def _constraints(self, much: float) -> Ask:
        """much: by what its own notes are made likelier."""
        codec, mine, s = self.model.codec, self.mine, self.settings
        together = mine.way.together
        asked = ask(
            codec,
            side=None if together else MACHINE,
            pitches=None if together else mine.pitches,
            most_duration=LONGEST_NOTE * self.reader.grid.rate,
            temperature=temperatures(s),
        )
        asked.allowed[codec.slices[PART]] = [
            much * (p.side == MACHINE and p.voice in mine.voices) or (together and p == mine.you)
            for p in codec.parts
        ]
        if not together:
            beats = np.log2(1 + codec.fields[TIME].values / codec.ticks_per_beat)
            asked.allowed[codec.slices[TIME]] *= s.density**-beats
        return asked

    def _planned(self, foretold: Foretold, onset: float, duration: float) -> PlannedNote:
        s, heard = self.settings, self.velocities
        louder = sum(heard) / len(heard) - USUAL if heard else 0.0
        velocity = foretold.velocity + s.velocity + round(s.dynamics * louder)
        return self._note(foretold.part, onset, duration, foretold.pitch, velocity)

    def _note(
        self, part: Part, onset: float, duration: float, pitch: int, velocity: int
    ) -> PlannedNote:
        return PlannedNote(
            id=next(self.numbers),
            onset=onset,
            duration=duration,
            channel=self.mine.places[part.voice].channel,
            pitch=pitch,
            velocity=min(127, max(1, velocity)),
        )

    def repeat(self, notes: Sequence[Note], keys: frozenset[int]) -> Planned:
        planned = []
        for note in notes:
            its = self._note(
                note.part, note.onset, note.duration or SHORTEST, note.pitch, note.velocity
            )
            before = self.tip
            sounding = self.sounding_at(note.onset, keys, self.ahead) | {note.pitch}
            self.tip = self.reader.read(before, note, sounding)
            self.ahead.append(Ahead(its, note.part, before, self.tip))
            planned.append(its)
        self._begun = True
        return Planned(tuple(planned))

    # ---- voices at once with the player's notes

    def hear(self, note: Note, keys: frozenset[int]) -> None:
        super().hear(note, keys)
        self._put_off = self.mine.way.together
        if self.mine.way.voiced and note.pitch == max(keys):
            self._alone.append(note)

    def ended(self, note: Note) -> None:
        super().ended(note)
        end = note.end or note.onset
        for its in self._voices.pop(note.pitch, ()):
            self._ends.append(Longer(its.id, end))
            self.sounding = [n for n in self.sounding if n.id != its.id]

    def _voice(self, keys: frozenset[int]) -> Planned:
        """The next of the voices for what the player has just played."""
        if self._alone:
            self._singing, self._alone = self._voices_for(self._alone, keys), []
        ends, self._ends = self._ends, []
        note = next(self._singing, None)
        if note is None:
            self.follow_melody()
            return Planned((), longer=tuple(ends))
        return Planned((note,), longer=tuple(ends), more=True)

    def _voices_for(self, alone: Sequence[Note], keys: frozenset[int]) -> Iterator[PlannedNote]:
        """They go on until the key comes up. Each is given before it is read on from."""
        for heard in alone:
            self.start_from(self.ahead[-1].cursor if self.ahead else self.cursor)
            for foretold in self._voicing.voices_with(self, heard):
                before = self.tip
                note = self._planned(foretold, heard.onset, LONGEST_NOTE)
                self._voices.setdefault(heard.pitch, []).append(note)
                yield note
                sounding = self.sounding_at(heard.onset, keys, self.ahead) | {note.pitch}
                self.tip = self.reader.accept(foretold, heard.onset, before.tick, sounding)
                self.ahead.append(Ahead(note, foretold.part, before, self.tip))
