"""Sound cards, as far as they can be had without one: what is asked of PortAudio, and what is said
where it has nothing to give."""

from types import SimpleNamespace

import numpy as np
import pytest

from live.sound import device
from live.sound.config import SoundConfig, SoundError
from live.sound.device import open_device, outputs


class Refused(Exception):
    pass


class PortAudio:
    """As sounddevice is, with these outputs: (name, system)."""

    PortAudioError = Refused

    def __init__(self, *there, opens=True):
        self.systems = list(dict.fromkeys(system for _, system in there))
        self.there, self.opens, self.asked = there, opens, {}

    def query_hostapis(self, number=None):
        first = {system: i for i, (_, system) in reversed(list(enumerate(self.there)))}
        listed = [{"name": name, "default_output_device": first[name]} for name in self.systems]
        return listed if number is None else listed[number]

    def query_devices(self, device=None, kind=None):
        listed = [
            {"name": name, "hostapi": self.systems.index(system), "max_output_channels": 2}
            for name, system in self.there
        ]
        if kind is None:
            return listed
        if isinstance(device, str):
            fits = [one for one in listed if device.lower() in one["name"].lower()]
            if len(fits) != 1:
                raise ValueError(f"{len(fits)} output devices match {device!r}")
            return fits[0]
        if not listed:
            raise Refused("Error querying device -1")
        return listed[device or 0]

    def WasapiSettings(self, auto_convert):
        return f"converts {auto_convert}"

    def OutputStream(self, **asked):
        self.asked = asked
        if not (self.there and self.opens):
            raise Refused("Invalid\nsample rate")
        return SimpleNamespace(device=asked["device"] or 0, latency=0.01)


def line_of(monkeypatch, portaudio, **config):
    monkeypatch.setattr(device, "_portaudio", lambda: portaudio)
    with pytest.raises(SoundError) as caught:
        open_device(SoundConfig(**config), lambda *_: None)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_the_device_is_portaudios_choice_unless_that_is_windows_oldest(monkeypatch):
    for there, chosen, extra in (
        ([("built-in", "Core Audio")], None, None),
        ([("card", "MME"), ("card", "Windows WASAPI")], 1, "converts True"),
    ):
        portaudio = PortAudio(*there)
        monkeypatch.setattr(device, "_portaudio", lambda portaudio=portaudio: portaudio)
        card = open_device(SoundConfig(block=256), lambda *_: None)
        assert (portaudio.asked["device"], portaudio.asked["extra_settings"]) == (chosen, extra)
        assert portaudio.asked["blocksize"] == 256
        assert card.name == there[chosen or 0][0]
        assert card.latency == 0.01


def test_a_jack_server_is_asked_for_blocks_of_its_own(monkeypatch):
    portaudio = PortAudio(("system", "JACK Audio Connection Kit"))
    monkeypatch.setattr(device, "_portaudio", lambda: portaudio)
    open_device(SoundConfig(block=256), lambda *_: None)
    assert portaudio.asked["blocksize"] == 0


def test_what_the_card_asks_for_is_filled_and_under_runs_are_passed_on(monkeypatch):
    portaudio, filled = PortAudio(("card", "ALSA")), []
    monkeypatch.setattr(device, "_portaudio", lambda: portaudio)
    open_device(SoundConfig(), lambda out, missing: filled.append((out.shape, missing)))
    for missing in (False, True):
        status = SimpleNamespace(output_underflow=missing)
        portaudio.asked["callback"](np.zeros((128, 2)), 128, None, status)
    assert filled == [((128, 2), False), ((128, 2), True)]


def test_why_there_is_no_sound_is_one_line_with_what_to_do(monkeypatch):
    two = (("USB Piano", "ALSA"), ("USB Audio", "ALSA"))
    assert "no sound card" in line_of(monkeypatch, PortAudio())
    assert "USB Audio, ALSA" in line_of(monkeypatch, PortAudio(*two), device="hdmi")
    assert "more than one" in line_of(monkeypatch, PortAudio(*two), device="usb")
    refused = PortAudio(*two, opens=False)
    assert "at 48000 Hz (Invalid sample rate)" in line_of(monkeypatch, refused, device="piano")
    assert "name one of" in line_of(monkeypatch, refused)


def test_without_portaudio_it_is_said_how_to_get_it(monkeypatch):
    class Finder:
        @staticmethod
        def find_spec(name, *_):
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    import sys

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    with pytest.raises(SoundError, match="apt install libportaudio2"):
        outputs()
