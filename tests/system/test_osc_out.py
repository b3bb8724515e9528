"""A session tells light and video what happens, over UDP, as it happens."""

import socket
import threading
import time

import pytest

from .terminal import Session

ROOT = "/antiphon/"


class Ear:
    """Whoever listens to OSC."""

    def __init__(self):
        self.heard = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        self.place = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()

    def _listen(self):
        from pythonosc.osc_message import OscMessage

        while not self._over.is_set():
            try:
                message = OscMessage(self._socket.recv(4096))
            except TimeoutError:
                continue
            self.heard.append((message.address.removeprefix(ROOT), *message.params))

    def named(self, name):
        return [row for row in list(self.heard) if row[0] == name]

    def close(self):
        self._over.set()
        self._thread.join()
        self._socket.close()


@pytest.fixture
def ear():
    its = Ear()
    yield its
    its.close()


def test_notes_beats_and_the_floor_are_told_as_they_happen(peer, tools, tmp_path, ear):
    session = Session(
        tmp_path, tools, "--osc-out", ear.place, "--clock", "internal", "--mode", "continue"
    )
    try:
        for pitch in (60, 64, 67):
            peer.play(f"90 {pitch:02x} 50")
            time.sleep(0.1)
            peer.play(f"80 {pitch:02x} 40")
        tools.wait_until(lambda: len(ear.named("machine/off")) > 2, "the machine's notes")
        tools.wait_until(lambda: len(ear.named("beat")) > 2, "beats")
        tools.wait_until(lambda: ("floor", "machine") in ear.heard, "who plays")
        peer.play("90 3c 50")
        tools.wait_until(lambda: len(ear.named("you/on")) == 4, "your note")
        tools.wait_until(lambda: ("floor", "you") in ear.heard, "who plays")
        peer.play("80 3c 40")
        session.end()
        tools.wait_until(lambda: ear.heard[-1] == ("floor", "rest"), "the end")
    finally:
        session.close()
    assert [pitch for _, pitch, _ in ear.named("you/on")] == [60, 64, 67, 60]
    beats = [row[1] for row in ear.named("beat")]
    assert beats == sorted(set(beats))
    for side in ("you", "machine"):
        on, off = (sorted(row[1] for row in ear.named(f"{side}/{word}")) for word in ("on", "off"))
        assert on == off
    assert ear.named("plan/note")
