"""Answers that lie ready: the same bytes for everyone, given before anything else of the application is asked.

What is asked most and must answer when little else does (design, 5) should cost little more than sending its bytes.
Whatever is out of the ordinary (a browser of another origin, a query, a body, a header too large) goes the usual way,
and gets the same answer there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from app.core.asgi import (
    LARGEST_HEADERS,
    LONGEST_URL,
    OF_EVERY_ANSWER,
    App,
    Receive,
    Scope,
    Send,
    request_id_of,
)
from app.core.preconditions import matches

RawHeaders = list[tuple[bytes, bytes]]
# What of them a 304 repeats (RFC 9110, 15.4.5).
IN_304 = frozenset({"cache-control", "etag", "vary"})


class Kept(Protocol):
    """What an answer is made of. The same content is the same object for as long as it holds."""

    @property
    def body(self) -> bytes: ...
    @property
    def etag(self) -> str: ...


class Prepared:
    """One answer with its headers, and the 304 for whoever has it."""

    __slots__ = ("body", "counted", "etag", "full", "kept", "unchanged")

    def __init__(self, kept: Kept, headers: Mapping[str, str], *, counted: bool = False) -> None:
        """`counted`: asking for it counts towards the caller's limit."""
        self.kept, self.body, self.etag, self.counted = kept, kept.body, kept.etag, counted
        always = {name.lower(): value for name, value in headers.items()} | {"etag": kept.etag}
        full = always | {"content-length": str(len(kept.body)), "content-type": "application/json"}
        self.full = _raw(full | OF_EVERY_ANSWER)
        self.unchanged = _raw({n: v for n, v in always.items() if n in IN_304} | OF_EVERY_ANSWER)


class PreparedFirst:
    """In front of an application. `find` knows the answer to a path and query from memory, or nothing of it.

    `count`: the headers of one more counted request; None where it is to be refused, which the usual way does.
    """

    def __init__(
        self,
        app: App,
        *,
        find: Callable[[str, bytes], Prepared | None],
        count: Callable[[Scope], Mapping[str, str] | None],
    ) -> None:
        self._app, self._find, self._count = app, find, count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answer(scope)
        if answer is None:
            await self._app(scope, receive, send)
            return
        status, headers, body = answer
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, scope: Scope) -> tuple[int, RawHeaders, bytes] | None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return None
        query = scope["query_string"]
        prepared = self._find(scope["path"], query)
        if prepared is None or len(scope.get("raw_path") or b"") + len(query) >= LONGEST_URL:
            return None
        known, traceparent, size = [], None, 0
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            if name == b"if-none-match":
                known.append(value)
            elif name == b"traceparent":
                traceparent = value.decode("latin-1")
            elif name in (b"origin", b"transfer-encoding") or (name == b"content-length" and value != b"0"):
                return None
        if size > LARGEST_HEADERS:
            return None
        own = [(b"x-request-id", request_id_of(traceparent).encode())]
        if prepared.counted:
            counted = self._count(scope)
            if counted is None:
                return None
            own += _raw(counted)
        if known and matches(b", ".join(known).decode("latin-1"), prepared.etag, weak=True):
            return 304, [*prepared.unchanged, *own], b""
        return 200, [*prepared.full, *own], b"" if scope["method"] == "HEAD" else prepared.body


def _raw(headers: Mapping[str, str]) -> RawHeaders:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
