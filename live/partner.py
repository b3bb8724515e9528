"""The mind: hears events at given times, keeps the window, decides who has the floor, makes plans.

It lives in virtual time. Every call says when it happens; the calls, the settings and the seed
decide everything, so a session can be replayed exactly. All times are seconds.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import astuple, replace
from itertools import count
from math import inf
from typing import Any

import numpy as np

from live.casting import cast
from live.keyboard import Keyboard
from live.models.any_model import AnyModel
from live.modes import Decision, Scene, Turn
from live.notes import Note, NoteWindow
from live.phrases import PHRASE, once_more, yours
from live.plan import Beat, Heard, Longer, OnTouch, Plan, PlannedNote, Sounded, both
from live.planning import PLANNERS, Planned, Planner
from live.settings import Settings
from live.tempo.known import KnownBeat
from live.tempo.timeline import Timeline

IDS = 1_000_000  # notes are numbered from a multiple of this on, anew at each start


class Partner:
    """One player's partner, on one model.

    Each call returns what the hands should do, if anything new. say: is told that part of it which
    is known before the call has come to its end, and not returned then.

    Raises SettingError for settings that this model cannot play.
    """

    say: Callable[[Plan], None] | None = None

    def __init__(
        self,
        model: AnyModel,
        settings: Settings,
        seed: int,
        window: Iterable[Note] = (),
        start: int = 0,
        line: Timeline | None = None,
    ) -> None:
        """What it begins from where another was before: window: notes; start: how often that has
        happened; line: where the beat is."""
        self._keyboard = Keyboard()
        self._window = NoteWindow()
        self._phrase: list[Note] = []
        self._turn: Turn | None = None
        self._began = 0.0  # its last turn
        self._ended: float | None = None  # when that was to end
        self._look: float | None = None
        self._beat = KnownBeat(line, self._move)
        self._jumped = False
        self._contract = model.contract
        rng = np.random.default_rng((seed, start))
        self._planner: Planner = PLANNERS[model.contract.kind](model, rng, count(start * IDS + 1))
        self._told = OnTouch.YIELD  # what the hands were told last
        self._settings = settings
        self._apply(replace(settings, again=0), 0.0)
        before = list(window)
        self._beat.look(0.0 if line is None else line.at)
        self._planner.restore(before)
        for note in before:
            self._window.add(note)
        self._phrase = yours(self._window, self._way.touch is OnTouch.YIELD)

    # ---- what happens to it

    def hear(self, heard: Heard) -> Plan | None:
        """The player's message, in order."""
        at, touch = heard.at, self._keyboard.hear(heard)
        if touch.steers:
            self._apply(self._settings, at)
            return self._decide(at, self._replan(at))
        plan = None
        if touch.takes_floor and self._way.touch is OnTouch.YIELD:
            plan = self._yield(at)
        for pitch in touch.ended:
            self._end(pitch, at)
        if touch.begins:
            self._read(Note(at, self._you, *heard.message[1:3]))
        return self._decide(at, plan)

    def _replan(self, now: float) -> Plan | None:
        """It is to play otherwise: what is planned in its turn is taken back."""
        cut = None if self._turn is None else self._planner.changed(now)
        return None if cut is None else self._take_back(cut)

    def sounded(self, sounded: Sounded) -> Plan | None:
        """The hands began a planned note. There is nothing to answer to that."""
        note = self._planner.played(sounded.id, sounded.at, self._keyboard.keys)
        if note is not None:
            self._window.add(note)
        return None

    def beat(self, beat: Beat) -> Plan | None:
        """A keeper of the beat outside says where it is."""
        self._beat.beat(beat)
        return self._decide(beat.at)

    def wake(self, now: float) -> Plan | None:
        """Called at wake_at, or later."""
        return self._decide(now)

    def change(self, values: dict[str, Any], now: float) -> Plan | None:
        """Change settings. Raises SettingError, and then nothing has changed."""
        before, way = self._settings, self._way
        asked = before.with_values(values)
        self._apply(replace(asked, again=0), now)
        plan: Plan | None = None
        if self._turn is not None and self._way is not way:
            plan = self._stop(now)
        elif self._settings != before:
            plan = self._replan(now)
        if asked.again:
            plan = both(plan, self._again(now))
        return self._decide(now, plan)

    def greet(self) -> Plan:
        """What hands that it has just met have to know: what a touch is, and where the beat is, as
        far as others before them were told."""
        return Plan(self._keyboard.seq, on_touch=self._way.touch, timeline=self._beat.told)

    def leave(self, at: float) -> Plan:
        """Another takes its place: nothing of its own begins from `at` (seconds) on."""
        return self._order(cut=at)

    @property
    def wake_at(self) -> float | None:
        """When it wants to be woken; None: not before something happens."""
        at = self._look if self._turn is None else self._planner.plan_on_at
        return None if at == inf else at

    @property
    def rehearse(self) -> Callable[[], None] | None:
        """What changes nothing, and done every now and then lets the next key be answered sooner;
        None where no key is answered at once."""
        at_once = self._way.together or self._way.voiced
        return self._planner.rehearse if at_once else None

    @property
    def window(self) -> Sequence[Note]:
        """The last notes of both sides, in order of onset."""
        return tuple(self._window)

    @property
    def playing(self) -> bool:
        """Whether the machine has the floor."""
        return self._turn is not None

    # ---- settings

    def _apply(self, settings: Settings, now: float) -> None:
        mine = cast(self._contract, settings, self._keyboard.classes_by(settings))
        self._keyboard.apply(settings)
        self._you, self._way = mine.you, mine.way
        self.channels = mine.channels  # that the machine plays on (0-15)
        self._settings = settings
        self._beat.apply(settings, now, mine.way.beat)
        self._planner.apply(settings, mine, now)

    # ---- hearing

    def _read(self, note: Note) -> None:
        self._beat.hear(note)
        self._beat.look(note.onset)
        self._planner.hear(note, self._keyboard.keys)
        self._window.add(note)
        self._phrase = [*self._phrase[-PHRASE + 1 :], note]

    def _end(self, pitch: int, at: float) -> None:
        """The player's key came up."""
        note = self._window.end(self._you, pitch, at)
        if note is not None:
            self._planner.ended(note)

    # ---- planning

    def _yield(self, at: float) -> Plan | None:
        """The player took the floor. The hands have ended the machine's notes already."""
        had_plans = self._planner.clear() or self._turn is not None
        self._let_go(at)
        return self._order(cut=at) if had_plans else None

    def _decide(self, now: float, order: Plan | None = None) -> Plan | None:
        """Look at the scene anew. order: what the hands should do already."""
        # The hands must know before a touch comes, or they would yield to it.
        if self._way.touch is not self._told:
            order = both(order, self._order())
        self._beat.look(now)
        if self._jumped:
            self._jumped = False
            order = both(order, self._take_back(now))
        if self._beat.is_news:
            order = both(order, self._order())
        decision = self._asked_of_mode(now)
        if isinstance(decision, Turn):
            if self._turn is None:
                self._phrase = []
                self._planner.begin(decision)
                self._began = decision.began
            self._turn = decision
            self._ended = decision.end
            self._look = None
            return self._extend(now, order)
        self._look = decision
        return both(order, None if self._turn is None else self._stop(now))

    def _asked_of_mode(self, now: float) -> Decision:
        if self._settings.rest or not self.channels:
            return None
        return self._way.decide(
            Scene(
                now=now,
                settings=self._settings,
                phrase=tuple(self._phrase),
                keys=len(self._keyboard.keys),
                released=self._keyboard.released,
                held=self._keyboard.pressed,
                bar=self._beat.bar,
                timeline=self._beat.running,
                turn=self._turn,
                ended=self._ended,
            )
        )

    def _move(self, before: Timeline | None, line: Timeline | None, now: float) -> None:
        """The beat is elsewhere. What is planned moves along, as it does in the hands; where the
        beat has jumped it is to be taken back."""
        if before is not None and line is not None:
            if self._turn is not None:
                began, end = (before.moved(at, line) for at in astuple(self._turn))
                self._turn = Turn(began, end)
            if self._ended is not None:
                self._ended = before.moved(self._ended, line)
        self._planner.keep_time(before, line, now)
        if before is None:
            self._jumped = self._turn is not None
        else:
            self._jumped = line is None or not before.leads_to(line)

    def _extend(self, now: float, order: Plan | None) -> Plan | None:
        """Plan on, as far as the model's planner sees fit."""
        assert self._turn is not None
        turn, more = self._turn, True
        while more:
            order = self._said(order)
            planned = self._planner.plan(now, turn, self._keyboard.keys)
            if planned.over:
                self._let_go(now)
            for note in planned.held:
                self._window.lengthen(note)
            order, more = both(order, self._planned(planned)), planned.more
        return order

    def _said(self, order: Plan | None) -> Plan | None:
        """Say what can be said already; what is still to be said."""
        if self.say is None or order is None:
            return order
        self.say(order)
        return None

    def _planned(self, planned: Planned) -> Plan | None:
        """What the planner has planned, as an order to the hands."""
        if not (planned.notes or planned.longer or planned.cut is not None):
            return None
        return self._order(planned.cut, planned.notes, planned.longer)

    def _again(self, now: float) -> Plan | None:
        """Plan its last phrase once more: at once, or where the beat is kept at the same place in
        a bar."""
        earliest = now + self._settings.notice
        bar = self._beat.bar if self._beat.running is not None else None
        phrase = once_more(self._window, self._began, now, earliest, bar)
        if not phrase:
            return None
        taken = self._take_back(now)
        turn = self._turn or Turn(phrase[0].onset, phrase[-1].onset)
        if self._turn is None:
            self._planner.begin(turn)
        self._turn, self._ended = turn, turn.end
        planned = self._planner.repeat(phrase, self._keyboard.keys)
        return both(taken, self._planned(planned))

    def _stop(self, now: float) -> Plan:
        """Give up the floor: what has begun ends on its own time, nothing else begins."""
        self._let_go(now)
        return self._take_back(now)

    def _let_go(self, now: float) -> None:
        """It has the floor no more. A turn that was to have no end has ended here."""
        self._turn = None
        if self._ended == inf:
            self._ended = now

    def _take_back(self, cut: float) -> Plan:
        """Drop what is planned from `cut` on."""
        self._planner.take_back(cut)
        return self._order(cut=cut)

    def _order(
        self,
        cut: float | None = None,
        notes: tuple[PlannedNote, ...] = (),
        longer: tuple[Longer, ...] = (),
    ) -> Plan:
        self._told = self._way.touch
        return Plan(self._keyboard.seq, notes, cut, self._told, longer, self._beat.tell())
