"""What a signed-in person was told, kept to be said again to whoever holds the same token (routers/polled.py)."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from fastapi import Request, Response

from app.core import clock
from app.identity.actors import Actor
from app.identity.tokens import Claims, TokenKeys

MINUTE = dt.timedelta(minutes=1)
# Milliseconds after which it is read anew, by chance: a slow answer must not tell whoever asks all the time that, at
# this moment, something was stored. It may have been a report.
SOONEST, LATEST = 500, 3000


@dataclass(frozen=True, slots=True)
class Told:
    """The answer, and from when until when it may be said again while nothing has been committed.

    `keys`: those that were known before the token was read. With others it is read again.
    """

    claims: Claims
    keys: TokenKeys
    since: dt.datetime
    until: dt.datetime
    body: bytes
    etag: str


def key_of(request: Request) -> bytes:
    """Of the token as it was sent, and the path. No token lies in memory for it."""
    said = f"{request.headers.get('authorization', '')}\n{request.url.path}"
    return hashlib.sha256(said.encode()).digest()


def told(claims: Claims, keys: TokenKeys, actor: Actor, response: Response, *, since: dt.datetime) -> Told:
    """Answered in the minute after `since`, it is of a later minute, and kept for none."""
    now = clock.now()
    by_chance = now + dt.timedelta(milliseconds=SOONEST + secrets.randbelow(LATEST - SOONEST))
    ends = (since + MINUTE, by_chance, claims.expires_at, *([] if actor.until is None else [actor.until]))
    until = since if now >= since + MINUTE else min(ends)
    return Told(claims, keys, since, until, bytes(response.body), response.headers["etag"])
