"""A browser's way through: real HTTP and WebSockets to a real session on a loopback of its own."""

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection

from live import midi
from live.controls.table import CONTROLS
from live.page.door import LOOPBACK
from live.page.known import merged
from live.page.takes import take_id
from live.plan import Heard
from live.take.entries import Sound
from live.take.journal import TakeWriter, read_take

from .conftest import Session, wait_until
from .served import connect


class Browser:
    """state: as it is known here. notes: id -> [side, pitch, whether it ended]."""

    def __init__(self, ws: ClientConnection) -> None:
        self._ws = ws
        self.hello: dict[str, Any] = {}
        self.state: dict[str, Any] = {}
        self.said: list[str] = []
        self.notes: dict[int, list[Any]] = {}
        self.wait(lambda: self.hello and self.state, "the session's state")

    def order(self, **order: Any) -> None:
        self._ws.send(json.dumps(order))

    def wait(self, condition: Any, what: str) -> Any:
        def seen() -> Any:
            with contextlib.suppress(TimeoutError):
                while not condition():  # what holds for a moment only is seen, too
                    self._see(json.loads(self._ws.recv(0.01)))
            return condition()

        return wait_until(seen, what)

    def _see(self, message: dict[str, Any]) -> None:
        self.hello = message.get("hello", self.hello)
        self.state = merged(self.state, message.get("state", {}))
        self.said += [message["said"]] if "said" in message else []
        roll = message.get("roll", {})
        if "whole" in roll:
            self.notes.clear()
        for number, side, _, pitch, _ in roll.get("begun", ()):
            self.notes[number] = [side, pitch, False]
        for number, *_ in roll.get("ended", ()):
            self.notes[number][2] = True


@contextlib.contextmanager
def opened(session: Session) -> Iterator[Browser]:
    its = session.served
    address = f"ws://{LOOPBACK}:{its.port}/ws?token={its.token}"
    # All that comes is taken in while a test waits for something else, and so are pings.
    ours: Any = {"origin": its.own, "max_queue": None}
    with connect(address, **ours) as ws:
        yield Browser(ws)


@pytest.fixture
def browser(session: Session) -> Iterator[Browser]:
    with opened(session) as its:
        yield its


def test_a_browser_is_told_all_that_can_be_steered(browser: Browser) -> None:
    assert [c["name"] for c in browser.hello["controls"]] == list(CONTROLS)
    assert {"name": "trade", "help": "you play four bars, it plays four"}["name"] in {
        preset["name"] for preset in browser.hello["presets"]
    }
    assert "pop" in browser.hello["models"]
    browser.wait(lambda: browser.state["model"] == "tiny", "the model, when it is loaded")
    assert browser.state["mode"] == "answer"
    assert set(browser.state["values"]) == {
        name for name, c in CONTROLS.items() if c.default is not None
    }


def test_a_key_on_the_page_sounds_and_is_drawn_for_every_browser(
    session: Session, browser: Browser
) -> None:
    with opened(session) as other:
        browser.order(do="play", bytes=[0x90, 61, 80])
        wait_until(lambda: b"\x90\x3d\x50" in session.heard, "the note at the output")
        other.wait(lambda: [0, 61, False] in other.notes.values(), "the note on the other's roll")
        browser.order(do="play", bytes=[0x80, 61, 0])
        other.wait(lambda: [0, 61, True] in other.notes.values(), "its end")


def test_what_a_browser_holds_ends_when_it_goes(session: Session) -> None:
    with opened(session) as browser:
        browser.order(do="play", bytes=[0x90, 62, 80])
        browser.order(do="play", bytes=[0xB0, 64, 127])
        wait_until(lambda: b"\xb0\x40\x7f" in session.heard, "note and pedal at the output")
    wait_until(lambda: b"\xb0\x40\x00" in session.heard, "the pedal lifted")
    assert [m for m in session.heard if m[0] & 0xE0 == 0x80 and m[1] == 62][-1][2] in (0, 64)


def test_a_control_is_set_and_every_browser_sees_it(session: Session, browser: Browser) -> None:
    with opened(session) as other:
        browser.order(do="set", name="temperature", value=0.5)
        browser.order(do="set", name="thru_channel", value=3)
        other.wait(
            lambda: (
                (other.state["values"]["temperature"], other.state["values"]["thru_channel"])
                == (0.5, 3)
            ),
            "both values",
        )
        browser.order(do="set", name="thru_channel", value=0)


