"""Who has checked an entry, how, and by when it is checked again: apart from when it was changed (domain, 2.3)."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.core.pagination import PageRequest
from app.core.problems import InvalidRequest, NotFound
from app.core.tables import fault
from app.directory import catalogue
from app.directory.entries import Entry, Tier
from app.directory.held import school_of
from app.directory.keeping_schemas import EntryCheck, EntryCheckOut, EntryCheckPage
from app.identity.actors import Actor
from app.models import EntryVerification, School
from app.schools import service as schools

# Days until the next check, where nothing else is said. A wrong number costs most where somebody is in danger.
DAYS = {Tier.EMERGENCY: 90, Tier.CRISIS: 90}
DAYS_OF_TIERS = 180
DAYS_OF_SIDE_LISTS = 365
LONGEST_DAYS = 400


def due_after(entry: Entry | None, day: dt.date) -> dt.date:
    """The next check of an entry that was checked on a day."""
    if entry is None or entry.tier is None:
        return day + dt.timedelta(days=DAYS_OF_SIDE_LISTS)
    return day + dt.timedelta(days=DAYS.get(entry.tier, DAYS_OF_TIERS))


def made(
    body: EntryCheck, entry: Entry | None, *, school: School, entry_id: str, by: uuid.UUID, now: dt.datetime
) -> EntryVerification:
    """A check of an entry, made now. Raises InvalidRequest for a next one that is over, or further than 400 days on.

    Days are those of the school's clock.
    """
    today = schools.today(school, now=now)
    due = body.due_on or due_after(entry, today)
    if not today < due <= today + dt.timedelta(days=LONGEST_DAYS):
        detail = f"The next check is between tomorrow and {LONGEST_DAYS} days from now."
        raise InvalidRequest(errors=[fault("#/due_on", "due_out_of_range", detail)])
    return EntryVerification(
        school_id=school.id,
        entry_id=entry_id,
        verified_by=by,
        verified_at=now,
        method=body.method,
        evidence=body.evidence,
        due_on=due,
    )


def page(session: Session, actor: Actor, entry_id: str, request: PageRequest) -> EntryCheckPage:
    """Every check of an entry, the last first. Raises NotFound."""
    school = school_of(session, actor)
    if entry_id not in catalogue.catalogue_of(session, school).directory.standings:
        raise NotFound
    statement = request.slice(
        select(EntryVerification).where(
            EntryVerification.school_id == school.id, EntryVerification.entry_id == entry_id
        ),
        at=col(EntryVerification.verified_at),
        row_id=col(EntryVerification.id),
        newest_first=True,
    )
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.verified_at, row.id))
    return EntryCheckPage(items=[EntryCheckOut.model_validate(row) for row in rows], next_cursor=cursor)


def latest_of(session: Session, school_id: uuid.UUID, entry_ids: list[str]) -> dict[str, EntryVerification]:
    """The last check of each of these entries that ever was checked."""
    statement = (
        select(EntryVerification)
        .where(EntryVerification.school_id == school_id, col(EntryVerification.entry_id).in_(entry_ids))
        .order_by(col(EntryVerification.verified_at), col(EntryVerification.id))
    )
    return {row.entry_id: row for row in session.exec(statement)}
