"""What the hands do, apart from threads and ports: hear, pass through, play, yield, end.

Everything that sends does so under one lock, because one output is shared by the player's thru
and the machine's notes. Times are seconds on the session's clock.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from heapq import merge

from live import midi
from live.hands import ledger as books
from live.hands.config import HandsConfig
from live.hands.figures import Spread
from live.hands.ledger import MACHINE, PLAYER, Ledger
from live.hands.outbox import Event, Outbox
from live.hands.passing import Passing, Send
from live.hands.schedule import Schedule
from live.hands.thru import Echo
from live.plan import Heard, OnTouch, Plan, Sounded

HISTORY = 4096
PANIC_AGAIN = 2.0  # seconds within which a second panic means: everything, everywhere


class Playing:
    """One output, the player's messages that come in, and the machine's notes to play.

    send: called with every message to go out. clock: seconds on the session's clock. early: how
    long before its moment (seconds) `play` gets a message ready, to send it when that has come;
    the clock must then go on by itself. Its methods may be called from any thread.
    """

    def __init__(
        self,
        config: HandsConfig,
        send: Send,
        clock: Callable[[], float],
        ledger: Ledger,
        early: float = 0.0,
    ) -> None:
        self._config = config
        self._send = send
        self._clock = clock
        self._early = early
        self._ledger = ledger
        self._schedule = Schedule()
        self._echo = Echo(config.echo_window)
        self._passing = Passing(send, ledger, config.thru, config.thru_channel)
        self._down: set[tuple[int, int, int]] = set()  # all of them: source, channel, pitch
        self._on_touch = OnTouch.YIELD
        self._touch = 0
        self._seq = 0
        self._last_panic = float("-inf")
        self._silent = False
        self._lock = threading.Lock()
        self._history: deque[Heard] = deque(maxlen=HISTORY)
        self._outbox = Outbox()
        self.lateness = Spread()
        self.thru_time = Spread()
        self.counts = dict.fromkeys(
            ("heard", "sounded", "yields", "stale", "skipped", "refused", "echoes"), 0
        )

    # --- the player -------------------------------------------------------------------------

    def hear(self, source: int, message: bytes, at: float) -> None:
        """One message of the player's (or an echo of ours) has come in at `at` (seconds)."""
        with self._lock:
            if self._silent or midi.is_damaged(message):
                return
            kind = message[0] & 0xF0
            is_mute = False
            if kind in (midi.NOTE_ON, midi.NOTE_OFF) and len(message) == 3:
                is_on = midi.is_note_on(message)
                if self._is_echo(source, message, is_on, at):
                    self.counts["echoes"] += 1
                    return
                key = (source, message[0] & 0x0F, message[1])
                (self._down.add if is_on else self._down.discard)(key)
                is_mute = message[1] == self._config.mute_key
                if not is_mute:
                    self._passing.note(source, message)
            else:
                self._passing.other(source, message)
            done = self._clock()
            self._forward(message, at, yields=not is_mute and midi.takes_floor(message))
            self.thru_time.add(done - at, done)

    def _forward(self, message: bytes, at: float, yields: bool) -> None:
        """To the mind; yields: after the machine has given up the floor, if it is to."""
        self._seq += 1
        if yields and self._on_touch is OnTouch.YIELD:
            self._touch = self._seq
            self._yield()
        heard = Heard(self._seq, at, message)
        self._history.append(heard)
        self._outbox.put(heard)
        self.counts["heard"] += 1

    def _is_echo(self, source: int, message: bytes, is_on: bool, at: float) -> bool:
        # The end of a key that the player holds is the player's: taking it for ours would leave
        # the note hanging, and taking ours for it only ends it early.
        if not is_on and self._passing.holds(source, message[0] & 0x0F, message[1]):
            return False
        return self._echo.is_echo(message, at)

    def _yield(self) -> None:
        """The player wants the floor: the machine's notes end, and what is planned is dropped."""
        if self._schedule or self._ledger.machine_sounds:
            self.counts["yields"] += 1
            self._schedule.clear()
            self._end(MACHINE)

    # --- the machine ------------------------------------------------------------------------

    def follow(self, plan: Plan) -> None:
        """Take the mind's orders. Notes planned before the last touch yielded to are stale."""
        with self._lock:
            self._on_touch = plan.on_touch
            if plan.cut is not None:
                self._schedule.cut(plan.cut)
            if plan.after >= self._touch:
                for longer in plan.longer:
                    self._schedule.lengthen(longer.id, longer.until)
        for done, note in enumerate(plan.notes):
            with self._lock:  # for each note anew: a long plan must not hold up a key
                if self._silent:
                    return
                if plan.after < self._touch:
                    self.counts["stale"] += len(plan.notes) - done
                    return
                if not self._schedule.add(note):
                    self.counts["refused"] += 1

    def next_due(self) -> float | None:
        """When the next machine message is due (seconds); None if nothing is planned."""
        with self._lock:
            return self._schedule.next_due()

    def play(self) -> bool:
        """Send the next machine message that is due, or will be within `early`; False if there
        was none."""
        with self._lock:
            if self._silent:
                return False
            clock = self._clock
            due_now, skipped = self._schedule.take(clock() + self._early, self._config.late_limit)
            self.counts["skipped"] += skipped
            for due in due_now:
                note = due.note
                if not due.on:
                    while clock() < due.at:
                        pass
                    self._end_note(note.channel, note.pitch)
                    continue
                self._ledger.begin(note.channel, note.pitch, MACHINE)
                message = midi.note_on(note.channel, note.pitch, note.velocity)
                while (at := clock()) < due.at:
                    pass
                self._send(message)
                self._echo.sent(message, at)
                late = max(0.0, at - due.at)
                self._outbox.put(Sounded(note.id, at, late))
                self.counts["sounded"] += 1
                self.lateness.add(late, at)
            return bool(due_now)

    def _end_note(self, channel: int, pitch: int) -> None:
        self._send_all(self._ledger.end(channel, pitch, MACHINE))

    def mind_gone(self) -> None:
        """No mind any more: what it planned is dropped, what sounds ends on its time."""
        with self._lock:
            self._schedule.cut()

    # --- ending -----------------------------------------------------------------------------

    def _send_all(self, messages: Iterable[bytes]) -> None:
        """Send what ends notes, and remember it: it may come back as an echo."""
        for message in messages:
            self._send(message)
            if midi.is_note_off(message):
                self._echo.sent(message, self._clock())

    def _end(self, who: int) -> None:
        self._send_all(self._ledger.end_all(who))

    def end_everything(self) -> None:
        """End what the machine sounds, then what the player holds through us, then pedals."""
        with self._lock:
            self._end_everything()

    def _end_everything(self) -> None:
        self._schedule.clear()
        self._end(MACHINE)
        self._end(PLAYER)
        self._passing.forget()

    def finish(self) -> None:
        """End everything and send nothing more, whatever comes."""
        with self._lock:
            if not self._silent:
                self._end_everything()
                self._silent = True

    def panic(self) -> None:
        """End everything of ours; asked again within two seconds, All Notes Off everywhere."""
        with self._lock:
            now = self._clock()
            self._end_everything()
            # The mind hears it as the player's own wish for silence, and plans nothing on.
            quiet = midi.control_change(0, midi.ALL_NOTES_OFF, 0)
            self._forward(quiet, now, yields=True)
            if now - self._last_panic <= PANIC_AGAIN:
                self._send_all(books.all_notes_off())
                self._ledger.clear()
            self._last_panic = now

    def end_keys(self, keys: Iterable[tuple[int, int]]) -> None:
        """Send note-offs for these (channel, pitch): what hands before us left sounding."""
        with self._lock:
            self._send_all(midi.note_off(channel, pitch) for channel, pitch in keys)

    def set_thru(self, on: bool, channel: int | None) -> None:
        """Switch the thru, or move it to a channel (0-15); what is held through it ends first."""
        with self._lock:
            self._end(PLAYER)
            self._passing.forget()
            self._passing.set(on, channel)

    def input_lost(self, source: int) -> None:
        """An input is gone: nobody will lift the keys that were held on it."""
        with self._lock:
            self._end(books.player(source))
            self._passing.forget(source)
            lost = [key for key in self._down if key[0] == source]
            self._down.difference_update(lost)
            for _, channel, pitch in lost:  # or the mind would wait for them for ever
                self._forward(midi.note_off(channel, pitch), self._clock(), yields=False)

    def output_lost(self) -> None:
        """The output is gone: what was planned for it is dropped, the book is kept."""
        with self._lock:
            self._schedule.cut()

    def output_found(self) -> None:
        """The output is back. What we ended while it was away it never heard: end it all."""
        with self._lock:
            self._end_everything()
            self._send_all(books.all_notes_off())

    # --- what others want to know -------------------------------------------------------------

    def waiting_events(self) -> list[Event]:
        """Take what waits for the mind, in order."""
        with self._lock:
            return self._outbox.take_all()

    @property
    def waits(self) -> bool:
        """Whether anything waits for the mind."""
        return bool(self._outbox)

    def put_back(self, events: list[Event]) -> None:
        """Events taken but not delivered wait again, before the others."""
        with self._lock:
            self._outbox.put_back(events)

    def replay_after(self, seq: int) -> None:
        """A mind says what it has heard last: all after it waits for it again, in order."""
        with self._lock:
            waiting = self._outbox.take_all()
            heard = {event.seq: event for event in self._history}
            heard |= {event.seq: event for event in waiting if isinstance(event, Heard)}
            missed: list[Event] = [heard[number] for number in sorted(heard) if number > seq]
            sounded: list[Event] = [event for event in waiting if isinstance(event, Sounded)]
            self._outbox.put_back(list(merge(missed, sounded, key=lambda event: event.at)))

    def stats(self) -> dict[str, object]:
        """Counts, figures of the last minute, and the pitches that sound."""
        now = self._clock()
        late, thru = self.lateness.summary(now), self.thru_time.summary(now)
        return {
            "at": now,
            **self.counts,
            "dropped": self._outbox.dropped,
            "planned": len(self._schedule),
            "late_ms": {key: late[key] * 1e3 for key in ("median", "p99", "max")},
            "thru_us": {key: thru[key] * 1e6 for key in ("median", "p99", "max")},
            "player": sorted({pitch for _, pitch in self._ledger.keys(PLAYER)}),
            "machine": sorted({pitch for _, pitch in self._ledger.keys(MACHINE)}),
        }
