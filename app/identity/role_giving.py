"""The rules of giving and ending a role, in the transaction of whoever does it; and who is told."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.audit import trail
from app.core.problems import Conflict, Forbidden
from app.events import outbox
from app.events.people import RoleGrantChanged, RoleGrantWaiting
from app.identity import sign_in
from app.identity.actors import Actor, current_roles, people_with, roles_to_be
from app.identity.grant_states import end_of, state_of
from app.identity.link_rules import OPENS_CASES
from app.identity.role_rules import (
    CONFIRM_WITHIN,
    NEEDS_SECOND_WORD,
    ON_CALL,
    READS_CASES,
    SECOND_PEOPLE,
    is_barred,
    is_excluded,
    may_give,
)
from app.models import Person, RoleGrant, School
from app.vocabulary import GrantEnd, GrantState, Role
from app.work import queue

# Work for a school; identity knows nobody who plans, so kinds.py says who does it.
CHANGED = "people.roles_changed"
# Work for a person who has a role no more, whether it was ended or ran out.
ENDED = "people.role_ended"


class OwnGrant(Forbidden):
    code, status, title = "own_grant", 403, "This takes somebody else"
    default_detail = "Nobody gives a role to themselves, or confirms one that they give or get."


class NotYoursToGive(Forbidden):
    code, status, title = "not_yours_to_give", 403, "This role is not yours to give, or to take"
    default_detail = (
        "A coordinator gives and takes it; school IT has a say in students, evaluators and school IT alone."
    )


class RoleHeld(Conflict):
    code, status, title = "role_held", 409, "This person has that role, or is to have it"
    default_detail = "End the one that there is first, if another time is meant."


class PersonLeft(Conflict):
    code, status, title = "person_left", 409, "This person has left"
    default_detail = "Let them come back first; then give them the roles that they are to have."


class NotJoined(Conflict):
    code, status, title = "not_joined", 409, "This person has not joined yet"
    default_detail = (
        "Whoever invited them has had their link. Ask them themselves once they have joined: that is what a second "
        "person is for."
    )


class AssessmentConflict(Conflict):
    code, status, title = "assessment_conflict", 409, "Whoever assesses students here does not care for them"
    default_detail = (
        "Nobody who assesses at a school is triager, adviser, coordinator or independent handler there: students must "
        "be able to trust that what they say decides nothing."
    )


class EvaluationConflict(Conflict):
    code, status, title = "evaluation_conflict", 409, "Whoever runs the programme does not evaluate it"
    default_detail = (
        "Nobody is coordinator and evaluator of a school at once, or is to be: people must be able to say what they "
        "think of it. End the one role before you give the other."
    )


class LastCoordinator(Conflict):
    code, status, title = "last_coordinator", 409, "This school would have no coordinator"
    default_detail = "Make somebody else a coordinator first; they must have begun."


def refuse_wrong_giver(actor: Actor, person_id: uuid.UUID, role: Role) -> None:
    """Raises OwnGrant or NotYoursToGive."""
    if person_id == actor.person_id:
        raise OwnGrant
    if not may_give(role, by=actor.roles):
        raise NotYoursToGive


def give(
    session: Session,
    person: Person,
    role: Role,
    *,
    by: uuid.UUID | None,
    now: dt.datetime,
    starts_at: dt.datetime | None = None,
    ends_at: dt.datetime | None = None,
) -> RoleGrant:
    """Give a role to somebody of a school, whose row the caller holds and who may have it from whoever gives it.

    One that reads cases gives nothing until a second person has confirmed it, whoever `by` is, and neither does that of
    a sponsor, unless whoever runs the platform names the first: those who can confirm are told.
    Raises PersonLeft, AssessmentConflict, EvaluationConflict or RoleHeld.
    """
    school = session.get_one(School, person.school_id)
    if person.left_at is not None:
        raise PersonLeft
    if is_barred(role, school=school.slug, assesses_at=person.assesses_at):
        raise AssessmentConflict
    if is_excluded(role, beside=roles_to_be(session, person.id)):
        raise EvaluationConflict
    for earlier in session.exec(
        select(RoleGrant).where(
            RoleGrant.person_id == person.id, RoleGrant.role == role, col(RoleGrant.ended_at).is_(None)
        )
    ):
        ended = end_of(earlier, now=now)
        if ended is None:
            raise RoleHeld
        earlier.ended_at, earlier.ended_because = ended
        session.add(earlier)
        session.flush()
    waits = role in READS_CASES or (role in NEEDS_SECOND_WORD and _is_of(session, by, school))
    grant = RoleGrant(
        person_id=person.id,
        role=role,
        granted_at=now,
        granted_by=by,
        starts_at=starts_at,
        ends_at=ends_at,
        confirm_by=now + CONFIRM_WITHIN if waits else None,
    )
    session.add(grant)
    session.flush()
    record(session, "role_grant.made", school, grant, by=by, now=now)
    if not waits and role in OPENS_CASES:
        sign_in.end_provided(session, person.id, now=now)
    if waits:
        data = RoleGrantWaiting(school=school.slug, grant_id=grant.id, role=role, confirm_by=now + CONFIRM_WITHIN)
        others = set(people_with(session, school.id, *SECOND_PEOPLE)) - {person.id, by}
        outbox.emit(session, "role_grant.waiting", data, school_id=school.id, now=now, tell=others)
    else:
        changed(session, school, grant, now=now)
    return grant


def end(
    session: Session,
    school: School,
    grant: RoleGrant,
    *,
    by: uuid.UUID | None,
    because: GrantEnd,
    now: dt.datetime,
) -> None:
    """End what has not ended. The caller holds the row, and the school's where it is a coordinator's."""
    if grant.role is Role.COORDINATOR and state_of(grant, now=now) is GrantState.CURRENT:
        refuse_last_coordinator(session, school.id, grant.person_id)
    grant.ended_at, grant.ended_by, grant.ended_because = now, by, because
    session.add(grant)
    session.flush()
    record(session, f"role_grant.{because}", school, grant, by=by, now=now)
    changed(session, school, grant, now=now)
    if grant.role in ON_CALL:
        queue.enqueue(session, ENDED, grant.person_id, due_at=now, now=now)


def hold_roles(session: Session, actor: Actor) -> School:
    """Hold the school against anybody else who takes roles away, and look at the actor again.

    Two coordinators who end each other would both find one left. Raises Forbidden for who coordinates no more. Weaker
    than FOR UPDATE: a report that comes in does not wait for it.
    """
    school = session.get_one(School, actor.require_school(), with_for_update={"key_share": True})
    if actor.has(Role.COORDINATOR) and Role.COORDINATOR not in current_roles(session, actor.person_id):
        raise Forbidden("You are no coordinator any more.")
    return school


def refuse_last_coordinator(session: Session, school_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Raises LastCoordinator when nobody but this person coordinates now. The caller has called `hold_roles`."""
    if set(people_with(session, school_id, Role.COORDINATOR)) == {person_id}:
        raise LastCoordinator


