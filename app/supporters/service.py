"""The rows of supporters: found, made when somebody is given the role, and never deleted."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from typing import Any

from sqlalchemy import exists
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from app.audit import trail
from app.core.problems import NotFound
from app.identity.actors import Actor, people_with
from app.models import School, Supporter
from app.rosters import gaps
from app.supporters import training
from app.vocabulary import Role
from app.vocabulary.supporters import OF_THE_PROGRAMME, SupporterStatus
from app.work.queue import Item


def visible_supporters(actor: Actor) -> Any:
    """A coordinator sees those of the school, anybody else their own row."""
    statement = select(Supporter).where(Supporter.school_id == actor.require_school())
    return statement if actor.has(Role.COORDINATOR) else statement.where(Supporter.person_id == actor.person_id)


def with_supporters() -> SelectOfScalar[uuid.UUID]:
    """The ids of schools that have any: asked of each school, not gathered from all supporters of the deployment."""
    return select(School.id).where(exists().where(col(Supporter.school_id) == col(School.id)))


def find(session: Session, actor: Actor, supporter_id: uuid.UUID, *, lock: bool = False) -> Supporter:
    """Raises NotFound."""
    statement = visible_supporters(actor).where(Supporter.id == supporter_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    row: Supporter | None = session.exec(statement).one_or_none()
    if row is None:
        raise NotFound
    return row


def own(session: Session, actor: Actor, *, lock: bool = False) -> Supporter | None:
    """The actor's own row; None for somebody who never was on the way into the programme."""
    return of_person(session, actor.person_id, lock=lock)


def of_person(session: Session, person_id: uuid.UUID, *, lock: bool = False) -> Supporter | None:
    statement = select(Supporter).where(Supporter.person_id == person_id)
    if lock:
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(statement).one_or_none()


def of_people(session: Session, people: Collection[uuid.UUID]) -> dict[uuid.UUID, Supporter]:
    """By person; whoever has no row is not in it."""
    rows = session.exec(select(Supporter).where(col(Supporter.person_id).in_(people)))
    return {row.person_id: row for row in rows}


def begin(
    session: Session, *, school_id: uuid.UUID, person_id: uuid.UUID, status: SupporterStatus, now: dt.datetime
) -> Supporter:
    """A row for somebody who has none. Who comes into training has both modules to do, and no shift until then."""
    row = Supporter(school_id=school_id, person_id=person_id, status=status, created_at=now, updated_at=now)
    session.add(row)
    session.flush()
    if status is SupporterStatus.IN_TRAINING:
        training.begin(session, row, now=now)
    return row


def roles_changed(session: Session, item: Item, now: dt.datetime) -> None:
    """Roles of a school have changed: whoever is a supporter now and was none, or is one again, trains first. Then the
    gaps are looked for again, with that known."""
    with_role = people_with(session, item.subject, Role.SUPPORTER)
    known = of_people(session, with_role)
    for person_id in sorted(with_role):
        if person_id not in known:
            begin(session, school_id=item.subject, person_id=person_id, status=SupporterStatus.IN_TRAINING, now=now)
        elif known[person_id].status not in OF_THE_PROGRAMME:
            _begin_again(session, known[person_id], now=now)
    gaps.school_changed(session, item, now)


def _begin_again(session: Session, row: Supporter, *, now: dt.datetime) -> None:
    """Somebody who had left, or had applied, was given the role by itself: without a status that is of the programme
    nothing would keep them off rosters until they have trained."""
    session.refresh(row, with_for_update=True)
    if row.status in OF_THE_PROGRAMME:
        return
    row.status, row.version, row.updated_at = SupporterStatus.IN_TRAINING, row.version + 1, now
    session.add(row)
    session.flush()
    training.begin(session, row, now=now)
    trail.record(
        session, action="supporter.came_back", school_id=row.school_id, person_id=None, subject=row.id, now=now
    )
