"""A session without ports, with a real page beside it, in real processes."""

import multiprocessing
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from live.controls.desk import Desk
from live.controls.steering import Steering
from live.hands.config import LOOPBACK, HandsConfig
from live.page.page import Page, Place
from live.page.shown import Shown
from live.settings import Settings
from live.stage import Stage, StageConfig
from live.take.again import replay_with_model
from live.take.journal import read_take

from .served import PATIENCE, Served

MODEL = Path(__file__).parents[2] / "data" / "tiny.onnx"


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    """The condition's first true value."""
    end = time.monotonic() + PATIENCE
    while not (value := condition()):  # once more after the end: it may be we that stood still
        if time.monotonic() > end:
            pytest.fail(f"waited in vain for {what}")
        time.sleep(0.005)
    return value


class Session:
    """A stage in a thread, as `antiphon play --ui` drives it."""

    def __init__(self, folder: Path) -> None:
        self.take = folder / "takes" / "session.take"
        self.said: list[str] = []
        self.heard: list[bytes] = []  # what the outputs were sent
        self.failed: BaseException | None = None
        self.address = ""
        self.keys: deque[bytes] = deque()  # to be played on the keyboard
        self._folder = folder
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        wait_until(lambda: self.failed or (self.address and self.stage.ready), "the session")
        if self.failed:
            raise self.failed

    def _run(self) -> None:
        try:
            self._play()
        except BaseException as error:
            self.failed = error

    def _play(self) -> None:
        ours, its = multiprocessing.Pipe()
        shown, desk = Shown(), Desk()

        def say(line: str) -> None:
            self.said.append(line)
            shown.say(line)

        hands = HandsConfig(backend=LOOPBACK, realtime=False)
        config = StageConfig(MODEL, Settings(), 1, hands, self.take)
        self.stage = Stage(config, say, its, heard=desk.hear, watch=shown.watch)
        its.close()
        steering = Steering(self.stage, desk, self._folder / "bindings.toml", say)
        place = Place("token" * 9, self.take.parent, self.take, port=0)
        self.entrance = place.entrance
        self.page = Page(
            place, self.stage, desk, steering, shown, say, lambda at: setattr(self, "address", at)
        )
        try:
            while not self._over.is_set():
                self.stage.turn(0.01)
                steering.turn(self.stage.now())
                self.page.turn(self.stage.now())
                for _ in range(min(20, len(self.keys))):  # or both ends would wait to be read
                    ours.send_bytes(self.keys.popleft())
                while ours.poll():
                    self.heard.append(ours.recv()[0])
        finally:
            self.page.stop()
            self.stage.stop()
            ours.close()

    @property
    def served(self) -> Served:
        return Served(int(self.address.rstrip("/").rpartition(":")[2]), "token" * 9)

    def end(self) -> None:
        self._over.set()
        self._thread.join()
        if self.failed:
            raise self.failed


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    its = Session(tmp_path_factory.mktemp("session"))
    yield its
    its.end()
    # Whatever was done to it, and whatever was played back: it is whole, and replays.
    take = read_take(its.take)
    assert take.complete
    replayed = replay_with_model(take, str(MODEL))
    assert replayed.same, replayed.first_difference
