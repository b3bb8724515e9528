"""What the hands do, apart from threads and ports: hear, pass through, play, yield, end.

Everything that sends does so under one lock, because an output may be shared by the player's thru
and the machine's notes. Times are seconds on the session's clock.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from live import midi
from live.hands.config import HandsConfig, HandsSettings
from live.hands.destinations import Destination, Send, nowhere
from live.hands.figures import Figures
from live.hands.ledger import CLICK, MACHINE, PLAYER
from live.hands.machine import Machine
from live.hands.outbox import Event, Outbox
from live.hands.player import Player
from live.hands.programs import Programs
from live.hands.sounding import Sounding
from live.plan import Plan, PlannedNote

PANIC_AGAIN = 2.0  # seconds within which a second panic means: everything, everywhere


class Playing:
    """The outputs, the player's messages that come in, and the machine's notes to play.

    clock: seconds on the session's clock. early: how long before its moment (seconds) `play` gets
    a message ready, to send it when that has come; the clock must then go on by itself. Its methods
    may be called from any thread.
    """

    def __init__(
        self,
        config: HandsConfig,
        destinations: Sequence[Destination],
        clock: Callable[[], float],
        early: float = 0.0,
    ) -> None:
        self._config = config
        self._clock = clock
        self._destinations = tuple(destinations)
        self._sounding = Sounding(destinations, clock, config.echo_window)
        self._machine = Machine(config, clock, early, self._sounding)
        self._schedule, self._beats = self._machine.schedule, self._machine.beats
        self._settings = config.settings
        self._programs = Programs(destinations, config.settings)
        self._last_panic = float("-inf")
        self._silent = False
        self._lock = threading.Lock()
        self._outbox = Outbox()
        self._figures = Figures()
        self.counts = self._figures.counts
        self._player = Player(
            config, destinations, clock, self._machine, self._sounding, self._outbox, self._figures
        )

    def set_keys(self, mute: int | None, split: int) -> None:
        """Keys that are controls and do not take the floor: one that is not even passed on, and
        all below a split."""
        with self._lock:
            self._player.set_keys(mute, split)

    # --- the player -------------------------------------------------------------------------

    def hear(self, source: int, message: bytes, at: float) -> None:
        """One message of the player's (or an echo of ours) has come in at `at` (seconds)."""
        with self._lock:
            if not (self._silent or midi.is_damaged(message)):
                self._player.hear(source, message, at)

    # --- the machine ------------------------------------------------------------------------

    def follow(self, plan: Plan) -> None:
        """Take the mind's orders. Notes planned before the last touch yielded to are stale."""
        with self._lock:
            self._player.on_touch = plan.on_touch
            if plan.cut is not None:
                self._schedule.cut(plan.cut)
            if plan.timeline is not None and not self._silent:
                self._machine.move(plan.timeline)
            if plan.after >= self._player.touch:
                for longer in plan.longer:
                    self._machine.end_at(longer.id, longer.until)
        for done, note in enumerate(plan.notes):
            with self._lock:  # for each note anew: a long plan must not hold up a key
                if self._silent:
                    return
                if plan.after < self._player.touch:
                    self.counts["stale"] += len(plan.notes) - done
                    return
                if not self._schedule.add(note):
                    self.counts["refused"] += 1

    def perform(self, notes: Sequence[PlannedNote]) -> None:
        """Play notes that no mind has planned: a take that is played back. A touch ends them as it
        ends the mind's."""
        for note in notes:
            with self._lock:
                if self._silent:
                    return
                self._schedule.add(note)

    def hush(self) -> None:
        """End what the machine sounds, and drop what is planned."""
        with self._lock:
            self._machine.end_all()

    def next_due(self) -> float | None:
        """When the next message of ours is to be sent (seconds); None if there is none to come."""
        with self._lock:
            return None if self._silent else self._machine.next_due()

    def play(self) -> bool:
        """Send the next message of ours that is due, or will be within `early`; False if there
        was none."""
        with self._lock:
            if self._silent:
                return False
            played = self._machine.play()
            self.counts["skipped"] = self._machine.skipped
            for at, late in played.ended:
                self._figures.end(late, at)
            for sounded in played.begun:
                self._outbox.put(sounded)
                self.counts["sounded"] += 1
                self._figures.late.add(sounded.late, sounded.at)
            return played.anything

    def look(self) -> str | None:
        """Called now and then: what is wrong with the beat that comes in, in one line."""
        with self._lock:
            if (beat := self._beats.look(self._clock())) is None:
                return None
            self._outbox.put(beat)
            return "the MIDI clock does not come any more: see to what sends it, it goes on then"

    def mind_gone(self) -> None:
        """No mind any more: what it planned is dropped, what sounds ends on its time."""
        with self._lock:
            self._schedule.cut()

    # --- ending -----------------------------------------------------------------------------

    def end_everything(self) -> None:
        """End what the machine sounds, then what the player holds through us, then pedals."""
        with self._lock:
            self._end_everything()

    def _end_everything(self) -> None:
        self._machine.end_all()
        self._sounding.end_all(CLICK)
        self._player.end_all()

    def finish(self) -> None:
        """End everything and send nothing more, whatever comes."""
        with self._lock:
            if not self._silent:
                self._end_everything()
                self._machine.finish()
                self._silent = True

    def forget(self) -> None:
        """What was sent has all left: nothing sounds."""
        with self._lock:
            for one in self._destinations:
                one.ledger.clear()

    def panic(self) -> None:
        """End everything of ours; asked again within two seconds, All Notes Off everywhere."""
        with self._lock:
            now = self._clock()
            self._end_everything()
            # The mind hears it as the player's own wish for silence, and plans nothing on.
            quiet = midi.control_change(0, midi.ALL_NOTES_OFF, 0)
            self._player.forward(quiet, now, yields=True)
            if now - self._last_panic <= PANIC_AGAIN:
                for one in self._destinations:
                    self._sounding.silence(one)
            self._last_panic = now

    def begin(self, left: Sequence[Sequence[tuple[int, int]]]) -> None:
        """The outputs are open: end what hands before us left sounding at each, as (channel,
        pitch), and select the programs."""
        with self._lock:
            if any(left):
                self._end_everything()
            for one, keys in zip(self._destinations, left, strict=True):
                self._sounding.send(one, (midi.note_off(*key) for key in keys))
            self._programs.apply(self._settings)

    def tell(self, one: Destination, messages: Iterable[bytes]) -> None:
        """Send to one output what makes no sound."""
        with self._lock:
            for message in messages:
                one.send(message)

    def play_on(self, channels: Iterable[int]) -> None:
        """The machine plays on these channels (0-15) from now on."""
        with self._lock:
            self._programs.play_on(channels)

    @property
    def settings(self) -> HandsSettings:
        """As they are now."""
        return self._settings

    def set(self, values: Mapping[str, Any]) -> None:
        """Change settings; what is held through a thru that changes ends first. Raises
        SettingError."""
        with self._lock:
            self._settings = settings = self._settings.with_values(values)
            self._player.apply(settings)
            self._machine.apply(settings)
            self._programs.apply(settings)

    def input_lost(self, source: int) -> None:
        """An input is gone: nobody will lift the keys that were held on it."""
        with self._lock:
            self._player.lost(source)

    def output_lost(self, one: Destination) -> None:
        """An output is gone. If the machine has no other, what it planned is dropped."""
        with self._lock:
            one.send = nowhere
            if all(its.away for its in self._destinations if its.takes & MACHINE):
                self._schedule.cut()

    def output_found(self, one: Destination, send: Send) -> None:
        """An output is back. What we ended while it was away it never heard: end it all."""
        with self._lock:
            one.send = send
            self._sounding.silence(one)
            self._programs.tell(one)
            self._beats.again(self._clock())

    def synth_again(self) -> None:
        """The built-in synth has just begun, or another in its place: it knows of nothing."""
        with self._lock:
            for one in self._destinations:
                if one.is_synth:
                    self._sounding.silence(one)
                    self._programs.tell(one)

    # --- what others want to know -------------------------------------------------------------

    def waiting_events(self) -> list[Event]:
        """Take what waits for the mind, in order."""
        with self._lock:
            return self._outbox.take_all()

    @property
    def waits(self) -> int:
        """How many events wait for the mind."""
        return len(self._outbox)

    def put_back(self, events: list[Event]) -> None:
        """Events taken but not delivered wait again, before the others."""
        with self._lock:
            self._outbox.put_back(events)

    def replay_after(self, seq: int) -> None:
        """A mind says what it has heard last: all after it waits for it again."""
        with self._lock:
            self._outbox.replay_after(seq)

    def stats(self) -> dict[str, object]:
        """Counts, figures of the last minute, and the pitches that sound.

        late_ms: the machine's notes behind their plan, in late_ms_whole since the start;
        off_late_ms: their ends behind when they were due, or when the mind said so where that was
        later, but for those that waited for the player's own key or made way for the next note on
        theirs; late_offs: how many of these were over 5 ms late since the start.
        """
        return {
            **self._figures.summary(self._clock()),
            "dropped": self._outbox.dropped,
            "planned": len(self._schedule),
            "player": self._pitches(PLAYER),
            "machine": self._pitches(MACHINE),
        }

    def _pitches(self, who: int) -> list[int]:
        """What `who` sounds, anywhere."""
        return sorted({pitch for one in self._destinations for _, pitch in one.ledger.keys(who)})
