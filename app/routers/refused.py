"""Who would find no place to wait is told so for little more than it costs to send.

Of five times what can be done four fifths are refused, by the same event loop that `help-now` waits for
(docs/overload.md).
"""

from __future__ import annotations

import random
import uuid
from http import HTTPStatus

from app.core.admission import LATEST, SOONEST, Gate, PlaceOf
from app.core.asgi import LARGEST_HEADER, OF_EVERY_ANSWER, App, Receive, Scope, Send
from app.core.problems import Overloaded
from app.routers import errors

# Of a request that has one of these, or that is a HEAD, the Edge has more to say.
UNUSUAL = frozenset({b"origin", b"traceparent"})
# As many bodies as there are schools, and one for those that are not; those of yesterday go with them.
MOST = 5000
_PLACE = "0" * 32
_HEADERS = [
    (b"content-type", b"application/problem+json"),
    (b"cache-control", b"no-store"),
    *((name.encode(), value.encode()) for name, value in OF_EVERY_ANSWER.items()),
]


class RefusedFirst:
    """In front of the Edge, which gives the same answer to whoever is out of the ordinary."""

    def __init__(self, app: App, *, gate: Gate, place_of: PlaceOf) -> None:
        self._app, self._gate, self._place_of = app, gate, place_of
        # By the help in it: what stands before the request's id and behind it.
        self._worded: dict[bytes, tuple[bytes, bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = self._place_of(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if place is None or not self._gate.is_full(place) or _is_unusual(scope):
            await self._app(scope, receive, send)
            return
        self._gate.count_refused(place)
        request_id = uuid.uuid4().hex.encode()
        before, after = self._words(scope)
        body = b"".join((before, request_id, after))
        soon = random.randint(SOONEST, LATEST)  # noqa: S311  it protects nothing
        own = [(b"content-length", b"%d" % len(body)), (b"retry-after", b"%d" % soon), (b"x-request-id", request_id)]
        status = HTTPStatus.SERVICE_UNAVAILABLE.value
        await send({"type": "http.response.start", "status": status, "headers": _HEADERS + own})
        await send({"type": "http.response.body", "body": body})

    def _words(self, scope: Scope) -> tuple[bytes, bytes]:
        help_json = errors.help_json_for(scope)
        found = self._worded.get(help_json)
        if found is None:
            problem = Overloaded(retry_after=SOONEST)
            worded = errors.render({**scope, "state": {"request_id": _PLACE}}, problem)
            # The first: a school may have written as many noughts into its help, which comes last.
            before, after = worded.split(_PLACE.encode(), 1)
            if len(self._worded) >= MOST:
                self._worded.clear()
            found = self._worded[help_json] = before, after
        return found


def _is_unusual(scope: Scope) -> bool:
    return scope["method"] == "HEAD" or any(
        name in UNUSUAL or len(value) > LARGEST_HEADER for name, value in scope["headers"]
    )
