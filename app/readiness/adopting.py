"""A school makes the privacy statement its own: somebody there has read what everyone is promised in its name."""

from __future__ import annotations

from sqlmodel import Session

from app.audit import trail
from app.core import clock
from app.core.clock import hour_of
from app.core.problems import Conflict
from app.guidance import answers
from app.identity.actors import Actor
from app.identity.people import aliases_of
from app.models import School, StatementAdoption
from app.readiness.deciding_schemas import AdoptionOut, AdoptionPut
from app.vocabulary import Role

READERS = (Role.COORDINATOR, Role.PRIVACY_OFFICER, Role.SPONSOR)


class StatementChanged(Conflict):
    code, status, title = "statement_changed", 409, "The privacy statement is another one by now"
    default_detail = "Nothing was stored. Read it again, and send the version that you then make yours."


def get(session: Session, actor: Actor) -> AdoptionOut:
    actor.require(*READERS)
    school = session.get_one(School, actor.require_school())
    return _out(session, school, session.get(StatementAdoption, school.id))


def put(session: Session, actor: Actor, body: AdoptionPut) -> AdoptionOut:
    """Adopt the version that is shown; once more changes nothing. Raises StatementChanged for any other."""
    actor.require(Role.COORDINATOR, Role.PRIVACY_OFFICER)
    if body.version != answers.privacy_statement().version:
        raise StatementChanged
    school, now = session.get_one(School, actor.require_school(), with_for_update={"key_share": True}), clock.now()
    row = session.get(StatementAdoption, school.id)
    if row is None or row.statement_version != body.version:
        row = session.merge(
            StatementAdoption(
                school_id=school.id,
                statement_version=body.version,
                adopted_by=actor.person_id,
                adopted_hour=hour_of(now),
            )
        )
        session.flush()
        trail.record(
            session,
            action="privacy_statement.adopted",
            school_id=school.id,
            person_id=actor.person_id,
            subject=body.version,
            now=now,
        )
    return _out(session, school, row)


def _out(session: Session, school: School, row: StatementAdoption | None) -> AdoptionOut:
    by = None if row is None else aliases_of(session, [row.adopted_by], school_id=school.id).get(row.adopted_by)
    return AdoptionOut(
        current=answers.privacy_statement().version,
        adopted=None if row is None else row.statement_version,
        adopted_by=by,
        adopted_hour=None if row is None else row.adopted_hour,
    )
