"""What has changed in a collection that anyone may read, since somebody last asked (contract M3).

A state of a collection is the digest of each of its items, by id. Those that somebody may still go on from are kept as
rows, by whoever changes the collection and by a sweep; reading it writes nothing. A sync token names one state.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

import sqlalchemy as sa
from pydantic import StringConstraints
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.core import crypto
from app.core.pagination import PageRequest
from app.core.problems import InvalidCursor, Problem
from app.core.schemas import OutputModel
from app.models import PublishedState
from app.vault import service as vault

# A telephone that was not used for longer reads everything again.
KEPT_FOR = dt.timedelta(days=90)
# Of one collection of a school. Whoever is further behind than so many changes reads everything again, too.
MOST_KEPT = 200
# How exactly it is known when a state was last the present one.
SEEN_EVERY = dt.timedelta(days=1)

SyncToken = Annotated[str, StringConstraints(min_length=1, max_length=400)]
ItemId = Annotated[str, StringConstraints(min_length=1, max_length=80)]


class SyncTokenExpired(Problem):
    code, status, title = "sync_token_expired", 410, "Please read everything again"
    default_detail = (
        "What this sync token stands for is not known any more. Drop what you have, and ask without a token."
    )


class Tombstone(OutputModel):
    """It was there, and is no more: forget it."""

    id: ItemId
    deleted: Literal[True]


@dataclass(frozen=True, slots=True)
class Changes:
    """One page of what has changed: ids in order, each with whether it is gone. The token is on the last page alone."""

    ids: tuple[tuple[str, bool], ...]
    next_cursor: str | None
    next_sync_token: str | None


def items_of(contents: Mapping[str, bytes]) -> dict[str, str]:
    """The digest of each item, by its id. `contents`: each as it is sent, without anything that time alone changes."""
    return {name: hashlib.sha256(contents[name]).hexdigest()[:16] for name in sorted(contents)}


def digest_of(items: Mapping[str, str]) -> str:
    """That of a whole state."""
    return hashlib.sha256(json.dumps(sorted(items.items())).encode()).hexdigest()[:32]


def keep(
    session: Session, *, school_id: uuid.UUID, collection: str, items: Mapping[str, str], now: dt.datetime
) -> None:
    """Keep the present state, so that tokens that name it can be gone on from. Safe to repeat; to be called in the
    transaction that changes the collection."""
    state = _stored(session, school_id, collection, digest_of(items))
    if state is not None:
        if now - state.created_at > SEEN_EVERY:
            state.created_at = now
            session.add(state)
        return
    state = PublishedState(
        school_id=school_id, collection=collection, digest=digest_of(items), items=dict(items), created_at=now
    )
    try:
        with session.begin_nested():
            session.add(state)
    except IntegrityError:
        # Somebody else has kept the same in this moment.
        return
    _forget_most(session, school_id, collection)


def forget(session: Session, *, now: dt.datetime) -> None:
    """Drop the states that were last the present one too long ago."""
    session.connection().execute(sa.delete(PublishedState).where(col(PublishedState.created_at) < now - KEPT_FOR))


def changes(
    session: Session,
    page: PageRequest,
    *,
    school_id: uuid.UUID,
    collection: str,
    items: Mapping[str, str],
    sync_token: str | None,
) -> Changes:
    """What is otherwise now than at the token, or everything where there is none. `items`: the present state.

    Raises SyncTokenExpired for a token that names no state that is kept for this collection, InvalidCursor.

    The token of the last page names the state that the first page saw: what changes between two pages comes once more.
    """
    before = {} if sync_token is None else _named(session, school_id, collection, sync_token)
    seen, after = digest_of(items), ""
    place = page.after_names()
    if place is not None:
        if len(place) != 2:
            raise InvalidCursor
        seen, after = place
    otherwise = sorted(
        name for name in before.keys() | items.keys() if name > after and before.get(name) != items.get(name)
    )
    shown = otherwise[: page.limit]
    more = len(otherwise) > page.limit
    return Changes(
        ids=tuple((name, name not in items) for name in shown),
        next_cursor=page.cursor_at_names([seen, shown[-1]]) if more else None,
        next_sync_token=None if more else _token(session, school_id, collection, seen),
    )


def _named(session: Session, school_id: uuid.UUID, collection: str, token: str) -> dict[str, str]:
    try:
        sealed = crypto.decode_b64(token)
        digest = crypto.unseal(_key(session), sealed, _place(school_id, collection)).decode()
    except (ValueError, crypto.CannotOpen) as exc:
        raise SyncTokenExpired from exc
    state = _stored(session, school_id, collection, digest)
    if state is None:
        raise SyncTokenExpired
    return state.items


def _token(session: Session, school_id: uuid.UUID, collection: str, digest: str) -> str:
    """The same for the same state: an answer that nothing has changed is the same answer."""
    return crypto.encode_b64(crypto.seal_alike(_key(session), digest.encode(), _place(school_id, collection)))


def _key(session: Session) -> bytes:
    key = vault.data_key(session, owner=vault.DEPLOYMENT, purpose=vault.CONTENT)
    return vault.keys_of(session).derived(key, "sync token")


def _place(school_id: uuid.UUID, collection: str) -> crypto.Place:
    return crypto.Place(table="sync token", row=str(school_id), column=collection)


def _stored(session: Session, school_id: uuid.UUID, collection: str, digest: str) -> PublishedState | None:
    return session.exec(
        select(PublishedState).where(
            PublishedState.school_id == school_id,
            PublishedState.collection == collection,
            PublishedState.digest == digest,
        )
    ).one_or_none()


def _forget_most(session: Session, school_id: uuid.UUID, collection: str) -> None:
    newest = (
        select(PublishedState.id)
        .where(PublishedState.school_id == school_id, PublishedState.collection == collection)
        .order_by(col(PublishedState.created_at).desc(), col(PublishedState.id).desc())
        .limit(MOST_KEPT)
    )
    session.connection().execute(
        sa.delete(PublishedState).where(
            col(PublishedState.school_id) == school_id,
            col(PublishedState.collection) == collection,
            col(PublishedState.id).not_in(newest),
        )
    )
