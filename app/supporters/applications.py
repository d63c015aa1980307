"""An applicant's side: apply by what they attest, see what came of it, ask once for somebody else, take it back."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, select

from app.core import clock
from app.core.clock import hour_of
from app.core.preconditions import Version
from app.core.problems import Conflict, NotFound
from app.idempotency import service as idempotency
from app.identity.actors import Actor
from app.identity.role_giving import AssessmentConflict
from app.models import Person, School, Supporter, SupporterApplication
from app.schools import service as schools
from app.supporters import selection_rules, selection_telling, service
from app.supporters.application_schemas import ApplicationAppealCreate, ApplicationCreate, Attested, MyApplication
from app.vault import columns
from app.vault import service as vault
from app.vault.columns import SealedColumn
from app.vocabulary.selection import AppealState, ApplicationState
from app.vocabulary.supporters import OF_THE_PROGRAMME, SupporterStatus
from app.work import queue

FORGET = "supporter_applications.forget"
# Where an application has put somebody.
OF_SELECTION = (SupporterStatus.INTERESTED, SupporterStatus.IN_SELECTION, SupporterStatus.NOT_PROCEEDING)
OPEN = (ApplicationState.WAITING, ApplicationState.LATER)


class NoProgramme(Conflict):
    code, status, title = "no_programme", 409, "This school has no programme of supporters"
    default_detail = "Nothing was stored. An expression of interest counts as a suggestion to begin one."


class InTheProgramme(Conflict):
    code, status, title = "in_the_programme", 409, "You are in the programme already"


class ApplicationThere(Conflict):
    code, status, title = "application_there", 409, "There is an application of yours"
    default_detail = "Read it. Take it back first, if you would say something else."


class ApplicationSettled(Conflict):
    code, status, title = "application_settled", 409, "This application is settled"
    default_detail = "Read it again: somebody has decided."


class NoAppealNow(Conflict):
    code, status, title = "no_appeal_now", 409, "There is nothing to appeal against now"
    default_detail = "An appeal is against a decision not to proceed, once, within 28 days. You may apply again later."


def apply(session: Session, actor: Actor, body: ApplicationCreate) -> MyApplication:
    """Raises NoProgramme, SchoolNotActive, AssessmentConflict, InTheProgramme, ApplicationThere."""
    school, now = session.get_one(School, actor.require_school()), clock.now()
    schools.require_active(school)
    if not schools.has_programme(school):
        raise NoProgramme
    person = session.get_one(Person, actor.person_id, with_for_update={"key_share": True}, populate_existing=True)
    refuse_assessor(person, school)
    standing, earlier = service.own(session, actor, lock=True), of_person(session, person.id, lock=True)
    if standing is not None and standing.status in OF_THE_PROGRAMME:
        raise InTheProgramme
    if earlier is not None and earlier.state in OPEN:
        raise ApplicationThere
    was = None if standing is None else standing.status
    if earlier is not None:
        # What came of it then has no bearing on this one, unless they have been in the programme since.
        was = earlier.was if was is SupporterStatus.NOT_PROCEEDING else was
        session.delete(earlier)
        session.flush()
    row = SupporterApplication(
        school_id=school.id,
        person_id=person.id,
        was=was,
        state=ApplicationState.WAITING,
        applied_hour=hour_of(now),
        **body.model_dump(exclude={"note"}),
    )
    if body.note is not None:
        columns.APPLICATION_NOTE.seal(session, row, body.note, school_id=school.id)
    session.add(row)
    session.flush()
    if standing is None:
        service.begin(
            session, school_id=school.id, person_id=person.id, status=SupporterStatus.IN_SELECTION, now=hour_of(now)
        )
    else:
        stand(session, standing, SupporterStatus.IN_SELECTION, now=now)
    forget_later(session, row, now=now)
    selection_telling.waits(session, school.id, "application", now=now)
    return mine(session, row)


def show(session: Session, actor: Actor) -> MyApplication:
    """Raises NotFound."""
    return mine(session, _own(session, actor))


def withdraw(session: Session, actor: Actor) -> None:
    """Gone at once, without a reason. Raises NotFound, ApplicationSettled for somebody who was accepted."""
    session.get_one(Person, actor.person_id, with_for_update={"key_share": True})
    # The answer that is kept for a retry has all that was sent.
    idempotency.end_replay(session, replay_end_hash(session, actor.person_id))
    row = _own(session, actor, lock=True)
    if row.state is ApplicationState.ACCEPTED:
        raise ApplicationSettled("You are in the programme: whoever wants to leave it steps down there.")
    take_away(session, row, now=clock.now())


def appeal(session: Session, actor: Actor, body: ApplicationAppealCreate, *, version: Version) -> MyApplication:
    """Raises NotFound, PreconditionFailed, NoAppealNow."""
    row, now = _own(session, actor, lock=True), clock.now()
    version.check(mine(session, row))
    until = selection_rules.appeal_until(row.state, row.decided_hour, row.appeal)
    if until is None or now >= until:
        raise NoAppealNow
    row.appeal, row.appealed_hour = AppealState.WAITING, hour_of(now)
    if body.note is not None:
        columns.APPEAL_NOTE.seal(session, row, body.note, school_id=row.school_id)
    changed(session, row, now=now)
    selection_telling.waits(session, row.school_id, "appeal", now=now)
    return mine(session, row)


def replay_end_hash(session: Session, person_id: uuid.UUID) -> bytes:
    """What ends the replay of answers to somebody's applications."""
    return vault.lookup_hash(session, str(person_id), use="application replay")


