"""The ways of playing: each looks at the scene and says whether the machine has the floor."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from live.modes import answer, bars, carry_on, drums, harmonise, together, trade
from live.modes.scene import Decision, Mode, Scene, Turn
from live.plan import OnTouch
from live.settings import Settings


def solo(voices: Sequence[str]) -> str:
    """Where a lone keyboard belongs."""
    return "piano" if "piano" in voices else voices[0]


def first(voices: Sequence[str]) -> str:
    """The melody."""
    return voices[0]


def same(voices: Sequence[str], you: str) -> Sequence[str]:
    return (you,)


def others(voices: Sequence[str], you: str) -> Sequence[str]:
    return [voice for voice in voices if voice != you] or (you,)


def backing(voices: Sequence[str], you: str) -> Sequence[str]:
    rest = others(voices, you)
    return ("piano",) if "piano" in rest else rest


@dataclass(frozen=True)
class Way:
    """A way of playing. touch: what the hands do when the player starts a note. you, me: the
    player's voice and the machine's, unless they are set. beat: it has no sense without one.
    together: the machine foretells the player's notes as well as its own. voiced: each of the
    player's notes is answered at once by one of each voice. deaf: the player's notes are not music
    to the model. chords: what it plays keeps to the chords that fit the player's melody.
    """

    decide: Mode
    touch: OnTouch = OnTouch.YIELD
    you: Callable[[Sequence[str]], str] = solo
    me: Callable[[Sequence[str], str], Sequence[str]] = same
    beat: bool = False
    together: bool = False
    voiced: bool = False
    deaf: bool = False
    chords: bool = False


MODES: dict[str, Way] = {
    "answer": Way(answer.decide),
    "continue": Way(carry_on.decide),
    "duet": Way(together.decide, OnTouch.KEEP, me=others, together=True),
    "accompany": Way(together.decide, OnTouch.KEEP, first, backing, together=True, chords=True),
    "harmonise": Way(harmonise.decide, OnTouch.KEEP, first, backing, voiced=True),
    "bars": Way(bars.decide, OnTouch.KEEP, beat=True),
    "drums": Way(drums.decide, OnTouch.KEEP, beat=True, deaf=True),
}
TRADE = Way(trade.decide, OnTouch.KEEP, beat=True)


def way_of(mode: str, settings: Settings) -> Way:
    """The way of playing of that name: where bars are traded, `answer` goes by them."""
    return TRADE if mode == "answer" and settings.trade else MODES[mode]


def roles(way: Way, voices: Sequence[str], settings: Settings) -> tuple[str, tuple[str, ...]]:
    """The player's voice and the machine's: as they are set, else as that way of playing has
    them."""
    you = settings.you.strip() or way.you(voices)
    return you, words(settings.me) or tuple(way.me(voices, you))


def words(text: str) -> tuple[str, ...]:
    """Those between commas."""
    return tuple(filter(None, map(str.strip, text.split(","))))


__all__ = ["MODES", "Decision", "Mode", "Scene", "Turn", "Way", "roles", "solo", "way_of", "words"]
