"""A question that many screens ask again and again, answered from memory while nothing has been committed since.

Nothing is decided here. A kept answer was given the usual way to the same token, for the same path, in the same
minute; the sign-in, the roles and the roster that it rests on are as they were, because nobody has committed anything.
What can end by time alone is looked at each time: the minute, the token, a role with an end (decision 56). So is
whether the signing keys are still those that were read: one may have been retired before it was told, unnoticed so far.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.core import clock
from app.rosters.service import minute_of
from app.routers import app_versions, replies
from app.routers.runtime import runtime_of
from app.routers.told import key_of, told


class Polled(APIRoute):
    """Takes the usual way unless the same was told in this minute, and nothing has changed since."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        usual = super().get_route_handler()

        async def handle(request: Request) -> Response:
            if request.scope["query_string"]:
                return await usual(request)
            runtime, now = runtime_of(request), clock.now()
            kept = await runtime.told.look()
            if kept is None:
                return await usual(request)
            key, keys = key_of(request), await runtime.token_keys()
            known = kept.get(key)
            if known is not None and known.since <= now < known.until and known.keys is keys:
                # As the guard does it.
                request.state.staff = True
                app_versions.require_current(request, runtime.settings)
                request.state.subject = known.claims.subject
                request.state.headers = runtime.callers.take(str(known.claims.subject)).headers()
                return replies.conditional(request, known.body, etag=known.etag, headers=replies.NO_STORE)
            response = await usual(request)
            if (actor := getattr(request.state, "actor", None)) is not None and response.status_code == 200:
                kept[key] = told(request.state.claims, keys, actor, response, since=minute_of(now))
            return response

        return handle
