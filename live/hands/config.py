"""What the hands are told once, when they start."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from live.settings import SettingError, changed, check, setting

VIRTUAL_INPUT = "Antiphon In"
VIRTUAL_OUTPUT = "Antiphon Out"
VIRTUAL_MACHINE_OUTPUT = "Antiphon Machine Out"
SYNTH = "Antiphon Sound"
NONE = "none"  # the name of no port at all
MOST_INPUTS = 5
PAGE = MOST_INPUTS  # the number of the input that is the page
CLIENT = "Antiphon"

RTMIDI = "rtmidi"
LOOPBACK = "loopback"


@dataclass(frozen=True)
class HandsSettings:
    """What can be changed in the hands while they play. The mind plays the same whatever they are;
    of it all, a take has what the synths are asked for (live.hands.programs.SOUND)."""

    thru: int = setting(1, "1: your own notes are passed on to the output", 0, 1)
    local: int = setting(
        1, "0: Local Off to your keyboard till the end, or thru lets it sound twice", 0, 1
    )
    thru_channel: int = setting(0, "MIDI channel your notes are moved to (0: as played)", 0, 16)
    thru_not: str = setting("", "controllers kept from the output, with commas, as in 21, 22")
    program: int = setting(0, "program of the machine's synth (0: as it is)", 0, 128)
    program_you: int = setting(
        0, "program of yours, on thru-channel, or 1 where that is 0 (0: as it is)", 0, 128
    )
    bank: int = setting(
        0, "bank of `program`: 128 times its MSB plus its LSB plus 1 (0: as it is)", 0, 16384
    )
    bank_you: int = setting(0, "bank of `program_you`", 0, 16384)
    clock_out: int = setting(0, "1: sends MIDI clock and transport to all outputs", 0, 1)
    click: int = setting(
        0, "1: a metronome clicks on MIDI channel 10 of the machine's output", 0, 1
    )
    click_velocity: int = setting(100, "velocity of the click on a bar's first beat", 1, 127)
    latency: float = setting(
        0.0, "how long the synth takes to sound: notes are sent so much sooner", 0.0, 0.5, unit="s"
    )
    volume: float = setting(0.5, "how loud the built-in synth is", 0.0, 1.0)
    reverb: float = setting(0.2, "how much room is around the built-in synth", 0.0, 1.0)
    clock_latency: float = setting(
        0.0, "how much sooner the MIDI clock is sent, for what follows it", 0.0, 0.5, unit="s"
    )

    def __post_init__(self) -> None:
        check(self)
        _ = self.kept

    @property
    def kept(self) -> frozenset[int]:
        """The controllers (0-127) that are not passed through. Raises SettingError."""
        named = [name.strip() for name in self.thru_not.split(",") if name.strip()]
        if not all(name.isdecimal() and len(name) <= 3 and int(name) <= 127 for name in named):
            raise SettingError(f"thru_not is {self.thru_not!r}: give controllers, 0 to 127")
        return frozenset(map(int, named))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    def with_values(self, values: Mapping[str, Any]) -> "HandsSettings":
        """The same with some values changed. Raises SettingError."""
        return changed(self, values)


@dataclass(frozen=True, slots=True)
class Choice:
    """A port to open: its name, and whether it is one of our own that others connect to."""

    name: str
    virtual: bool


@dataclass(frozen=True, slots=True)
class Chosen:
    """The ports of a session. outputs: in the order of the book's pages, each with whose messages
    go there, as the ledger marks them."""

    inputs: tuple[Choice, ...]
    outputs: tuple[tuple[Choice, int], ...]


@dataclass(frozen=True, slots=True)
class HandsConfig:
    """Everything run_hands needs; it pickles, so it can travel to another process.

    epoch: the reading of time.perf_counter() at which the session's clock stands at 0 (seconds).
    input: the ports to listen to, each by name or part of a name; the virtual port's own name
        stands for the virtual port; nothing means the first real keyboard, else the virtual port;
        NONE means no port.
    output: the ports that both sides play into, named likewise; nothing means the virtual port.
    output_you, output_machine: those of one side, instead.
    virtual_input, virtual_output: what our own ports are called; virtual_machine_output: one more
        that is made where it is named.
    client: what we are called as a whole (JACK and ALSA show it before the port's name).
    backend: "rtmidi" for the system's ports, "loopback" for a pair of pipes and no system.
    api: LINUX_ALSA, UNIX_JACK, MACOSX_CORE or WINDOWS_MM; None means MIDO_BACKEND, else the
        first that works.
    settings: what can be changed later, as it is at first.
    mute_key: a pitch that is neither passed through nor a touch, but a control; None for none.
    split: keys below this pitch are passed through and are no touch (0 for none).
    synth: the built-in one is there, by the name of SYNTH. Where it is not named, both sides play
        into it beside what they play into.
    alone: where there is no MIDI port to be had it goes on without.
    realtime: ask the system for real-time priority (goes on without it if refused).
    spin: how long before a note is due to stop sleeping and watch the clock (seconds).
    late_limit: a note later than this when its turn comes is skipped, not played (seconds).
    echo_window: for how long a note of the machine's may come back at the input and be
        recognised as its own (seconds).
    chosen: the ports of the hands that these take the place of, as they told them. Those that are
        there are taken up, and the others when they come back; without it, all have to be there.
    poll_every: how often the names of the ports are read, to notice an unplugged one (seconds).
    authkey: the word that the mind must know to connect; None means the process's own.
    """

    epoch: float = 0.0
    input: tuple[str, ...] = ()
    output: tuple[str, ...] = ()
    output_you: tuple[str, ...] = ()
    output_machine: tuple[str, ...] = ()
    virtual_input: str = VIRTUAL_INPUT
    virtual_output: str = VIRTUAL_OUTPUT
    virtual_machine_output: str = VIRTUAL_MACHINE_OUTPUT
    client: str = CLIENT
    backend: str = RTMIDI
    api: str | None = None
    settings: HandsSettings = field(default_factory=HandsSettings)
    mute_key: int | None = None
    split: int = 0
    synth: bool = False
    alone: bool = False
    realtime: bool = True
    spin: float = 0.0005
    late_limit: float = 0.1
    echo_window: float = 0.1
    chosen: Chosen | None = None
    poll_every: float = 1.0
    authkey: bytes | None = None

    def __post_init__(self) -> None:
        for name in ("input", "output", "output_you", "output_machine"):
            given: str | Iterable[str] | None = getattr(self, name)
            names = (given,) if isinstance(given, str) else tuple(given or ())
            object.__setattr__(self, name, names)
        if len(self.input) > MOST_INPUTS:
            raise SettingError(f"at most {MOST_INPUTS} inputs")

    @property
    def wants_no_ports(self) -> bool:
        """Whether every port was asked not to be."""
        sides = (self.output_you or self.output, self.output_machine or self.output)
        refused = all(side and set(side) <= {NONE, SYNTH} for side in sides)
        return self.input == (NONE,) and refused
