"""`antiphon play --ui` as it is started, where there is no MIDI at all."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from live.take.again import replay_with_model
from live.take.journal import read_take
from live.take.passages import passages

from .conftest import MODEL, wait_until
from .served import PATIENCE, connect

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals are sent as POSIX has them")


class Started:
    def __init__(self, folder: Path, *options: str) -> None:
        self.take = folder / "takes" / f"{time.monotonic_ns()}.take"
        self.log = folder / f"{self.take.stem}.log"
        command = (sys.executable, "-m", "live.cli", "play", "--ui", "--no-browser")
        given = ("--model", str(MODEL), "--take", str(self.take), "--no-realtime", *options)
        # A JACK server that is not there: no test plays into anybody's ports.
        own = {"XDG_CONFIG_HOME": str(folder), "MIDO_BACKEND": "mido.backends.rtmidi/UNIX_JACK"}
        own |= {"JACK_DEFAULT_SERVER": "antiphon_none", "JACK_NO_START_SERVER": "1"}
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [*command, *given],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=folder,
                env=os.environ | own,
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    @property
    def address(self) -> tuple[str, int, str]:
        """All of it, the port and the token."""
        found = wait_until(lambda: re.search(r"http://\S+:(\d+)/\?token=(\S+)", self.said), "it")
        wait_until(lambda: "ready in" in self.said, "the session")
        return found[0], int(found[1]), found[2]


def test_the_page_is_there_without_midi_and_a_crash_costs_nothing(tmp_path: Path) -> None:
    first = Started(tmp_path, "--port", "0")
    try:
        _, port, token = first.address
        second = Started(tmp_path, "--port", str(port))
        with connect(
            f"ws://127.0.0.1:{port}/ws?token={token}",
            origin=f"http://127.0.0.1:{port}",  # type: ignore[arg-type]
        ) as ws:
            _say_nonsense(port)
            ws.send('{"do":"record","on":true}')
            ws.send('{"do":"play","bytes":[144,60,80]}')
            wait_until(
                lambda: first.take.exists() and b'"hear"' in first.take.read_bytes(), "the note"
            )
        assert second.process.wait(PATIENCE) == 2
        assert len(second.said.splitlines()) <= 2  # one is of MIDI
        assert f"port {port}" in second.said
    finally:
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
    take = read_take(first.take)
    (passage,) = passages(take)
    assert passage.open
    assert replay_with_model(take, str(MODEL)).same
    wait_until(lambda: not _listens(port), "the page to end")

    third = Started(tmp_path, "--port", str(port))
    try:
        assert third.address[1:] == (port, token)
    finally:
        third.process.send_signal(signal.SIGINT)
        assert third.process.wait(PATIENCE) == 0
    assert read_take(third.take).complete
    assert "Invalid" not in first.said
    assert "Traceback" not in first.said + second.said + third.said
    assert not _listens(port)


def _say_nonsense(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as raw:
        raw.sendall(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        raw.recv(1000)


def _listens(port: int) -> bool:
    its = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        its.request("GET", "/")
    except OSError:
        return False
    finally:
        its.close()
    return True
