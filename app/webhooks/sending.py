"""One attempt to tell an endpoint, without the database: look the address up, sign, send, and say what came back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import httpx

from app.core import clock
from app.webhooks import guard, signing
from app.webhooks.names import Names

# A delivery counts only on 2xx within this time (design, 4).
TIMEOUT_SECONDS = 5.0
LONGEST_RETRY_AFTER = 86400


@dataclass(frozen=True, slots=True)
class Shot:
    """One attempt, ready to send without the database. `owner` is whose endpoint it is: a person, or the school.

    `headers` belong to the body; `secrets` sign it, the newest first.
    """

    url: str
    message_id: str
    body: bytes
    secrets: tuple[str, ...]
    owner: str
    headers: Mapping[str, str] = field(default_factory=dict)


# The endpoint was switched off after the delivery was enqueued: whoever waits for its outcome must not wait longer.
NOWHERE = Shot(url="", message_id="", body=b"", secrets=(), owner="")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back: a status, or the kind of failure. `retry_after` is in seconds."""

    status: int | None
    error: str | None
    duration_ms: int
    retry_after: int | None = None

    @property
    def delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


async def perform(shot: Shot, *, client: httpx.AsyncClient, allowed_origins: frozenset[str], names: Names) -> Outcome:
    """Send it once. Never raises for what a receiver does; redirects are failures and are not followed."""
    if shot is NOWHERE:
        return Outcome(status=None, error="endpoint_disabled", duration_ms=0)
    started = clock.monotonic()
    status: int | None = None
    error: str | None = None
    retry_after: int | None = None
    try:
        # Looking up the name, connecting and waiting for the answer, together.
        async with asyncio.timeout(TIMEOUT_SECONDS):
            target = await guard.resolve(shot.url, allowed_origins=allowed_origins, names=names, owner=shot.owner)
            response = await client.send(_request(shot, target, client=client), stream=True)
        # The body of the answer is not read: nothing in it matters, and it could be endless.
        status = response.status_code
        await response.aclose()
        retry_after = _retry_after(response.headers.get("retry-after"))
    except guard.Refused:
        error = "address_refused"
    except (httpx.TimeoutException, TimeoutError):
        error = "timeout"
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as exc:
        error = "name_not_found" if isinstance(exc, OSError) else "connection_failed"
    return Outcome(
        status=status,
        error=error,
        duration_ms=int((clock.monotonic() - started) * 1000),
        retry_after=retry_after,
    )


def _request(shot: Shot, target: guard.Target, *, client: httpx.AsyncClient) -> httpx.Request:
    headers = signing.headers(
        *shot.secrets, message_id=shot.message_id, timestamp=int(clock.now().timestamp()), body=shot.body
    )
    return client.build_request(
        "POST",
        target.url,
        content=shot.body,
        headers={**shot.headers, **headers, "host": target.host},
        extensions={"sni_hostname": target.sni} if target.sni else None,
    )


def _retry_after(value: str | None) -> int | None:
    """Seconds to wait (RFC 9110, 10.2.3: a number or a date), within a day. None when absent or not understood."""
    if value is None:
        return None
    if value.isascii() and value.isdigit():
        seconds = int(value[:9])
    else:
        try:
            seconds = int((parsedate_to_datetime(value) - clock.now()).total_seconds())
        except (ValueError, TypeError, OverflowError):
            return None
    return max(0, min(seconds, LONGEST_RETRY_AFTER))
