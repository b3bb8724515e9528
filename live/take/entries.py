"""What a take is made of, and how each thing is written: one table drives both ways.

A take is a header, then every call into the mind in order, each followed by the plan it brought
forth, if any, in one or in parts. An entry is written as a short list that begins with its kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from live.notes import SIDES, Note, Part
from live.plan import Beat, Heard, Longer, OnTouch, Plan, PlannedNote, Sounded
from live.take.forms import (
    HEX,
    ORDERED,
    SECONDS,
    TEXT,
    WHOLE,
    YES,
    Form,
    brief,
    list_of,
    many,
    only,
    optional,
    record,
)  # fmt: skip
from live.tempo.timeline import Timeline

VERSION = 1


@dataclass(frozen=True, slots=True)
class ModelName:
    """Which model played: the name of its file, and the file's SHA-256 in hex."""

    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Header:
    """What must be known to play a take again.

    antiphon: the version that recorded it; started: date and time, ISO 8601; settings: name ->
    value as at the beginning (only what JSON can say: a tuple comes back as a list); sound: the
    same for what the synths were asked for (live.hands.programs.SOUND).
    """

    antiphon: str
    started: str
    seed: int
    model: ModelName
    settings: Mapping[str, Any]
    sound: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wake:
    """The mind was asked to plan on at `now` (seconds)."""

    now: float


