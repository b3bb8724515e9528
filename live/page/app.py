"""What is served: the page's own files, the takes, and a WebSocket to each browser."""

import asyncio
import contextlib
import hmac
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    JSONResponse,
    PlainTextResponse,
    RedirectResponse,
    Response,
)
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from live.errors import UserError
from live.page.files import FILES, NoAudioError, made
from live.page.hub import Browser, Hub
from live.page.known import Known, News, Waiting
from live.page.orders import GONE, TAKE, Order, read_order
from live.page.playback import rows_of
from live.page.takes import BusyError, NoTakeError, Takes

ENTER = "/enter/"
STATIC = Path(__file__).parent / "static"
DISPLAY = 1 / 30  # seconds between two messages to one browser
A_SECOND = 500  # orders of one browser; more wait, and then it waits
BURST = 100
TOO_MANY = 1013  # a WebSocket is closed with this code
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
_STATUS = {NoTakeError: 404, BusyError: 409, NoAudioError: 503}


def static_files(folder: Path = STATIC) -> dict[str, Path]:
    """Path in an address -> file."""
    files = {f"/{p.name}": p for p in sorted(folder.glob("*")) if p.is_file()}
    return files | ({"/": files["/index.html"]} if "/index.html" in files else {})


class Pace:
    """How many orders a second one browser may give."""

    def __init__(self) -> None:
        self._left, self._at = float(BURST), time.monotonic()

    async def wait(self) -> None:
        now = time.monotonic()
        self._left = min(float(BURST), self._left + (now - self._at) * A_SECOND) - 1.0
        self._at = now
        if self._left < 0.0:
            await asyncio.sleep(-self._left / A_SECOND)


class Entrance:
    """The way in for the browser that we open: what it is started with may be seen by others who
    use this machine, so that is a word that lets in one, once, and not the token."""

    def __init__(self, word: str, token: str) -> None:
        self._words, self._token = [word], token

    def enter(self, word: str) -> Response:
        if not any(hmac.compare_digest(word.encode(), own.encode()) for own in self._words):
            raise HTTPException(401, "this way in was for one browser: take the printed address")
        self._words.clear()
        return RedirectResponse(f"/?token={self._token}", 303)


def make_app(hub: Hub, takes: Takes, entrance: Entrance) -> Starlette:
    """The whole of it; the door stands before it."""
    files = static_files()

    async def enter(request: Request) -> Response:
        return entrance.enter(request.path_params["word"])

    async def static(request: Request) -> Response:
        path = files[request.url.path]
        return FileResponse(path, media_type=_TYPES.get(path.suffix))

    async def web_socket(ws: WebSocket) -> None:
        with hub.joined() as browser:
            await ws.accept()
            if browser is None:
                await ws.close(TOO_MANY)
                return
            try:
                await _converse(ws, hub, browser, takes)
            finally:
                while not hub.tell(browser.number, Order(GONE)):
                    await asyncio.sleep(0.01)

    async def list_takes(_: Request) -> Response:
        return JSONResponse(await run_in_threadpool(takes.rows))

    async def change_take(request: Request) -> Response:
        number = request.path_params["id"]
        if request.method == "DELETE":
            await run_in_threadpool(takes.delete, number)
        else:
            await run_in_threadpool(takes.rename, number, await _name_in(request))
        return Response(status_code=204)

    async def download(request: Request) -> Response:
        number, dot, kind = request.path_params["file"].rpartition(".")
        if dot + kind not in FILES:
            raise HTTPException(404, f"there is {', '.join(FILES)}")
        take = await run_in_threadpool(takes.read, number)
        path, clear = await made(take, dot + kind)
        return FileResponse(
            path,
            media_type=FILES[dot + kind][1],
            filename=f"antiphon-{number}{dot}{kind}",
            background=BackgroundTask(clear),
        )

    routes = [
        *(Route(path, static) for path in files),
        Route(f"{ENTER}{{word}}", enter, methods=["GET"]),
        WebSocketRoute("/ws", web_socket),
        Route("/api/takes", list_takes),
        Route("/api/takes/{id}", change_take, methods=["POST", "DELETE"]),
        Route("/takes/{file}", download),
    ]
    handlers: Any = {UserError: _user_error, OSError: _user_error, HTTPException: _http_error}
    return Starlette(routes=routes, exception_handlers=handlers)


async def _converse(ws: WebSocket, hub: Hub, browser: Browser, takes: Takes) -> None:
    """Until the browser goes, or the page ends."""
    sending = asyncio.create_task(_send(ws, hub, browser))
    pace = Pace()
    try:
        while True:
            message = await ws.receive()
            if message["type"] != "websocket.receive":
                return
            text = message.get("text") or ""
            await pace.wait()
            try:
                order = await _complete(read_order(text), takes)
            except UserError as error:
                browser.waiting.add(News(said=(str(error),)))
                browser.wakes.set()
                continue
            while not hub.tell(browser.number, order):
                await asyncio.sleep(0.005)
    finally:
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await sending


async def _complete(order: Order, takes: Takes) -> Order:
    """With the notes of a take that is to be played: to read it may take longer than the stage has
    time."""
    if order.word != TAKE or order.given == (None,):
        return order
    (number,) = order.given
    rows = await run_in_threadpool(lambda: rows_of(takes.read(number)))
    return Order(TAKE, (number, rows))


async def _send(ws: WebSocket, hub: Hub, browser: Browser) -> None:
    """What waits, as often as a screen shows it; while it is sent, more is merged."""
    await ws.send_text(_json(hub.hello()))
    while True:
        browser.wakes.clear()
        for message in _taken(browser.waiting, hub.known):
            await ws.send_text(_json(message))
        await asyncio.sleep(DISPLAY)
        await browser.wakes.wait()


def _taken(waiting: Waiting, known: Known) -> Iterable[dict[str, Any]]:
    return waiting.take(known) if waiting else ()


def _json(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":"))


async def _name_in(request: Request) -> str:
    try:
        name = (await request.json())["name"]
    except (ValueError, KeyError, TypeError, RecursionError):
        name = None
    if not isinstance(name, str):
        raise HTTPException(400, 'give {"name": "..."}')
    return name


async def _user_error(_: Request, error: Exception) -> Response:
    status = next((s for kind, s in _STATUS.items() if isinstance(error, kind)), 400)
    if isinstance(error, OSError):
        status, error = 500, UserError(error.strerror or "the disk does not do it")
    return PlainTextResponse(f"{error}\n", status)


async def _http_error(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return PlainTextResponse(f"{error.detail}\n", error.status_code)