def test_a_program_that_is_chosen_is_in_the_take(session: Session, browser: Browser) -> None:
    browser.order(do="set", name="program", value=41)
    browser.wait(lambda: browser.state["values"]["program"] == 41, "the program")
    take = read_take(session.take)
    assert take.header.sound["program"] == 0
    assert {"program": 41} in [its.changes for its in take.entries if isinstance(its, Sound)]
    browser.order(do="set", name="program", value=0)


def test_a_knob_is_learned(browser: Browser) -> None:
    browser.order(do="learn", name="density")
    browser.wait(lambda: browser.state["learning"] == "density", "learning")
    browser.order(do="play", bytes=[0xB0, 21, 5])
    browser.wait(lambda: browser.state["bindings"].get("density"), "the binding")
    assert browser.state["bindings"]["density"].startswith("CC 21")
    browser.order(do="forget", name="density")
    browser.wait(lambda: "density" not in browser.state["bindings"], "no binding")


@pytest.mark.parametrize(
    "order",
    [
        {"do": "set", "name": "temperature", "value": 50},
        {"do": "set", "name": "nosuch", "value": 1},
        {"do": "model", "name": "/etc/passwd"},
        {"do": "sing"},
        {"do": "take", "play": "nosuch"},
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said_in_a_line_and_all_goes_on(
    browser: Browser, order: dict[str, Any]
) -> None:
    before = len(browser.said)
    browser.order(**order)
    browser.wait(lambda: len(browser.said) > before, "a line")


def test_ten_megabytes_end_that_browser_alone(session: Session, browser: Browser) -> None:
    with opened(session) as other:
        with contextlib.suppress(ConnectionClosed, OSError):
            other._ws.send("x" * 10_000_000)
        with pytest.raises((ConnectionClosed, OSError)):
            other.wait(lambda: False, "the end")
    browser.order(do="play", bytes=[0x90, 70, 80])
    browser.order(do="play", bytes=[0x80, 70, 0])
    browser.wait(lambda: [0, 70, True] in browser.notes.values(), "the note")


def test_record_and_stop_make_a_take_that_can_be_named_heard_and_taken_home(
    session: Session, browser: Browser
) -> None:
    browser.order(do="record", on=True)
    number = browser.wait(lambda: browser.state["recording"], "recording")
    for pitch in (60, 64, 67):
        browser.order(do="play", bytes=[0x90, pitch, 80])
        browser.order(do="play", bytes=[0x80, pitch, 0])
    browser.wait(lambda: [0, 67, True] in browser.notes.values(), "the notes")
    its = session.served
    row = _row(session, number)
    assert row["recording"]
    assert its.ask(f"/api/takes/{number}", "DELETE").status == 409
    browser.order(do="record", on=False)
    browser.wait(lambda: browser.state["recording"] is None, "the end of the recording")
    row = _row(session, number)
    assert not row["recording"]
    assert row["notes"] >= 3

    assert its.ask(f"/api/takes/{number}", "POST", body=b'{"name": "the good one"}').status == 204
    assert _row(session, number)["name"] == "the good one"
    midi_file = its.ask(f"/takes/{number}.mid")
    assert (midi_file.status, midi_file.text[:4]) == (200, "MThd")  # type: ignore[attr-defined]
    assert its.ask(f"/takes/{number}.png").headers["content-type"] == "image/png"

    short = session.take.parent / "short.take"  # the passage is as long as the machine is slow
    writer = TakeWriter(short, read_take(session.take).header, pytest.fail)
    for seq, message in enumerate((midi.note_on(0, 60, 80), midi.note_off(0, 60)), 1):
        writer.write(Heard(seq, 0.1 * seq, message), 0.0)
    writer.close(0.3)
    sound = its.ask(f"/takes/{take_id(short.name)}.flac")
    assert (sound.status, sound.text[:4]) == (200, "fLaC")  # type: ignore[attr-defined]

    before = len([note for note in browser.notes.values() if note[1] == 67])
    browser.order(do="take", play=number)
    browser.wait(
        lambda: len([n for n in browser.notes.values() if n[1] == 67]) > before, "its last note"
    )
    browser.wait(lambda: browser.state["playing"] is None, "its end")
    browser.wait(lambda: browser.state["values"]["rest"] == 0, "the machine to play again")

    assert its.ask(f"/api/takes/{number}", "DELETE").status == 204
    assert number not in {row["id"] for row in _rows(session)}


def _rows(session: Session) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(session.served.ask("/api/takes").text)  # type: ignore[attr-defined]
    return rows


def _row(session: Session, number: str) -> dict[str, Any]:
    return next(row for row in _rows(session) if row["id"] == number)


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/api/takes/nosuch", "DELETE", 404),
        ("/api/takes/..%2f..%2fetc", "DELETE", 404),
        ("/takes/nosuch.mid", "GET", 404),
        ("/takes/..%2f..%2fetc%2fpasswd", "GET", 404),
        ("/takes/nosuch.exe", "GET", 404),
        ("/takes/nosuch", "GET", 404),
        ("/../../etc/passwd", "GET", 404),
        ("/api/takes", "POST", 405),
    ],
)
def test_what_is_not_there_is_a_line(session: Session, path: str, method: str, status: int) -> None:
    answer = session.served.ask(path, method)
    assert answer.status == status
    assert "Traceback" not in answer.text  # type: ignore[attr-defined]


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"name": 3}', b"\xff"])
def test_a_name_that_cannot_be_read_is_a_line(session: Session, body: bytes) -> None:
    number = _rows(session)[-1]["id"]
    assert session.served.ask(f"/api/takes/{number}", "POST", body=body).status == 400


