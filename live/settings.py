"""What a player can set, with its range and unit, in one table."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, TypeVar

from live.errors import UserError
from live.placing import parse_parts
from live.scales import pitches_of

Table = TypeVar("Table", bound=Any)


class SettingError(UserError):
    """A setting that does not exist or does not fit; the message is one line."""


def setting(
    default: Any,
    help: str,
    low: float | None = None,
    high: float | None = None,
    choices: tuple[str, ...] = (),
    unit: str = "",
) -> Any:
    """A field of a table of settings: its default, and what is to be known about it."""
    about = {"help": help, "low": low, "high": high, "choices": choices, "unit": unit}
    return field(default=default, metadata=about)


def check(table: Any) -> None:
    """Raises SettingError if a value in a table of settings is out of its range."""
    for item in fields(table):
        value, low, high = getattr(table, item.name), item.metadata["low"], item.metadata["high"]
        if low is not None and not low <= value <= high:
            raise SettingError(f"{item.name} is {value}: it goes from {low:g} to {high:g}")
        choices = item.metadata["choices"]
        if choices and value not in choices:
            raise SettingError(f"{item.name} is {value!r}: give {', '.join(choices)}")


def changed(table: Table, values: Mapping[str, Any]) -> Table:
    """A table of settings with some values changed. Raises SettingError."""
    kinds: dict[str, Any] = {item.name: type(item.default) for item in fields(table)}
    read: dict[str, Any] = {}
    for name, value in values.items():
        if name not in kinds:
            raise SettingError(f"there is no setting {name!r}; there are: {', '.join(kinds)}")
        try:
            read[name] = kinds[name](value)
        except (TypeError, ValueError, OverflowError) as error:
            kind = kinds[name].__name__
            raise SettingError(f"{name} cannot be {value!r}: it is a {kind}") from error
    return replace(table, **read)


STEERS = ("chord", "key")
CLOCKS = ("free", "internal", "midi", "link", "follow")


@dataclass(frozen=True)
class Settings:
    """All settings of the mind. Every one travels in the take, so that a replay has them."""

    mode: str = setting("", "way of playing (empty: the model's first)")
    you: str = setting("", "voice you play (empty: the model's solo keyboard)")
    me: str = setting("", "voices the machine plays, with commas (empty: as the mode has it)")
    mute: str = setting("", "voices of the machine that rest, with commas")
    solo: str = setting("", "voices of the machine that alone play, with commas (empty: all)")
    temperature: float = setting(0.95, "1 as learned, lower is safer, higher bolder", 0.1, 2.0)
    pitches: float = setting(
        1.0, "temperature of pitches, times `temperature`: low keeps to the harmony", 0.02, 2.0
    )
    density: float = setting(1.0, "how much it plays: 1 as learned, and as you do", 0.1, 4.0)
    low: int = setting(21, "lowest pitch of the machine", 0, 127)
    high: int = setting(108, "highest pitch of the machine", 0, 127)
    scale: str = setting("", "keeps to a scale, as in `A minor` or `F# dorian` (empty: any note)")
    split: int = setting(0, "keys below this pitch are the left hand's and steer; 0: none", 0, 127)
    left: str = setting("chord", "what its chords set: their notes, or a key", choices=STEERS)
    channel: int = setting(0, "MIDI channel of the machine (0: 10 for drums, else 1)", 0, 16)
    parts: str = setting(
        "", "voices with their own channel or range, as in `melody:2:C4-C6, piano::A0-C5`"
    )
    velocity: int = setting(0, "added to the machine's velocities", -64, 64)
    dynamics: float = setting(0.0, "how far it follows how hard you play", 0.0, 1.0)
    hold: str = setting("", "continue: plays while held: pedal, cc:N, key:N (empty: from a pause)")
    rest: int = setting(0, "1: it rests until this is 0 again", 0, 1)
    again: int = setting(0, "1: it repeats its last phrase, once", 0, 1)
    memory: int = setting(5, "longest repeat it is reminded of: 0 none to 5 all", 0, 5)
    modulate: int = setting(1, "1: it moves to another key with your melody", 0, 1)
    chords: float = setting(
        4.0, "accompany: how strongly it keeps to chords that fit your melody: 0 not at all", 0, 16
    )
    length: float = setting(1.0, "answer: its length as a share of your phrase", 0.25, 4.0)
    longest: float = setting(20.0, "answer: seconds at most", 1.0, 120.0, unit="s")
    trade: int = setting(
        0, "answer: bars you play, then it plays; 0: by your pauses", 0, 16, unit="bars"
    )
    patience: float = setting(1.0, "factor on the pause that gives it the floor", 0.3, 4.0)
    horizon: float = setting(1.0, "seconds it plans ahead", 0.2, 8.0, unit="s")
    lead: float = setting(
        0.03, "seconds from planning to the first note, at least", 0.0, 0.5, unit="s"
    )
    latency: float = setting(0.0, "how long the synth takes, as the hands know", 0.0, 0.5, unit="s")
    clock: str = setting("free", "who keeps the beat", choices=CLOCKS)
    tempo: float = setting(
        120.0, "beats a minute: of the internal clock, and of Link's", 30.0, 300.0, unit="bpm"
    )
    bar: int = setting(4, "beats to the bar", 1, 12, unit="beats")
    transport: int = setting(1, "internal clock and Link: 1 runs, 0 is stopped", 0, 1)
    count_in: int = setting(0, "bars counted in; 0: your first note is beat one", 0, 4, unit="bars")

    def __post_init__(self) -> None:
        check(self)
        if self.low > self.high:
            raise SettingError(f"low ({self.low}) is above high ({self.high})")
        parse_hold(self.hold)
        try:
            pitches_of(self.scale)
            parse_parts(self.parts)
        except ValueError as error:
            raise SettingError(str(error)) from error

    @property
    def notice(self) -> float:
        """Seconds from planning to the first note, at least, as it is heard: the hands send it
        sooner by the latency."""
        return self.lead + self.latency

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def with_values(self, values: Mapping[str, Any]) -> "Settings":
        """The same with some values changed. Raises SettingError."""
        return changed(self, values)


PEDALS = {"pedal": 64, "sostenuto": 66, "soft": 67}


def parse_hold(text: str) -> tuple[str, int] | None:
    """`cc:N`, `key:N` or a pedal's name -> ("cc" or "key", N); empty -> None."""
    if not text:
        return None
    if text in PEDALS:
        return "cc", PEDALS[text]
    kind, _, number = text.partition(":")
    right = kind in ("cc", "key") and number.isdecimal() and len(number) <= 3
    if not right or int(number) > 127:
        named = ", ".join(PEDALS)
        raise SettingError(f"hold is {text!r}: give {named}, cc:0 to cc:127 or key:0 to key:127")
    return kind, int(number)
