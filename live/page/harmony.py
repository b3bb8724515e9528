"""In which key you play, or which chord your left hand asks for, in few words for a screen. Pure.

The notes on the roll are read, so that the session itself has nothing to do for it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from live import midi
from live.left_hand import EVERY, LeftHand
from live.page.known import News, State
from live.page.roll import YOU
from live.settings import Settings
from live.tonality import Tonality

SURE = 3.0  # nats by which a key must be ahead of all others to be told
_TOLD = ("split", "left", "scale")
# A major key and its relative minor are told as one: no melody tells them apart for sure.
KEYS = ("C", "D♭", "D", "E♭", "E", "F", "G♭", "G", "A♭", "A", "B♭", "B")
MINORS = ("Am", "B♭m", "Bm", "Cm", "C♯m", "Dm", "E♭m", "Em", "Fm", "F♯m", "Gm", "G♯m")
ROOTS = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
# By the semitones above the root.
CHORDS: Mapping[frozenset[int], str] = {
    frozenset(tones): name
    for tones, name in (
        ((0, 4, 7), ""),
        ((0, 3, 7), "m"),
        ((0, 4), ""),
        ((0, 3), "m"),
        ((0, 7), "5"),
        ((0, 4, 7, 10), "7"),
        ((0, 4, 10), "7"),
        ((0, 4, 7, 11), "maj7"),
        ((0, 4, 11), "maj7"),
        ((0, 3, 7, 10), "m7"),
        ((0, 3, 10), "m7"),
        ((0, 3, 7, 11), "m maj7"),
        ((0, 4, 7, 9), "6"),
        ((0, 3, 7, 9), "m6"),
        ((0, 3, 6), "dim"),
        ((0, 3, 6, 9), "dim7"),
        ((0, 3, 6, 10), "m7♭5"),
        ((0, 4, 8), "+"),
        ((0, 5, 7), "sus4"),
        ((0, 2, 7), "sus2"),
        ((0, 5, 7, 10), "7sus4"),
        ((0, 2, 4, 7), "add9"),
        ((0, 2, 4, 7, 10), "9"),
        ((0, 2, 3, 7, 10), "m9"),
        ((0, 2, 4, 7, 11), "maj9"),
    )
}


def chord_name(pitches: frozenset[int]) -> str:
    """Of keys that are down together: over their lowest where that is the root, else over another
    with that as its bass, else by its notes."""
    bass = min(pitches) % 12
    classes = {pitch % 12 for pitch in pitches}
    for root in (bass, *sorted(classes - {bass})):
        name = CHORDS.get(frozenset((c - root) % 12 for c in classes))
        if name is not None:
            over = "" if root == bass else f"/{ROOTS[bass]}"
            return f"{ROOTS[root]}{name}{over}"
    return " ".join(ROOTS[c] for c in sorted(classes, key=lambda c: (c - bass) % 12))


@dataclass(frozen=True)
class Told:
    """kind: "key" as it is heard, "scale" as it was set, or "chord" of the left hand."""

    kind: str
    text: str


class Harmony:
    """Follows what the page is told."""

    def __init__(self) -> None:
        self._tonality = Tonality()
        self._left = LeftHand()
        self._settings = Settings()
        self._low: dict[int, int] = {}  # id -> pitch of the left hand's keys that are down
        self._key = ""
        self._told: Told | None = None

    def add(self, news: News) -> State:
        """What it comes to; empty if nothing has changed."""
        values: Mapping[str, Any] = news.state.get("values", {})
        if changed := {name: values[name] for name in _TOLD if name in values}:
            self._settings = replace(self._settings, **changed)
            self._left.apply(self._settings)
        if (change := news.roll) is not None:
            for number, side, _, pitch, velocity in change.begun if not change.whole else ():
                if side == YOU:
                    self._begin(number, pitch, velocity)
            for number, _, _ in change.ended:
                self._end(number)
        told = self._harmony()
        if told == self._told:
            return {}
        self._told = told
        return {"harmony": None if told is None else {"kind": told.kind, "text": told.text}}

    def _begin(self, number: int, pitch: int, velocity: int) -> None:
        message = midi.note_on(0, pitch, velocity)
        if self._left.takes(message):
            self._low[number] = pitch
            self._left.hear(message)
            return
        self._tonality.hear(pitch)
        if self._tonality.lead >= SURE:
            key = self._tonality.key
            self._key = f"{KEYS[key]} / {MINORS[key]}"

    def _end(self, number: int) -> None:
        if (pitch := self._low.pop(number, None)) is not None:
            self._left.hear(midi.note_off(0, pitch))

    def _harmony(self) -> Told | None:
        if self._settings.split and self._left.classes != EVERY:
            return Told("chord", chord_name(self._left.chord))
        if self._settings.scale:
            return Told("scale", self._settings.scale)
        return Told("key", self._key) if self._key else None
