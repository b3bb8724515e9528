"""The system's MIDI ports, through RtMidi: which API works here, and ports that open and close."""

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

import rtmidi

from live.hands.config import CLIENT
from live.hands.names import PortError

Callback = Callable[[Any, int], None]  # ((message, delta), source number)

# In the order of trying: hardware is reached by ALSA, but some systems have only JACK.
_APIS = {
    "LINUX_ALSA": rtmidi.API_LINUX_ALSA,
    "UNIX_JACK": rtmidi.API_UNIX_JACK,
    "MACOSX_CORE": rtmidi.API_MACOSX_CORE,
    "WINDOWS_MM": rtmidi.API_WINDOWS_MM,
}
_LONGEST_NAME = 60  # of a JACK client
_NO_VIRTUAL_PORTS = ("WINDOWS_MM",)
# Seconds for the last messages to leave (JACK sends with the next period, or on a busy machine with
# a later one), and for JACK's thread to notice that a port is connected or closed. RtMidi crashes
# if it is closed with messages in hand, or deleted in the middle of a period.
_FLUSH = 0.1
_SETTLE = 0.02
_READINGS = 10  # of the names, while ports go


class Port(Protocol):
    """An open port. name is what the system calls it; a virtual one is our own."""

    name: str
    virtual: bool

    def names(self) -> list[str]:
        """The ports of this kind that there are now."""
        ...

    def disconnect(self) -> None:
        """Let go of a port that has been unplugged."""
        ...

    def reconnect(self, name: str) -> None:
        """Open it, again or later, by the name it has now. Raises PortError."""
        ...

    def close(self) -> None: ...


class Output(Port, Protocol):
    """An open output."""

    def send(self, message: bytes) -> None: ...


class Backend(Protocol):
    """A place to find and open ports."""

    name: str
    has_virtual: bool

    def inputs(self) -> list[str]: ...
    def outputs(self) -> list[str]: ...

    def open_input(
        self, name: str, virtual: bool, callback: Callback, source: int, later: bool = False
    ) -> Port:
        """An open input; later: not open until `reconnect`, unless virtual. Raises PortError."""
        ...

    def open_output(self, name: str, virtual: bool, later: bool = False) -> Output:
        """An open output, likewise."""
        ...

    def close(self) -> None: ...


class NoPorts:
    """A backend where there is no port, and none can be made."""

    name = "no MIDI"
    has_virtual = False

    def inputs(self) -> list[str]:
        return []

    def outputs(self) -> list[str]:
        return []

    def open_input(
        self, name: str, virtual: bool, callback: Callback, source: int, later: bool = False
    ) -> Port:
        raise PortError(f"no input {name!r}: there are no MIDI ports here")

    def open_output(self, name: str, virtual: bool, later: bool = False) -> Output:
        raise PortError(f"no output {name!r}: there are no MIDI ports here")

    def close(self) -> None:
        """Nothing is open."""


def wanted_api(environ: Mapping[str, str] | None = None) -> str | None:
    """The API that MIDO_BACKEND asks for ("mido.backends.rtmidi/UNIX_JACK"), if it does."""
    value = (os.environ if environ is None else environ).get("MIDO_BACKEND", "")
    module, _, api = value.partition("/")
    return api if api and module.rpartition(".")[2] == "rtmidi" else None


def called(api: str, client: str, environ: Mapping[str, str] | None = None) -> str:
    """What we are called there. Clients of the same name at two JACK servers of one machine are
    mixed up, so ours bears the name of a server that is not the usual one."""
    server = (os.environ if environ is None else environ).get("JACK_DEFAULT_SERVER", "")
    is_other = api == "UNIX_JACK" and server not in ("", "default")
    return f"{client} {server}"[:_LONGEST_NAME] if is_other else client


def open_system(api: str | None = None, client: str = CLIENT) -> "RtMidiPorts":
    """The MIDI system to use: `api` if given, else by MIDO_BACKEND, else the first that works.

    Raises PortError if it does not work, or none does.
    """
    compiled = [name for name, number in _APIS.items() if number in rtmidi.get_compiled_api()]
    asked = api or wanted_api()
    if asked is not None and asked not in compiled:
        raise PortError(f"no MIDI system {asked!r} here: choose one of {', '.join(compiled)}")
    for name in (asked,) if asked else tuple(compiled):
        with contextlib.suppress(OSError), _quiet_libraries():
            return RtMidiPorts(name, client)
    if asked:
        raise PortError(f"{asked} does not answer: start it, or choose another by MIDO_BACKEND")
    raise PortError(
        f"no MIDI system answers (tried {', '.join(compiled)}): "
        "start JACK, or load snd-seq for ALSA (`antiphon demo` needs neither)"
    )


