"""The page of a listening test. It is served behind the door of live.page.door."""

from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from live.errors import UserError
from live.render.listening.session import ListeningError, Session

_STATIC = Path(__file__).parent / "static"
FILES = {"/": "index.html", "/listen.js": "listen.js", "/listen.css": "listen.css"}


def app(session: Session) -> Starlette:
    """What serves it. FILES hold no secret and need no token.

    GET /next is live.render.listening.session.Session.ask(), GET /audio/NAME an excerpt, and POST
    /answer takes one and gives what is next. What is wrong is a line of text.
    """

    async def page(request: Request) -> Response:
        return FileResponse(_STATIC / FILES[request.url.path])

    async def ask(_: Request) -> Response:
        return JSONResponse(session.ask())

    async def audio(request: Request) -> Response:
        return FileResponse(session.audio(request.path_params["name"]), media_type="audio/wav")

    async def answer(request: Request) -> Response:
        session.answer(_table(await _json(request)))
        return JSONResponse(session.ask())

    async def wrong(_: Request, error: Exception) -> Response:
        status = 400 if isinstance(error, ListeningError) else 500
        return Response(str(error), status, media_type="text/plain")

    routes = [Route(path, page) for path in FILES]
    routes += [Route("/next", ask), Route("/audio/{name}", audio)]
    routes += [Route("/answer", answer, methods=["POST"])]
    return Starlette(routes=routes, exception_handlers={UserError: wrong})


async def _json(request: Request) -> Any:
    try:
        return await request.json()
    except (ValueError, RecursionError) as error:
        raise ListeningError("that is no answer") from error


def _table(said: Any) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise ListeningError("that is no answer")
    return said
