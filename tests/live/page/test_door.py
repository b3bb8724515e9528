"""Who may come in: real requests to a real server."""

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from live.page import serving
from live.page.door import LOOPBACK, MOST_BODY, WRONG_TOKEN
from live.page.serving import MOST_CONNECTIONS

from .served import PATIENCE, Served, connect, served

TOKEN = "right" * 8


async def _answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())), headers={"cache-control": "public"})


async def _echo(ws: WebSocket) -> None:
    await ws.accept()
    with contextlib.suppress(WebSocketDisconnect):
        while True:
            await ws.send_text(await ws.receive_text())


@pytest.fixture(scope="module")
def door() -> Iterator[Served]:
    app = Starlette(
        routes=[
            Route("/{name:path}", _answer, methods=["GET", "POST", "DELETE"]),
            WebSocketRoute("/ws", _echo),
        ]
    )
    with served(app, TOKEN, open_to_all=("/", "/static/")) as its:
        yield its


def test_the_right_token_comes_in_as_a_header_or_in_the_address(door: Served) -> None:
    assert door.ask("/api").status == 200
    assert door.ask(f"/api?token={TOKEN}", token="").status == 200


@pytest.mark.parametrize("token", ["", "wrong", TOKEN[:-1], TOKEN + "x", "é", TOKEN.upper()])
def test_without_the_token_nobody_comes_in(door: Served, token: str) -> None:
    assert door.ask("/api", token=token).status == 401
    assert door.ask("/api", "POST", token=token, body=b"x").status == 401


def test_two_tokens_of_which_one_is_wrong_are_wrong(door: Served) -> None:
    assert door.ask("/api?token=wrong").status == 401
    assert door.ask("/api?" + "&".join("token=" + TOKEN for _ in range(50))).status == 401


def test_the_page_itself_needs_no_token_and_nothing_else_is_open(door: Served) -> None:
    for path, status in {
        "/": 200,
        "/static/page.js": 200,
        "/static": 401,
        "/staticfiles": 401,
        "/index.html": 401,
        "//": 401,
        "/api/static/": 401,
    }.items():
        assert door.ask(path, token="").status == status, path
    assert door.ask("/", "POST", token="").status == 401


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "127.0.0.1",
        "127.0.0.1:1",
        "127.0.0.1.evil.example:{port}",
        "127.0.0.1:{port}@evil.example",
        "evil.example:{port}",
        "localhost.:{port}",
        "",
        "[::1",
        "127.0.0.1:99999",
        "127.0.0.1:x",
    ],
)
def test_another_host_is_refused_with_the_token_too(door: Served, host: str) -> None:
    named = host.format(port=door.port) or " "
    assert door.ask("/api", host=named).status in (400, 403)
    assert door.ask("/", host=named).status in (400, 403)


def test_localhost_is_ours(door: Served) -> None:
    named = f"localhost:{door.port}"
    assert door.ask("/api", host=named, Origin=f"http://{named}").status == 200


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://127.0.0.1:{port}", "http://localhost:{port}"]
)
def test_another_origin_is_refused_with_the_token_too(door: Served, origin: str) -> None:
    asked = {"Origin": origin.format(port=door.port)}
    assert door.ask("/api", "POST", body=b"", **asked).status == 403
    assert door.ask("/", **asked).status == 403
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://{LOOPBACK}:{door.port}/ws?token={TOKEN}", origin=asked["Origin"])
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("query", ["", "?token=wrong", f"?token={TOKEN}x"])
def test_a_web_socket_without_the_token_is_refused(door: Served, query: str) -> None:
    with (
        connect(f"ws://{LOOPBACK}:{door.port}/ws{query}", origin=door.own) as ws,
        pytest.raises(ConnectionClosed) as closed,
    ):
        ws.recv(PATIENCE)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == WRONG_TOKEN


def test_a_web_socket_that_hides_where_it_is_from_is_refused(door: Served) -> None:
    with pytest.raises(InvalidStatus):
        connect(f"ws://{LOOPBACK}:{door.port}/ws?token={TOKEN}")


def test_a_web_socket_of_our_own_page_comes_in(door: Served) -> None:
    with connect(f"ws://{LOOPBACK}:{door.port}/ws?token={TOKEN}", origin=door.own) as ws:
        ws.send("hello")
        assert ws.recv(PATIENCE) == "hello"


def test_a_message_of_ten_megabytes_ends_its_connection_and_no_other(door: Served) -> None:
    address = f"ws://{LOOPBACK}:{door.port}/ws?token={TOKEN}"
    with connect(address, origin=door.own) as other, connect(address, origin=door.own) as ws:
        with contextlib.suppress(ConnectionClosed, OSError):
            ws.send("x" * 10_000_000)
        with pytest.raises((ConnectionClosed, OSError)):
            ws.recv(PATIENCE)
        other.send("still here")
        assert other.recv(PATIENCE) == "still here"


def test_a_body_of_ten_megabytes_is_refused(door: Served) -> None:
    assert door.ask("/api", "POST", body=b"x" * MOST_BODY).status == 200
    assert door.ask("/api", "POST", body=b"", **{"Content-Length": "x"}).status == 400
    with socket.create_connection((LOOPBACK, door.port), PATIENCE) as raw:
        head = f"POST /api?token={TOKEN} HTTP/1.1\r\nHost: {LOOPBACK}:{door.port}\r\n"
        raw.sendall(f"{head}Content-Length: 10000000\r\n\r\n".encode())
        assert b" 413 " in raw.recv(4096)


def test_a_body_that_does_not_say_its_length_is_counted(door: Served) -> None:
    body = (b"x" * 1024 for _ in range(1 + MOST_BODY // 1024))
    assert door.ask("/api", "POST", body=body).status == 413


def test_every_answer_says_that_it_is_not_to_be_kept_framed_or_guessed_at(door: Served) -> None:
    for path, token in (("/", ""), ("/api", None), ("/api", "wrong")):
        answer = door.ask(path, token=token)
        assert answer.headers.get_all("cache-control") == ["no-store"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "access-control-allow-origin" not in answer.headers
    policy = door.ask("/", token="").headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


def test_of_many_connections_those_too_many_are_refused(
    door: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "FIRST_WORD", 10 * PATIENCE)  # or all of them would be, in time
    address = f"ws://{LOOPBACK}:{door.port}/ws?token={TOKEN}"
    with connect(address, origin=door.own) as ws:
        crowd = [socket.create_connection((LOOPBACK, door.port), PATIENCE) for _ in range(300)]
        ws.send("still here")
        assert ws.recv(PATIENCE) == "still here"
        limit = time.monotonic() + PATIENCE
        while (left := sum(map(_is_open, crowd))) >= MOST_CONNECTIONS and time.monotonic() < limit:
            time.sleep(0.01)
        for one in crowd:
            one.close()
        assert left < MOST_CONNECTIONS


def _is_open(one: socket.socket) -> bool:
    one.setblocking(False)
    try:
        return one.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
