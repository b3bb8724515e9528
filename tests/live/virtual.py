"""A whole session on a clock that only moves when told: real hands, a real partner, no waiting.

The player's messages are given beforehand; `run` plays the session. What goes out is kept with its
time, and the take is written as the mind writes it. Nothing here is random by itself.
"""

import heapq
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from live import midi
from live.codec import TIME
from live.hands.config import HandsConfig
from live.hands.destinations import Destination
from live.hands.ledger import Ledger
from live.hands.playing import Playing
from live.modes import roles, way_of
from live.notes import Note
from live.partner import Partner
from live.plan import Beat, Heard, Plan, Sounded
from live.settings import SettingError, Settings
from live.successor import LEAVE, fitting, takes_over_at
from live.take.entries import End, Entry, Header, ModelName, Restart, Take, Wake, decode, encode
from live.take.entries import Settings as Changed
from live.take.recording import Recording
from live.take.replay import Replayed, replay
from live.take.sides import machine_notes
from live.tempo.timeline import Timeline

MOST_TURNS = 100_000  # a session that turns more often than this in a second is stuck


@dataclass(frozen=True)
class Out:
    """A message that went out at `at` (seconds)."""

    at: float
    message: bytes

    @property
    def key(self):
        return midi.channel_of(self.message), self.message[1]

    @property
    def on(self):
        return midi.is_note_on(self.message)

    @property
    def off(self):
        return midi.is_note_off(self.message)


class Busy:
    """A model that never waits long, so that much of the machine's is heard."""

    def __init__(self, model):
        self._model = model
        time = model.codec.fields[TIME]
        self._slow = slice(int(time.encode(24)), len(time))

    def __getattr__(self, name):
        return getattr(self._model, name)

    def step(self, state, heard, sounding, ask, chance, **more):
        allowed = ask.allowed.copy()
        allowed[self._slow] = 0
        if allowed[self.codec.slices[TIME]].any():
            ask = replace(ask, allowed=allowed)
        return self._model.step(state, heard, sounding, ask, chance, **more)


