"""A supporter says no to a pause that the programme asked for: a sponsor decides, and never who asked for it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlmodel import Session, col, select

from app.audit import reading, trail
from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.problems import Conflict, NotFound
from app.identity.actors import Actor, people_with
from app.models import Absence, Pause, Person
from app.programme import pauses
from app.programme.pausing_schemas import AppealCreate, AppealDecide, PauseAppeal, PauseAppealPage, PauseOut
from app.rosters import absences
from app.vault import columns
from app.vocabulary import Role
from app.vocabulary.supporters import AppealDecision


class NothingToAppeal(Conflict):
    code, status, title = "nothing_to_appeal", 409, "Nobody else has asked for this pause, or it is over"


class AppealDecided(Conflict):
    code, status, title = "appeal_decided", 409, "This is decided"


def appeal(session: Session, actor: Actor, pause_id: uuid.UUID, body: AppealCreate) -> PauseOut:
    """Once for each pause; the pause goes on meanwhile. Raises NotFound, NothingToAppeal; AppealDecided for a second
    one."""
    pause = _locked(session, select(Pause).where(Pause.id == pause_id, Pause.person_id == actor.person_id))
    now = clock.now()
    if pause.asked_by is None or pauses.is_over(session.get_one(Absence, pause.absence_id), now=now):
        raise NothingToAppeal
    if pause.appealed_hour is not None:
        raise AppealDecided("You have appealed already.")
    columns.PAUSE_APPEAL.seal(session, pause, body.text, school_id=pause.school_id)
    pause.appealed_hour = hour_of(now)
    pause.version += 1
    session.add(pause)
    session.flush()
    _record(session, actor, pause, "pause.appealed", now=now)
    sponsors = set(people_with(session, pause.school_id, Role.SPONSOR)) - {pause.asked_by, pause.person_id}
    pauses.tell(session, pause, sponsors, now=now)
    return pauses.shown(session, pause, now=now)


def page(session: Session, actor: Actor, request: PageRequest) -> PauseAppealPage:
    """Those that wait. What a supporter says is read by their name: it is recorded."""
    statement = _visible(actor).where(col(Pause.decision).is_(None))
    statement = request.slice(statement, at=col(Pause.appealed_hour), row_id=col(Pause.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.appealed_hour, row.id))
    reading.opened(
        session,
        [row.id for row in rows],
        action="pause.appeal_read",
        school_id=actor.require_school(),
        person_id=actor.person_id,
        now=clock.now(),
    )
    return PauseAppealPage(items=[_out(session, row) for row in rows], next_cursor=cursor)


def decide(session: Session, actor: Actor, pause_id: uuid.UUID, body: AppealDecide) -> PauseAppeal:
    """The same again changes nothing. Raises NotFound, also for whoever asked for the pause, and AppealDecided."""
    pause = _locked(session, _visible(actor).where(Pause.id == pause_id))
    now = clock.now()
    if pause.decision is not None:
        if pause.decision is not body.decision:
            raise AppealDecided
        return _out(session, pause)
    pause.decision, pause.decided_by, pause.decided_hour = body.decision, actor.person_id, hour_of(now)
    pause.version += 1
    session.add(pause)
    session.flush()
    if body.decision is AppealDecision.ENDED:
        absence = session.get_one(Absence, pause.absence_id)
        absences.end_pause(session, absence, by=actor.person_id, now=now)
    _record(session, actor, pause, "pause.appeal_decided", now=now)
    told = {pause.person_id} | ({pause.asked_by} if pause.asked_by is not None else set())
    pauses.tell(session, pause, told, now=now)
    return _out(session, pause)


def _visible(actor: Actor) -> Any:
    """Of the school, less those that a sponsor has asked for, or that are about them."""
    actor.require(Role.SPONSOR)
    return select(Pause).where(
        Pause.school_id == actor.require_school(),
        col(Pause.appealed_hour).is_not(None),
        Pause.asked_by != actor.person_id,
        Pause.person_id != actor.person_id,
    )


def _locked(session: Session, statement: Any) -> Pause:
    row: Pause | None = session.exec(statement.with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    return row


def _out(session: Session, pause: Pause) -> PauseAppeal:
    absence = session.get_one(Absence, pause.absence_id)
    return PauseAppeal.model_validate(
        {
            "id": pause.id,
            "alias": session.get_one(Person, pause.person_id).alias,
            "start": absence.starts_at,
            "until": absence.ends_at,
            "text": columns.PAUSE_APPEAL.unseal(session, pause, school_id=pause.school_id),
            "appealed_hour": pause.appealed_hour,
            "decision": pause.decision,
            "decided_hour": pause.decided_hour,
        }
    )


def _record(session: Session, actor: Actor, pause: Pause, action: str, *, now: dt.datetime) -> None:
    trail.record(
        session, action=action, school_id=pause.school_id, person_id=actor.person_id, subject=pause.id, now=now
    )
