"""The page: from a key on it to the machine that hears it, and whether it makes a note late.

A session records and plays the built-in synth all the time, and three browsers look at its page,
which are programs that read all they are sent, as fast as it comes. Turn and turn about they and
the page's process stand still, so that nothing else differs. A session with no page, no synth and
no take comes before and after.
"""

import asyncio
import contextlib
import json
import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from live import midi
from live.bench.figures import in_turns, p99_ratio, spread
from live.bench.rig import EVERY, load
from live.controls.desk import Desk
from live.controls.steering import Steering
from live.errors import UserError
from live.hands.config import LOOPBACK, HandsConfig
from live.page.page import Page, Place
from live.page.shown import Shown
from live.page.token import new_token
from live.plan import Heard, PlannedNote, Sounded
from live.settings import Settings
from live.sound.config import NULL, SoundConfig
from live.stage import Stage, StageConfig
from live.take.entries import Entry

BROWSERS, KEYS, TURNS, SECONDS = 3, 120, 12, 2.0
TURN = 0.015  # seconds, as in `antiphon play --ui`
LIMIT = 30.0  # seconds for a page or a browser to be there

_CONTEXT = multiprocessing.get_context("spawn")


def bench_page(model: Path, turns: int = TURNS) -> dict[str, Any]:
    """100 notes a second while a model works. Raises UserError."""
    with tempfile.TemporaryDirectory() as folder, load(model):
        bare = _alone(model, Path(folder), turns // 2)
        session = _Session(model, Path(folder), alone=False)
        try:
            without, beside, heard = _in_turn(session, turns)
        finally:
            session.close()
        bare += _alone(model, Path(folder), turns - turns // 2)
    return {
        "key on the page to heard": spread(heard),
        "late with no page, no synth, no take": in_turns(bare),
        "late with synth and take": in_turns(without),
        f"the same and {BROWSERS} browsers": in_turns(beside),
        "ratio of the last two": p99_ratio(beside, without),
        "ratio to none of it": p99_ratio(beside, bare),
    }


def _alone(model: Path, folder: Path, turns: int) -> list[list[float]]:
    session = _Session(model, folder, alone=True)
    try:
        return [session.lateness() for _ in range(turns)]
    finally:
        session.close()


def _in_turn(
    session: "_Session", turns: int
) -> tuple[list[list[float]], list[list[float]], list[float]]:
    """Lateness without the page and with it, turn by turn; and how long keys took."""
    without, beside = [], []
    with session.paged() as (page, browsers, wire):
        for _ in range(turns):
            with session.still(page, browsers):
                without.append(session.lateness())
            beside.append(session.lateness())
        heard = session.keys(wire)
    return without, beside, heard


class _Session:
    """A session on a loopback, driven as `antiphon play` does."""

    def __init__(self, model: Path, folder: Path, alone: bool) -> None:
        """alone: with no synth, and no take."""
        self._wire, its = multiprocessing.Pipe()
        self._folder, self._take = folder, folder / "bench.take"
        self._shown, self._desk = Shown(), Desk()
        self._page: Page | None = None
        self._late: list[float] = []
        self._heard: list[float] = []
        self._number = 0
        self._stage = Stage(
            StageConfig(
                model,
                Settings(rest=1),
                0,
                HandsConfig(backend=LOOPBACK),
                None if alone else self._take,
                None if alone else SoundConfig(NULL),
            ),
            self._shown.say,
            its,
            watch=self._watch,
        )
        its.close()
        self._stage.wait_ready()
        self._steering = Steering(
            self._stage, self._desk, folder / "bindings.toml", self._shown.say
        )

    def close(self) -> None:
        self._stage.stop()
        self._wire.close()

    def _watch(self, entry: Entry) -> None:
        self._shown.watch(entry)
        if isinstance(entry, Sounded):
            self._late.append(entry.late)
        elif isinstance(entry, Heard) and midi.is_note_on(entry.message):
            self._heard.append(entry.at)

    def _drive(self, done: Callable[[], Any], limit: float) -> None:
        """Until it is done, or that many seconds are over."""
        end = time.monotonic() + limit
        while not done() and time.monotonic() < end:
            self._stage.turn(TURN)
            self._steering.turn(self._stage.now())
            if self._page is not None:
                self._page.turn(self._stage.now())
            while self._wire.poll():
                self._wire.recv()

    def lateness(self) -> list[float]:
        """How late the notes of so many SECONDS were."""
        self._late.clear()
        start, count = self._stage.now() + 0.2, int(SECONDS / EVERY)
        notes = [
            PlannedNote(-self._number - n - 1, start + n * EVERY, 0.005, 0, 36 + n % 60, 64)
            for n in range(count)
        ]
        self._number += count
        for first in range(0, count, 100):
            self._stage.perform(notes[first : first + 100])
        self._drive(lambda: len(self._late) >= count, SECONDS + 3.0)
        return list(self._late)

    @contextlib.contextmanager
    def paged(self) -> Iterator[tuple[Page, int, Connection]]:
        """With the page, and browsers that look at it: it, their process, the wire to them."""
        addresses: list[str] = []
        place = Place(new_token(), self._folder, self._take, port=0)
        page = self._page = Page(
            place,
            self._stage,
            self._desk,
            self._steering,
            self._shown,
            self._shown.say,
            addresses.append,
        )
        self._shown.again()
        ours, its = _CONTEXT.Pipe()
        browsers: Any = None
        try:
            self._drive(lambda: addresses, LIMIT)
            if not addresses:
                raise UserError("the page did not start: is the system busy?")
            browsers = _CONTEXT.Process(
                target=_browse, args=(addresses[0], place.token, its), daemon=True
            )
            browsers.start()
            its.close()
            self._drive(ours.poll, LIMIT)
            if not ours.poll():
                raise UserError("no browser came in: is the system busy?")
            ours.recv()
            self._drive(lambda: False, 0.5)
            yield page, browsers.pid, ours
        finally:
            self._page = None
            page.stop()
            ours.close()
            if browsers is not None:
                browsers.terminate()
                browsers.join()

    @contextlib.contextmanager
    def still(self, page: Page, browsers: int) -> Iterator[None]:
        """While the page is told nothing, and it and its browsers do nothing."""
        self._page = None
        for process in (page.pid, browsers):
            os.kill(process, signal.SIGSTOP)
        try:
            yield
        finally:
            for process in (page.pid, browsers):
                os.kill(process, signal.SIGCONT)
            self._page = page
            self._drive(lambda: False, 0.3)

    def keys(self, browsers: Connection) -> list[float]:
        """Seconds from a browser's sending of a key to when the hands heard it."""
        self._heard.clear()
        browsers.send(KEYS)
        self._drive(browsers.poll, LIMIT)
        sent = [at - self._stage.epoch for at in browsers.recv()]
        self._drive(lambda: len(self._heard) >= len(sent), 2.0)
        if len(self._heard) != len(sent):
            raise UserError(f"of {len(sent)} keys {len(self._heard)} were heard")
        return [heard - at for heard, at in zip(self._heard, sent, strict=True)]


def _browse(address: str, token: str, wire: Connection) -> None:
    """Browsers: they read what comes; told a number, one of them plays so many keys."""
    asyncio.run(_look(address, token, wire))


async def _look(address: str, token: str, wire: Connection) -> None:
    from websockets.asyncio.client import connect

    where = f"{address.replace('http', 'ws', 1)}ws?token={token}"
    async with contextlib.AsyncExitStack() as stack:
        browsers = [
            await stack.enter_async_context(connect(where, origin=address.rstrip("/")))  # type: ignore[arg-type]
            for _ in range(BROWSERS)
        ]
        for browser in browsers:
            await browser.recv()
        readers = [asyncio.create_task(_read(browser)) for browser in browsers]
        wire.send("open")
        keys = await asyncio.to_thread(wire.recv)
        sent, chance = [], random.Random(0)
        for _ in range(keys):
            on, off = midi.note_on(0, 60, 80), midi.note_off(0, 60)
            sent.append(time.perf_counter())
            await browsers[0].send(json.dumps({"do": "play", "bytes": list(on)}))
            await asyncio.sleep(chance.uniform(0.01, 0.03))
            await browsers[0].send(json.dumps({"do": "play", "bytes": list(off)}))
            await asyncio.sleep(chance.uniform(0.01, 0.03))
        wire.send(sent)
        await asyncio.gather(*readers)


async def _read(browser: Any) -> None:
    from websockets.exceptions import ConnectionClosed

    with contextlib.suppress(ConnectionClosed):  # the page has ended
        async for message in browser:
            json.loads(message)
