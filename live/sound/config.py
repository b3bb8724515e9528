"""What the synth's process is told once."""

from dataclasses import dataclass

from live.errors import UserError

NULL = "null"  # a device that nobody hears
RATES = (8000, 192000)
BLOCKS = (16, 4096)


class SoundError(UserError):
    """There is no sound; the message is one line."""


class FontError(SoundError):
    """A SoundFont that cannot be read or found."""


@dataclass(frozen=True)
class SoundConfig:
    """device: by name or part of it, "" for the system's own, NULL for none. font: as
    fonts.find_font takes it. rate: frames a second. block: frames rendered at once (a JACK server
    asks for as many as its period has). realtime: ask the system for real-time priority. Raises
    SoundError."""

    device: str = ""
    font: str | None = None
    rate: int = 48000
    block: int = 128
    realtime: bool = True

    def __post_init__(self) -> None:
        for name, value, (low, high) in (
            ("rate", self.rate, RATES),
            ("block", self.block, BLOCKS),
        ):
            if not low <= value <= high:
                raise SoundError(f"{name} is {value}: it goes from {low} to {high}")
