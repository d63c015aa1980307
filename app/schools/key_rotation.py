"""Replace a school's data keys while it is served: a new one seals from now on, and what is there is sealed anew.

Every process goes by the keys that it has read for a minute at the most, and reads them again when something does not
open. The earlier key goes once nothing is left that it sealed, and no process can still be sealing with it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.audit import trail
from app.core import crypto
from app.models import DataKey, School
from app.vault import service as vault
from app.vault.columns import SEALED, SealedColumn
from app.work import queue
from app.work.queue import Item

RESEAL = "schools.reseal"
BATCH = 200
# Longer than any process goes by the keys it has read, and than a transaction may take.
NEXT_PASS = dt.timedelta(seconds=10 * vault.KEYS_COUNT_FOR)


def begin(session: Session, school: School, *, now: dt.datetime) -> None:
    """New keys for every purpose of the school; sealing anew what is there begins at once, and takes two passes."""
    owner = vault.owner_of(school.id)
    newest = select(DataKey.purpose, func.max(DataKey.generation)).where(DataKey.owner == owner)
    for purpose, generation in session.exec(newest.group_by(DataKey.purpose)).all():
        vault.create_key(session, owner=owner, purpose=purpose, generation=generation + 1)
    # One that runs already goes on, and comes again until a whole pass has seen the newest keys.
    _enqueue(session, school.id, _from_start(now), due=now, now=now)
    trail.record(session, action="school.keys_rotated", school_id=school.id, person_id=None, subject=school.id, now=now)


def reseal(session: Session, item: Item, now: dt.datetime) -> None:
    """Seal one batch anew, and come again: until a pass finds nothing, the earlier keys stay."""
    place, after, found = item.payload["column"], item.payload["after"], item.payload["found"]
    if place >= len(SEALED):
        began = dt.datetime.fromisoformat(item.payload["began"])
        if found or began < _newest_at(session, item.subject) + NEXT_PASS:
            later = now + NEXT_PASS
            _enqueue(session, item.subject, _from_start(later), due=later, now=now)
        else:
            _drop_earlier(session, item.subject)
        return
    last, sealed = _batch(session, item.subject, SEALED[place], after=None if after is None else uuid.UUID(after))
    rest = {"column": place + 1, "after": None} if last is None else {"column": place, "after": str(last)}
    payload = rest | {"found": found or sealed > 0, "began": item.payload["began"]}
    _enqueue(session, item.subject, payload, due=now, now=now)


def waiting(session: Session, school_id: uuid.UUID) -> bool:
    """Whether an earlier key is still there."""
    owned = select(func.count()).select_from(DataKey).where(DataKey.owner == vault.owner_of(school_id))
    kinds = select(func.count(sa.distinct(col(DataKey.purpose)))).where(DataKey.owner == vault.owner_of(school_id))
    return session.exec(owned).one() > session.exec(kinds).one()


def _batch(
    session: Session, school_id: uuid.UUID, column: SealedColumn, *, after: uuid.UUID | None
) -> tuple[uuid.UUID | None, int]:
    """The last row that was looked at, None at the end; and how many values of the batch were under an earlier key."""
    key = column.row_id()
    statement = column.query(school_id).order_by(key).limit(BATCH)
    if after is not None:
        statement = statement.where(key > after)
    rows = session.connection().execute(statement).all()
    owner = vault.owner_of(school_id)
    # Not as this process remembers them: what it does not know as the newest it would leave as it is.
    newest = {
        purpose: vault.data_keys(session, owner=owner, purpose=purpose, read_again=True)[0]
        for purpose in {column.purpose_of(row) for row in rows}
    }
    sealed = 0
    for row in rows:
        key, place = newest[column.purpose_of(row)], column.place(row)
        try:
            crypto.unseal(key, row.value, place)
        except crypto.CannotOpen:
            text = column.open(session, row, row.value, school_id=school_id)
            session.connection().execute(column.replace(row, crypto.seal(key, text.encode(), place)))
            sealed += 1
    return (rows[-1].id if len(rows) == BATCH else None), sealed


def _drop_earlier(session: Session, school_id: uuid.UUID) -> None:
    owner = vault.owner_of(school_id)
    newest = select(DataKey.purpose, func.max(DataKey.generation)).where(DataKey.owner == owner)
    for purpose, generation in session.exec(newest.group_by(DataKey.purpose)).all():
        session.exec(
            sa.delete(DataKey).where(
                col(DataKey.owner) == owner, col(DataKey.purpose) == purpose, col(DataKey.generation) < generation
            )
        )


def _newest_at(session: Session, school_id: uuid.UUID) -> dt.datetime:
    return session.exec(select(func.max(DataKey.created_at)).where(DataKey.owner == vault.owner_of(school_id))).one()


def _from_start(began: dt.datetime) -> dict[str, object]:
    return {"column": 0, "after": None, "found": False, "began": began.isoformat()}


def _enqueue(
    session: Session, school_id: uuid.UUID, payload: Mapping[str, object], *, due: dt.datetime, now: dt.datetime
) -> None:
    queue.enqueue(session, RESEAL, school_id, due_at=due, now=now, key=f"{RESEAL}/{school_id}", payload=payload)
