"""The beat followed from the player's own notes: tempo, beat and downbeat, as they are played.

Two layers. A bar pointer (live.tempo.bar_pointer) weighs every tempo and place in the bar by every
chord. The line that is told goes with it gently: while the place it stands at is about as likely as
any other it is only drawn towards what is likely there, a share a chord, as a phase-locked loop is
(Large and Jones, The dynamics of attending, Psychological Review 1999); where another is clearly
likelier it locks on that. Nothing in here is drawn by chance, and nobody looks at a clock: the same
notes give the same beat.
"""

from dataclasses import dataclass, replace

from live.notes import Note
from live.plan import Beat
from live.settings import Settings
from live.tempo.accents import Accents, Chord, odds
from live.tempo.bar_pointer import Ahead, Chances, at_first, bar_of, likeliest, moved, near, weighed
from live.tempo.timeline import Timeline

TOGETHER = 0.04  # seconds: notes so close are one chord
SURE = 0.45  # chance at which a beat is told
LOST = 0.05  # confidence below which it no longer is
CLEARLY = 2.0  # times likelier: it is the other that is followed
PLACE, TEMPO = 0.35, 0.2  # shares by which a chord draws the line
PATIENCE = 0.25  # share by which a chord moves the confidence
HALF = 2.0  # bars of silence that halve the confidence, after the first


@dataclass(frozen=True)
class Heard:
    """What was known after some note. chances: None before the first; at: of the chord (seconds);
    line: where the beat is; confidence: 0 to 1."""

    chances: Chances | None = None
    at: float = 0.0
    line: Timeline | None = None
    confidence: float = 0.0


class Follower:
    """A source of the beat (see live.tempo.sources). bar: beats to the bar, which the player sets.

    The notes of a chord need not come at once: with each, the chord is read anew from what was
    known before it.
    """

    def __init__(self, bar: int = 4) -> None:
        self._beats = bar
        self._begin()

    def _begin(self) -> None:
        self._accents = Accents()
        self._chord: Chord | None = None
        self._before = Heard()  # the chord
        self._ahead: Ahead | None = None  # as it came
        self._heard = Heard()

    @property
    def timeline(self) -> Timeline | None:
        """Where the beat is; None while it is not sure."""
        return self._heard.line if self._heard.confidence >= LOST else None

    @property
    def confidence(self) -> float:
        """0 to 1, at the last note."""
        return self._heard.confidence if self._heard.line is not None else 0.0

    def confidence_at(self, now: float) -> float:
        """The same at a moment (seconds) after the last note: it falls in a silence."""
        line = self._heard.line
        if line is None:
            return 0.0
        bars = (now - self._heard.at) / (line.period * line.bar)
        return self.confidence * 0.5 ** max(0.0, (bars - 1) / HALF)

    def resume(self, line: Timeline) -> None:
        """So it was followed before: it is held to until the notes tell otherwise."""
        self._beats = line.bar
        self._heard = Heard(None, line.at, line, SURE)

    def apply(self, settings: Settings, now: float) -> None:
        """Another number of beats to the bar: everything begins anew."""
        if settings.bar != self._beats:
            self._beats = settings.bar
            self._begin()

    def beat(self, beat: Beat) -> None: ...

    def hear(self, note: Note) -> None:
        """The player's note began, in order of onset."""
        velocity = max(1, note.velocity)
        if self._chord is not None and note.onset - self._chord.onset < TOGETHER:
            self._chord = self._chord.with_note(note.pitch, velocity)
        else:
            self._next(Chord(note.onset, (note.pitch,), velocity))
        assert self._chord is not None
        assert self._ahead is not None
        told = odds(self._accents.of(self._chord))
        chances = weighed(self._ahead, bar_of(self._beats), told)
        self._heard = self._follow(chances, self._chord.onset)

    def _next(self, chord: Chord) -> None:
        bar = bar_of(self._beats)
        if self._chord is not None:
            self._accents.hear(self._chord)
        before = self._before = self._heard
        if before.chances is None:
            self._ahead = at_first(bar)
        else:
            self._ahead = moved(before.chances, bar, chord.onset - before.at)
        self._chord = chord

    def _follow(self, chances: Chances, at: float) -> Heard:
        bar, before = bar_of(self._beats), self._before
        best, line = likeliest(chances.here, bar), before.line
        if line is None:
            sure = best.chance >= SURE
            locked = Timeline(at, best.place, best.bpm, self._beats) if sure else None
            return Heard(chances, at, locked, best.chance)
        beat = line.beat_at(at)
        here = near(chances.here, bar, line.bpm, beat)
        confidence = before.confidence + PATIENCE * (here.chance - before.confidence)
        if best.chance >= SURE and best.chance > CLEARLY * here.chance:
            there = beat + _way(beat, best.place, self._beats)
            return Heard(chances, at, replace(line, at=at, beat=there, bpm=best.bpm), best.chance)
        if here.chance:
            beat += PLACE * _way(beat, here.place, self._beats)
            line = replace(line, at=at, beat=beat, bpm=line.bpm * (here.bpm / line.bpm) ** TEMPO)
        return Heard(chances, at, line, confidence)


def _way(beat: float, place: float, bar: int) -> float:
    """The shortest way, in beats, from a beat to one at that place in a bar."""
    return (place - beat + bar / 2) % bar - bar / 2