def refuse_assessor(person: Person, school: School) -> None:
    """Raises AssessmentConflict (STUDY D17): a peer must be able to trust that what they say decides nothing."""
    if school.slug in person.assesses_at:
        raise AssessmentConflict("Whoever assesses students of this school is no supporter of them.")


def of_person(session: Session, person_id: uuid.UUID, *, lock: bool = False) -> SupporterApplication | None:
    statement = select(SupporterApplication).where(SupporterApplication.person_id == person_id)
    fresh = statement.with_for_update().execution_options(populate_existing=True)
    return session.exec(fresh if lock else statement).one_or_none()


def stand(session: Session, row: Supporter, status: SupporterStatus, *, now: dt.datetime) -> None:
    row.status, row.version, row.updated_at = status, row.version + 1, hour_of(now)
    session.add(row)
    session.flush()


def changed(session: Session, row: SupporterApplication, *, now: dt.datetime) -> None:
    """Of a row that the caller has locked: another version, and erased at another time."""
    row.version += 1
    session.add(row)
    session.flush()
    forget_later(session, row, now=now)


def kept_until(row: SupporterApplication) -> dt.datetime | None:
    return selection_rules.kept_until(
        row.state,
        applied=row.applied_hour,
        decided=row.decided_hour,
        appeal=row.appeal,
        appeal_decided=row.appeal_decided_hour,
    )


def forget_later(session: Session, row: SupporterApplication, *, now: dt.datetime) -> None:
    until = kept_until(row)
    if until is not None:
        queue.enqueue(session, FORGET, row.id, due_at=until, now=now, key=f"{FORGET}/{row.id}/{until.date()}")


def take_away(session: Session, row: SupporterApplication, *, now: dt.datetime) -> None:
    """Erase an application and put its person back where they stood. Of somebody new nothing stays; whoever was given
    the role by itself meanwhile stays where they are."""
    standing = service.of_person(session, row.person_id, lock=True)
    was = row.was
    queue.cancel(session, kind=FORGET, subject=row.id)
    session.delete(row)
    session.flush()
    if standing is None or standing.status not in OF_SELECTION:
        return
    if was is None and standing.left_on is None:
        session.delete(standing)
        session.flush()
    else:
        stand(session, standing, was or SupporterStatus.ALUMNI, now=now)


def attested(row: SupporterApplication) -> Attested:
    return Attested.model_validate(row.model_dump(include=set(Attested.model_fields)))


def words_in(session: Session, row: SupporterApplication, column: SealedColumn) -> str | None:
    if getattr(row, column.column) is None:
        return None
    return column.unseal(session, row, school_id=row.school_id)


def mine(session: Session, row: SupporterApplication) -> MyApplication:
    until = kept_until(row)
    return MyApplication(
        state=row.state,
        attested=attested(row),
        note=words_in(session, row, columns.APPLICATION_NOTE),
        applied_hour=row.applied_hour,
        decided_hour=row.decided_hour,
        words=words_in(session, row, columns.APPLICATION_WORDS),
        because=row.because,
        appeal=row.appeal,
        appeal_note=words_in(session, row, columns.APPEAL_NOTE),
        appeal_words=words_in(session, row, columns.APPEAL_WORDS),
        appeal_until=selection_rules.appeal_until(row.state, row.decided_hour, row.appeal),
        kept_until=None if until is None else schools.today(session.get_one(School, row.school_id), now=until),
    )


def _own(session: Session, actor: Actor, *, lock: bool = False) -> SupporterApplication:
    row = of_person(session, actor.person_id, lock=lock)
    if row is None or row.school_id != actor.require_school():
        raise NotFound
    return row
