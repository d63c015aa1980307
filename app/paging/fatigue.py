"""Whoever is woken again and again in one night is offered relief (J5): told that they may, never that they must."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, func, select

from app.core.clock import hour_of
from app.events import outbox
from app.events.pages import ReliefOffered
from app.models import Page, School
from app.schools import service as schools

# Being woken a third time is a night without sleep.
NIGHT_PAGES = 3
FROM_HOUR, BEFORE_HOUR = 22, 7


def look(session: Session, school: School, person_id: uuid.UUID, *, now: dt.datetime) -> None:
    """After a page: the third of a night of the school tells the person, and nobody else, how to pass the rest on."""
    began = _night(now.astimezone(schools.zone_of(school)))
    if began is None:
        return
    woken = session.exec(
        select(func.count()).where(
            Page.person_id == person_id,
            col(Page.sent_at) >= began,
            col(Page.drill).is_(False),
            col(Page.held).is_(False),
        )
    ).one()
    if woken == NIGHT_PAGES:
        data = ReliefOffered(school=school.slug, night_pages=woken)
        # Kept to the hour from the start: it names no report, so that closing one would not find it.
        hour = hour_of(now)
        outbox.emit(
            session, "duty.relief_offered", data, school_id=school.id, now=hour, tell={person_id}, only_people=True
        )


def _night(local: dt.datetime) -> dt.datetime | None:
    """When the present night began by the school's clock; None by day."""
    if BEFORE_HOUR <= local.hour < FROM_HOUR:
        return None
    day = local.date() if local.hour >= FROM_HOUR else local.date() - dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time(FROM_HOUR), tzinfo=local.tzinfo).astimezone(dt.UTC)
