"""Requests straight into the application: what a client and a server do beside that is most of a request's time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

Headers = list[tuple[bytes, bytes]]


async def ask(
    app: Any,
    method: str,
    raw_path: str,
    *,
    query: bytes = b"",
    headers: Headers,
    client: str | None = None,
    parts: Sequence[bytes] = (b"",),
) -> tuple[int, Headers, bytes]:
    """Status, headers and body. `raw_path` as it is sent; `client`: from which address; `parts`: of the body."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(raw_path),
        "raw_path": raw_path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": headers,
        "client": None if client is None else (client, 50_000),
        "server": ("peerline.test", 80),
        "state": {},
    }
    come = iter([{"type": "http.request", "body": part, "more_body": True} for part in parts])
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return next(come, {"type": "http.request", "body": b"", "more_body": False})

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start, *rest = sent
    return start["status"], list(start["headers"]), b"".join(each.get("body", b"") for each in rest)
