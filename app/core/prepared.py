"""Answers that lie ready: the same bytes for everyone, given before anything else of the application is asked.

What is asked most and must answer when little else does (design, 5) should cost little more than sending its bytes.
Whatever is out of the ordinary (a browser of another origin, a query, a body, a header too large) goes the usual way,
and gets the same answer there.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from app.core.asgi import (
    LARGEST_HEADER,
    LARGEST_HEADERS,
    LONGEST_URL,
    OF_EVERY_ANSWER,
    READ_HEADERS,
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
# Named, and not refused by a weight of nothing.
_GZIP = re.compile(r"(?:^|[,\s])(?:x-)?gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[0-9.]+\s*)?(?:,|$)", re.IGNORECASE)


class Kept(Protocol):
    """What an answer is made of. The same content is the same object for as long as it holds."""

    @property
    def body(self) -> bytes: ...
    @property
    def etag(self) -> str: ...


class Prepared:
    """One answer with its headers, and the 304 for whoever has it."""

    __slots__ = ("_compressed", "body", "compressible", "counted", "etag", "full", "headers", "kept", "unchanged")

    def __init__(
        self, kept: Kept, headers: Mapping[str, str], *, counted: bool = False, compressible: bool = False
    ) -> None:
        """`counted`: asking for it counts towards the caller's limit. `compressible`: whoever accepts gzip gets it."""
        self.kept, self.counted, self.compressible = kept, counted, compressible
        self._compressed: Prepared | None = None
        self.body, self.etag = kept.body, kept.etag
        self.headers = {name.lower(): value for name, value in headers.items()}
        if compressible:
            self.headers["vary"] = "Accept-Encoding"
        always = self.headers | {"etag": kept.etag}
        full = always | {"content-length": str(len(kept.body)), "content-type": "application/json"}
        self.full = _raw(full | OF_EVERY_ANSWER)
        self.unchanged = _raw({n: v for n, v in always.items() if n in IN_304} | OF_EVERY_ANSWER)

    def for_encodings(self, accepted: str) -> Prepared:
        """In gzip, compressed once, for whoever accepts that (RFC 9110, 12.5.3): another representation, with an entity
        tag of its own (8.8.3.3)."""
        if not self.compressible or not _GZIP.search(accepted):
            return self
        if self._compressed is None:
            kept = _Compressed(gzip.compress(self.body, 6, mtime=0), f'{self.etag[:-1]}-gzip"')
            headers = self.headers | {"content-encoding": "gzip", "vary": "Accept-Encoding"}
            self._compressed = Prepared(kept, headers, counted=self.counted)
        return self._compressed


@dataclass(frozen=True, slots=True)
class _Compressed:
    body: bytes
    etag: str


class PreparedFirst:
    """In front of an application. `find` knows the answer to a path and query from memory, or nothing of it.

    `count`: the headers of one more counted request; None where it is to be refused, which the usual way does.
    `varies`: whether pages of some site get other headers, the usual way; then a cache has to tell who asked.
    """

    def __init__(
        self,
        app: App,
        *,
        find: Callable[[str, bytes], Prepared | None],
        count: Callable[[Scope], Mapping[str, str] | None],
        varies: bool = False,
    ) -> None:
        self._app, self._find, self._count, self._varies = app, find, count, varies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._answer(scope)
        if answer is None:
            await self._app(scope, receive, send)
            return
        status, headers, body = answer
        if self._varies:
            headers = _by_origin(headers)
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, scope: Scope) -> tuple[int, RawHeaders, bytes] | None:
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return None
        query = scope["query_string"]
        prepared = self._find(scope["path"], query)
        if prepared is None or len(scope.get("raw_path") or b"") + len(query) >= LONGEST_URL:
            return None
        known, traceparent, accepted, size = [], None, "", 0
        for name, value in scope["headers"]:
            size += len(name) + len(value)
            if len(value) > LARGEST_HEADER and name in READ_HEADERS:
                return None
            if name == b"if-none-match":
                known.append(value)
            elif name == b"traceparent":
                traceparent = value.decode("latin-1")
            elif name == b"accept-encoding":
                accepted = f"{accepted},{value.decode('latin-1')}"
            elif name in (b"origin", b"transfer-encoding") or (name == b"content-length" and value != b"0"):
                return None
        if size > LARGEST_HEADERS:
            return None
        prepared = prepared.for_encodings(accepted)
        own = [(b"x-request-id", request_id_of(traceparent).encode())]
        if prepared.counted:
            counted = self._count(scope)
            if counted is None:
                return None
            own += _raw(counted)
        if known and matches(b", ".join(known).decode("latin-1"), prepared.etag, weak=True):
            return 304, [*prepared.unchanged, *own], b""
        return 200, [*prepared.full, *own], b"" if scope["method"] == "HEAD" else prepared.body


def _by_origin(headers: RawHeaders) -> RawHeaders:
    """With what Cors adds to every answer (RFC 9110, 12.5.5)."""
    vary = [value for name, value in headers if name == b"vary"]
    others = [(name, value) for name, value in headers if name != b"vary"]
    return [*others, (b"vary", b", ".join([*vary, b"Origin"]))]


def _raw(headers: Mapping[str, str]) -> RawHeaders:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
