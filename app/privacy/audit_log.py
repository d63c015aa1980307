"""The trail, for a privacy officer: what people of the programme did, in which hour (domain, 3.5)."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from app.audit import proofs, reading
from app.core import clock, pagination
from app.core.pagination import PageRequest
from app.core.problems import InvalidRequest
from app.identity import people
from app.identity.actors import Actor
from app.models import AuditEntry, Report
from app.privacy import incidents, subjects
from app.privacy.audit_lines import Entry
from app.privacy.schemas import AuditOut, AuditPage
from app.reports.exclusions import kept_from
from app.vocabulary import Role

# What is given out at once.
LONGEST_EXPORT = dt.timedelta(days=31)
MOST_EXPORTED = 20_000
# Entries whose subjects are looked up by one statement.
LOOKED_AT_ONCE = 500


def entries_of(actor: Actor) -> Any:
    """The trail of the school, without what may be shown of it."""
    entry = AuditEntry
    columns = (entry.id, entry.hour, entry.person_id, entry.action, entry.subject, entry.mac)
    return sa.select(*(col(column) for column in columns)).where(col(entry.school_id) == actor.require_school())


def visible(session: Session, actor: Actor, rows: Sequence[Any]) -> list[Any]:
    """Of these entries, those that lead to no report, and to no incident, kept from this officer (J14)."""
    ids = subjects.ids_of(row.subject for row in rows)
    kept = sa.and_(
        col(Report.school_id) == actor.require_school(), sa.or_(col(Report.independent).is_(True), kept_from(actor))
    )
    hidden = subjects.leading_to(session, ids, kept) | incidents.kept_among(session, actor, ids)
    names = {str(row_id) for row_id in hidden}
    return [row for row in rows if row.subject not in names]


def page(
    session: Session, actor: Actor, request: PageRequest, *, action: str | None, person: uuid.UUID | None
) -> AuditPage:
    """Newest hour first; within an hour by random ids: what came first is not told."""
    actor.require(Role.PRIVACY_OFFICER)
    statement = entries_of(actor)
    if action is not None:
        statement = statement.where(col(AuditEntry.action) == action)
    if person is not None:
        statement = statement.where(col(AuditEntry.person_id) == person)
    found = _first(session, actor, statement, request.limit + 1, after=request.after(), newest_first=True)
    rows, cursor = request.page(found, place=_place)
    aliases = people.aliases_of(session, (row.person_id for row in rows), school_id=actor.require_school())
    items = [
        AuditOut(
            id=row.id,
            action=row.action,
            person=row.person_id if row.person_id in aliases else None,
            alias=None if row.person_id is None else aliases.get(row.person_id),
            subject=row.subject,
            hour=row.hour,
        )
        for row in rows
    ]
    return AuditPage(items=items, next_cursor=cursor)


def export(session: Session, actor: Actor, *, start: dt.datetime, end: dt.datetime) -> tuple[list[Entry], str]:
    """The entries of the hours from `start` until before `end`, oldest first, and the head of the chain, to keep.

    That it was asked for is in the trail, once for each hour. Raises InvalidRequest for more than is given out at once.
    """
    actor.require(Role.PRIVACY_OFFICER)
    school_id = actor.require_school()
    if end <= start:
        raise _refused("window_refused", "It ends after it starts.")
    if end - start > LONGEST_EXPORT:
        raise _refused("window_refused", f"At most {LONGEST_EXPORT.days} days are given out at once.")
    hour = col(AuditEntry.hour)
    statement = entries_of(actor).where(hour >= start, hour < end)
    # Within an hour by random ids, as in a page.
    rows = _first(session, actor, statement, MOST_EXPORTED + 1)
    if len(rows) > MOST_EXPORTED:
        raise _refused("too_many_entries", f"These are more than {MOST_EXPORTED} entries. Ask for fewer hours at once.")
    ours = people.aliases_of(session, (row.person_id for row in rows), school_id=school_id)
    entries = [
        Entry(row.id, row.hour, row.person_id if row.person_id in ours else None, row.action, row.subject, row.mac)
        for row in rows
    ]
    reading.opened(
        session,
        [school_id],
        action="audit_log.exported",
        school_id=school_id,
        person_id=actor.person_id,
        now=clock.now(),
    )
    # The chain is held from here to the commit.
    return entries, proofs.take(session, school_id)


def _first(
    session: Session,
    actor: Actor,
    statement: Any,
    most: int,
    *,
    after: tuple[dt.datetime, uuid.UUID] | None = None,
    newest_first: bool = False,
) -> list[Any]:
    """The first `most` entries that this officer may see. What is hidden is found for some of them at a time, so that
    it costs what is shown and not all that the school has."""
    found: list[Any] = []
    while len(found) < most:
        some = min(most, LOOKED_AT_ONCE)
        part = pagination.slice_after(
            statement, after, some, at=col(AuditEntry.hour), row_id=col(AuditEntry.id), newest_first=newest_first
        )
        rows = session.connection().execute(part).all()
        found += visible(session, actor, rows)
        if len(rows) < some:
            break
        after = _place(rows[-1])
    return found[:most]


def _place(row: Any) -> tuple[dt.datetime, uuid.UUID]:
    return row.hour, row.id


def _refused(code: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"parameter": "to", "code": code, "detail": detail}])
