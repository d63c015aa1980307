"""A chain with something in it, and a way past what guards it, as whoever holds the database has one."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection
from typing import TypeVar

import sqlalchemy as sa
from sqlmodel import Session

from app.audit import proofs, trail, verifying
from app.audit.proofs import Proof
from app.audit.verifying import Checked
from app.core import clock
from app.models import School
from app.schools import service as schools
from tests.support.world import World

T = TypeVar("T")
START = dt.datetime(2026, 3, 2, 9, 20, tzinfo=dt.UTC)


async def acted(world: World, *, hours: int = 4, each: int = 3, school: str = "harbour") -> uuid.UUID:
    """In each of so many hours so many acts, in a transaction each; the id of the school."""

    def act(session: Session) -> uuid.UUID:
        found: School = schools.find(session, school)
        trail.record(
            session, action="test.acted", school_id=found.id, person_id=None, subject=uuid.uuid4(), now=clock.now()
        )
        return found.id

    for _ in range(hours):
        for _ in range(each):
            school_id = await world.db.write(act)
        world.time.advance(hours=1)
    return school_id


def unguarded(session: Session) -> sa.Connection:
    """A connection that no trigger holds up, until its transaction ends."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
    else:
        for name in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
    return connection


class _Undone(Exception):
    def __init__(self, result: object) -> None:
        self.result = result


async def undone(world: World, work: Callable[[Session], T]) -> T:
    """What `work` finds in a transaction that is then taken back."""

    def run(session: Session) -> None:
        raise _Undone(work(session))

    try:
        await world.db.write(run)
    except _Undone as ended:
        return ended.result  # type: ignore[return-value]  # what `run` put there
    raise AssertionError


def look(session: Session, kept: Collection[Proof] = (), only: uuid.UUID | None = None) -> Checked:
    session.flush()
    session.expire_all()
    return verifying.verify(session, only=only, proofs=kept)


async def verified(world: World, *kept: str) -> Checked:
    return await world.db.read(
        lambda session: verifying.verify(session, only=None, proofs=[proofs.read(session, each) for each in kept])
    )
