"""Playing a take again: the same calls on a partner like the one recorded, reply by reply."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

from live.plan import Beat, Heard, Plan, PlannedNote, Sounded, both
from live.take.entries import (
    Entry,
    Header,
    Mark,
    Restart,
    Settings,
    Sound,
    Take,
    Wake,
    decode,
    encode,
    kind_of,
)


class Partner(Protocol):
    """The mind, as far as a take calls it. Times in seconds since the session began."""

    def hear(self, heard: Heard, /) -> Plan | None: ...

    def sounded(self, sounded: Sounded, /) -> Plan | None: ...

    def beat(self, beat: Beat, /) -> Plan | None: ...

    def wake(self, now: float, /) -> Plan | None: ...

    def change(self, values: dict[str, Any], now: float, /) -> Plan | None: ...


# Makes a partner from the take's header, with the model and the settings as they are at that
# moment, and from what a mind that is started anew is told: None at the beginning.
PartnerFactory = Callable[[Header, Restart | None], Partner]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay.

    same: every reply was as recorded. notes: planned notes that came out as recorded, up to the
    first difference. first_difference: where and what it was, in one line.
    """

    same: bool
    notes: int
    first_difference: str | None


_CALLS: Mapping[type, Callable[[Partner, Any], Plan | None]] = {
    Heard: lambda partner, entry: partner.hear(entry),
    Sounded: lambda partner, entry: partner.sounded(entry),
    Beat: lambda partner, entry: partner.beat(entry),
    Wake: lambda partner, entry: partner.wake(entry.now),
    Settings: lambda partner, entry: partner.change(dict(entry.changes), entry.at),
}


def replay(take: Take, partner_factory: PartnerFactory) -> Replayed:
    """Make the take's calls on a new partner and compare its plans; stop where they differ.

    Entries are counted from 1, the header not counted. A plan may have been said in parts. That of
    the last call before a crash (of the session, or of the mind before a restart) may be missing,
    or a part of it: it is not compared.
    Whatever the factory or the partner raises is passed on.
    """
    header = take.header
    partner = partner_factory(header, None)
    notes = 0
    for call in _calls(take):
        number, entry = call.number, call.entry
        if isinstance(entry, Plan):
            return Replayed(False, notes, f"entry {number}: a plan that no call made")
        if isinstance(entry, Settings):
            header = replace(header, settings={**header.settings, **entry.changes})
        if isinstance(entry, Restart):
            settings = {**header.settings, **entry.changes}
            header = replace(header, model=entry.model or header.model, settings=settings)
            partner = partner_factory(header, entry)
        if type(entry) not in _CALLS:
            continue
        replayed = _CALLS[type(entry)](partner, entry)
        difference = _difference(call.plan, replayed)
        if difference and not _was_cut_off(take, call):
            at = call.answered or number
            return Replayed(False, notes, f"entry {at} ({kind_of(entry)}): {difference}")
        notes += len(call.plan.notes) if call.plan else 0
    return Replayed(True, notes, None)


@dataclass(frozen=True, slots=True)
class _Call:
    """An entry that is no plan, or a plan that no call made; the plans that followed, as one, and
    the number of the first; the entry after those."""

    number: int
    entry: Entry
    plan: Plan | None = None
    answered: int | None = None
    following: Entry | None = None


def _calls(take: Take) -> list[_Call]:
    """Marks and sounds are no calls, and may have come between a call and its plans."""
    calls: list[_Call] = []
    for number, entry in enumerate(take.entries, 1):
        if isinstance(entry, Mark | Sound):
            continue
        last = calls[-1] if calls else None
        if isinstance(entry, Plan) and last is not None and type(last.entry) in _CALLS:
            calls[-1] = replace(last, plan=both(last.plan, entry), answered=last.answered or number)
            continue
        if last is not None:
            calls[-1] = replace(last, following=entry)
        calls.append(_Call(number, entry))
    return calls


def _was_cut_off(take: Take, call: _Call) -> bool:
    end = call.following
    return isinstance(end, Restart) or (end is None and not take.complete)


def _difference(recorded: Plan | None, replayed: Plan | None) -> str | None:
    if recorded is None or replayed is None:
        if recorded is replayed:
            return None
        return f"recorded {_summary(recorded)}, replayed {_summary(replayed)}"
    try:
        replayed = _as_recorded(replayed)
    except (TypeError, ValueError) as error:
        return f"replayed a plan that cannot be written down ({error})"
    for name in ("after", "cut", "on_touch"):
        if words := _unlike(name, getattr(recorded, name), getattr(replayed, name)):
            return words
    for number, (was, now) in enumerate(zip(recorded.notes, replayed.notes, strict=False)):
        for field in fields(PlannedNote):
            name = f"notes[{number}].{field.name}"
            if words := _unlike(name, getattr(was, field.name), getattr(now, field.name)):
                return words
    return (
        _unlike("number of notes", len(recorded.notes), len(replayed.notes))
        or _unlike("longer", recorded.longer, replayed.longer)
        or _unlike("timeline", recorded.timeline, replayed.timeline)
    )


def _as_recorded(plan: Plan) -> Plan:
    # What writing makes equal (a numpy number, say) is equal here.
    entry = decode(encode(plan))
    assert isinstance(entry, Plan)
    return entry


def _unlike(name: str, recorded: Any, replayed: Any) -> str | None:
    both_nan = recorded != recorded and replayed != replayed
    if recorded == replayed or both_nan:
        return None
    return f"{name}: recorded {_words(recorded)}, replayed {_words(replayed)}"


def _words(value: Any) -> str:
    return str(getattr(value, "value", value))


def _summary(plan: Plan | None) -> str:
    if plan is None:
        return "no plan"
    return f"a plan of {len(plan.notes)} note{'' if len(plan.notes) == 1 else 's'}"
