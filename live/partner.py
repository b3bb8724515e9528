"""The mind: hears events at given times, keeps the window and the model's state, makes plans.

It lives in virtual time. Every call says when it happens; the calls, the settings and the seed
decide everything, so a session can be replayed exactly. All times are seconds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from live import midi
from live.models.note_model import Ask, NoteModel, ask
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


@dataclass(frozen=True)
class Ahead:
    """A planned note, and the cursor after it."""

    note: PlannedNote
    part: Part
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
        self._rng = np.random.default_rng((seed, start))
        self._held = HeldNotes()
        self._window = NoteWindow()
        self._phrase: list[Note] = []
        self._released: float | None = None
        self._hold_pressed: float | None = None
        self._turn: Turn | None = None
        self._begun = False  # whether the turn's first note is planned
        self._look: float | None = None
        self._ahead: list[Ahead] = []  # planned and not known to have sounded
        self._sounding: list[PlannedNote] = []  # sounded, and perhaps not ended
        self._next_id = start * IDS + 1
        self._seq = 0
        self._model = model
        self._settings = settings
        self._apply(settings)
        self._cursor = self._reader.start()
        self._recall(list(window)[-REMEMBERED:])

    # ---- what happens to it

    def hear(self, heard: Heard) -> Plan | None:
        """The player's message, in order. Returns what the hands should do, if anything new."""
        self._seq = heard.seq
        message, at = heard.message, heard.at
        if self._is_hold(message, at):
            return self._decide(at)
        self._held.hear(message, at)
        plan: Plan | None = None
        if midi.is_note_on(message):
            plan = self._yield(at)
            self._read(message, at)
        elif midi.is_note_off(message):
            self._released = at
            self._window.end(self._you, message[1], at)
        return self._decide(at) or plan

    def sounded(self, sounded: Sounded) -> Plan | None:
        """The hands began a planned note. There is nothing to answer to that."""
        for index, ahead in enumerate(self._ahead):
            if ahead.note.id == sounded.id:
                note = replace(ahead.note, onset=sounded.at)
                self._cursor = ahead.cursor
                self._sounding = [n for n in self._sounding if n.onset + n.duration > sounded.at]
                self._sounding.append(note)
                end = ahead.note.onset + ahead.note.duration
                length = max(0.0, end - sounded.at)
                self._window.add(Note(sounded.at, ahead.part, note.pitch, note.velocity, length))
                del self._ahead[: index + 1]
                break
        return None

    def wake(self, now: float) -> Plan | None:
        """Called at wake_at, or later."""
        return self._decide(now)

    def change(self, values: dict[str, Any], now: float) -> Plan | None:
        """Change settings. Raises SettingError, and then nothing has changed."""
        settings = self._settings.with_values(values)
        self._apply(settings)
        return self._decide(now)

    @property
    def wake_at(self) -> float | None:
        """When it wants to be woken; None: not before something happens."""
        if self._turn is None:
            return self._look
        return self._planned_to - self._settings.horizon / 2

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
        voices = self._model.codec.voices
        solo = "piano" if "piano" in voices else voices[-1]
        you = settings.you or solo
        me = frozenset(filter(None, settings.me.split(","))) or frozenset((you,))
        for voice in {you, *me} - set(voices):
            raise SettingError(f"this model has no voice {voice!r}; it has: {', '.join(voices)}")
        self._you = Part(PLAYER, you)
        self._my_voices = me
        self._my_pitches = frozenset(range(settings.low, settings.high + 1))
        self._mode = MODES[settings.mode]
        self._hold = parse_hold(settings.hold)
        self._reader = Reader(self._model, settings.tempo / 60)
        self._settings = settings
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

    def _read(self, message: bytes, at: float) -> None:
        note = Note(at, self._you, message[1], message[2])
        self._cursor = self._reader.read(self._cursor, note, self._sounding_at(at))
        self._window.add(note)
        self._phrase = [*self._phrase[-PHRASE + 1 :], note]

    def _sounding_at(self, at: float) -> set[int]:
        mine = {
            n.pitch
            for n in (*self._sounding, *(a.note for a in self._ahead))
            if n.onset <= at < n.onset + n.duration
        }
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
            return self._extend(now)
        self._look = decision
        if self._turn is not None:
            return self._stop(now)
        return None

    def _stop(self, now: float) -> Plan:
        """Give up the floor: what has begun ends on its own time, nothing else begins."""
        self._turn = None
        self._ahead = [a for a in self._ahead if a.note.onset < now]
        return Plan(self._seq, cut=now)

    @property
    def _planned_to(self) -> float:
        """The onset of the last note planned or played, or where nothing was played the start."""
        onset = self._ahead[-1].note.onset if self._ahead else self._cursor.onset
        return onset or 0.0

    def _extend(self, now: float) -> Plan | None:
        """Plan on until a horizon from now, or to the end of the turn."""
        assert self._turn is not None
        s = self._settings
        if self._begun and self._planned_to - now > s.horizon / 2:
            return None
        earliest = now + s.lead
        notes: list[PlannedNote] = []
        cursor = self._ahead[-1].cursor if self._ahead else self._cursor
        chord: set[int] = set()
        while not self._begun or self._planned_to < now + s.horizon:
            asked = self._ask_for_next(cursor, earliest, len(chord))
            chance = self._rng.random(5, dtype=np.float32)
            foretold = self._reader.foretell(cursor, asked, chance)
            onset = max(earliest, (cursor.onset or 0.0) + foretold.after)
            if onset >= self._turn.end:
                self._turn = None
                break
            if onset != cursor.onset:
                chord.clear()
            if foretold.pitch in chord:
                continue
            chord.add(foretold.pitch)
            note = self._planned(foretold, onset)
            cursor = self._reader.accept(foretold, onset, self._sounding_with(note))
            self._ahead.append(Ahead(note, foretold.part, cursor))
            self._begun = True
            notes.append(note)
        return Plan(self._seq, tuple(notes)) if notes else None

    def _ask_for_next(self, cursor: Cursor, earliest: float, in_chord: int) -> Ask:
        if self._begun:
            return self._ask if in_chord < FINGERS else self._ask_later
        waited = max(0.0, self._reader.ticks_since(cursor, earliest))
        beat = self._model.codec.ticks_per_beat
        return self._constraints(waited, waited + FIRST_WITHIN * beat)

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
        return self._sounding_at(note.onset) | {note.pitch}
