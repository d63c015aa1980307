"""A coordinator's side: who is in the programme, who becomes active, and who comes back to it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, Forbidden, NotFound
from app.identity import role_giving
from app.identity.actors import Actor, roles_to_be
from app.models import Person, Supporter
from app.supporters import owed, training
from app.supporters.own import listing_of
from app.supporters.schemas import ProgrammeSupporterOut, SupporterPage
from app.vocabulary import Role
from app.vocabulary.supporters import OF_THE_PROGRAMME, SupporterStatus

# Whoever applies, or does not go on, is no supporter: nobody finds them here.
LISTED = (*OF_THE_PROGRAMME, SupporterStatus.ALUMNI)


class NotReady(Conflict):
    code, status, title = "supporter_not_ready", 409, "Something is to be done before they are active"
    default_detail = "Each thing is listed in `errors`. Nothing has changed."


class NotInTraining(Conflict):
    code, status, title = "not_in_training", 409, "This is for somebody who is in training"


class NotAlumni(Conflict):
    code, status, title = "not_alumni", 409, "This is for somebody who has left the programme"


class OwnStanding(Forbidden):
    code, status, title = "own_standing", 403, "This takes somebody else"
    default_detail = "Nobody decides about themselves: another coordinator does."


def page(session: Session, actor: Actor, request: PageRequest, *, status: SupporterStatus | None) -> SupporterPage:
    """In the order in which they came."""
    statement = _visible(actor)
    if status is not None:
        statement = statement.where(Supporter.status == status)
    statement = request.slice(statement, at=col(Supporter.created_at), row_id=col(Supporter.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda found: (found[0].created_at, found[0].id))
    now = clock.now()
    found = owed.standings(session, [row for row, _ in rows], now=now)
    return SupporterPage(items=[_out(row, alias, found[row.id]) for row, alias in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, supporter_id: uuid.UUID) -> ProgrammeSupporterOut:
    """Raises NotFound."""
    return out(session, *_find(session, actor, supporter_id), now=clock.now())


def activate(session: Session, actor: Actor, supporter_id: uuid.UUID, *, version: Version) -> ProgrammeSupporterOut:
    """They may be given contacts and shifts. Raises NotFound, PreconditionFailed, NotInTraining, OwnStanding, and
    NotReady, which names what is missing."""
    row, alias, now = *hold(session, actor, supporter_id, version=version), clock.now()
    if row.status is not SupporterStatus.IN_TRAINING:
        raise NotInTraining
    missing = owed.standing(session, row, now=now).owed
    if missing:
        raise NotReady(errors=[{"code": each.what, "detail": each.says} for each in missing])
    move(session, actor, row, SupporterStatus.ACTIVE, "supporter.activated", now=now)
    return out(session, row, alias, now=now)


def return_to_training(
    session: Session, actor: Actor, supporter_id: uuid.UUID, *, version: Version
) -> ProgrammeSupporterOut:
    """Somebody who had left begins again: with the role, and what has lapsed meanwhile to be done anew.

    Raises NotFound, PreconditionFailed, NotAlumni, OwnStanding, PersonLeft.
    """
    row, alias, now = *hold(session, actor, supporter_id, version=version), clock.now()
    if row.status is not SupporterStatus.ALUMNI:
        raise NotAlumni
    give_role(session, actor, row.person_id, now=now)
    move(session, actor, row, SupporterStatus.IN_TRAINING, "supporter.came_back", now=now)
    training.begin(session, row, now=now)
    return out(session, row, alias, now=now)


def hold(session: Session, actor: Actor, supporter_id: uuid.UUID, *, version: Version) -> tuple[Supporter, str]:
    """The row and the alias, for a change by a coordinator who is somebody else: the person first, as everywhere."""
    actor.require(Role.COORDINATOR)
    row, alias = _find(session, actor, supporter_id)
    session.get_one(Person, row.person_id, with_for_update={"key_share": True}, populate_existing=True)
    session.refresh(row, with_for_update=True)
    version.check(out(session, row, alias, now=clock.now()))
    if row.person_id == actor.person_id:
        raise OwnStanding
    return row, alias


def give_role(session: Session, actor: Actor, person_id: uuid.UUID, *, now: dt.datetime) -> None:
    """The role `supporter`, as whoever gives any role, to somebody whose row is held. Who has it keeps it."""
    role_giving.refuse_wrong_giver(actor, person_id, Role.SUPPORTER)
    if Role.SUPPORTER not in roles_to_be(session, person_id):
        role_giving.give(session, session.get_one(Person, person_id), Role.SUPPORTER, by=actor.person_id, now=now)


def move(
    session: Session, actor: Actor, row: Supporter, status: SupporterStatus, action: str, *, now: dt.datetime
) -> None:
    row.status, row.version, row.updated_at = status, row.version + 1, now
    session.add(row)
    session.flush()
    training.status_changed(session, row, now=now)
    trail.record(session, action=action, school_id=row.school_id, person_id=actor.person_id, subject=row.id, now=now)


def out(session: Session, row: Supporter, alias: str, *, now: dt.datetime) -> ProgrammeSupporterOut:
    return _out(row, alias, owed.standing(session, row, now=now))


def _out(row: Supporter, alias: str, found: owed.Standing) -> ProgrammeSupporterOut:
    return ProgrammeSupporterOut(
        id=row.id,
        person_id=row.person_id,
        alias=alias,
        status=row.status,
        listing=listing_of(row),
        agreement=found.agreement,
        role_card=found.role_card,
        owed=found.owed,
        expected_end=row.expected_end,
    )


def _visible(actor: Actor) -> Any:
    actor.require(Role.COORDINATOR)
    return (
        select(Supporter, Person.alias)
        .join(Person, col(Person.id) == col(Supporter.person_id))
        .where(Supporter.school_id == actor.require_school(), col(Supporter.status).in_(LISTED))
    )


def _find(session: Session, actor: Actor, supporter_id: uuid.UUID) -> tuple[Supporter, str]:
    found = session.exec(_visible(actor).where(Supporter.id == supporter_id)).one_or_none()
    if found is None:
        raise NotFound
    row, alias = found
    return row, alias