@dataclass(frozen=True, slots=True)
class Restart:
    """The mind was started anew at `at` (seconds), knowing only the notes of its window.

    timeline: where the beat was. model: the one that it plays from then on, None for the same;
    changes: settings that came with it, name -> new value.
    """

    at: float
    window: tuple[Note, ...]
    timeline: Timeline | None = None
    model: ModelName | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings that changed at `at` (seconds): name -> new value; the others stay as they are."""

    at: float
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mark:
    """The player pressed record at `at` (seconds), or stop: a passage begins or ends there. No
    call into the mind: it may stand anywhere near."""

    at: float
    on: bool


@dataclass(frozen=True, slots=True)
class Sound:
    """The synths were asked for something else at `at` (seconds): name -> new value. No call into
    the mind, as a mark is none."""

    at: float
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class End:
    """The session ended in good order at `at` (seconds)."""

    at: float


Entry = Heard | Sounded | Beat | Wake | Plan | Restart | Settings | Mark | Sound | End


@dataclass(frozen=True, slots=True)
class Take:
    """A session as recorded.

    complete: it ended in good order. truncated: its last line was torn, and is left out.
    """

    header: Header
    entries: tuple[Entry, ...]
    complete: bool
    truncated: bool

    @property
    def length(self) -> float:
        """The latest moment that the take knows of, in seconds; 0 if nothing happened."""
        return max((at for at in map(moment, self.entries) if at is not None), default=0.0)


def moment(entry: Entry) -> float | None:
    """When an entry happened (seconds). A plan has no moment but that of the call before it."""
    if isinstance(entry, Plan):
        return None
    return entry.now if isinstance(entry, Wake) else entry.at


def _read_side(value: Any) -> str:
    if value not in SIDES:
        raise ValueError(f"{brief(value)} is not one of the sides {', '.join(SIDES)}")
    return str(value)


_TOUCH = Form(lambda value: value.value, OnTouch)
_NAMED = Form(dict, only(dict, "a table of names and values"))
_PLANNED = record(
    PlannedNote,
    ("id", WHOLE),
    ("onset", ORDERED),
    ("duration", ORDERED),
    ("channel", WHOLE),
    ("pitch", WHOLE),
    ("velocity", WHOLE),
)
_NOTE = record(
    lambda onset, side, voice, pitch, velocity, duration: Note(
        onset, Part(side, voice), pitch, velocity, duration
    ),
    ("onset", SECONDS),
    ("part.side", Form(str, _read_side)),
    ("part.voice", TEXT),
    ("pitch", WHOLE),
    ("velocity", WHOLE),
    ("duration", optional(SECONDS)),
)
_BEAT = record(
    Timeline,
    ("at", SECONDS),
    ("beat", SECONDS),
    ("bpm", SECONDS),
    ("bar", WHOLE),
    ("running", YES),
)


_LONGER = many(record(Longer, ("id", WHOLE), ("until", ORDERED)))
_PLAN = record(
    lambda after, cut, on_touch, notes, **later: Plan(after, notes, cut, on_touch, **later),
    ("after", WHOLE),
    ("cut", optional(ORDERED)),
    ("on_touch", _TOUCH),
    ("notes", many(_PLANNED)),
    later=(("longer", _LONGER, ()), ("timeline", optional(_BEAT), None)),
)
_MODEL = record(ModelName, ("file", TEXT), ("sha256", TEXT))

_RESTART = record(
    Restart,
    ("at", SECONDS),
    ("window", many(_NOTE)),
    later=(
        ("timeline", optional(_BEAT), None),
        ("model", optional(_MODEL), None),
        ("changes", _NAMED, {}),
    ),
)

_KINDS: dict[str, tuple[type, Form]] = {
    "hear": (Heard, record(Heard, ("seq", WHOLE), ("at", SECONDS), ("message", HEX))),
    "sounded": (Sounded, record(Sounded, ("id", WHOLE), ("at", SECONDS), ("late", SECONDS))),
    "beat": (
        Beat,
        record(Beat, ("at", SECONDS), ("source", TEXT), ("timeline", optional(_BEAT))),
    ),
    "wake": (Wake, record(Wake, ("now", SECONDS))),
    "plan": (Plan, _PLAN),
    "restart": (Restart, _RESTART),
    "settings": (Settings, record(Settings, ("at", SECONDS), ("changes", _NAMED))),
    "mark": (Mark, record(Mark, ("at", SECONDS), ("on", YES))),
    "sound": (Sound, record(Sound, ("at", SECONDS), ("changes", _NAMED))),
    "end": (End, record(End, ("at", SECONDS))),
}
_KIND_OF = {cls: (kind, form) for kind, (cls, form) in _KINDS.items()}


def kind_of(entry: Entry) -> str:
    """The word that an entry begins with in the file."""
    return _KIND_OF[type(entry)][0]


def encode(entry: Entry) -> list[Any]:
    """An entry as the list that is written. Raises ValueError or TypeError if it cannot be."""
    kind, form = _KIND_OF[type(entry)]
    return [kind, *form.write(entry)]


def decode(row: Any) -> Entry:
    """The entry that was written as this list. Raises ValueError: what is wrong with it."""
    kind, *values = list_of(row) or [None]
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ValueError(f"{brief(kind)} is not a kind of entry")
    return _KINDS[kind][1].read(values)


def encode_header(header: Header) -> dict[str, Any]:
    """The header as the object of the first line."""
    return {
        "antiphon": TEXT.write(header.antiphon),
        "take": VERSION,
        "started": TEXT.write(header.started),
        "seed": WHOLE.write(header.seed),
        "model": {"file": str(header.model.file), "sha256": str(header.model.sha256)},
        "settings": _NAMED.write(header.settings),
        **({"sound": _NAMED.write(header.sound)} if header.sound else {}),
    }


def decode_header(found: Mapping[str, Any]) -> Header:
    """The header that was written as this object. Raises ValueError: what is wrong with it."""
    try:
        model = _NAMED.read(found["model"])
        return Header(
            TEXT.read(found["antiphon"]),
            TEXT.read(found["started"]),
            WHOLE.read(found["seed"]),
            ModelName(TEXT.read(model["file"]), TEXT.read(model["sha256"])),
            _NAMED.read(found["settings"]),
            _NAMED.read(found.get("sound", {})),
        )
    except KeyError as missing:
        raise ValueError(f"{missing} is missing") from None
