"""MIDI messages in, sound out."""

from bisect import insort
from collections import deque
from collections.abc import Callable
from operator import itemgetter
from pathlib import Path

import numpy as np

from live import midi
from live.sound.channels import Channels
from live.sound.reverb import Reverb
from live.sound.samples import Keys, Samples
from live.sound.sf2 import Floats, SoundFont
from live.sound.voices import BLOCK, Voices

VOLUME = 0.5
_PITCH_BEND = 0xE0
_FULL = 3.0  # what volume 1 makes of a recording at its fullest

Preset = tuple[int, int]


class Synth:
    """Sixteen channels of General MIDI, the tenth for drums, played with a SoundFont.

    Understood: notes, programs and banks, pitch bend and its range, volume (7), pan (10),
    expression (11), sustain (64), reverb (91), all sound or notes off, reset, and master volume.

    font: the file, or what another synth on the same thread has read of it. rate: frames a second.
    at_once: a program is read from the file when it is asked for; else it waits in `wanted` for
    make_ready(), which another thread may call. Raises FontError, one line.
    """

    def __init__(self, font: Path | Samples, rate: int = 48000, at_once: bool = True) -> None:
        self.rate = rate
        self.volume = VOLUME
        self.wanted: deque[tuple[int, Preset]] = deque()
        self._samples = font if isinstance(font, Samples) else Samples(SoundFont(font))
        self._voices = Voices(rate)
        self._channels = Channels()
        self._reverb = Reverb(rate)
        self._at_once = at_once
        self._waiting: list[tuple[int, bytes]] = []
        self._sounds: list[Keys] = [()] * midi.CHANNELS
        self._selected: list[Preset | None] = [None] * midi.CHANNELS
        for channel in range(midi.CHANNELS):
            self._select(channel, self._channels.bank(channel), 0)
        self._kinds: dict[int, Callable[[bytes, int], None]] = {
            midi.NOTE_ON: self._note_on,
            midi.NOTE_OFF: self._note_off,
            midi.CONTROL_CHANGE: self._control,
            midi.PROGRAM_CHANGE: self._program,
            _PITCH_BEND: self._bend,
            0xF0: self._system,
        }

    def rehearse(self) -> None:
        """On the thread that will render, before anything sounds: see Voices."""
        self._voices.rehearse(self._samples.pool)

    def close(self) -> None:
        """Sound no more."""
        self.silence()

    @property
    def voices(self) -> int:
        """How many voices sound."""
        return self._voices.count

    def send(self, message: bytes, frame: int = 0) -> None:
        """A MIDI message, for a frame of what is rendered next (or after that)."""
        insort(self._waiting, (frame, bytes(message)), key=itemgetter(0))

    def render(self, frames: int) -> Floats:
        """The next frames: shape (frames, 2), left and right, within -1 and 1."""
        if not (self._waiting or self._voices.count or self._reverb.sounds):
            return np.zeros((frames, 2), np.float32)
        out = np.empty((frames, 2), np.float32)
        for begin in range(0, frames, BLOCK):
            size = min(BLOCK, frames - begin)
            while self._waiting and self._waiting[0][0] < begin + size:
                frame, message = self._waiting.pop(0)
                self._take(message, max(0, frame - begin))
            out[begin : begin + size] = self._block(size)
        self._waiting = [(frame - frames, message) for frame, message in self._waiting]
        return out

    def _block(self, frames: int) -> Floats:
        mix = self._voices.render(frames, self._samples.pool)
        out, room = mix[:2], self._reverb.render(mix[2])
        if room is not None:
            out += room
        out *= _FULL * self.volume**2
        np.maximum(out, -1.0, out=out)
        np.minimum(out, 1.0, out=out)
        return out.T

    def silence(self) -> None:
        """Everything ends at once, but for the room."""
        self._waiting.clear()
        for channel in range(midi.CHANNELS):
            self._voices.silence(channel)
            self._channels.pedals[channel] = False

    # ---- programs

    def make_ready(self) -> None:
        """Read from the file what was asked for and is not in memory. Raises FontError."""
        while self.wanted:
            channel, preset = self.wanted.popleft()
            keys = self._samples.make_ready(preset)
            if self._selected[channel] == preset:
                self._sounds[channel] = keys

    def _program(self, message: bytes, frame: int) -> None:
        channel = midi.channel_of(message)
        self._select(channel, self._channels.bank(channel), message[1])

    def _select(self, channel: int, bank: int, program: int) -> None:
        preset = self._samples.nearest(bank, program)
        self._selected[channel] = preset
        if preset is None:
            return
        if (keys := self._samples.ready(preset)) is not None:
            self._sounds[channel] = keys
            return
        self.wanted.append((channel, preset))
        if self._at_once:
            self.make_ready()

    # ---- messages

    def _take(self, message: bytes, frame: int) -> None:
        if midi.is_damaged(message) or message[0] < 0x80:
            return
        take = self._kinds.get(message[0] & 0xF0)
        long = 2 if message[0] & 0xF0 in (midi.PROGRAM_CHANGE, 0xD0) else 3
        if take is not None and (len(message) == long or message[0] == 0xF0):
            take(message, frame)

    def _note_on(self, message: bytes, frame: int) -> None:
        status, key, velocity = message
        if not velocity:
            self._note_off(message, frame)
            return
        channel = status & 0x0F
        sounds = self._sounds[channel]
        if not sounds:
            return
        zones = [
            one
            for one in sounds[key]
            if one.zone.velocities[0] <= velocity <= one.zone.velocities[1]
        ]
        self._voices.damp(channel, key)
        for group in {one.zone.group for one in zones} - {0}:
            self._voices.damp_group(channel, group)
        for one in zones:
            self._voices.begin(one, channel, self._channels.mixes[channel], key, velocity, frame)

    def _note_off(self, message: bytes, frame: int) -> None:
        channel = midi.channel_of(message)
        self._voices.end(channel, message[1], self._channels.pedals[channel])

    def _control(self, message: bytes, frame: int) -> None:
        channel, number, value = midi.channel_of(message), message[1], message[2]
        if number == midi.SUSTAIN:
            self._channels.pedals[channel] = value >= 64
            if value < 64:
                self._voices.end_held(channel)
        elif number == midi.ALL_SOUND_OFF:
            self._voices.silence(channel)
        elif number >= midi.ALL_NOTES_OFF:  # those above it are modes, and end notes too
            self._voices.end_all(channel)
        else:
            self._channels.control(channel, number, value)
            self._voices.mix(channel, self._channels.mixes[channel])
            if not self._channels.pedals[channel]:
                self._voices.end_held(channel)

    def _bend(self, message: bytes, frame: int) -> None:
        channel = midi.channel_of(message)
        self._channels.wheel(channel, message[1], message[2])
        self._voices.mix(channel, self._channels.mixes[channel])

    def _system(self, message: bytes, frame: int) -> None:
        if message[:5] == midi.MASTER_VOLUME and len(message) == 8:
            self.volume = (message[6] << 7 | message[5]) / 0x3FFF
