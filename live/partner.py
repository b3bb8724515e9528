"""The mind: hears events at given times, keeps the window and the model's state, makes plans.

It lives in virtual time. Every call says when it happens; the calls, the settings and the seed
decide everything, so a session can be replayed exactly. All times are seconds.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from live import midi
from live.models.note_model import Ask, Chance, NoteModel, ask
from live.modes import MODES, Scene, Turn
from live.notes import MACHINE, PLAYER, HeldNotes, Note, NoteWindow, Part
from live.plan import Heard, Plan, PlannedNote, Sounded
from live.reader import Cursor, Foretold, Reader
from live.settings import SettingError, Settings, parse_hold

PHRASE = 512  # notes of the player's that a mode can look back on
FIRST_WITHIN = 1.0  # beats: a turn's first note begins within this of its earliest moment
FINGERS = 10  # notes that may begin at once
IDS = 1_000_000  # notes are numbered from a multiple of this on, anew at each start
REMEMBERED = 64  # notes of the window read again after a restart
LONGEST_NOTE = 8.0  # seconds
CUT = 64  # notes remembered that were cut, and may have begun before the hands knew


@dataclass(frozen=True)
class Ahead:
    """A planned note, and the cursors before and after it."""

    note: PlannedNote
    part: Part
    before: Cursor
    cursor: Cursor


class Partner:
    """One player's partner, on one model.

    Raises SettingError for settings that this model cannot play.
    """

    def __init__(
        self,
        model: NoteModel,
        settings: Settings,
        seed: int,
        window: Iterable[Note] = (),
        start: int = 0,
    ) -> None:
        """window: notes to begin from; start: how often it has been started anew before."""
        self._chance = Chance(np.random.default_rng((seed, start)), model.codec)
        self._held = HeldNotes()
        self._window = NoteWindow()
        self._phrase: list[Note] = []
        self._released: float | None = None
        self._hold_pressed: float | None = None
        self._turn: Turn | None = None
        self._begun = False  # whether the turn's first note is planned
        self._look: float | None = None
        self._ahead: list[Ahead] = []  # planned and not known to have sounded
        self._cut: list[Ahead] = []  # taken back, which the hands may have begun all the same
        self._sounding: list[PlannedNote] = []  # sounded, and perhaps not ended
        self._next_id = start * IDS + 1
        self._seq = 0
        self._model = model
        self._reader = Reader(model, settings.tempo / 60)
        self._settings = settings
        self._apply(settings)
        self._cursor = self._reader.start()
        self._recall(list(window)[-REMEMBERED:])

    # ---- what happens to it

    def hear(self, heard: Heard) -> Plan | None:
        """The player's message, in order. Returns what the hands should do, if anything new."""
        if heard.seq <= self._seq:  # other hands: nobody knows what was let go meanwhile
            self._held = HeldNotes()
            self._hold_pressed = None
        self._seq = heard.seq
        message, at = heard.message, heard.at
        if max(message[1:3], default=0) > 127:
            return self._decide(at)  # damaged
        # The hands yield to every key, the one that gives the floor not excepted.
        plan = self._yield(at) if midi.takes_floor(message) else None
        down = self._held.keys
        if not self._is_hold(message, at):
            self._held.hear(message, at)
            if midi.is_note_on(message):
                self._read(message, at, down)
        elif midi.is_note_off(message):
            self._held.hear(message, at)  # it may have been music when it went down
        for pitch in down - self._held.keys:
            self._released = at
            self._end(pitch, at)
        return _both(plan, self._decide(at))

    def sounded(self, sounded: Sounded) -> Plan | None:
        """The hands began a planned note. There is nothing to answer to that."""
        for planned in (self._ahead, self._cut):
            for index, ahead in enumerate(planned):
                if ahead.note.id == sounded.id:
                    del planned[: index + 1]
                    self._begin(ahead, sounded.at)
                    return None
        return None

    def wake(self, now: float) -> Plan | None:
        """Called at wake_at, or later."""
        return self._decide(now)

    def change(self, values: dict[str, Any], now: float) -> Plan | None:
        """Change settings. Raises SettingError, and then nothing has changed."""
        before = self._settings
        self._apply(before.with_values(values))
        if self._settings.hold != before.hold:
            self._hold_pressed = None
        plan: Plan | None = None
        if self._turn is not None:
            if self._settings.mode != before.mode:
                plan = self._stop(now)
            elif self._settings != before:
                plan = self._take_back(now + self._settings.lead)
        return _both(plan, self._decide(now))

    @property
    def wake_at(self) -> float | None:
        """When it wants to be woken; None: not before something happens."""
        if self._turn is None:
            return self._look
        return self._plan_on_at

    @property
    def window(self) -> Sequence[Note]:
        """The last notes of both sides, in order of onset."""
        return tuple(self._window)

    @property
    def playing(self) -> bool:
        """Whether the machine has the floor."""
        return self._turn is not None

    # ---- settings

    def _apply(self, settings: Settings) -> None:
        if settings.mode not in MODES:
            raise SettingError(f"there is no mode {settings.mode!r}; there are: {', '.join(MODES)}")
        parts = self._model.codec.parts
        voices = self._model.codec.voices
        solo = "piano" if "piano" in voices else voices[-1]
        you = settings.you.strip() or solo
        me = frozenset(filter(None, map(str.strip, settings.me.split(",")))) or frozenset((you,))
        for part in (Part(PLAYER, you), *(Part(MACHINE, voice) for voice in sorted(me))):
            if part not in parts:
                known = ", ".join(p.voice for p in parts if p.side == part.side)
                raise SettingError(
                    f"this model has no voice {part.voice!r} for the {part.side}; it has: {known}"
                )
        self._you = Part(PLAYER, you)
        self._my_voices = me
        self._my_pitches = frozenset(range(settings.low, settings.high + 1))
        self._mode = MODES[settings.mode]
        self._hold = parse_hold(settings.hold)
        self._reader.set_tempo(settings.tempo / 60)
        self._reader.longest = settings.memory
        self._settings = settings
        # Far enough that planning on, halfway, is never too late for the lead.
        self._horizon = max(settings.horizon, 4 * settings.lead)
        self._ask = self._constraints(0)
        self._ask_later = self._constraints(1)

    def _constraints(self, least_time: float, most_time: float | None = None) -> Ask:
        return ask(
            self._model.codec,
            side=MACHINE,
            voices=self._my_voices,
            pitches=self._my_pitches,
            least_time=least_time,
            most_time=most_time,
            most_duration=LONGEST_NOTE * self._reader.rate,
            temperature=self._settings.temperature,
        )

    # ---- hearing

    def _is_hold(self, message: bytes, at: float) -> bool:
        """Follow the control that gives the machine the floor; True if this message was it."""
        if self._hold is None:
            return False
        kind, number = self._hold
        if kind == "cc" and midi.is_control(message, number):
            down = message[2] >= 64
        elif (
            kind == "key"
            and len(message) == 3
            and message[1] == number
            and (midi.is_note_on(message) or midi.is_note_off(message))
        ):
            down = midi.is_note_on(message)
        else:
            return False
        if down and self._hold_pressed is None:
            self._hold_pressed = at
        elif not down:
            self._hold_pressed = None
        return kind == "key"

    def _read(self, message: bytes, at: float, down: frozenset[int]) -> None:
        note = Note(at, self._you, message[1], message[2])
        if note.pitch in down:  # struck again
            self._end(note.pitch, at)
        self._cursor = self._reader.read(self._cursor, note, self._sounding_at(at))
        self._window.add(note)
        self._phrase = [*self._phrase[-PHRASE + 1 :], note]

    def _end(self, pitch: int, at: float) -> None:
        """The player's key came up."""
        note = self._window.end(self._you, pitch, at)
        if note is not None:
            self._reader.ended(note)

    def _begin(self, ahead: Ahead, at: float) -> None:
        """A planned note sounds from now on: it is part of the music."""
        planned = ahead.note
        self._sounding = [n for n in self._sounding if n.onset + n.duration > at]
        self._sounding.append(replace(planned, onset=at))
        pitch, velocity, end = planned.pitch, planned.velocity, planned.onset + planned.duration
        if ahead.before is self._cursor:
            self._cursor = ahead.cursor
        else:  # it was foretold after notes that never sounded
            note = Note(planned.onset, ahead.part, pitch, velocity, planned.duration)
            self._cursor = self._reader.read(self._cursor, note, self._sounding_at(at))
        self._window.add(Note(at, ahead.part, pitch, velocity, max(0.0, end - at)))

    def _sounding_at(self, at: float, planned: Sequence[Ahead] = ()) -> set[int]:
        """The pitches that sound: keys down, the machine's, and those `planned` to by then."""
        notes = (*self._sounding, *(ahead.note for ahead in planned))
        mine = {n.pitch for n in notes if n.onset <= at < n.onset + n.duration}
        return mine | self._held.keys

    def _recall(self, window: Sequence[Note]) -> None:
        for index, note in enumerate(window):
            at = note.onset
            sounding = {n.pitch for n in window[: index + 1] if n.end is None or n.end > at}
            self._cursor = self._reader.read(self._cursor, note, sounding | {note.pitch})
            self._window.add(note)

    # ---- planning

    def _yield(self, at: float) -> Plan | None:
        """The player took the floor. The hands have ended the machine's notes already."""
        had_plans = self._turn is not None or bool(self._ahead)
        self._turn = None
        self._ahead.clear()
        self._cut.clear()
        self._sounding.clear()
        return Plan(self._seq, cut=at) if had_plans else None

    def _decide(self, now: float) -> Plan | None:
        decision = self._mode(
            Scene(
                now=now,
                settings=self._settings,
                phrase=tuple(self._phrase),
                keys=len(self._held.keys),
                released=self._released,
                held=self._hold_pressed,
                turn=self._turn,
            )
        )
        if isinstance(decision, Turn):
            if self._turn is None:
                self._phrase = []
                self._begun = False
            self._turn = decision
            self._look = None
            return self._extend(now)
        self._look = decision
        if self._turn is not None:
            return self._stop(now)
        return None

    def _stop(self, now: float) -> Plan:
        """Give up the floor: what has begun ends on its own time, nothing else begins."""
        self._turn = None
        return self._take_back(now)

    def _take_back(self, cut: float) -> Plan:
        """Drop what is planned from `cut` (seconds) on."""
        gone = [a for a in self._ahead if a.note.onset >= cut]
        self._ahead = [a for a in self._ahead if a.note.onset < cut]
        self._cut = [*self._cut, *gone][-CUT:]
        return Plan(self._seq, cut=cut)

    @property
    def _planned_to(self) -> float:
        """The onset of the last note planned or played, or where nothing was played the start."""
        onset = self._ahead[-1].note.onset if self._ahead else self._cursor.onset
        return onset or 0.0

    @property
    def _plan_on_at(self) -> float:
        return self._planned_to - self._horizon / 2

    def _extend(self, now: float) -> Plan | None:
        """Plan on until a horizon from now, or to the end of the turn."""
        assert self._turn is not None
        if self._begun and now < self._plan_on_at:
            return None
        earliest = now + self._settings.lead
        notes: list[PlannedNote] = []
        cursor = self._ahead[-1].cursor if self._ahead else self._cursor
        chord = {a.note.pitch for a in self._ahead if a.note.onset == cursor.onset}
        full = len(chord) >= FINGERS
        while not self._begun or self._planned_to < now + self._horizon:
            foretold, onset = self._foretell(cursor, earliest, full)
            if onset >= self._turn.end:
                self._turn = None
                break
            if onset != cursor.onset:
                chord.clear()
            full = foretold.pitch in chord
            if full:
                continue
            chord.add(foretold.pitch)
            full = len(chord) >= FINGERS
            note = self._planned(foretold, onset)
            before = cursor
            cursor = self._reader.accept(foretold, onset, self._sounding_with(note))
            self._ahead.append(Ahead(note, foretold.part, before, cursor))
            self._begun = True
            notes.append(note)
        return Plan(self._seq, tuple(notes)) if notes else None

    def _foretell(self, cursor: Cursor, earliest: float, full: bool) -> tuple[Foretold, float]:
        """The next note and its onset (seconds). full: no more notes at the cursor's onset."""
        last = cursor.onset or 0.0
        tick = 1 / self._reader.rate
        soonest = max(earliest, last + tick if full else last)
        latest = math.inf
        asked = self._ask_later if full else self._ask
        if not self._begun:
            assert self._turn is not None
            within = FIRST_WITHIN * self._model.codec.ticks_per_beat * tick
            latest = soonest + max(0.0, min(within, (self._turn.end - soonest) / 2))
            waited = self._reader.ticks_since(cursor, soonest)
            asked = self._constraints(waited, waited + (latest - soonest) / tick)
        foretold = self._reader.foretell(cursor, asked, self._chance.draw())
        # Bounded here too: the bins of long times are wide, and not every model keeps to them.
        return foretold, min(latest, max(soonest, last + foretold.after))

    def _planned(self, foretold: Foretold, onset: float) -> PlannedNote:
        s = self._settings
        note = PlannedNote(
            id=self._next_id,
            onset=onset,
            duration=foretold.duration,
            channel=s.channel - 1,
            pitch=foretold.pitch,
            velocity=min(127, max(1, foretold.velocity + s.velocity)),
        )
        self._next_id += 1
        return note

    def _sounding_with(self, note: PlannedNote) -> set[int]:
        """The pitches that sound when a planned note begins, if the player changes nothing."""
        return self._sounding_at(note.onset, self._ahead) | {note.pitch}


def _both(first: Plan | None, then: Plan | None) -> Plan | None:
    """Two orders as one: what either takes back goes before what the second one adds."""
    if first is None or then is None:
        return first or then
    cut = min((c for c in (first.cut, then.cut) if c is not None), default=None)
    return replace(then, cut=cut)
