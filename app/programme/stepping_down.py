"""A supporter goes: those they are in touch with are handed over first, and with the last day everything ends.

What they agreed to about confidentiality goes on, and so does their name: it is given to nobody else of the school.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.audit import trail
from app.contacts import open_invitations
from app.core import clock
from app.events import outbox
from app.events.succession import SupporterLeft
from app.identity import leaving, role_giving, sign_in
from app.identity.actors import Actor, people_with, roles_to_be
from app.identity.grant_states import end_of
from app.identity.role_rules import ON_CALL
from app.models import Person, RoleGrant, School, Supporter
from app.paging import departed as paging
from app.programme import pauses, risk
from app.reports import departed, letting_go
from app.rosters import absences, calendar_feeds, departures
from app.schools import service as schools
from app.supporters import endings
from app.supporters import service as supporters
from app.supporters.ending_schemas import ExpectedEndOut, StepDown
from app.vocabulary import GrantEnd, Role
from app.vocabulary.supporters import OF_THE_PROGRAMME, SERVES, SupporterStatus
from app.work import queue
from app.work.queue import Item


def step_down(session: Session, actor: Actor, row: Supporter, body: StepDown) -> ExpectedEndOut:
    """Go on a last day, or at once where none is said: nobody new is handed to them from now on.

    Raises NotInProgramme, and InvalidRequest for a day that is past.
    """
    now = clock.now()
    endings.refuse_outsiders(row)
    if body.last_day is None:
        become_alumni(session, row.person_id, by=actor.person_id, now=now)
        return endings.shown(session, row)
    held = supporters.of_person(session, row.person_id, lock=True)
    assert held is not None
    held.listed = False
    if held.status in SERVES:
        # Whoever trains is not served with: taking the day back must not make them active.
        held.status = SupporterStatus.STEPPING_DOWN
    endings.put(session, held, body.last_day, pointer="#/last_day", now=now)
    endings.record(session, actor, held, "supporter.stepping_down", now=now)
    return endings.shown(session, held)


def over(session: Session, item: Item, now: dt.datetime) -> None:
    """Their last day is over, or their role has ended. Safe to repeat, and nothing where that is so no more."""
    row = session.get(Supporter, item.subject)
    if row is not None and (_is_over(row, now) or endings.has_no_role(session, row)):
        become_alumni(session, row.person_id, by=None, now=now)


def left(session: Session, item: Item, now: dt.datetime) -> None:
    """Somebody has left the school without a word: what they were asked goes on, and they are alumni. Whoever is back
    by now, and has been given the role again, trains first, as all alumni do. Safe to repeat."""
    departed.left(session, item, now)
    ending = leaving.what_to_end(session, item)
    if ending is None:
        return
    person, until = ending
    if until is None or _left_as_supporter(session, person.id, at=until):
        become_alumni(session, person.id, by=None, now=now, made_until=until)
    if person.school_id is not None:
        if until is not None:
            queue.enqueue(session, role_giving.CHANGED, person.school_id, due_at=now, now=now)
        risk.look_at(session, session.get_one(School, person.school_id), now=now)


def become_alumni(
    session: Session,
    person_id: uuid.UUID,
    *,
    by: uuid.UUID | None,
    now: dt.datetime,
    made_until: dt.datetime | None = None,
) -> None:
    """End all that a supporter has. Nothing for whoever is not, or no longer, in the programme. `made_until`: they left
    then and are back, and what they have had since stays; roles and sign-ins ended as they left.

    Reports before rosters before escalations and people, as everywhere.
    """
    row = supporters.of_person(session, person_id)
    if row is None or row.status not in OF_THE_PROGRAMME:
        return
    letting_go.hold(session, person_id)
    person = session.get_one(Person, person_id)
    # Before an urgent contact is handed on: nobody is called who is on call no more.
    departures.free(session, person, now=now, made_until=made_until)
    departed.give_back_all(session, person_id, now=now, made_until=made_until)
    if not (roles_to_be(session, person_id) & ON_CALL) - {Role.SUPPORTER}:
        # Whoever is on call as something else has paused from that too.
        for found in pauses.open_of(session, person_id, now=now):
            if made_until is not None and found.absence.created_at > made_until:
                continue
            absences.end_pause(session, found.absence, by=by or person_id, now=now)
    school = session.get_one(School, row.school_id, with_for_update={"key_share": True})
    person = session.get_one(Person, person_id, with_for_update={"key_share": True})
    row = session.get_one(Supporter, row.id, with_for_update=True)
    if made_until is None:
        _end_role(session, school, person, by=by, now=now)
    if Role.COORDINATOR not in roles_to_be(session, person.id):
        open_invitations.take_down_all(session, person.id, now=now)
    if made_until is None and not roles_to_be(session, person.id):
        sign_in.end_all(session, person.id, because="alumni", now=now)
        paging.hand_on(session, person.id, now=now)
        calendar_feeds.revoke_all(session, person.id, now=now)
    row.status, row.listed = SupporterStatus.ALUMNI, False
    row.left_on = row.expected_end if _is_over(row, now) else schools.today(school, now=now)
    row.expected_end = row.ends_at = row.told_end = None
    row.version += 1
    row.updated_at = now
    session.add(row)
    session.flush()
    trail.record(session, action="supporter.alumni", school_id=school.id, person_id=by, subject=row.id, now=now)
    if person.active and made_until is None:
        # Of whoever has left the school that is told, and they themselves are told nothing.
        who = {*people_with(session, school.id, Role.COORDINATOR), person.id}
        data = SupporterLeft(school=school.slug, supporter_id=row.id, exit_evaluation=True)
        outbox.emit(session, "supporter.left", data, school_id=school.id, now=now, tell=who, only_people=True)
    risk.look_at(session, school, now=now)


def _left_as_supporter(session: Session, person_id: uuid.UUID, *, at: dt.datetime) -> bool:
    ended = select(RoleGrant.id).where(
        RoleGrant.person_id == person_id,
        RoleGrant.role == Role.SUPPORTER,
        RoleGrant.ended_because == GrantEnd.LEFT,
        RoleGrant.ended_at == at,
    )
    return session.exec(ended.limit(1)).first() is not None


def _is_over(row: Supporter, now: dt.datetime) -> bool:
    return row.ends_at is not None and row.ends_at <= now


def _end_role(session: Session, school: School, person: Person, *, by: uuid.UUID | None, now: dt.datetime) -> None:
    held = select(RoleGrant).where(
        RoleGrant.person_id == person.id, RoleGrant.role == Role.SUPPORTER, col(RoleGrant.ended_at).is_(None)
    )
    because = GrantEnd.GIVEN_UP if by == person.id else GrantEnd.ENDED
    for grant in session.exec(held.order_by(col(RoleGrant.id)).with_for_update()).all():
        ended = end_of(grant, now=now)
        if ended is None:
            role_giving.end(session, school, grant, by=by, because=because, now=now)
        else:
            grant.ended_at, grant.ended_because = ended
            session.add(grant)
    session.flush()
