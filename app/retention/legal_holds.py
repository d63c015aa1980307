"""Legal holds: nothing of a report, or of a school, is erased while there is one (domain, 3.4)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import reading, trail
from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.preconditions import Version
from app.core.problems import Conflict, NotFound
from app.identity.actors import Actor
from app.models import LegalHold, Person, Report, School
from app.retention import records
from app.retention.schemas import LegalHoldCreate, LegalHoldOut, LegalHoldPage, LegalHoldRelease
from app.vault import columns
from app.vocabulary import Role


class AlreadyErased(Conflict):
    code, status, title = "already_erased", 409, "This was erased before"
    default_detail = "Nothing is left of it that could be kept."


class HoldReleased(Conflict):
    code, status, title = "hold_released", 409, "This hold was released before"


def place(session: Session, actor: Actor, body: LegalHoldCreate) -> LegalHoldOut:
    """From the commit on nothing of it is erased. Raises NotFound, AlreadyErased.

    It waits for an erasure that has begun, and is too late then: whoever locks the report first wins.
    """
    actor.require(Role.PRIVACY_OFFICER)
    school_id, now = actor.require_school(), clock.now()
    if body.report_id is not None:
        if records.find(session, actor, body.report_id, lock=True).erased_hour is not None:
            raise AlreadyErased
    else:
        # Waits for whoever erases something of the school in this moment (reports/holds.py).
        session.exec(select(School.id).where(School.id == school_id).with_for_update(key_share=True)).one()
    hold = LegalHold(school_id=school_id, report_id=body.report_id, placed_by=actor.person_id, placed_hour=hour_of(now))
    columns.HOLD_REASON.seal(session, hold, body.reason, school_id=school_id)
    columns.HOLD_AUTHORITY.seal(session, hold, body.authority_ref, school_id=school_id)
    session.add(hold)
    session.flush()
    trail.record(
        session,
        action="legal_hold.placed",
        school_id=school_id,
        person_id=actor.person_id,
        subject=hold.id,
        now=now,
    )
    return _out(session, hold)


def page(session: Session, actor: Actor, request: PageRequest) -> LegalHoldPage:
    statement = request.slice(
        _visible(actor), at=col(LegalHold.placed_hour), row_id=col(LegalHold.id), newest_first=True
    )
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.placed_hour, row.id))
    _opened(session, actor, rows)
    return LegalHoldPage(items=[_out(session, row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, hold_id: uuid.UUID) -> LegalHoldOut:
    hold = _find(session, actor, hold_id)
    _opened(session, actor, [hold])
    return _out(session, hold)


def release(
    session: Session, actor: Actor, hold_id: uuid.UUID, body: LegalHoldRelease, *, version: Version
) -> LegalHoldOut:
    """What it held may be erased again, as its policy says. Raises HoldReleased."""
    hold, now = _find(session, actor, hold_id, lock=True), clock.now()
    version.check(_out(session, hold))
    if hold.released_hour is not None:
        raise HoldReleased
    hold.released_by, hold.released_hour = actor.person_id, hour_of(now)
    columns.HOLD_NOTE.seal(session, hold, body.note, school_id=hold.school_id)
    session.add(hold)
    trail.record(
        session,
        action="legal_hold.released",
        school_id=hold.school_id,
        person_id=actor.person_id,
        subject=hold.id,
        now=now,
    )
    return _out(session, hold)


def _visible(actor: Actor) -> Any:
    """Those on the school, and those on reports that this officer may know of."""
    actor.require(Role.PRIVACY_OFFICER)
    known = records.visible_records(actor).with_only_columns(Report.id)
    return select(LegalHold).where(
        LegalHold.school_id == actor.require_school(),
        sa.or_(col(LegalHold.report_id).is_(None), col(LegalHold.report_id).in_(known)),
    )


def _opened(session: Session, actor: Actor, rows: Sequence[LegalHold]) -> None:
    reading.opened(
        session,
        [row.id for row in rows],
        action="legal_hold.read",
        school_id=actor.require_school(),
        person_id=actor.person_id,
        now=clock.now(),
    )


def _find(session: Session, actor: Actor, hold_id: uuid.UUID, *, lock: bool = False) -> LegalHold:
    statement = _visible(actor).where(LegalHold.id == hold_id)
    hold: LegalHold | None = session.exec(statement.with_for_update() if lock else statement).one_or_none()
    if hold is None:
        raise NotFound
    return hold


def _out(session: Session, hold: LegalHold) -> LegalHoldOut:
    def opened(column: columns.SealedColumn) -> str | None:
        kept = getattr(hold, column.column) is not None
        return column.unseal(session, hold, school_id=hold.school_id) if kept else None

    def alias(person_id: uuid.UUID | None) -> str | None:
        return None if person_id is None else session.get_one(Person, person_id).alias

    return LegalHoldOut(
        id=hold.id,
        report_id=hold.report_id,
        reason=opened(columns.HOLD_REASON),
        authority_ref=opened(columns.HOLD_AUTHORITY),
        placed_by=alias(hold.placed_by) or "",
        placed_hour=hold.placed_hour,
        released_by=alias(hold.released_by),
        released_hour=hold.released_hour,
        release_note=opened(columns.HOLD_NOTE),
    )