def changed(session: Session, school: School, grant: RoleGrant, *, now: dt.datetime) -> None:
    """Whoever plans looks at the rosters again, also when it runs out. Of roles that take two, those are told who
    answer for it that the right people have them, and whose role it is."""
    if grant.role in ON_CALL:
        queue.enqueue(session, CHANGED, school.id, due_at=now, now=now)
        if grant.ended_at is None and grant.ends_at is not None:
            queue.enqueue(session, CHANGED, school.id, due_at=grant.ends_at, now=now)
    if grant.role not in NEEDS_SECOND_WORD:
        return
    data = RoleGrantChanged(school=school.slug, grant_id=grant.id, role=grant.role, state=state_of(grant, now=now))
    who = {*people_with(session, school.id, Role.COORDINATOR, *SECOND_PEOPLE), grant.person_id}
    outbox.emit(session, "role_grant.changed", data, school_id=school.id, now=now, tell=who)


def _is_of(session: Session, person_id: uuid.UUID | None, school: School) -> bool:
    """Whether it is somebody of the school itself."""
    return person_id is not None and session.get_one(Person, person_id).school_id == school.id


def record(
    session: Session, action: str, school: School, grant: RoleGrant, *, by: uuid.UUID | None, now: dt.datetime
) -> None:
    trail.record(session, action=action, school_id=school.id, person_id=by, subject=grant.id, now=now)
