"""A synth that needs no font: every note is a sine that begins at its full height."""

import numpy as np

from live import midi

RATE = 16_000
RELEASE = 0.02  # seconds


class Bursts:
    """Each note by itself: a cosine of its pitch, held while its key is down or pedalled."""

    def __init__(self, rate: int = RATE, level: float = 0.2) -> None:
        self.rate, self.level = rate, level
        self.at = 0  # frames rendered
        self.sent: list[tuple[int, bytes]] = []
        self._waiting: list[tuple[int, bytes]] = []
        self.closed = False
        self._begun: dict[tuple[int, int], tuple[int, int]] = {}
        self._ended: list[tuple[int, int, int, int]] = []

    def send(self, message: bytes, frame: int = 0) -> None:
        self.sent.append((self.at + frame, message))
        self._waiting.append((self.at + frame, message))

    def _take(self, message: bytes) -> None:
        if midi.is_note_on(message):
            self._begun[message[0] & 15, message[1]] = self.at, message[2]
        elif midi.is_note_off(message) and (
            begun := self._begun.pop((message[0] & 15, message[1]), None)
        ):
            self._ended.append((begun[0], self.at, message[1], begun[1]))

    def render(self, frames: int) -> np.ndarray:
        until, parts = self.at + frames, []
        for at, message in [*self._waiting, (until, b"")]:
            parts.append(self._sound(at - self.at))
            if message:
                self._take(message)
        self._waiting.clear()
        return np.concatenate(parts)

    def _sound(self, frames: int) -> np.ndarray:
        now = self.at + np.arange(frames)
        out = np.zeros(frames)
        notes = [*self._ended, *((at, None, k[1], v) for k, (at, v) in self._begun.items())]
        for begun, ended, pitch, velocity in notes:
            hertz = 440 * 2 ** ((pitch - 69) / 12)
            level = np.full(frames, self.level * velocity / 127)
            if ended is not None:
                level = level * np.clip(1 - (now - ended) / (RELEASE * self.rate), 0, 1)
            out += level * np.cos(2 * np.pi * hertz * (now - begun) / self.rate)
        self.at += frames
        return np.repeat(out[:, None], 2, axis=1).astype(np.float32)

    def close(self) -> None:
        self.closed = True


def onsets(sound: np.ndarray, rate: int, threshold: float = 0.02, quiet: float = 0.02):
    """Frames where the sound rises above the threshold after `quiet` seconds below it."""
    loud = np.flatnonzero(np.abs(sound if sound.ndim == 1 else sound[:, 0]) > threshold)
    if not len(loud):
        return []
    first = np.concatenate([[True], np.diff(loud) > quiet * rate])
    return loud[first].tolist()
