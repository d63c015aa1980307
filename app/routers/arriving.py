"""A report that is well-formed and has no Idempotency-Key is taken before a route is looked for (decision 25).

To find the route, and to read a path, a header and a body as FastAPI does it, takes as long as the rest of a report's
request.
"""

from __future__ import annotations

import re

from fastapi import Request
from pydantic import ValidationError

from app.core.asgi import App, Message, Receive, Scope, Send
from app.core.db import DatabaseUnavailable, LockTimeout
from app.reports.schemas import ReportCreate
from app.routers import errors, reports

_PATH = re.compile(r"/v1/schools/([a-z0-9-]{1,40})/reports")


class Arriving:
    """In front of the routes. Anything unusual goes on to them, and they also say what is wrong with it.

    The Edge has read the whole body and gives it at once. It words what is raised here, as the routes would.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        school = _school_of(scope)
        if school is None:
            await self._app(scope, receive, send)
            return
        message = await receive()
        try:
            body = ReportCreate.model_validate_json(message.get("body", b""))
        except ValidationError:
            await self._app(scope, _again(message, receive), send)
            return
        try:
            made = await reports.take(Request(scope), school, body)
        except (DatabaseUnavailable, LockTimeout) as exc:
            raise errors.of_database(exc) from exc
        headers = [
            (b"cache-control", b"no-store"),
            (b"content-length", str(len(made)).encode()),
            (b"content-type", b"application/json"),
        ]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": made})


def _school_of(scope: Scope) -> str | None:
    """Whom a report without a key is for; None for any other request."""
    if scope["type"] != "http" or scope["method"] != "POST" or scope.get("root_path"):
        return None
    found = _PATH.fullmatch(scope["path"])
    if found is None or any(name == b"idempotency-key" for name, _ in scope["headers"]):
        return None
    return found[1]


def _again(first: Message, receive: Receive) -> Receive:
    """What was taken from `receive` once more, and then what else it has."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return first

    return replay
