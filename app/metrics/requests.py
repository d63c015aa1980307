"""Requests and how long they took, by family and class of status. Nothing else of a request is looked at."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from app.core import clock
from app.core.asgi import App, Message, Receive, Scope, Send
from app.metrics.families import Family, family_of

CLASSES = ("2xx", "3xx", "4xx", "5xx")
# Help from memory and a report that goes to the disk are both in the first: in which one of them lies tells nothing.
BUCKETS = (0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Requests:
    """The exact numbers, which never leave this process: `exposition` makes them coarse. The loop's thread writes."""

    def __init__(self) -> None:
        self.by_class = {family: [0] * len(CLASSES) for family in Family}
        self.by_time = {family: [0] * (len(BUCKETS) + 1) for family in Family}
        self.in_flight = 0

    def note(self, path: str, status: int, seconds: float) -> None:
        family = family_of(path)
        self.by_class[family][min(max(status // 100, 2), 5) - 2] += 1
        at = next((number for number, most in enumerate(BUCKETS) if seconds <= most), len(BUCKETS))
        self.by_time[family][at] += 1

    def classes(self, family: Family) -> Iterator[tuple[str, int]]:
        return zip(CLASSES, self.by_class[family], strict=True)

    def cumulative(self, family: Family) -> Iterator[tuple[str, int]]:
        """Each upper end in seconds, with how many were no slower."""
        ends = (*(str(most) for most in BUCKETS), "+Inf")
        return zip(ends, itertools.accumulate(self.by_time[family]), strict=True)


class Counted:
    """Around an application. What is answered without it, a body too large for the server, is not counted."""

    def __init__(self, app: App, *, requests: Requests) -> None:
        self._app, self._requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500
        began = clock.monotonic()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._requests.in_flight += 1
        try:
            await self._app(scope, receive, watched)
        finally:
            self._requests.in_flight -= 1
            self._requests.note(scope["path"], status, clock.monotonic() - began)