def test_the_word_that_a_browser_is_opened_with_lets_in_one_once(session: Session) -> None:
    its, way = session.served, f"/enter/{session.entrance}"
    assert its.ask("/enter/wrong", token="").status == 401
    assert its.ask(way, token="", host="evil.example").status == 403
    first, second = its.ask(way, token=""), its.ask(way, token="")
    assert (first.status, first.headers["location"]) == (303, f"/?token={its.token}")
    assert second.status == 401


@pytest.mark.parametrize("path", ["/api/takes", "/takes/x.mid"])
def test_the_takes_need_the_token(session: Session, path: str) -> None:
    assert session.served.ask(path, token="").status == 401
    assert session.served.ask(path, host="evil.example").status == 403
    assert session.served.ask(path, Origin="http://evil.example").status == 403


@pytest.mark.parametrize("sent", [b"\x90\x3c\x50", b"", "", "\x00", "[" * 4000])
def test_what_is_no_text_of_ours_is_a_line(browser: Browser, sent: str | bytes) -> None:
    browser._ws.send(sent)
    browser.wait(lambda: browser.said, "a line")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGSTOP")
def test_a_page_that_hangs_holds_nobody_up_and_is_told_all_afterwards(
    session: Session, browser: Browser
) -> None:
    os.kill(session.page.pid, signal.SIGSTOP)
    try:
        before = len(session.heard)
        for _ in range(20):
            for pitch in range(30, 90):
                session.keys += [bytes((0x90, pitch, 80)), bytes((0x80, pitch, 0))]
        wait_until(lambda: len(session.heard) - before >= 2400, "the notes at the output")
    finally:
        os.kill(session.page.pid, signal.SIGCONT)
    browser.order(do="play", bytes=[0x90, 91, 80])
    browser.order(do="play", bytes=[0x80, 91, 0])
    browser.wait(lambda: [0, 91, True] in browser.notes.values(), "the last note")
    assert all(ended for side, _, ended in browser.notes.values() if side == 0)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_page_that_falls_is_started_anew_at_its_port_and_what_it_held_ends(
    session: Session,
) -> None:
    with opened(session) as browser:
        browser.order(do="play", bytes=[0x90, 65, 80])
        browser.wait(lambda: [0, 65, False] in browser.notes.values(), "the note")
        port, notes = session.served.port, len(session.heard)
        os.kill(session.page.pid, signal.SIGKILL)
        wait_until(lambda: "the page fell: starting anew" in session.said, "the fall")
        wait_until(lambda: midi.note_off(0, 65) in session.heard[notes:], "the note's end")

    def again() -> Any:
        with contextlib.suppress(OSError, WebSocketException), opened(session) as browser:
            return browser.state["model"] == "tiny"

    wait_until(again, "the page at its port")
    assert session.served.port == port
