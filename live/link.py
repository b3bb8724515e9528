"""Ableton Link: a peer of ours, which keeps the beat together with all others on the network.

Link says which beat it is at a moment of its own clock, and every peer within a session agrees on
tempo and on the place in the bar; with start/stop sync also on whether the transport runs.
https://ableton.github.io/link/ tells the ideas. The package is looked for when `clock` is link.
"""

from collections.abc import Callable, Container
from typing import Any, Protocol

from live.plan import Beat
from live.settings import SettingError, Settings
from live.tempo.timeline import Timeline

NAME = "link"  # of the clock, in the settings and in Beat.source
INSTALL = "clock link needs LinkPython-extern: pip install 'antiphon[link]'"
NEWS = 0.0003  # seconds that the beat may be off what was told
READINGS = 5  # of both clocks, of which the closest counts


class LinkError(SettingError):
    """Link cannot be had; the message is one line."""


class Session(Protocol):
    """One peer in a session of Link's, with the beat on the clock of whoever asks."""

    def read(self, bar: int) -> tuple[Timeline, int]:
        """Where the beat is, so that multiples of `bar` are downbeats for all; and how many
        others there are."""

    def set_tempo(self, bpm: float) -> None: ...

    def set_playing(self, playing: int, bar: int) -> None:
        """Start, so that beat 0 is the next bar line that all share (now, when alone); or stop."""

    def close(self) -> None: ...


def check(settings: Settings) -> None:
    """Raises LinkError if these settings need Link and it is not installed."""
    if settings.clock == NAME:
        _package()


def _package() -> Any:
    try:
        from link import Link
    except ImportError as error:
        raise LinkError(INSTALL) from error
    return Link


class LinkSession:
    """The package's peer. now: the clock that the beat is told on (seconds). Until it meets
    others, it goes by the settings. Raises LinkError."""

    def __init__(self, now: Callable[[], float], settings: Settings) -> None:
        self._now = now
        self._link = _package()(settings.tempo)
        self._clock = self._link.clock()
        self._playing = False  # when last read
        self.set_playing(settings.transport, settings.bar)
        self._link.startStopSyncEnabled = True
        self._link.enabled = True

    def read(self, bar: int) -> tuple[Timeline, int]:
        state = self._link.captureSessionState()
        at, micros = self._moment()
        playing = state.isPlaying()
        if playing and not self._playing:  # beat 0 is the next bar line that all share
            state.requestBeatAtStartPlayingTime(0.0, bar)
            self._link.commitSessionState(state)
        self._playing = playing
        line = Timeline(at, state.beatAtTime(micros, bar), state.tempo(), bar, playing)
        return line, self._link.numPeers()

    def _moment(self) -> tuple[float, int]:
        """The same moment on our clock (seconds) and on Link's (microseconds).

        Link's may run at another rate (on Linux it is CLOCK_MONOTONIC_RAW), so there is no
        difference to be measured once and kept. Another process may come between two readings,
        hence the closest of a few.
        """
        closest = min(
            ((self._now(), self._clock.micros(), self._now()) for _ in range(READINGS)),
            key=lambda read: read[2] - read[0],
        )
        return (closest[0] + closest[2]) / 2, closest[1]

    def set_tempo(self, bpm: float) -> None:
        state = self._link.captureSessionState()
        state.setTempo(bpm, self._clock.micros())
        self._link.commitSessionState(state)

    def set_playing(self, playing: int, bar: int) -> None:
        state = self._link.captureSessionState()
        if playing and not state.isPlaying():
            # At once: Link keeps the moment of the start as a beat, which the second moves.
            state.setIsPlayingAndRequestBeatAtTime(True, self._clock.micros(), 0.0, bar)
        else:  # where it plays already, others may not
            state.setIsPlaying(bool(playing), self._clock.micros())
        self._playing = bool(playing)
        self._link.commitSessionState(state)

    def close(self) -> None:
        self._link.enabled = False


class LinkKeeper:
    """Link as a keeper of the beat, while the setting `clock` names it.

    now: the session's clock (seconds). say: told in one line what the player should know. join:
    enters a session of Link's.
    """

    def __init__(
        self,
        now: Callable[[], float],
        say: Callable[[str], None],
        join: Callable[[Callable[[], float], Settings], Session] = LinkSession,
    ) -> None:
        self._now, self._say, self._join = now, say, join
        self._session: Session | None = None
        self._told: Timeline | None = None
        self._peers = 0

    def look(self, settings: Settings) -> Beat | None:
        """Called 20 times a second or more. Returns what the mind is to be told, if anything.

        Raises LinkError.
        """
        if settings.clock != NAME:
            return self._leave()
        if self._session is None:
            self._session = self._join(self._now, settings)
        line, peers = self._session.read(settings.bar)
        if peers != self._peers:
            self._peers = peers
            self._say(f"Link: with {peers} other{'s' * (peers != 1)}" if peers else "Link: alone")
        if self._told is not None and _same(self._told, line):
            return None
        self._told = line
        return Beat(line.at, NAME, line)

    def changed(self, names: Container[str], settings: Settings) -> None:
        """The player set these, and all of the session follows."""
        if self._session is None:
            return
        if "tempo" in names:
            self._session.set_tempo(settings.tempo)
        if "transport" in names:
            self._session.set_playing(settings.transport, settings.bar)

    def _leave(self) -> Beat | None:
        if self._session is None:
            return None
        self.close()
        return Beat(self._now(), NAME, None)

    def close(self) -> None:
        """Leave the session, if in one. May be called twice."""
        if self._session is not None:
            self._session.close()
        self._session, self._told, self._peers = None, None, 0


def _same(told: Timeline, line: Timeline) -> bool:
    """Whether what was told still says where the beat is."""
    if (told.bpm, told.bar, told.running) != (line.bpm, line.bar, line.running):
        return False
    off = (told.beat_at(line.at) - line.beat) * line.period
    return not line.running or abs(off) <= NEWS
