"""The page's process: serves browsers, between them and the stage.

What it says to the stage: ("ready", address) once it listens; ("refused", line) when it cannot, and
it ends; then (browser, Order). What it is told: News; ("stop",). The end of the wire is an order to
stop.
"""

import asyncio
import contextlib
import os
import queue
import signal
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from live.page.door import LOOPBACK, Door
from live.page.known import News
from live.page.orders import Order
from live.page.serving import PageError, address_of, listening, serve

_SWITCH = 0.0005  # seconds: how long a take that is read may keep a key waiting
MOST_ORDERS = 256  # that wait for the stage; then browsers wait


@dataclass(frozen=True)
class PageConfig:
    """entrance: a word that lets in one browser, once. port: None for the usual one, or another
    where that is taken. session: its id. epoch: the reading of time.perf_counter() at which the
    session's clock stands at 0. folder: of the takes; running: the name of the one being written,
    None for none."""

    token: str
    entrance: str
    session: str
    epoch: float
    folder: Path
    running: str | None = None
    host: str = LOOPBACK
    port: int | None = None


def run_page(config: PageConfig, stage: Connection) -> None:
    """Be the page until told to stop: the target of a process of its own (spawned)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setswitchinterval(_SWITCH)
    try:
        sock = listening(config.host, config.port)
    except PageError as error:
        stage.send(("refused", str(error)))
        return
    loop: Any = asyncio.new_event_loop()
    with contextlib.closing(loop):
        loop.run_until_complete(_Page(config, stage, loop).run(sock))


class _Page:
    """The wiring of one process."""

    def __init__(
        self, config: PageConfig, stage: Connection, loop: asyncio.AbstractEventLoop
    ) -> None:
        from live.page.hub import Hub

        self._config, self._stage, self._loop = config, stage, loop
        self._orders: queue.Queue[Any] = queue.Queue(MOST_ORDERS)
        self._over = asyncio.Event()
        self._hub = Hub(config.session, self._now, self._tell)

    def _now(self) -> float:
        return time.perf_counter() - self._config.epoch

    async def run(self, sock: Any) -> None:
        from live.page.app import ENTER, Entrance, make_app, static_files
        from live.page.takes import Takes

        config = self._config
        entrance = Entrance(config.entrance, config.token)
        app = make_app(self._hub, Takes(config.folder, config.running), entrance)
        port = sock.getsockname()[1]
        door = Door(app, config.token, config.host, port, [*static_files(), ENTER])
        address = address_of(sock, config.host)
        for work in (self._read, self._write):
            threading.Thread(target=work, name=work.__name__, daemon=True).start()

        async def beside(server: Any) -> None:
            while not server.started and not self._over.is_set():
                await asyncio.sleep(0.01)
            self._orders.put(("ready", address))
            await self._over.wait()
            server.should_exit = True

        await serve(door, sock, beside)

    # ---- the wire to the stage: a thread each way, so that neither waits for a browser

    def _read(self) -> None:
        try:
            while isinstance(news := self._stage.recv(), News):
                self._loop.call_soon_threadsafe(self._hub.add, news)
        except (EOFError, OSError):
            os._exit(0)  # the session was killed: the next one wants this port at once
        with contextlib.suppress(RuntimeError):  # the loop is closed: it is over already
            self._loop.call_soon_threadsafe(self._over.set)

    def _write(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                self._stage.send(self._orders.get())

    def _tell(self, browser: int, order: Order) -> bool:
        """False if there is no room now."""
        if self._over.is_set():
            return True  # nobody obeys any more
        try:
            self._orders.put_nowait((browser, order))
        except queue.Full:
            return False
        return True
