"""Take the entries of an earlier release into the chains, once: at the first `peerline migrate` that knows of chains.

What became of them until then nobody can prove. Their link says so (`legacy`), and from there on no change is missed.
"""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Session, select

from app.audit import chain, marks
from app.core import clock
from app.core.clock import hour_of
from app.models import AuditBlock, AuditEntry, AuditHead

# So many are read and marked at a time.
BATCH = 2000
_entries = AuditEntry.__table__  # type: ignore[attr-defined]  # SQLModel does not type the table of a table class


def adopt(session: Session) -> None:
    """Begin the deployment's chain and, where there are entries, each school's. Changes nothing once that is there:
    what somebody puts in later without a mark stays without one."""
    if session.get(AuditHead, marks.DEPLOYMENT) is not None:
        return
    key, now = chain.key_of(session), clock.now()
    schools = session.exec(select(AuditEntry.school_id).distinct()).all()
    for each in sorted({marks.DEPLOYMENT, *map(marks.chain_of, schools)}):
        _adopt(session, key, each, now=now)
    session.flush()
    begun = [
        AuditEntry(school_id=None, person_id=None, action=chain.BEGUN, subject=str(school), hour=hour_of(now))
        for school in schools
        if school is not None
    ]
    if begun:
        chain.append(session, begun, now=now)


def _adopt(session: Session, key: bytes, of: uuid.UUID, *, now: dt.datetime) -> None:
    """All that a chain has goes into one link, its first."""
    count, total, last, hour = 0, marks.NOTHING, uuid.UUID(int=0), None
    while rows := _some(session, of, after=last):
        values = []
        for row in rows:
            mark = marks.of_entry(key, row, block=1)
            count, total, last = count + 1, marks.added(total, mark), row.id
            hour = row.hour if hour is None else max(hour, row.hour)
            values.append({"of": row.id, "block": 1, "mac": mark})
        statement = sa.update(_entries).where(_entries.c.id == sa.bindparam("of"))
        session.connection().execute(statement.values(block=sa.bindparam("block"), mac=sa.bindparam("mac")), values)
    head = chain.new_head(of, number=1, hour=hour_of(now), last=marks.NOTHING)
    if hour is not None:
        block = AuditBlock(
            chain=of, number=1, hour=hour, count=count, total=total, legacy=True, previous=marks.NOTHING, mac=b""
        )
        block.mac = marks.of_link(key, block, chain=of, number=1, previous=marks.NOTHING)
        session.add(block)
        head.number, head.last = 2, block.mac
    head.mac = marks.of_head(key, head)
    session.add(head)


def _some(session: Session, of: uuid.UUID, *, after: uuid.UUID) -> list[AuditEntry]:
    statement = sa.select(*_entries.c).where(chain.entries_of(of), _entries.c.mac.is_(None), _entries.c.id > after)
    found = session.connection().execute(statement.order_by(_entries.c.id).limit(BATCH))
    return list(found)  # type: ignore[arg-type]  # rows with the columns of an entry, which is all that is read