class RtMidiPorts:
    """The ports of one API. Raises OSError when the API does not answer."""

    def __init__(self, name: str, client: str = CLIENT) -> None:
        self.name = name
        self._client = called(name, client)
        self.has_virtual = name not in _NO_VIRTUAL_PORTS
        self._api = _APIS[name]
        self.inputs()

    def inputs(self) -> list[str]:
        return _names(rtmidi.MidiIn(self._api, name=self._client))

    def outputs(self) -> list[str]:
        return _names(rtmidi.MidiOut(self._api, name=self._client))

    def open_input(
        self, name: str, virtual: bool, callback: Callback, source: int, later: bool = False
    ) -> "InPort":
        rt = rtmidi.MidiIn(self._api, name=self._client)
        return InPort(rt, name, virtual, callback, source, later)

    def open_output(self, name: str, virtual: bool, later: bool = False) -> "OutPort":
        return OutPort(rtmidi.MidiOut(self._api, name=self._client), name, virtual, later)

    def close(self) -> None:
        """Nothing stays open but the ports, and they are closed one by one."""


def _names(lister: Any) -> list[str]:
    try:
        return _listed(lister)
    finally:
        lister.delete()


def _listed(rt: Any) -> list[str]:
    """The names of the ports there are. RtMidi counts them first: one that goes before its name is
    read is an error there, and no reason to fall."""
    for _ in range(_READINGS):
        with contextlib.suppress(rtmidi.InvalidPortError):
            return list(rt.get_ports())
    return list(rt.get_ports())


class _RtPort:
    """What inputs and outputs have in common."""

    kind = ""

    def __init__(self, rt: Any, name: str, virtual: bool, later: bool) -> None:
        self._rt = rt
        self.name = name
        self.virtual = virtual
        if later and not virtual:
            return
        try:
            self._open()
        except PortError:
            rt.delete()
            raise

    def _open(self) -> None:
        kind, name = self.kind, self.name
        self._ready()
        try:
            if self.virtual:
                self._rt.open_virtual_port(name)
                return
            self._open_named()
        except (OSError, rtmidi.InvalidPortError, NotImplementedError) as error:
            reason = " ".join(str(error).split())
            raise PortError(
                f"{kind} {name!r} does not open ({reason}): "
                "if another program has it, close it there, or choose another port"
            ) from error

    def _open_named(self) -> None:
        kind, name = self.kind, self.name
        for _ in range(_READINGS):
            names = _listed(self._rt)
            if name not in names:
                raise PortError(f"{kind} {name!r} has gone: plug it in again, or choose another")
            number = names.index(name)
            self._rt.open_port(number, f"{CLIENT} {kind}")
            time.sleep(_SETTLE)
            # By its number: that is another's where one in front of it went or came meanwhile.
            if _listed(self._rt)[number : number + 1] == [name]:
                return
            self._rt.close_port()
            self._ready()
        raise PortError(f"{kind} {name!r} does not open: ports come and go all the time")

    def _ready(self) -> None:
        """Called before each opening."""

    def names(self) -> list[str]:
        return _listed(self._rt)

    def disconnect(self) -> None:
        self._rt.close_port()

    def reconnect(self, name: str) -> None:
        self.name = name
        self._open()

    def close(self) -> None:
        self._rt.close_port()
        time.sleep(_SETTLE)
        self._rt.delete()


class InPort(_RtPort):
    """An open input: the callback is called in a thread of RtMidi's for every message."""

    kind = "input"

    def __init__(
        self, rt: Any, name: str, virtual: bool, callback: Callback, source: int, later: bool
    ) -> None:
        # System exclusive, clock and active sensing are the player's too: RtMidi hides them.
        rt.ignore_types(sysex=False, timing=False, active_sense=False)
        self._callback = callback
        self._source = source
        super().__init__(rt, name, virtual, later)

    def _ready(self) -> None:
        # python-rtmidi forgets the callback when a port is closed.
        self._rt.set_callback(self._callback, self._source)

    def close(self) -> None:
        # First of all: a callback into a port half closed never comes back.
        self._rt.cancel_callback()
        super().close()


class OutPort(_RtPort):
    """An open output."""

    kind = "output"

    def __init__(self, rt: Any, name: str, virtual: bool, later: bool) -> None:
        super().__init__(rt, name, virtual, later)
        self.send = self._rt.send_message

    def disconnect(self) -> None:
        time.sleep(_FLUSH)
        super().disconnect()

    def close(self) -> None:
        time.sleep(_FLUSH)
        super().close()


@contextlib.contextmanager
def _quiet_libraries() -> Iterator[None]:
    """ALSA and JACK write pages to standard error when they are merely absent."""
    try:
        sys.stderr.flush()
        kept = os.dup(2)
    except (OSError, ValueError, AttributeError):
        yield
        return
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
