"""Who may keep the beat: one interface, and a source for each word of the setting `clock`.

Each is told everything and says where the beat is, None while it does not know.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from live.notes import Note
from live.plan import Beat
from live.settings import Settings
from live.tempo.follow import Follower
from live.tempo.timeline import Timeline

SILENCE = 2  # bars without a note of the player's: the next one begins anew


class Source(Protocol):
    @property
    def timeline(self) -> Timeline | None: ...

    def resume(self, line: Timeline) -> None:
        """So it was kept by the one before it."""

    def apply(self, settings: Settings, now: float) -> None:
        """These settings hold from `now` (seconds) on."""

    def hear(self, note: Note) -> None:
        """The player's note began."""

    def beat(self, beat: Beat) -> None:
        """A keeper outside said where the beat is."""


class Nobody:
    """There is no beat."""

    timeline: Timeline | None = None

    def resume(self, line: Timeline) -> None: ...

    def apply(self, settings: Settings, now: float) -> None: ...

    def hear(self, note: Note) -> None: ...

    def beat(self, beat: Beat) -> None: ...


class Internal:
    """A metronome of our own. It begins with the count-in, or without one on your first note, and
    again whenever the transport is started.

    anew: your first note after a silence is beat one again.
    """

    def __init__(self, anew: bool = False) -> None:
        self.timeline: Timeline | None = None
        self._anew = anew
        self._settings: Settings | None = None
        self._heard = 0.0  # the player's last onset

    def resume(self, line: Timeline) -> None:
        self.timeline = line

    def apply(self, settings: Settings, now: float) -> None:
        before, self._settings = self._settings, settings
        line = self.timeline
        started = settings.transport and before is not None and not before.transport
        counted = settings.transport and before is None and settings.count_in
        if started or counted:
            self._start(now)
        elif line is not None:
            if line.bpm != settings.tempo:
                line = line.with_tempo(settings.tempo, now)
            if line.running and not settings.transport:
                line = replace(line, at=now, beat=line.beat_at(now), running=False)
            self.timeline = line if line.bar == settings.bar else replace(line, bar=settings.bar)

    def _start(self, at: float) -> None:
        s = self._settings
        assert s is not None
        self.timeline = Timeline(at, float(-s.count_in * s.bar), s.tempo, s.bar)

    def hear(self, note: Note) -> None:
        s, line = self._settings, self.timeline
        assert s is not None
        silent = line is not None and note.onset - self._heard > SILENCE * line.bar * line.period
        if s.transport and (line is None or (silent and self._anew)):
            self.timeline = Timeline(note.onset, 0.0, s.tempo, s.bar)
        self._heard = note.onset

    def beat(self, beat: Beat) -> None: ...


class Outside:
    """Somebody else keeps it, and is named by Beat.source."""

    def __init__(self, name: str) -> None:
        self.timeline: Timeline | None = None
        self._name = name
        self._bar = 4

    def resume(self, line: Timeline) -> None:
        self.timeline = line

    def apply(self, settings: Settings, now: float) -> None:
        self._bar = settings.bar
        if self.timeline is not None and self.timeline.bar != self._bar:
            self.timeline = replace(self.timeline, bar=self._bar)

    def hear(self, note: Note) -> None: ...

    def beat(self, beat: Beat) -> None:
        if beat.source == self._name:
            line = beat.timeline
            self.timeline = None if line is None else replace(line, bar=self._bar)


SOURCES: dict[str, Callable[[], Source]] = {
    "free": Nobody,
    "internal": Internal,
    "midi": lambda: Outside("midi"),
    "link": lambda: Outside("link"),
    "follow": Follower,
}


class Keeper:
    """The source that the setting `clock` names. Those outside are listened to all the time, so
    that the beat is there when they are chosen.

    needed: whether the way of playing has no sense without a beat; if nobody keeps it, each of
    your phrases then sets it, at the tempo set.
    """

    def __init__(self, line: Timeline | None = None) -> None:
        """line: where the beat was before, for the source that is chosen first."""
        self._sources = {name: make() for name, make in SOURCES.items()}
        self._phrase = Internal(anew=True)
        self._before = line
        self._chosen: Source = self._sources["free"]

    @property
    def timeline(self) -> Timeline | None:
        return self._chosen.timeline

    def apply(self, settings: Settings, now: float, needed: bool) -> None:
        for source in (*self._sources.values(), self._phrase):
            source.apply(settings, now)
        alone = needed and settings.clock == "free"
        self._chosen = self._phrase if alone else self._sources[settings.clock]
        if self._before is not None:
            self._chosen.resume(self._before)
            self._before = None

    def hear(self, note: Note) -> None:
        self._chosen.hear(note)

    def beat(self, beat: Beat) -> None:
        for source in self._sources.values():
            source.beat(beat)
