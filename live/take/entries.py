"""What a take is made of, and how each thing is written: one table drives both ways.

A take is a header, then every call into the mind in order, each followed by the plan it brought
forth, if any. An entry is written as a short list that begins with its kind.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

from live.notes import SIDES, Note, Part
from live.plan import Beat, Heard, Longer, OnTouch, Plan, PlannedNote, Sounded
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
    value as at the beginning (only what JSON can say: a tuple comes back as a list).
    """

    antiphon: str
    started: str
    seed: int
    model: ModelName
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wake:
    """The mind was asked to plan on at `now` (seconds)."""

    now: float


@dataclass(frozen=True, slots=True)
class Restart:
    """The mind was started anew at `at` (seconds), knowing only the notes of its window."""

    at: float
    window: tuple[Note, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings that changed at `at` (seconds): name -> new value; the others stay as they are."""

    at: float
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class End:
    """The session ended in good order at `at` (seconds)."""

    at: float


Entry = Heard | Sounded | Beat | Wake | Plan | Restart | Settings | End


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


@dataclass(frozen=True, slots=True)
class _Form:
    """How one kind of value is written to JSON and read back. Both raise ValueError."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _only(kind: type, words: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(f"{_brief(value)} is not {words}")
        return value

    return read


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _write_seconds(value: Any) -> float:
    value = float(value)
    if not isfinite(value):
        raise ValueError(f"{value} is not a moment")
    return value


def _read_seconds(value: Any) -> float:
    try:
        if type(value) in (int, float) and isfinite(value):
            return float(value)
    except OverflowError:
        pass
    raise ValueError(f"{_brief(value)} is not a number of seconds")


# What a faulty mind may ask for is recorded too, and JSON has no word for these.
_ENDLESS = {"inf": float("inf"), "-inf": float("-inf"), "nan": float("nan")}


def _write_ordered(value: Any) -> float | str:
    value = float(value)
    return value if isfinite(value) else repr(value)


def _read_ordered(value: Any) -> float:
    if isinstance(value, str) and value in _ENDLESS:
        return _ENDLESS[value]
    return _read_seconds(value)


def _optional(form: _Form) -> _Form:
    return _Form(
        lambda value: None if value is None else form.write(value),
        lambda value: None if value is None else form.read(value),
    )


def _many(form: _Form) -> _Form:
    return _Form(
        lambda values: [form.write(value) for value in values],
        lambda values: tuple(form.read(value) for value in _list(values)),
    )


def _record(make: Callable[..., Any], *fields: tuple[str, _Form]) -> _Form:
    """A value written as the list of its fields; a dotted name is a field of a field."""
    getters = [(operator.attrgetter(name), form) for name, form in fields]

    def read(values: Any) -> Any:
        if len(_list(values)) != len(fields):
            raise ValueError(f"{len(values)} values where {len(fields)} belong")
        return make(*(form.read(value) for (_, form), value in zip(fields, values, strict=True)))

    return _Form(lambda thing: [form.write(get(thing)) for get, form in getters], read)


def _read_side(value: Any) -> str:
    if value not in SIDES:
        raise ValueError(f"{_brief(value)} is not one of the sides {', '.join(SIDES)}")
    return str(value)


_list = _only(list, "a list")
_TEXT = _Form(str, _only(str, "text"))
_SIDE = _Form(str, _read_side)
_WHOLE = _Form(operator.index, _only(int, "a whole number"))
_SECONDS = _Form(_write_seconds, _read_seconds)
_ORDERED = _Form(_write_ordered, _read_ordered)
_HEX = _Form(lambda value: bytes(value).hex(), lambda value: bytes.fromhex(_TEXT.read(value)))
_YES = _Form(bool, _only(bool, "true or false"))
_TOUCH = _Form(lambda value: value.value, OnTouch)
_NAMED = _Form(dict, _only(dict, "a table of names and values"))
_PLANNED = _record(
    PlannedNote,
    ("id", _WHOLE),
    ("onset", _ORDERED),
    ("duration", _ORDERED),
    ("channel", _WHOLE),
    ("pitch", _WHOLE),
    ("velocity", _WHOLE),
)
_NOTE = _record(
    lambda onset, side, voice, pitch, velocity, duration: Note(
        onset, Part(side, voice), pitch, velocity, duration
    ),
    ("onset", _SECONDS),
    ("part.side", _SIDE),
    ("part.voice", _TEXT),
    ("pitch", _WHOLE),
    ("velocity", _WHOLE),
    ("duration", _optional(_SECONDS)),
)
_NEW = _record(
    lambda after, cut, on_touch, notes: Plan(after, notes, cut, on_touch),
    ("after", _WHOLE),
    ("cut", _optional(_ORDERED)),
    ("on_touch", _TOUCH),
    ("notes", _many(_PLANNED)),
)
NEW = 4  # of a plan's values that every take has
_LONGER = _many(_record(Longer, ("id", _WHOLE), ("until", _ORDERED)))


_BEAT = _record(
    Timeline,
    ("at", _SECONDS),
    ("beat", _SECONDS),
    ("bpm", _SECONDS),
    ("bar", _WHOLE),
    ("running", _YES),
)


def _write_plan(plan: Plan) -> list[Any]:
    # Most plans lengthen nothing and leave the beat alone, and takes of before knew neither.
    row = [*_NEW.write(plan), _LONGER.write(plan.longer), _optional(_BEAT).write(plan.timeline)]
    while len(row) > NEW and not row[-1]:
        row.pop()
    return row


def _read_plan(values: Any) -> Plan:
    row = [*_list(values), *([], None)[max(0, len(values) - NEW) :]]
    if len(row) > NEW + 2:
        raise ValueError(f"{len(row)} values where {NEW + 2} belong")
    *new, longer, timeline = row
    return replace(
        _NEW.read(new), longer=_LONGER.read(longer), timeline=_optional(_BEAT).read(timeline)
    )


_PLAN = _Form(_write_plan, _read_plan)

_KINDS: dict[str, tuple[type, _Form]] = {
    "hear": (Heard, _record(Heard, ("seq", _WHOLE), ("at", _SECONDS), ("message", _HEX))),
    "sounded": (Sounded, _record(Sounded, ("id", _WHOLE), ("at", _SECONDS), ("late", _SECONDS))),
    "beat": (
        Beat,
        _record(Beat, ("at", _SECONDS), ("source", _TEXT), ("timeline", _optional(_BEAT))),
    ),
    "wake": (Wake, _record(Wake, ("now", _SECONDS))),
    "plan": (Plan, _PLAN),
    "restart": (Restart, _record(Restart, ("at", _SECONDS), ("window", _many(_NOTE)))),
    "settings": (Settings, _record(Settings, ("at", _SECONDS), ("changes", _NAMED))),
    "end": (End, _record(End, ("at", _SECONDS))),
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
    kind, *values = _list(row) or [None]
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ValueError(f"{_brief(kind)} is not a kind of entry")
    return _KINDS[kind][1].read(values)


def encode_header(header: Header) -> dict[str, Any]:
    """The header as the object of the first line."""
    return {
        "antiphon": _TEXT.write(header.antiphon),
        "take": VERSION,
        "started": _TEXT.write(header.started),
        "seed": _WHOLE.write(header.seed),
        "model": {"file": str(header.model.file), "sha256": str(header.model.sha256)},
        "settings": _NAMED.write(header.settings),
    }


def decode_header(found: Mapping[str, Any]) -> Header:
    """The header that was written as this object. Raises ValueError: what is wrong with it."""
    try:
        model = _NAMED.read(found["model"])
        return Header(
            _TEXT.read(found["antiphon"]),
            _TEXT.read(found["started"]),
            _WHOLE.read(found["seed"]),
            ModelName(_TEXT.read(model["file"]), _TEXT.read(model["sha256"])),
            _NAMED.read(found["settings"]),
        )
    except KeyError as missing:
        raise ValueError(f"{missing} is missing") from None
