"""Pauses as they are shown: to whoever pauses their own, to a coordinator those that go on."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.directory import catalogue
from app.events import outbox
from app.events.programme import PauseChanged
from app.identity.actors import Actor
from app.models import Absence, Pause, School
from app.paging import routing
from app.programme.pausing_schemas import (
    AppealOut,
    HandedOn,
    PauseMade,
    PauseOut,
    PausePage,
    ResumeCreate,
    ResumeOut,
    SupportForYou,
)
from app.rosters import absences
from app.rosters.shift_schemas import RosterChange
from app.supporters import service as supporters
from app.vault import columns
from app.vocabulary import ADVICE_LINES, Role

_CHECK_IN = {
    None: "How are you? Nobody reads an answer to this. If it is too early, pause again: nobody asks why.",
    "ready": "Good to have you back. You can pause again at any time, and ask for advice at any hour.",
    "not_quite": "Then pause again, for as long as you like. Nobody asks why, and somebody is there for you.",
}


class Found(NamedTuple):
    """A pause, and what it is on the rosters."""

    pause: Pause
    absence: Absence


def open_of(session: Session, person_id: uuid.UUID, *, now: dt.datetime) -> list[Found]:
    """Those that go on, or are to begin, the earliest first."""
    statement = _all().where(Pause.person_id == person_id, _is_open(now)).order_by(col(Absence.starts_at))
    return [Found(*row) for row in session.exec(statement.execution_options(populate_existing=True))]


def page_of_own(session: Session, actor: Actor, request: PageRequest) -> PausePage:
    """All there are; what is long over is forgotten (app/programme/pauses_forgotten.py)."""
    statement = _all().where(Pause.person_id == actor.person_id, col(Absence.removed_at).is_(None))
    statement = request.slice(statement, at=col(Absence.starts_at), row_id=col(Pause.id), newest_first=True)
    rows, cursor = request.page(
        [Found(*row) for row in session.exec(statement)], place=lambda each: (each.absence.starts_at, each.pause.id)
    )
    now = clock.now()
    return PausePage(items=[PauseOut(**_members(session, each, now=now)) for each in rows], next_cursor=cursor)


def page_of_supporter(session: Session, actor: Actor, supporter_id: uuid.UUID, request: PageRequest) -> PausePage:
    """For coordinators: those that go on. A reason only where it is shared; of what is over nothing is left to see."""
    actor.require(Role.COORDINATOR)
    row, now = supporters.find(session, actor, supporter_id), clock.now()
    statement = _all().where(Pause.person_id == row.person_id, _is_open(now), col(Absence.starts_at) <= now)
    statement = request.slice(statement, at=col(Absence.starts_at), row_id=col(Pause.id), newest_first=True)
    rows, cursor = request.page(
        [Found(*row) for row in session.exec(statement)], place=lambda each: (each.absence.starts_at, each.pause.id)
    )
    return PausePage(items=[PauseOut(**_members(session, each, now=now)) for each in rows], next_cursor=cursor)


def shown(session: Session, pause: Pause, *, now: dt.datetime) -> PauseOut:
    found = Found(pause, session.get_one(Absence, pause.absence_id))
    return PauseOut(**_members(session, found, now=now))


def is_over(absence: Absence, *, now: dt.datetime) -> bool:
    return absence.removed_at is not None or (absence.ends_at is not None and absence.ends_at <= now)


def tell(session: Session, pause: Pause, people: Collection[uuid.UUID], *, now: dt.datetime) -> None:
    """That there is something to read of a pause that the programme asked for: to people, by the hour."""
    school = session.get_one(School, pause.school_id)
    data = PauseChanged(school=school.slug, pause_id=pause.id)
    outbox.emit(session, "pause.changed", data, school_id=school.id, now=hour_of(now), tell=people, only_people=True)


def made(
    session: Session, pause: Pause, contacts: Sequence[HandedOn], released: Sequence[RosterChange], *, now: dt.datetime
) -> PauseMade:
    """A pause with what it did, for whoever pauses."""
    found = Found(pause, session.get_one(Absence, pause.absence_id))
    return PauseMade(
        **_members(session, found, now=now),
        contacts=list(contacts),
        released=list(released),
        support=support_for(session, pause.school_id, pause.person_id, now=now),
    )


def resumed(session: Session, actor: Actor, body: ResumeCreate, *, now: dt.datetime) -> ResumeOut:
    return ResumeOut(
        paused=bool(absences.paused(session, [actor.person_id], now=now)),
        check_in=_CHECK_IN[body.check_in],
        support=support_for(session, actor.require_school(), actor.person_id, now=now),
    )


def support_for(session: Session, school_id: uuid.UUID, person_id: uuid.UUID, *, now: dt.datetime) -> SupportForYou:
    """Advice, which is never closed to them, and who can be called at any hour."""
    school = session.get_one(School, school_id)
    return SupportForYou(
        ask_for_advice=f"/v1/schools/{school.slug}/advice-requests",
        on_call=any(routing.staffed(session, school.id, line, now=now, excluded={person_id}) for line in ADVICE_LINES),
        help=catalogue.fallback(session, school, at=now),
    )


def _all() -> Any:
    return select(Pause, Absence).join(Absence, col(Absence.id) == col(Pause.absence_id))


def _is_open(now: dt.datetime) -> sa.ColumnElement[bool]:
    return sa.and_(
        col(Absence.removed_at).is_(None), sa.or_(col(Absence.ends_at).is_(None), col(Absence.ends_at) > now)
    )


def _members(session: Session, found: Found, *, now: dt.datetime) -> dict[str, object]:
    pause, absence = found
    over = is_over(absence, now=now)
    appeal = None
    if pause.appealed_hour is not None and pause.appeal_sealed is not None:
        appeal = AppealOut(
            text=columns.PAUSE_APPEAL.unseal(session, pause, school_id=pause.school_id),
            appealed_hour=pause.appealed_hour,
            decision=pause.decision,
            decided_hour=pause.decided_hour,
        )
    can_appeal = pause.asked_by is not None and appeal is None and not over
    return {
        "id": pause.id,
        "start": absence.starts_at,
        "until": absence.ends_at,
        "going_on": not over and absence.starts_at <= now,
        "asked_by_programme": pause.asked_by is not None,
        "reason": pause.reason,
        "review_on": pause.review_on,
        "note": None
        if pause.note_sealed is None
        else columns.PAUSE_NOTE.unseal(session, pause, school_id=pause.school_id),
        "appeal": appeal,
        "appeal_to": f"/v1/supporters/me/pauses/{pause.id}/appeal" if can_appeal else None,
    }
