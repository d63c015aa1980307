"""Rows of due work: enqueue, claim, finish, give up. No clock of its own and no loop; the engine has those."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from app.core.db import inserter, wake_after_commit
from app.core.ids import new_opaque_id
from app.models import WorkItem

# A dead process's work is taken over this long after it claimed it. Longer than any handler: a webhook attempt ends
# after 5 s, and a transaction waits at most 5 s for a lock.
LEASE = dt.timedelta(seconds=20)
# Waits before the second, third, … try of a handler that raised.
BACKOFF_SECONDS = (1, 5, 15, 60, 300, 900, 3600)
# What has failed so often in a row, which takes 21 seconds at least, fails for a reason.
FAILS = 4
# Before another try of what met a lock: whoever holds it ends soon.
SOON = dt.timedelta(seconds=1)

_items = WorkItem.__table__  # type: ignore[attr-defined]  # SQLModel does not type the table of a table class


@dataclass(frozen=True, slots=True)
class Item:
    """One claimed piece of work. `fence` proves that this claim is still the newest; `failures` came before it."""

    id: uuid.UUID
    kind: str
    subject: uuid.UUID
    payload: Mapping[str, Any]
    due_at: dt.datetime
    fence: int
    failures: int


def enqueue(
    session: Session,
    kind: str,
    subject: uuid.UUID,
    *,
    due_at: dt.datetime,
    now: dt.datetime,
    payload: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> None:
    """Add work in the caller's transaction. A second row with the same `key` changes nothing; but one that was given up
    is done again, as it is asked for now.

    `due_at` and `now` are aware instants; work that is already due wakes the engine at commit.
    """
    connection = session.connection()
    values = _new(kind, subject, due_at=due_at, payload=payload, key=key)
    if connection.execute(_insert_if_new(connection.dialect.name), values).rowcount == 0:
        _again(connection, values)
    if due_at <= now:
        wake_after_commit(session)


def is_there(session: Session, key: str) -> bool:
    """Whether there is a row of this `key` that will be done, be it that somebody is doing it this moment. It waits for
    nobody."""
    lives = sa.select(_items.c.id).where(_items.c.key == key, _items.c.dead == sa.false())
    return session.connection().execute(lives).first() is not None


def enqueue_for_each(
    session: Session, kind: str, subjects: Iterable[uuid.UUID], *, now: dt.datetime, once: object = None
) -> None:
    """One row for each of many, due at once, unless there is one already. `once`: of what there is one for each, if not
    of the kind alone: a day, as for the key of `enqueue`.

    One by one, a sweep over a thousand schools is a thousand round trips to the database in one transaction. In one
    order, so that two sweeps never wait for each other's rows in a ring.
    """
    end = "" if once is None else f"/{once}"
    rows = [_new(kind, each, due_at=now, payload=None, key=f"{kind}/{each}{end}") for each in sorted(subjects)]
    if rows:
        connection = session.connection()
        connection.execute(_insert_if_new(connection.dialect.name), rows)
        given_up = sa.select(_items.c.key).where(_items.c.kind == kind, _items.c.dead == sa.true())
        if keys := set(connection.execute(given_up).scalars()):
            for row in (row for row in rows if row["key"] in keys):
                _again(connection, row)
        wake_after_commit(session)


def share(
    session: Session, kind: str, subject: uuid.UUID, *, due_at: dt.datetime, key: str, payload: Mapping[str, Any]
) -> None:
    """Have one row of this `key` for many, to be begun after this transaction has ended, whoever adds it.

    `enqueue` finds a row also when somebody is doing it this moment and has looked already. This waits for them, and
    adds another; and who begins it later waits for us. It wakes nobody: it is for work of a later time.
    """
    connection = session.connection()
    values = _new(kind, subject, due_at=due_at, payload=payload, key=key)
    if connection.dialect.name == "sqlite":
        # One writer: whoever does it does so before us, and the row is gone, or after us.
        if connection.execute(_insert_if_new("sqlite"), values).rowcount == 0:
            _again(connection, values)
        return
    while (held := connection.execute(_HOLD, {"shared": key}).first()) is None:
        if connection.execute(_insert_if_new(connection.dialect.name), values).rowcount == 1:
            return
    if held.dead:
        _again(connection, values)


# Built once: each look for work begins with the first, and each piece of work ends with the second.
_DUE = (
    sa.select(_items.c.id)
    .where(
        _items.c.dead == sa.false(),
        _items.c.due_at <= sa.bindparam("now"),
        sa.or_(_items.c.lease_until.is_(None), _items.c.lease_until <= sa.bindparam("now")),
        _items.c.kind.in_(sa.bindparam("kinds", expanding=True)),
    )
    .order_by(_items.c.due_at)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
    # PostgreSQL does this once, and not again for each row of the table, as it may with a subquery. Each time finds
    # others, because those before are locked by then, and all that is due would be claimed.
    .cte("due")
)
_CLAIM = (
    sa.update(_items)
    .where(_items.c.id.in_(sa.select(_DUE.c.id)))
    .values(lease_until=sa.bindparam("until"), fence=_items.c.fence + 1)
    .returning(
        _items.c.id,
        _items.c.kind,
        _items.c.subject,
        _items.c.payload,
        _items.c.due_at,
        _items.c.fence,
        _items.c.attempts,
    )
)
_FINISH = sa.delete(_items).where(_items.c.id == sa.bindparam("this"), _items.c.fence == sa.bindparam("as_claimed"))


def claim(session: Session, *, kinds: Sequence[str], limit: int, now: dt.datetime) -> list[Item]:
    """Take up to `limit` due items under a lease. Two processes never get the same item (SKIP LOCKED; one writer)."""
    asked = {"now": now, "kinds": list(kinds), "most": limit, "until": now + LEASE}
    rows = session.connection().execute(_CLAIM, asked)
    return sorted((Item(*row) for row in rows), key=lambda item: item.due_at)


def finish(session: Session, item: Item) -> bool:
    """Delete the item in the transaction that did it. False when a newer claim has taken it over: roll back then."""
    return session.connection().execute(_FINISH, {"this": item.id, "as_claimed": item.fence}).rowcount == 1


def give_back(session: Session, item: Item, *, now: dt.datetime) -> None:
    """Another transaction holds what this work needs: due again in a moment. It is no failure of the work."""
    _release(session, item, due_at=now + SOON)


def hand_over(session: Session, items: Sequence[Item]) -> None:
    """This process ends: whoever looks next may take these over. Nothing is counted, and others are woken."""
    for item in items:
        _release(session, item)
    wake_after_commit(session)


def retry_or_bury(session: Session, item: Item, *, error: str, now: dt.datetime, may_die: bool = True) -> bool:
    """After a handler raised: due again later, or dead after the last try. True when it is now dead.

    `error` is the name of an exception class: a message could hold what a reporter wrote. What may not die is tried
    again after the longest wait, for ever.
    """
    failures = item.failures + 1
    dead = may_die and failures > len(BACKOFF_SECONDS)
    wait = dt.timedelta(seconds=BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS)) - 1])
    done = _release(session, item, due_at=now + wait, dead=dead, attempts=failures, last_error=error[:200])
    # Who was overtaken buries nothing: a newer claim may yet succeed.
    return dead and done


def revive(session: Session, *, kinds: Sequence[str], now: dt.datetime) -> None:
    """Do again what was given up of these kinds, as if it had never failed."""
    dead = sa.update(_items).where(_items.c.kind.in_(kinds), _items.c.dead == sa.true())
    session.connection().execute(dead.values(dead=False, attempts=0, due_at=now, lease_until=None))


def failing(session: Session, *, kinds: Sequence[str]) -> list[str]:
    """Those of these kinds of recurring work, each of which has one row with its name as key, that fail and fail."""
    often = sa.select(_items.c.kind).where(_items.c.key.in_(kinds), _items.c.attempts >= FAILS)
    return sorted(session.connection().execute(often).scalars())


def cancel(session: Session, *, kind: str, subject: uuid.UUID) -> None:
    """Remove work that is no longer wanted. What somebody is doing this moment is left to them: never wait for it."""
    idle = (
        sa.select(_items.c.id)
        .where(_items.c.kind == kind, _items.c.subject == subject)
        .with_for_update(skip_locked=True)
    )
    session.connection().execute(sa.delete(_items).where(_items.c.id.in_(idle)))


def _release(session: Session, item: Item, **values: Any) -> bool:
    """End the lease. False when a newer claim has taken the item over."""
    mine = sa.update(_items).where(_items.c.id == item.id, _items.c.fence == item.fence)
    return session.connection().execute(mine.values(lease_until=None, **values)).rowcount == 1


def _again(connection: sa.Connection, values: Mapping[str, Any]) -> None:
    """What is asked for is there: where it was given up, it would keep everybody from it for ever."""
    connection.execute(_AGAIN, {"of": values["key"], "due": values["due_at"], "given": values["payload"]})


def _new(
    kind: str, subject: uuid.UUID, *, due_at: dt.datetime, payload: Mapping[str, Any] | None, key: str | None
) -> dict[str, Any]:
    return {
        "id": new_opaque_id(),
        "kind": kind,
        "subject": subject,
        "payload": dict(payload or {}),
        "key": key,
        "due_at": due_at,
        "fence": 0,
        "attempts": 0,
        "dead": False,
    }


_AGAIN = (
    sa.update(_items)
    .where(_items.c.key == sa.bindparam("of"), _items.c.dead == sa.true())
    .values(dead=False, attempts=0, lease_until=None, due_at=sa.bindparam("due"), payload=sa.bindparam("given"))
)
# Shared with others who hold it; against whoever deletes it, as who does it begins with.
_HOLD = (
    sa.select(_items.c.dead).where(_items.c.key == sa.bindparam("shared")).with_for_update(read=True, key_share=True)
)


@functools.cache
def _insert_if_new(dialect: str) -> Any:
    """Built once for a kind of database: this is part of the hottest write there is."""
    new = inserter(dialect)(_items).on_conflict_do_nothing(index_elements=["key"])
    # Whether it was; without this SQLAlchemy does not say it on PostgreSQL.
    return new.execution_options(preserve_rowcount=True)
