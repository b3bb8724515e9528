"""Where the beat is to the mind: as its keeper says, and as the hands were told."""

from collections.abc import Callable
from dataclasses import replace

from live.notes import Note
from live.plan import Beat
from live.settings import Settings
from live.tempo.sources import Keeper
from live.tempo.timeline import Timeline


class KnownBeat:
    """line: where the beat was at the last look, None if nobody kept it; told: where the hands were
    told it is; keep: called with where it was before and where it is, at each look that finds it
    elsewhere."""

    def __init__(
        self,
        line: Timeline | None,
        keep: Callable[[Timeline | None, Timeline | None, float], None],
    ) -> None:
        """line: where it was to the mind before this one."""
        self.line: Timeline | None = None
        self._keeper = Keeper(line)
        self._keep = keep
        self.told: Timeline | None = None

    def apply(self, settings: Settings, now: float, needed: bool) -> None:
        """See live.tempo.sources.Keeper."""
        self._settings = settings
        self._keeper.apply(settings, now, needed)

    def hear(self, note: Note) -> None:
        self._keeper.hear(note)

    def beat(self, beat: Beat) -> None:
        self._keeper.beat(beat)

    def look(self, now: float) -> None:
        before, line = self.line, self._keeper.timeline
        if line != before:
            self.line = line
            self._keep(before, line, now)

    @property
    def running(self) -> Timeline | None:
        return self.line if self.line is not None and self.line.running else None

    @property
    def bar(self) -> float:
        """Seconds to the bar."""
        if self.line is not None:
            return self.line.bar * self.line.period
        return self._settings.bar * 60 / self._settings.tempo

    @property
    def is_news(self) -> bool:
        """Whether the hands do not know."""
        return self.told is not self.line

    def tell(self) -> Timeline | None:
        """What the hands are to be told, who then know; None if they do."""
        told, self.told = self.told, self.line
        if self.line is None and told is not None:  # nobody keeps it any more
            return replace(told, running=False)
        return None if told is self.line else self.line
