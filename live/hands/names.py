"""Which port is meant: by name, by part of a name, or the first real keyboard. Pure."""

import re
from collections.abc import Collection, Sequence

from live.errors import UserError


class PortError(UserError):
    """A port or MIDI system cannot be had. The text is one line and says what to do."""


# What is listed as an input but is nobody's keyboard: the system's patch bays, and ourselves.
_NOT_A_KEYBOARD = re.compile(
    r"antiphon|midi through|through port|loop|monitor|announce|rtmidi (in|out)put", re.IGNORECASE
)
# ALSA ends its names with the numbers of client and port, which change at every plugging in, and
# Windows with the place in its list.
_NUMBERS = re.compile(r"\s+\d+:\d+$")
_PLACE = re.compile(r"\s+\d+$")


def without_numbers(name: str) -> str:
    return _NUMBERS.sub("", name)


def match(wanted: str, names: Sequence[str], kind: str) -> str:
    """The one name that `wanted` means: exactly, or else as a part of it, in any case.

    kind ("input" or "output") is for the message. Raises PortError, with the candidates, if
    none or more than one fits.
    """
    low = wanted.strip().lower()
    for fits in (
        [name for name in names if name == wanted],
        [name for name in names if low in (name.lower(), without_numbers(name).lower())],
        [name for name in names if low and low in name.lower()],
    ):
        if len(set(fits)) == 1:
            return fits[0]
        if fits:
            raise PortError(f"{kind} {wanted!r} could be {_listed(fits)}: give more of the name")
    if names:
        raise PortError(f"no {kind} is called {wanted!r}: there is {_listed(names)}")
    raise PortError(f"no {kind} is called {wanted!r}, and there is no other: plug one in")


def come_back(name: str, names: Sequence[str], others: Collection[str]) -> str | None:
    """What the port that was called `name` is called now; None if it is not there, or cannot be
    told. others: names that are other ports' of ours."""
    if name in names:
        return name
    plain = without_numbers(name)
    fits = [now for now in names if without_numbers(now) == plain and now not in others]
    return fits[0] if len(fits) == 1 else None


def own_output(name: str, outputs: Sequence[str]) -> str | None:
    """The output of the instrument whose input that is, if there is one: it is called the same,
    but for what the system adds."""
    back = name.replace("capture", "playback")  # JACK's words
    for plain in (str, without_numbers, lambda text: _PLACE.sub("", text)):
        fits = [output for output in outputs if plain(output) == plain(back)]
        if len(fits) == 1:
            return fits[0]
    return None


def first_keyboard(names: Sequence[str]) -> str | None:
    """The first input that is a real instrument; None if there is none."""
    return next((name for name in names if not _NOT_A_KEYBOARD.search(name)), None)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in dict.fromkeys(names))
