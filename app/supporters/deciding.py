"""Deciding about applications: a coordinator, and of an appeal somebody else. Nobody decides about themselves."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.identity import role_giving
from app.identity.actors import Actor
from app.models import Person, RoleGrant, School, Supporter, SupporterApplication
from app.supporters import applications, keeping, selection_rules, selection_telling, service, training
from app.supporters.application_schemas import (
    ApplicationAppealDecisionCreate,
    ApplicationOut,
    ApplicationPage,
    ApplicationSummary,
    NotProceedingCreate,
    SelectionDecisionCreate,
)
from app.supporters.applications import ApplicationSettled, words_in
from app.supporters.keeping import NotInTraining, OwnStanding
from app.supporters.schemas import ProgrammeSupporterOut
from app.supporters.selection_rules import Fault
from app.vault import columns
from app.vocabulary import GrantEnd, Role
from app.vocabulary.selection import AppealState, ApplicationAppealDecision, ApplicationState, SelectionDecision
from app.vocabulary.supporters import OF_THE_PROGRAMME, SupporterStatus

READERS = (Role.COORDINATOR, Role.SPONSOR)
_COMES_TO = {
    SelectionDecision.WAIT: (ApplicationState.LATER, SupporterStatus.INTERESTED),
    SelectionDecision.NOT_PROCEEDING: (ApplicationState.NOT_PROCEEDING, SupporterStatus.NOT_PROCEEDING),
}


class DecidedOnAppeal(Conflict):
    code, status, title = "decided_on_appeal", 409, "On an appeal it was decided that they may go on"
    default_detail = "Accept it, or let it wait for a better time."


class AppealSettled(Conflict):
    code, status, title = "appeal_not_waiting", 409, "No appeal waits here"
    default_detail = "Read it again: an appeal is decided once."


class DecidedByYou(Conflict):
    code, status, title = "decided_by_you", 409, "An appeal takes somebody else"
    default_detail = "You decided before. A sponsor or another coordinator looks at it."


def page(session: Session, actor: Actor, request: PageRequest, *, state: ApplicationState | None) -> ApplicationPage:
    """By the hour in which they came; within an hour in no order of time."""
    statement = _visible(actor)
    if state is not None:
        statement = statement.where(SupporterApplication.state == state)
    at, row_id = col(SupporterApplication.applied_hour), col(SupporterApplication.id)
    found = list(session.exec(request.slice(statement, at=at, row_id=row_id)))
    rows, cursor = request.page(found, place=lambda each: (each[0].applied_hour, each[0].id))
    return ApplicationPage(items=[_summary(*each) for each in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, application_id: uuid.UUID) -> ApplicationOut:
    """Raises NotFound."""
    return _out(session, *_find(session, actor, application_id))


def decide(
    session: Session, actor: Actor, application_id: uuid.UUID, body: SelectionDecisionCreate, *, version: Version
) -> ApplicationOut:
    """Raises NotFound, PreconditionFailed, OwnStanding, ApplicationSettled, DecidedOnAppeal, InvalidRequest, and as
    giving the role does."""
    actor.require(Role.COORDINATOR)
    row, person, now = *_hold(session, actor, application_id, version=version), clock.now()
    if row.state not in applications.OPEN:
        raise ApplicationSettled
    if row.appeal is AppealState.CHANGED and body.decision is SelectionDecision.NOT_PROCEEDING:
        raise DecidedOnAppeal
    _refuse(selection_rules.faults(body.decision, body.because, body.words))
    standing = _standing(session, row, now=now)
    if body.decision is SelectionDecision.ACCEPT:
        _accept(session, actor, row, standing, person, now=now)
    elif standing.status in OF_THE_PROGRAMME:
        raise ApplicationSettled("They have been given the role since, and are in the programme: accept it.")
    else:
        row.state, status = _COMES_TO[body.decision]
        applications.stand(session, standing, status, now=now)
    _decided(session, actor, row, body.words, because=[str(each) for each in body.because], now=now)
    return _out(session, row, person.alias)


def decide_appeal(
    session: Session,
    actor: Actor,
    application_id: uuid.UUID,
    body: ApplicationAppealDecisionCreate,
    *,
    version: Version,
) -> ApplicationOut:
    """Raises NotFound, PreconditionFailed, OwnStanding, DecidedByYou, AppealSettled, InvalidRequest.

    A coordinator who changes it accepts it. A sponsor gives no roles: a coordinator does what was decided.
    """
    actor.require(*READERS)
    row, person, now = *_hold(session, actor, application_id, version=version), clock.now()
    if row.appeal is not AppealState.WAITING:
        raise AppealSettled
    if row.decided_by == actor.person_id:
        raise DecidedByYou
    _refuse(selection_rules.word_faults(body.words))
    standing = _standing(session, row, now=now)
    row.appeal = AppealState(body.decision)
    row.appeal_decided_by, row.appeal_decided_hour = actor.person_id, hour_of(now)
    columns.APPEAL_WORDS.seal(session, row, body.words, school_id=row.school_id)
    if body.decision is ApplicationAppealDecision.CHANGED and actor.has(Role.COORDINATOR):
        _accept(session, actor, row, standing, person, now=now)
    elif body.decision is ApplicationAppealDecision.CHANGED and standing.status in OF_THE_PROGRAMME:
        row.state = ApplicationState.ACCEPTED
    elif body.decision is ApplicationAppealDecision.CHANGED:
        row.state = ApplicationState.WAITING
        applications.stand(session, standing, SupporterStatus.IN_SELECTION, now=now)
        selection_telling.waits(session, row.school_id, "application", now=now)
    _record(session, actor, row, "supporter_application.appeal_decided", now=now)
    applications.changed(session, row, now=now)
    selection_telling.decided(session, row, now=now)
    return _out(session, row, person.alias)


def not_proceeding(
    session: Session, actor: Actor, supporter_id: uuid.UUID, body: NotProceedingCreate, *, version: Version
) -> ProgrammeSupporterOut:
    """Of somebody in training: the role ends, and they may appeal as of an application.

    Raises NotFound, PreconditionFailed, OwnStanding, NotInTraining, InvalidRequest.
    """
    actor.require(Role.COORDINATOR)
    # The school before the person, whoever takes a role away.
    school, now = role_giving.hold_roles(session, actor), clock.now()
    standing, alias = keeping.hold(session, actor, supporter_id, version=version)
    if standing.status is not SupporterStatus.IN_TRAINING:
        raise NotInTraining
    _refuse(selection_rules.faults(SelectionDecision.NOT_PROCEEDING, body.because, body.words))
    row = applications.of_person(session, standing.person_id, lock=True)
    if row is None:
        row = SupporterApplication(
            school_id=school.id,
            person_id=standing.person_id,
            state=ApplicationState.ACCEPTED,
            applied_hour=hour_of(now),
        )
    # Whoever has trained has a place here that no erasing takes away.
    row.state, row.was = ApplicationState.NOT_PROCEEDING, SupporterStatus.NOT_PROCEEDING
    row.appeal = row.appealed_hour = row.appeal_decided_by = row.appeal_decided_hour = None
    row.appeal_note_sealed = row.appeal_words_sealed = None
    held = select(RoleGrant).where(
        RoleGrant.person_id == standing.person_id,
        RoleGrant.role == Role.SUPPORTER,
        col(RoleGrant.ended_at).is_(None),
    )
    for grant in session.exec(held.with_for_update()).all():
        role_giving.end(session, school, grant, by=actor.person_id, because=GrantEnd.ENDED, now=now)
    # A last day is one of the time that is over: it must not end another one.
    standing.expected_end = standing.ends_at = standing.told_end = None
    applications.stand(session, standing, SupporterStatus.NOT_PROCEEDING, now=now)
    training.status_changed(session, standing, now=now)
    _decided(session, actor, row, body.words, because=[str(each) for each in body.because], now=now)
    return keeping.out(session, standing, alias, now=now)


def _accept(
    session: Session,
    actor: Actor,
    row: SupporterApplication,
    standing: Supporter,
    person: Person,
    *,
    now: dt.datetime,
) -> None:
    applications.refuse_assessor(person, session.get_one(School, row.school_id))
    keeping.give_role(session, actor, person.id, now=now)
    row.state = ApplicationState.ACCEPTED
    if standing.status in OF_THE_PROGRAMME:
        # They were given the role by itself meanwhile, and may be active by now.
        return
    applications.stand(session, standing, SupporterStatus.IN_TRAINING, now=now)
    training.begin(session, standing, now=now)


def _decided(
    session: Session,
    actor: Actor,
    row: SupporterApplication,
    words: str,
    *,
    because: list[str],
    now: dt.datetime,
) -> None:
    row.decided_by, row.decided_hour, row.because = actor.person_id, hour_of(now), because
    columns.APPLICATION_WORDS.seal(session, row, words, school_id=row.school_id)
    # That it was decided, and not what: no log counts who did not go on.
    _record(session, actor, row, "supporter_application.decided", now=now)
    applications.changed(session, row, now=now)
    selection_telling.decided(session, row, now=now)


def _record(session: Session, actor: Actor, row: SupporterApplication, action: str, *, now: dt.datetime) -> None:
    trail.record(session, action=action, school_id=row.school_id, person_id=actor.person_id, subject=row.id, now=now)


def _refuse(found: Iterable[Fault]) -> None:
    errors = [each._asdict() for each in found]
    if errors:
        raise InvalidRequest(errors=errors)


def _standing(session: Session, row: SupporterApplication, *, now: dt.datetime) -> Supporter:
    found = service.of_person(session, row.person_id, lock=True)
    if found is not None:
        return found
    status = SupporterStatus.IN_SELECTION
    return service.begin(session, school_id=row.school_id, person_id=row.person_id, status=status, now=hour_of(now))


def _visible(actor: Actor) -> Any:
    """Those of the school; a sponsor sees where an appeal waits, and what they have decided."""
    actor.require(*READERS)
    statement = (
        select(SupporterApplication, Person.alias)
        .join(Person, col(Person.id) == col(SupporterApplication.person_id))
        .where(SupporterApplication.school_id == actor.require_school(), col(Person.left_at).is_(None))
    )
    if actor.has(Role.COORDINATOR):
        return statement
    appealed = col(SupporterApplication.appeal) == AppealState.WAITING
    return statement.where(sa.or_(appealed, col(SupporterApplication.appeal_decided_by) == actor.person_id))


def _find(session: Session, actor: Actor, application_id: uuid.UUID) -> tuple[SupporterApplication, str]:
    found = session.exec(_visible(actor).where(SupporterApplication.id == application_id)).one_or_none()
    if found is None:
        raise NotFound
    row, alias = found
    return row, alias


def _hold(
    session: Session, actor: Actor, application_id: uuid.UUID, *, version: Version
) -> tuple[SupporterApplication, Person]:
    """The person before what is theirs, as everywhere; then what was taken back meanwhile is not there."""
    row, alias = _find(session, actor, application_id)
    person = session.get_one(Person, row.person_id, with_for_update={"key_share": True}, populate_existing=True)
    held = applications.of_person(session, person.id, lock=True)
    if held is None or held.id != application_id:
        raise NotFound
    version.check(_out(session, held, alias))
    if person.id == actor.person_id:
        raise OwnStanding
    return held, person


def _summary(row: SupporterApplication, alias: str) -> ApplicationSummary:
    return ApplicationSummary(
        id=row.id,
        person_id=row.person_id,
        alias=alias,
        state=row.state,
        appeal=row.appeal,
        applied_hour=row.applied_hour,
    )


def _out(session: Session, row: SupporterApplication, alias: str) -> ApplicationOut:
    return ApplicationOut(
        **_summary(row, alias).model_dump(),
        attested=applications.attested(row),
        note=words_in(session, row, columns.APPLICATION_NOTE),
        decided_by=row.decided_by,
        decided_hour=row.decided_hour,
        words=words_in(session, row, columns.APPLICATION_WORDS),
        because=row.because,
        appeal_note=words_in(session, row, columns.APPEAL_NOTE),
        appealed_hour=row.appealed_hour,
        appeal_words=words_in(session, row, columns.APPEAL_WORDS),
        appeal_decided_hour=row.appeal_decided_hour,
    )