class VirtualStage:
    """hands, mind and stage in one thread of virtual time.

    thinking: called before each call into the mind; how long (seconds) that call takes.
    """

    def __init__(self, model, settings=None, seed=0, thinking=lambda: 0.0, hands=None):
        self.now = 0.0
        self.model = model
        self._models = {model.sha256: model}
        self.settings = settings or Settings()
        self.seed = seed
        self.thinking = thinking
        self.out: list[Out] = []
        self.refused: list[str] = []  # settings
        self.entries: list[Entry] = []
        self.plans: list[tuple[float, Plan]] = []  # with the moment each reached the hands
        self.header = Header(
            "test", "", seed, ModelName("a model", model.sha256), self.settings.to_dict()
        )
        self._recording = Recording(None, self.refused.append)
        self._recording.begin(self.header)
        self._heard = 0  # the last that the mind heard
        self._line: Timeline | None = None  # where the beat is, as the mind told last
        destination = Destination(self._send, Ledger())
        self.playing = Playing(hands or HandsConfig(), [destination], lambda: self.now)
        self.partner: Partner | None = Partner(model, self.settings, seed)
        self._starts = 1
        self._free = 0.0  # when the mind has done with the call before
        self._inbox: deque = deque()
        self._coming: list = []
        self._order = 0

    # ---- what is to happen

    def at(self, moment: float, do: Callable, *what) -> None:
        """Call do(*what) at that moment (seconds)."""
        self._order += 1
        heapq.heappush(self._coming, (moment, self._order, do, what))

    def hears(self, moment: float, message: bytes, source: int = 0) -> None:
        """The player sends a message."""
        self.at(moment, self._hear, source, message)

    def plays(self, moment: float, pitch: int, length: float = 0.2, velocity=80, channel=0):
        """The player plays a note."""
        self.hears(moment, midi.note_on(channel, pitch, velocity))
        self.hears(moment + length, midi.note_off(channel, pitch))

    def phrase(self, start=0.0, pitches=(60, 62, 64, 65, 67), every=0.25, length=0.2) -> float:
        """The player plays even notes; returns when the last key comes up."""
        for index, pitch in enumerate(pitches):
            self.plays(start + index * every, pitch, length)
        return start + (len(pitches) - 1) * every + length

    def sets(self, moment: float, **values) -> None:
        """The player changes settings."""
        self.at(moment, self._change, values)

    def beats(self, beat: Beat) -> None:
        """A keeper of the beat says where it is."""
        if self.partner is not None:
            self._write(beat, self.partner.beat(beat))

    def run(self, until: float) -> None:
        """Let everything happen up to that moment (seconds)."""
        turns, second = 0, self.now + 1.0
        while turns < MOST_TURNS:
            turns += 1
            if self.now > second:
                turns, second = 0, self.now + 1.0
            moment, do = min(
                (self._next_of_player(), self._next_of_hands(), self._next_of_mind()),
                key=lambda event: event[0],
            )
            if moment > until:
                self.now = max(self.now, until)
                return
            self.now = max(self.now, moment)
            do()
            if self.partner is not None:
                self._inbox.extend(self.playing.waiting_events())
        raise AssertionError(f"the session stands still at {self.now}")

    # ---- the three sides

    def _next_of_player(self):
        if not self._coming:
            return float("inf"), None
        moment, _, do, what = self._coming[0]
        return moment, lambda: (heapq.heappop(self._coming), do(*what))

    def _next_of_hands(self):
        due = self.playing.next_due()
        return float("inf") if due is None else max(due, self.now), self.playing.play

    def _next_of_mind(self):
        if self.partner is None:
            return float("inf"), None
        if self._inbox:
            return max(self.now, self._free), self._take_in
        wake = self.partner.wake_at
        if wake is None:
            return float("inf"), None
        return max(self.now, self._free, wake), self._wake

    def _send(self, message: bytes) -> None:
        self.out.append(Out(self.now, message))

    def _hear(self, source: int, message: bytes) -> None:
        self.playing.hear(source, message, self.now)

    def _take_in(self) -> None:
        event = self._inbox.popleft()
        calls = {Heard: self.partner.hear, Sounded: self.partner.sounded, Beat: self.partner.beat}
        self._write(event, calls[type(event)](event))

    def _wake(self) -> None:
        self._write(Wake(self.now), self.partner.wake(self.now))

    def _change(self, values) -> None:
        if self.partner is None:
            return
        try:
            plan = self.partner.change(values, self.now)
        except SettingError as error:  # told, and nothing has changed
            self.refused.append(str(error))
            return
        self.settings = self.settings.with_values(values)
        self._write(Changed(self.now, values), plan)

    def _write(self, entry: Entry, plan: Plan | None) -> None:
        self._record(entry)
        self._free = self.now + self.thinking()
        if isinstance(entry, Heard):
            self._heard = max(self._heard, entry.seq)
        if plan is not None:
            self._record(plan)
            self._line = plan.timeline or self._line
            self.at(self._free, self._follow, plan)

    def _record(self, entry: Entry) -> None:
        self.entries.append(entry)
        self._recording.write(entry)

    def _follow(self, plan: Plan) -> None:
        self.plans.append((self.now, plan))
        self.playing.follow(plan)

    # ---- a mind that falls

    def kill_mind(self) -> None:
        """The mind is gone, with all that was on its way to it and from it."""
        self.partner = None
        self._inbox.clear()
        self._coming = [event for event in self._coming if event[2] != self._follow]
        heapq.heapify(self._coming)
        self.playing.mind_gone()

    def restart_mind(self) -> None:
        """A new mind begins from the window and is told what the one before it missed."""
        window = self.window()
        self._record(Restart(self.now, window, self._line))
        self._begin(window)

    # ---- another model

    def load(self, model, **values) -> None:
        """Another model takes over at the next bar line, as on the real stage."""
        at = takes_over_at(self.now, self._line)
        self.at(max(self.now, at - LEAVE), self._hand_over, model, values, at)

    def _hand_over(self, model, values, at: float) -> None:
        if self.partner is None:
            return
        self.playing.follow(self.partner.leave(at))
        while self._inbox:
            self._take_in()
        about = {"modes": model.contract.modes, "voices": model.contract.voices}
        changes = values | fitting(self.settings.with_values(values), about)
        self.settings = self.settings.with_values(changes)
        self.model = self._models[model.sha256] = model
        window = self.window()
        named = ModelName("another", model.sha256)
        self._record(Restart(self.now, window, self._line, named, changes))
        self._begin(window)

    def _begin(self, window) -> None:
        self.partner = Partner(
            self.model, self.settings, self.seed, window, self._starts, self._line
        )
        self._starts += 1
        self._free = self.now
        self.playing.replay_after(self._heard)

    def window(self) -> tuple[Note, ...]:
        """The last notes of both sides, as the stage remembers them."""
        contract, settings = self.model.contract, self.settings
        way = way_of(settings.mode or contract.modes[0], settings)
        you, me = roles(way, contract.voices, settings)
        return self._recording.window(you, me[0])

    # ---- what came of it

    def take(self) -> Take:
        """The session as recorded: written and read again."""
        entries = [*self.entries, End(self.now)]
        read = tuple(decode(json.loads(json.dumps(encode(entry)))) for entry in entries)
        return Take(self.header, read, True, False)

    def replayed(self) -> Replayed:
        """The take played again on a new partner."""
        starts = 0

        def partner(header, restart):
            nonlocal starts
            settings = Settings().with_values(header.settings)
            window, line = (restart.window, restart.timeline) if restart else ((), None)
            model = self._models[header.model.sha256]
            made = Partner(model, settings, header.seed, window, starts, line)
            starts += 1
            return made

        return replay(self.take(), partner)

    @property
    def planned(self):
        """Every note of every plan that reached the hands."""
        return [note for _, plan in self.plans for note in plan.notes]

    def machine_onsets(self) -> list[float]:
        """When the machine's notes began, from what the mind was told."""
        return [note.onset for note in machine_notes(self.take())]
