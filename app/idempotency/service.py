"""Do a request once, and repeat its answer (contract I1 to I9).

The key is written in the transaction of the work. A parallel twin waits for that transaction (or gets 409 when it takes
long), then reads the stored answer; a transaction that is rolled back leaves no key, so a retry does the work.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.core import crypto
from app.core.crypto import Place
from app.core.db import inserter
from app.core.problems import Conflict, IdempotencyKeyInvalid, IdempotencyKeyReused, Problem
from app.models import IdempotencyKey
from app.work import queue

REPLAY_FOR = dt.timedelta(hours=24)
# The key goes on refusing a second effect for this long after its answer can no longer be repeated.
REMEMBER_FOR = dt.timedelta(days=30)
FORGET = "idempotency.forget"
_TOKEN = re.compile(r"[!#-~]{1,255}")

_keys = IdempotencyKey.__table__  # type: ignore[attr-defined]  # SQLModel does not type the table of a table class


# Sets what it is given besides.
_KEEP = sa.update(_keys).where(_keys.c.key_hash == sa.bindparam("this"))


class AlreadyReceived(Conflict):
    code, status, title = "already_received", 409, "This was received before, and its answer can no longer be repeated"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it goes out, and as it is kept."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    problem: bool = False


@dataclass(frozen=True, slots=True)
class Once:
    """One request to be done once. `sealing_key` protects the kept answer."""

    key_hash: bytes
    fingerprint: bytes
    sealing_key: bytes


@dataclass(frozen=True, slots=True)
class Made:
    """A request, the answer that it gets, and what ends the repeating of that, if anything does before its time."""

    once: Once
    reply: Reply
    ends_with: bytes | None = None


def parse_key(header: str) -> str:
    """The key from its header, as a structured string or a bare token (draft, 2.1). Raises IdempotencyKeyInvalid."""
    value = header.strip()
    if len(value) >= 2 and value[0] == value[-1] == '"':
        value = value[1:-1]
    if not _TOKEN.fullmatch(value):
        raise IdempotencyKeyInvalid("Use 1 to 255 visible characters, best a random UUID.")
    return value


def fingerprint(method: str, path: str, body: Any) -> bytes:
    """What makes two requests the same: method, path and the JSON value of the body, whatever its spelling."""
    canonical = json.dumps([method, path, body], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).digest()


def do_once(
    session: Session,
    once: Once,
    run: Callable[[], Reply],
    *,
    now: dt.datetime,
    instance: str | None = None,
    ends_with: Callable[[], bytes | None] = lambda: None,
) -> Reply:
    """Run it, or repeat the answer of its first run with `Idempotency-Replayed: true`.

    Business conflicts are answers, kept and repeated; any other problem rolls back and keeps nothing. Raises
    IdempotencyKeyReused for another request under the same key, AlreadyReceived when the answer is gone.
    """
    if not _reserve(session, once, now=now):
        return _repeat(session, once, now=now)
    try:
        with session.begin_nested():
            reply = run()
    except Problem as problem:
        if not problem.durable:
            raise
        reply = Reply(problem.status, json.dumps(problem.body(instance)).encode(), problem.headers, problem=True)
    sealed = _sealed(once, reply)
    session.connection().execute(_KEEP, {"this": once.key_hash, "reply": sealed, "ends_with": ends_with()})
    return reply


def keep_all(session: Session, made: Sequence[Made], *, now: dt.datetime) -> list[bool]:
    """Keep answers whose requests are done in this transaction, and say which of them are the first under their key.

    Of the others nothing is kept, and nothing may be done: `do_once` is for them. A twin in another transaction is
    waited for, as it waits there.
    """
    first: dict[bytes, Made] = {}
    for each in made:
        first.setdefault(each.once.key_hash, each)
    # In one order: two transactions with several keys of each other's must not wait in a ring.
    rows = [
        _new(each.once, now=now) | {"reply": _sealed(each.once, each.reply), "ends_with": each.ends_with}
        for _, each in sorted(first.items())
    ]
    connection = session.connection()
    new = set(connection.execute(_insert_if_new(connection.dialect.name), rows).scalars())
    return [each.once.key_hash in new and first[each.once.key_hash] is each for each in made]


def knows(session: Session, key_hash: bytes) -> bool:
    """Whether a request under this key was answered before, however long its answer can still be repeated."""
    statement = sa.select(_keys.c.key_hash).where(_keys.c.key_hash == key_hash)
    return session.connection().execute(statement).first() is not None


def end_replay(session: Session, ends_with: bytes) -> None:
    """The answer may not be repeated any more: its receipt has been used."""
    session.connection().execute(
        sa.update(_keys).where(_keys.c.ends_with == ends_with).values(reply=None, ends_with=None)
    )


def empty_old(session: Session, *, now: dt.datetime) -> None:
    """Empty the answers that are past their day; those that are empty stay as they are."""
    full = sa.or_(_keys.c.reply.is_not(None), _keys.c.ends_with.is_not(None))
    old = sa.update(_keys).where(_keys.c.replay_until <= now, full)
    session.connection().execute(old.values(reply=None, ends_with=None))


def forget(session: Session, item: queue.Item, now: dt.datetime) -> None:
    """Empty answers past their day, drop keys past their month, and come again in an hour."""
    empty_old(session, now=now)
    session.exec(sa.delete(IdempotencyKey).where(col(IdempotencyKey.forget_after) <= now))
    queue.enqueue(session, FORGET, item.subject, due_at=now + dt.timedelta(hours=1), now=now, key=FORGET)


def _reserve(session: Session, once: Once, *, now: dt.datetime) -> bool:
    connection = session.connection()
    return connection.execute(_insert_if_new(connection.dialect.name), _new(once, now=now)).first() is not None


def _new(once: Once, *, now: dt.datetime) -> dict[str, Any]:
    # To the hour: a key row must not tell when its report was made (design, 3).
    hour = now.replace(minute=0, second=0, microsecond=0) + dt.timedelta(hours=1)
    return {
        "key_hash": once.key_hash,
        "fingerprint": _keyed(once),
        "replay_until": hour + REPLAY_FOR,
        "forget_after": hour + REMEMBER_FOR,
    }


@functools.cache
def _insert_if_new(dialect: str) -> Any:
    """Built once for a kind of database: every write with a key begins with it."""
    return inserter(dialect)(_keys).on_conflict_do_nothing(index_elements=["key_hash"]).returning(_keys.c.key_hash)


def _repeat(session: Session, once: Once, *, now: dt.datetime) -> Reply:
    row = session.get_one(IdempotencyKey, once.key_hash)
    if not crypto.same(row.fingerprint, _keyed(once)):
        raise IdempotencyKeyReused
    if row.reply is None or row.replay_until <= now:
        raise AlreadyReceived
    kept = json.loads(crypto.unseal(once.sealing_key, row.reply, _place(once)))
    reply = Reply(status=kept[0], body=kept[1].encode(), headers=kept[2], problem=kept[3])
    return replace(reply, headers=reply.headers | {"Idempotency-Replayed": "true"})


def _sealed(once: Once, reply: Reply) -> bytes:
    kept = json.dumps([reply.status, reply.body.decode(), reply.headers, reply.problem]).encode()
    return crypto.seal(once.sealing_key, kept, _place(once))


def _keyed(once: Once) -> bytes:
    """Under the key of the answer: with a plain hash, whoever reads the table could try out texts and names."""
    return crypto.keyed_hash(crypto.derive(once.sealing_key, "fingerprint"), once.fingerprint.hex())


def _place(once: Once) -> Place:
    return Place(table="idempotency_keys", row=once.key_hash.hex(), column="reply")
