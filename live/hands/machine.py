"""What we play by ourselves, each at its time: the planned notes, the clock and the click. No lock:
the caller keeps its own. Times are seconds on the session's clock."""

from collections.abc import Callable
from typing import NamedTuple

from live import midi
from live.hands.beats import Beats
from live.hands.config import HandsConfig, HandsSettings
from live.hands.ledger import CLICK, MACHINE
from live.hands.schedule import Schedule
from live.hands.sounding import Sounding
from live.plan import Sounded
from live.tempo.timeline import Timeline


class Played(NamedTuple):
    """What was sent. anything: whether there was something to send; begun: notes; ended: when a
    note-off that was due by itself was sent, and how late (seconds)."""

    anything: bool
    begun: tuple[Sounded, ...] = ()
    ended: tuple[tuple[float, float], ...] = ()


class Machine:
    """The schedule and the beat, played through `sounding`.

    early: how long before its moment (seconds) `play` gets a message ready. Notes are sent sooner
    than they are due by the latency set, for that is when they are heard; what is told of them,
    and how late they were, is as they are heard.
    """

    def __init__(
        self, config: HandsConfig, clock: Callable[[], float], early: float, sounding: Sounding
    ) -> None:
        self._late_limit = config.late_limit
        self._latency = config.settings.latency
        self._clock = clock
        self._early = early
        self._sounding = sounding
        self.schedule = Schedule()
        self.beats = Beats(config.settings)
        self.skipped = 0

    def apply(self, settings: HandsSettings) -> None:
        """These settings hold from now on."""
        self._latency = settings.latency
        self.beats.apply(settings, self._clock())

    def move(self, line: Timeline) -> None:
        """The beat is there from now on, and what is planned moves with it. What is to end sooner
        than now ends now: the hands were not late."""
        now = self._clock()
        if self.beats.line is not None:
            self.schedule.retime(self.beats.line, line, now + self._latency)
        self.beats.follow(line, now)

    def end_at(self, number: int, until: float) -> None:
        """Let the note of that id end at another moment; at once if that has passed, and then it
        is due now: the hands were not late."""
        self.schedule.end_at(number, max(until, self._clock() + self._latency))

    def next_due(self) -> float | None:
        """When the next message is to be sent; None if there is none to come."""
        beat, note = self.beats.next_due(), self.schedule.next_due()
        if note is None:
            return beat
        note -= self._latency
        return note if beat is None else min(beat, note)

    def play(self) -> Played:
        """Send the next message that is due, or will be within `early`."""
        soon = self._clock() + self._early
        beat, note = self.beats.next_due(), self.schedule.next_due()
        if beat is not None and (note is None or beat <= note - self._latency):
            return Played(self._play_beat(soon))
        if note is None or note - self._latency > soon:
            return Played(False)
        # Not `soon + latency` alone: rounded, it may fall short of what is due.
        # What was planned with less lead than the latency is played all the same.
        limit = self._late_limit + self._latency
        due_now, skipped = self.schedule.take(max(note, soon + self._latency), limit)
        self.skipped += skipped
        begun, ended = [], []
        for due in due_now:
            planned, moment = due.note, due.at - self._latency
            if not due.on:
                end = midi.note_off(planned.channel, planned.pitch)
                at = self._sounding.end(end, MACHINE, moment)
                # One that makes way for the next note on its key is as late as that, and no later.
                if at is not None and len(due_now) == 1:
                    ended.append((at, max(0.0, at - moment)))
                continue
            begin = midi.note_on(planned.channel, planned.pitch, planned.velocity)
            late = max(0.0, self._sounding.play(begin, MACHINE, moment) - moment)
            begun.append(Sounded(planned.id, due.at + late, late))
        return Played(bool(due_now), tuple(begun), tuple(ended))

    def _play_beat(self, soon: float) -> bool:
        """Send the next tick, or click, that is due by `soon`."""
        if (taken := self.beats.take(soon)) is None:
            return False
        moment, message = taken
        send = self._sounding.end if midi.is_note_off(message) else self._sounding.play
        send(message, CLICK, moment)
        return True

    def give_way(self) -> bool:
        """The player wants the floor: what sounds ends, and what is planned is dropped. False if
        there was nothing."""
        if not (self.schedule or self._sounding.machine_sounds):
            return False
        self.end_all()
        return True

    def end_all(self) -> None:
        """End what sounds, and drop what is planned."""
        self.schedule.clear()
        self._sounding.end_all(MACHINE)

    def finish(self) -> None:
        """Clock and click end, and what follows the clock is stopped."""
        self._sounding.send_all(self.beats.stop())
