"""A real server on a loopback port, and clients that say what they like."""

import asyncio
import contextlib
import functools
import http.client
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from websockets.sync import client

from live.page.door import LOOPBACK, TOKEN, App, Door
from live.page.serving import listening, serve

PATIENCE = 60.0  # seconds: for a slow machine under load; nothing here asserts speed
connect = functools.partial(client.connect, open_timeout=PATIENCE, ping_interval=None)


@dataclass
class Served:
    """Where it listens, and the token that it knows."""

    port: int
    token: str

    @property
    def own(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    def ask(
        self,
        path: str,
        method: str = "GET",
        token: str | None = None,
        host: str | None = None,
        body: Any = None,
        **headers: str,
    ) -> http.client.HTTPResponse:
        """token: None for the right one, empty for none."""
        patience = 10 * PATIENCE  # it may be rendered first
        its = http.client.HTTPConnection(LOOPBACK, self.port, timeout=patience)
        named = {"Host": host or f"{LOOPBACK}:{self.port}", **headers}
        if token != "":
            named[TOKEN] = token or self.token
        its.request(method, path, body, named)
        answer = its.getresponse()
        answer.text = answer.read().decode(errors="replace")  # type: ignore[attr-defined]
        its.close()
        return answer


@contextlib.contextmanager
def served(app: App, token: str, **door: Any) -> Iterator[Served]:
    """The app behind the door, served until the end."""
    sock = listening(port=0)
    port = sock.getsockname()[1]
    ready, ended = threading.Event(), threading.Event()

    async def beside(server: Any) -> None:
        while not ended.is_set():
            if server.started:
                ready.set()
            await asyncio.sleep(0.01)
        server.should_exit = True

    behind = Door(app, token, LOOPBACK, port, **door)
    thread = threading.Thread(target=lambda: asyncio.run(serve(behind, sock, beside)))
    thread.start()
    try:
        assert ready.wait(PATIENCE)
        yield Served(port, token)
    finally:
        ended.set()
        thread.join()
