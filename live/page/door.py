"""The door of everything we serve: who may come in, how much they may bring, what they are told.

A page elsewhere can make a player's browser call us. It cannot read our token; it cannot hide
where it is from (Origin); and a name of its own that it points at this machine (DNS rebinding) is
none of ours (Host). So every request needs all three, but for the files of the page itself, which
hold no secret and need no token.
"""

import hmac
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

TOKEN = "x-antiphon-token"  # the header; in the query of an address it is `token`
MOST_BODY = 16_384  # bytes of a request
LOOPBACK = "127.0.0.1"
_EVERYWHERE = ("0.0.0.0", "::")  # addresses to listen at, not to come to
WRONG_TOKEN = 4401  # a WebSocket is closed with this code
_BAD, _UNKNOWN, _FORBIDDEN, _TOO_LARGE = 400, 401, 403, 413
_WORDS = {
    _BAD: b"this is no request\n",
    _UNKNOWN: b"this needs the token that Antiphon prints when it starts\n",
    _FORBIDDEN: b"this is not open to other pages\n",
    _TOO_LARGE: b"this is too large\n",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "media-src 'self' blob:; connect-src 'self' ws://{host}; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
_TOLD = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",  # the address may hold the token
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Door:
    """ASGI middleware. host, port: where the server listens. open_to_all: the beginnings of the
    paths that need no token; one that does not end in `/` is meant as a whole."""

    def __init__(
        self, app: App, token: str, host: str, port: int, open_to_all: Iterable[str] = ()
    ) -> None:
        self._app = app
        self._token = token.encode()
        self._names = frozenset({"localhost", LOOPBACK, host.lower()} - set(_EVERYWHERE))
        # Who listens everywhere is come to by any of its addresses, and by its own name.
        self._any_address = host in _EVERYWHERE
        if self._any_address:
            own = socket.gethostname().lower()
            self._names |= {own, f"{own}.local"}
        self._port = port
        self._open = tuple(open_to_all)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif (status := self._refused(scope)) is None:
            within = _Within(receive, send, _headers(scope, "host")[0])
            await within.run(self._app, scope)
        elif scope["type"] == "websocket":
            await receive()
            if status == _UNKNOWN:  # a page of ours with an old token is to know why
                await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": WRONG_TOKEN})  # not taken: a 403
        else:
            await _refuse(send, status)

    def _refused(self, scope: Scope) -> int | None:
        """The status to refuse with; None to let in."""
        hosts, origins = ([v.lower() for v in _headers(scope, n)] for n in ("host", "origin"))
        if len(hosts) != 1 or not self._ours(f"http://{hosts[0]}"):
            return _FORBIDDEN
        if len(origins) > 1 or any(origin != f"http://{hosts[0]}" for origin in origins):
            return _FORBIDDEN
        if scope["type"] == "websocket" and not origins:  # a browser always says it
            return _FORBIDDEN
        if not (self._needs_none(scope) or self._knows_token(scope)):
            return _UNKNOWN
        length = (_headers(scope, "content-length") or ["0"])[0]
        if not (length.isascii() and length.isdecimal()):
            return _BAD
        return _TOO_LARGE if len(length) > 9 or int(length) > MOST_BODY else None

    def _ours(self, address: str) -> bool:
        try:
            parts = urlsplit(address)
            name, port = parts.hostname or "", parts.port or 80
        except ValueError:
            return False
        known = name in self._names or (self._any_address and _is_address(name))
        return known and port == self._port and not parts.username

    def _needs_none(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return False
        path = scope["path"]
        return any(
            path.startswith(known) if known.endswith("/") and known != "/" else path == known
            for known in self._open
        )

    def _knows_token(self, scope: Scope) -> bool:
        """Compared in constant time, so that it cannot be found out letter by letter."""
        try:
            query = parse_qs(scope["query_string"].decode("latin-1"), max_num_fields=20)
        except ValueError:
            return False
        given = [*_headers(scope, TOKEN), *query.get("token", ())]
        matches = [hmac.compare_digest(one.encode(), self._token) for one in given]
        return bool(matches) and all(matches)


class _Within:
    """One request that was let in: its body is counted, and its answer gets our headers."""

    def __init__(self, receive: Receive, send: Send, host: str) -> None:
        self._receive, self._send, self._host = receive, send, host
        self._taken = 0
        self._begun = False

    async def run(self, app: App, scope: Scope) -> None:
        try:
            await app(scope, self.receive, self.send)
        except Exception:
            if not self._over:
                raise
        if self._over and not self._begun:
            await _refuse(self._send, _TOO_LARGE)

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._taken += len(message.get("body", b""))
            if self._over:
                raise ValueError(_TOO_LARGE)
        return message

    @property
    def _over(self) -> bool:
        """More came than was announced, or it was not announced."""
        return self._taken > MOST_BODY

    async def send(self, message: Message) -> None:
        if self._over and not self._begun:
            return  # what the app says of the error that it met
        if message["type"] == "http.response.start":
            self._begun = True
            told = _TOLD | {"content-security-policy": _POLICY.format(host=self._host)}
            rows = [(name.encode(), value.encode("latin-1")) for name, value in told.items()]
            kept = [row for row in message.get("headers", ()) if row[0].decode() not in told]
            message = {**message, "headers": [*kept, *rows]}
        await self._send(message)


def _headers(scope: Scope, name: str) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name.encode()]


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


async def _refuse(send: Send, status: int) -> None:
    words = _WORDS[status]
    headers = [
        (b"content-type", b"text/plain"),
        (b"content-length", str(len(words)).encode()),
        (b"connection", b"close"),
        *((name.encode(), value.encode()) for name, value in _TOLD.items()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": words})
