"""A small web server on a port of this machine: where it listens, and its limits."""

import asyncio
import contextlib
import errno
import socket
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from live.errors import UserError
from live.page.door import LOOPBACK, App

PORT = 8432  # the page's own, so that one that is open finds the next session
PATIENCE = 3.0  # seconds
MOST_CONNECTIONS = 32  # three browsers have seven each at most
MOST_MESSAGE = 4096  # bytes of a WebSocket's message: a command is one short line
FIRST_WORD = 10.0  # seconds that a connection has to ask for something


class PageError(UserError):
    """The page cannot be served; the message is one line."""


def listening(
    host: str = LOOPBACK, port: int | None = None, patience: float = PATIENCE
) -> socket.socket:
    """A socket that listens there. port: None for PORT, or for any that is free where that is
    taken. patience: seconds that a port which is taken is waited for: a session that has just
    ended may not have let go of it yet. Raises PageError."""
    until = time.monotonic() + patience
    tried = PORT if port is None else port
    while True:
        try:
            return _bound(host, tried)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and time.monotonic() < until:
                time.sleep(0.05)
            elif port is None and tried != 0:
                tried = 0
            else:
                reason = error.strerror or str(error)
                raise PageError(
                    f"no page at {host}, port {tried} ({reason}): give another --port or --host"
                ) from error


def _bound(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise OSError(None, "a port is 0 to 65535")
    family, kind, proto, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    sock = socket.socket(family, kind, proto)
    try:
        # So that the next session has the port at once. On Windows it would mean something else:
        # that another program may take it while we listen.
        if sys.platform == "win32":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(MOST_CONNECTIONS)
    except BaseException:
        sock.close()
        raise
    return sock


def address_of(sock: socket.socket, host: str) -> str:
    """As a browser wants it."""
    name = LOOPBACK if host in ("0.0.0.0", "::", "localhost") else host
    return f"http://{f'[{name}]' if ':' in name else name}:{sock.getsockname()[1]}/"


def server(app: App) -> Any:
    """A uvicorn.Server for `app`, with our limits."""
    import uvicorn  # here: only a process that serves pays for it
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Limited(H11Protocol):
        """Refuses a connection too many, and one that asks for nothing."""

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            if len(self.connections) > MOST_CONNECTIONS:
                transport.abort()
                return
            self.loop.call_later(FIRST_WORD, self._asked, transport)

        def _asked(self, transport: Any) -> None:
            if self.scope is None and transport.get_protocol() is self:
                transport.abort()

    class Told(uvicorn.Server):
        """Ends when it is told to: what Ctrl-C means is for the whole program to say."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    config = uvicorn.Config(
        app,
        http=Limited,
        ws="websockets-sansio",
        ws_max_size=MOST_MESSAGE,
        ws_per_message_deflate=False,
        loop="asyncio",
        lifespan="off",
        log_config=None,
        log_level="critical",  # what others send us is no news for a player's terminal
        access_log=False,  # an address may hold the token
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    return Told(config)


async def serve(app: App, sock: socket.socket, beside: Callable[[Any], Any] | None = None) -> None:
    """Serve until told to stop. beside: a coroutine function that is given the server and runs as
    long; when it is done, so is the server (server.should_exit)."""
    its = server(app)
    work = asyncio.create_task(beside(its)) if beside is not None else None
    try:
        await its.serve([sock])
    finally:
        if work is not None:
            work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
