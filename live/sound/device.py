"""Sound cards, through PortAudio; and one that nobody hears, for where there is none."""

import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from live.sound.config import NULL, SoundConfig, SoundError
from live.sound.samples import Floats

_WASAPI, _JACK = "Windows WASAPI", "JACK Audio Connection Kit"

# Fills a block of frames, shape (frames, 2); told whether sound was missing before it.
Fill = Callable[[Floats, bool], None]


class Device(Protocol):
    """An open device. latency: seconds from a block's rendering to its sound, as far as it says."""

    name: str
    latency: float

    def start(self) -> None:
        """Raises SoundError."""
        ...

    def close(self) -> None: ...


def open_device(config: SoundConfig, fill: Fill) -> Device:
    """The device that is asked for, not started yet. Raises SoundError, one line."""
    return NullDevice(config, fill) if config.device == NULL else Card(config, fill)


def _portaudio() -> Any:
    try:
        import sounddevice
    except OSError as error:
        raise SoundError(
            "no sound: PortAudio is not installed here (Debian, Ubuntu: apt install libportaudio2)"
        ) from error
    return sounddevice


def outputs() -> list[str]:
    """The devices that can be named, with how they are reached. Raises SoundError."""
    portaudio = _portaudio()
    systems = portaudio.query_hostapis()
    return [
        f"{device['name']}, {systems[device['hostapi']]['name']}"
        for device in portaudio.query_devices()
        if device["max_output_channels"] > 0
    ]


class Card:
    """A sound card. It asks for the blocks that are set; but a JACK server for its own, whatever is
    set: PortAudio would have to gather one from several of them, or cut it up, and late."""

    def __init__(self, config: SoundConfig, fill: Fill) -> None:
        portaudio = _portaudio()
        self._refused = portaudio.PortAudioError

        def called(out: Floats, frames: int, times: Any, status: Any) -> None:
            fill(out, bool(status.output_underflow))

        try:
            usual, extra = _usual(portaudio) if not config.device else (None, None)
            device = portaudio.query_devices(config.device or usual, "output")
            system = portaudio.query_hostapis(device["hostapi"])["name"]
            self.name = str(device["name"])
            self._stream = portaudio.OutputStream(
                samplerate=config.rate,
                blocksize=0 if system == _JACK else config.block,
                device=config.device or usual,
                channels=2,
                dtype="float32",
                latency="low",
                extra_settings=extra,
                callback=called,
            )
        except (portaudio.PortAudioError, ValueError) as error:
            raise SoundError(f"no sound: {_why(config, outputs(), error)}") from error
        self.latency = float(self._stream.latency)

    def start(self) -> None:
        try:
            self._stream.start()
        except self._refused as error:
            reason = " ".join(str(error).split())
            raise SoundError(f"no sound: {self.name} does not start ({reason})") from error

    def close(self) -> None:
        self._stream.close()


def _usual(portaudio: Any) -> tuple[int | None, Any]:
    """The device to take where none is named, and how to open it: PortAudio's own choice, but on
    Windows, where that is MME, with a tenth of a second in its buffers, the one of WASAPI."""
    for system in portaudio.query_hostapis():
        if system["name"] == _WASAPI and system["default_output_device"] >= 0:
            return system["default_output_device"], portaudio.WasapiSettings(auto_convert=True)
    return None, None


def _why(config: SoundConfig, there: list[str], error: Exception) -> str:
    if not there:
        return "this system has no sound card that PortAudio knows of"
    if not config.device:
        reason = " ".join(str(error).split())
        return f"the system's own device does not open ({reason}): name one of {'; '.join(there)}"
    fits = [name for name in there if config.device.lower() in name.lower()]
    if len(fits) == 1:
        reason = " ".join(str(error).split())
        return f"{fits[0]} does not open at {config.rate} Hz ({reason})"
    which = "more than one device is" if fits else "no device is"
    return f"{which} called {config.device!r}: there is {'; '.join(fits or there)}"


class NullDevice:
    """Takes the blocks in their time and throws them away."""

    def __init__(self, config: SoundConfig, fill: Fill) -> None:
        self.name, self.latency = NULL, 0.0
        self._block = np.zeros((config.block, 2), np.float32)
        self._every = config.block / config.rate
        self._fill = fill
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="null device", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def _run(self) -> None:
        due = time.perf_counter()
        while not self._closed.is_set():
            late = time.perf_counter() - due
            if late > self._every:
                due += late
            self._fill(self._block, late > self._every)
            due += self._every
            time.sleep(max(0.0, due - time.perf_counter()))

    def close(self) -> None:
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join(1.0)
