"""How values are written to JSON and read back: one form drives both ways. All raise ValueError."""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Any


@dataclass(frozen=True, slots=True)
class Form:
    """How one kind of value is written to JSON and read back. Both raise ValueError."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def only(kind: type, words: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(f"{brief(value)} is not {words}")
        return value

    return read


def brief(value: Any) -> str:
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
    raise ValueError(f"{brief(value)} is not a number of seconds")


# What a faulty mind may ask for is recorded too, and JSON has no word for these.
_ENDLESS = {"inf": float("inf"), "-inf": float("-inf"), "nan": float("nan")}


def _write_ordered(value: Any) -> float | str:
    value = float(value)
    return value if isfinite(value) else repr(value)


def _read_ordered(value: Any) -> float:
    if isinstance(value, str) and value in _ENDLESS:
        return _ENDLESS[value]
    return _read_seconds(value)


def optional(form: Form) -> Form:
    return Form(
        lambda value: None if value is None else form.write(value),
        lambda value: None if value is None else form.read(value),
    )


def many(form: Form) -> Form:
    return Form(
        lambda values: [form.write(value) for value in values],
        lambda values: tuple(form.read(value) for value in list_of(values)),
    )


def record(
    make: Callable[..., Any],
    *fields: tuple[str, Form],
    later: tuple[tuple[str, Form, Any], ...] = (),
) -> Form:
    """A value written as the list of its fields; a dotted name is a field of a field.

    later: fields with their usual values, given to `make` by name; those at the end that have
    them are not written, and may be missing.
    """
    getters = [(operator.attrgetter(name), form) for name, form in fields]
    usual = [value for _, _, value in later]

    def write(thing: Any) -> list[Any]:
        values = [getattr(thing, name) for name, _, _ in later]
        while values and values[-1] == usual[len(values) - 1]:
            values.pop()
        forms = (form for _, form, _ in later)
        more = [form.write(value) for form, value in zip(forms, values, strict=False)]
        return [*(form.write(get(thing)) for get, form in getters), *more]

    def read(values: Any) -> Any:
        more = len(list_of(values)) - len(fields)
        if not 0 <= more <= len(later):
            raise ValueError(f"{len(values)} values where {len(fields)} belong")
        first = (form.read(v) for (_, form), v in zip(fields, values, strict=False))
        named = zip(later, values[len(fields) :], strict=False)
        return make(*first, **{name: form.read(value) for (name, form, _), value in named})

    return Form(write, read)


list_of = only(list, "a list")
TEXT = Form(str, only(str, "text"))
WHOLE = Form(operator.index, only(int, "a whole number"))
SECONDS = Form(_write_seconds, _read_seconds)
ORDERED = Form(_write_ordered, _read_ordered)
HEX = Form(lambda value: bytes(value).hex(), lambda value: bytes.fromhex(TEXT.read(value)))
YES = Form(bool, only(bool, "true or false"))
