"""A report that is well-formed is taken before a route is looked for, as is its Idempotency-Key (decision 25).

To find the route, and to read a path, a header and a body as FastAPI does it, takes as long as the rest of a report's
request.
"""

from __future__ import annotations

import re

from fastapi import Request

from app.core.asgi import App, Receive, Scope, Send, again
from app.core.db import DatabaseUnavailable, LockTimeout
from app.reports.schemas import ReportCreate
from app.routers import errors, reports
from app.routers.deprecations import DEPRECATED

_PATH = re.compile(r"/v1/schools/([a-z0-9-]{1,40})/reports")
# As nearly all write it; in other ways it may be written too.
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Arriving:
    """In front of the routes. Anything unusual goes on to them, and they also say what is wrong with it.

    The Edge has read the whole body and gives it at once. It words what is raised here, as the routes would.
    """

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _may_be_one(scope) or (found := _PATH.fullmatch(scope["path"])) is None:
            await self._app(scope, receive, send)
            return
        keys = [value.decode("latin-1") for name, value in scope["headers"] if name == b"idempotency-key"]
        message = await receive()
        try:
            if len(keys) > 1 or not all(map(_UUID.fullmatch, keys)):
                raise ValueError
            body = ReportCreate.model_validate_json(message.get("body", b""))
        except ValueError:
            await self._app(scope, again(message, receive), send)
            return
        request, school = Request(scope), found[1]
        try:
            if keys:
                await (await reports.create_report(school, body, request, keys[0]))(scope, receive, send)
            else:
                await _send(send, await reports.take(request, school, body))
        except (DatabaseUnavailable, LockTimeout) as exc:
            raise errors.of_database(exc) from exc


def _may_be_one(scope: Scope) -> bool:
    # What is deprecated says so by its route.
    return scope["type"] == "http" and scope["method"] == "POST" and not scope.get("root_path") and not DEPRECATED


async def _send(send: Send, made: bytes) -> None:
    headers = [
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(made)).encode()),
        (b"content-type", b"application/json"),
    ]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": made})
