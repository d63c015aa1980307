"""A roster says something else from an instant on: a new version, looked at before it is stored."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from typing import Any

from sqlmodel import Session, col, select

from app.core import clock
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, InvalidRequest, NotFound
from app.identity.actors import Actor
from app.models import Roster, RosterVersion
from app.rosters import drafts, duty
from app.rosters import service as rosters
from app.rosters.definition import Roster as Definition
from app.rosters.editing_schemas import ChangeOut, RosterVersionOut, VersionCreate, VersionCreated, VersionPage
from app.rosters.stored import RosterOut, RosterUpdate
from app.rosters.versions import Ruling, joined
from app.vocabulary import Role


class VersionBegun(Conflict):
    code, status, title = "version_begun", 409, "This version has begun; put another one in its place"


def preview(session: Session, actor: Actor, roster_id: uuid.UUID, body: VersionCreate) -> ChangeOut:
    """What a version would change. Stores nothing."""
    actor.require(Role.COORDINATOR)
    roster = rosters.find(session, actor, roster_id)
    now = clock.now()
    effective = _effective(session, roster, body, now=now)
    draft = drafts.draft_of(session, roster, now=now)
    return drafts.change_of(session, draft, _with(session, draft, body, effective))


def add(
    session: Session, actor: Actor, roster_id: uuid.UUID, body: VersionCreate, *, version: Version
) -> VersionCreated:
    """Put a version in place. Those planned for later stay; one that begins at the same instant gives way.

    Raises InvalidRequest for an instant in the past or people who are no active members of the school.
    """
    now = clock.now()
    roster = drafts.begin(session, actor, roster_id, version=version, now=now)
    effective = _effective(session, roster, body, now=now)
    draft = drafts.draft_of(session, roster, now=now)
    change = drafts.change_of(session, draft, _with(session, draft, body, effective))
    document = body.plan.model_dump(mode="json") | {"name": roster.name, "line": roster.line}
    row = put(session, roster, document, effective=effective, person_id=actor.person_id, now=now)
    drafts.finish(session, actor, roster, change="version_added", now=now)
    return VersionCreated(**dict(out(row)), change=change)


def put(
    session: Session,
    roster: Roster,
    document: dict[str, Any],
    *,
    effective: dt.datetime,
    person_id: uuid.UUID | None,
    now: dt.datetime,
) -> RosterVersion:
    """Let a document rule from an instant until the next planned version. The caller holds the roster's row."""
    earlier, later = _around(session, roster.id, effective)
    if earlier is not None:
        earlier.effective_until = effective
        session.add(earlier)
    row = RosterVersion(
        roster_id=roster.id,
        number=_next_number(session, roster.id),
        effective_from=effective,
        effective_until=later,
        definition=document,
        person_id=person_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def planned(session: Session, roster: Roster, *, after: dt.datetime) -> list[RosterVersion]:
    """The versions that rule at an instant or later, in order."""
    rows = session.exec(
        select(RosterVersion)
        .where(RosterVersion.roster_id == roster.id)
        .order_by(col(RosterVersion.effective_from), col(RosterVersion.number))
    )
    return [row for row in rows if not _never_ruled(row) and _until(row) > after]


def remove(session: Session, actor: Actor, roster_id: uuid.UUID, version_id: uuid.UUID, *, version: Version) -> None:
    """Call off a version that has not begun: the one before it rules on. Raises VersionBegun."""
    now = clock.now()
    roster = drafts.begin(session, actor, roster_id, version=version, now=now)
    row = _find(session, roster, version_id)
    if _never_ruled(row):
        raise NotFound
    if row.effective_from <= now:
        raise VersionBegun
    earlier = session.exec(
        select(RosterVersion).where(
            RosterVersion.roster_id == roster.id,
            RosterVersion.effective_until == row.effective_from,
            RosterVersion.effective_from < row.effective_from,
        )
    ).one()
    earlier.effective_until = row.effective_until
    row.effective_until = row.effective_from
    session.add_all((earlier, row))
    drafts.finish(session, actor, roster, change="version_removed", now=now)


def update(session: Session, actor: Actor, roster_id: uuid.UUID, body: RosterUpdate, *, version: Version) -> RosterOut:
    """Merge patch of the name, and of when somebody must be there. Raises RosterExists for a name that is taken."""
    now = clock.now()
    roster = drafts.begin(session, actor, roster_id, version=version, now=now)
    given = body.model_dump(exclude_unset=True)
    taken = select(Roster.id).where(
        Roster.school_id == roster.school_id,
        Roster.line == roster.line,
        Roster.level == roster.level,
        Roster.name == given.get("name", roster.name),
        Roster.id != roster.id,
    )
    if session.exec(taken).first() is not None:
        raise rosters.RosterExists
    for field, value in given.items():
        setattr(roster, field, value)
    drafts.finish(session, actor, roster, change="updated", now=now)
    return rosters.out(session, roster)


def page(session: Session, actor: Actor, roster_id: uuid.UUID, request: PageRequest) -> VersionPage:
    roster = rosters.find(session, actor, roster_id)
    statement = select(RosterVersion).where(RosterVersion.roster_id == roster.id)
    sliced = request.slice(statement, at=col(RosterVersion.created_at), row_id=col(RosterVersion.id))
    rows, cursor = request.page(list(session.exec(sliced)), place=lambda row: (row.created_at, row.id))
    return VersionPage(items=[out(row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, roster_id: uuid.UUID, version_id: uuid.UUID) -> RosterVersionOut:
    return out(_find(session, rosters.find(session, actor, roster_id), version_id))


def out(row: RosterVersion) -> RosterVersionOut:
    plan = {name: row.definition[name] for name in ("time_zone", "combine", "layers")}
    return RosterVersionOut.model_validate(
        {
            "id": row.id,
            "roster_id": row.roster_id,
            "number": row.number,
            "effective_from": row.effective_from,
            "effective_until": row.effective_until,
            "plan": plan,
            "created_at": row.created_at,
        }
    )


def _effective(session: Session, roster: Roster, body: VersionCreate, *, now: dt.datetime) -> dt.datetime:
    rosters.refuse_strangers(session, roster.school_id, body.plan.people(), pointer="#/plan")
    rosters.refuse_not_of_line(session, roster, body.plan.people(), pointer="#/plan")
    minute = rosters.minute_of(now)
    effective = body.effective_from or minute
    if effective < minute:
        detail = "The past is a record: a version begins in this minute or later."
        raise InvalidRequest(errors=[{"pointer": "#/effective_from", "code": "in_the_past", "detail": detail}])
    return effective


def _with(session: Session, draft: drafts.Draft, body: VersionCreate, effective: dt.datetime) -> Definition:
    """The definition with the version in its place, overrides and absences as they are."""
    rulings = duty.rulings_of(session, draft.roster.id, start=draft.window.start, end=draft.window.end)
    kept: list[Ruling] = []
    until: dt.datetime | None = None
    for each in rulings:
        if each.since == each.until:
            # Called off: it bounds no other.
            continue
        if each.since > effective:
            until = each.since if until is None else min(until, each.since)
            kept.append(each)
        elif each.until is None or each.until > effective:
            kept.append(dataclasses.replace(each, until=effective))
        else:
            kept.append(each)
    kept.append(Ruling(effective, until, body.plan.to_definition()))
    after = joined(sorted(kept, key=lambda each: each.since))
    return dataclasses.replace(after, overrides=draft.before.overrides, absences=draft.before.absences)


def _around(
    session: Session, roster_id: uuid.UUID, effective: dt.datetime
) -> tuple[RosterVersion | None, dt.datetime | None]:
    """The version that rules at an instant, and when the next one takes its place."""
    rows = session.exec(
        select(RosterVersion)
        .where(RosterVersion.roster_id == roster_id)
        .order_by(col(RosterVersion.effective_from), col(RosterVersion.number))
    )
    ruling = [row for row in rows if not _never_ruled(row)]
    holding = next((row for row in ruling if row.effective_from <= effective and _until(row) > effective), None)
    return holding, next((row.effective_from for row in ruling if row.effective_from > effective), None)


def _until(row: RosterVersion) -> dt.datetime:
    return row.effective_until or dt.datetime.max.replace(tzinfo=dt.UTC)


def _never_ruled(row: RosterVersion) -> bool:
    return row.effective_until == row.effective_from


def _next_number(session: Session, roster_id: uuid.UUID) -> int:
    numbers = session.exec(select(RosterVersion.number).where(RosterVersion.roster_id == roster_id))
    return max(numbers) + 1


def _find(session: Session, roster: Roster, version_id: uuid.UUID) -> RosterVersion:
    row = session.get(RosterVersion, version_id)
    if row is None or row.roster_id != roster.id:
        raise NotFound
    return row
