"""A reader says that something is wrong. Nobody is asked who they are, and nothing is kept that could tell."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.clock import hour_of
from app.core.pagination import PageRequest
from app.core.problems import Conflict, NotFound
from app.directory import catalogue
from app.directory.held import KEEPERS
from app.directory.keeping_schemas import (
    CorrectionCreate,
    CorrectionOut,
    CorrectionPage,
    CorrectionReceived,
    CorrectionSettle,
    CorrectionState,
)
from app.events import outbox
from app.events.keeping import DirectoryCorrectionReceived
from app.identity.actors import Actor, people_with
from app.models import EntryCorrection, School
from app.vault import columns

# Of one entry, that nobody has looked into yet: more say nothing new.
MOST_OPEN = 20


class CorrectionSettled(Conflict):
    code, title = "correction_settled", "Somebody has looked into this already"


def receive(session: Session, school: School, entry_id: str, body: CorrectionCreate) -> CorrectionReceived:
    """The same answer whether it was kept or there were enough already. Raises NotFound for what is shown to nobody."""
    served = catalogue.catalogue_of(session, school).entries
    if all(entry.id != entry_id for entry in served):
        raise NotFound
    hour = hour_of(clock.now())
    of_entry = (EntryCorrection.school_id == school.id, EntryCorrection.entry_id == entry_id)
    waiting = session.exec(
        select(sa.func.count()).select_from(EntryCorrection).where(*of_entry, EntryCorrection.state == "open")
    ).one()
    if waiting >= MOST_OPEN:
        return CorrectionReceived(received=True)
    day = hour.replace(hour=0)
    told = session.exec(select(EntryCorrection.id).where(*of_entry, col(EntryCorrection.received_hour) >= day).limit(1))
    first = told.one_or_none() is None
    row = EntryCorrection(
        school_id=school.id, entry_id=entry_id, kind=body.kind, state=CorrectionState.OPEN, received_hour=hour
    )
    if body.note is not None:
        columns.CORRECTION.seal(session, row, body.note, school_id=school.id)
    session.add(row)
    if first:
        data = DirectoryCorrectionReceived(school=school.slug, entry_id=entry_id)
        who = people_with(session, school.id, *KEEPERS)
        outbox.emit(session, "directory.correction_received", data, school_id=school.id, now=hour, tell=who)
    return CorrectionReceived(received=True)


def page(session: Session, actor: Actor, request: PageRequest, *, open_only: bool) -> CorrectionPage:
    """By the hour in which they came."""
    actor.require(*KEEPERS)
    statement = select(EntryCorrection).where(EntryCorrection.school_id == actor.require_school())
    if open_only:
        statement = statement.where(EntryCorrection.state == CorrectionState.OPEN)
    statement = request.slice(statement, at=col(EntryCorrection.received_hour), row_id=col(EntryCorrection.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda row: (row.received_hour, row.id))
    return CorrectionPage(items=[_out(session, row) for row in rows], next_cursor=cursor)


def settle(session: Session, actor: Actor, correction_id: uuid.UUID, body: CorrectionSettle) -> CorrectionOut:
    """Somebody has looked into it; the note has served its purpose, and goes. Safe to repeat.

    Raises NotFound, CorrectionSettled where something else came of it.
    """
    actor.require(*KEEPERS)
    school_id, now = actor.require_school(), clock.now()
    statement = select(EntryCorrection).where(
        EntryCorrection.id == correction_id, EntryCorrection.school_id == school_id
    )
    row = session.exec(statement.with_for_update()).one_or_none()
    if row is None:
        raise NotFound
    if row.state == CorrectionState.OPEN:
        row.state, row.settled_by, row.settled_at, row.note_sealed = body.outcome, actor.person_id, now, None
        session.add(row)
        trail.record(
            session,
            action="directory.correction_settled",
            school_id=school_id,
            person_id=actor.person_id,
            subject=row.id,
            now=now,
        )
    elif row.state != body.outcome:
        raise CorrectionSettled
    return _out(session, row)


def open_by_entry(session: Session, school_id: uuid.UUID) -> dict[str, tuple[int, dt.datetime]]:
    """How many wait to be looked into of each entry, and since which hour."""
    statement = (
        select(EntryCorrection.entry_id, sa.func.count(), sa.func.min(col(EntryCorrection.received_hour)))
        .where(EntryCorrection.school_id == school_id, EntryCorrection.state == CorrectionState.OPEN)
        .group_by(EntryCorrection.entry_id)
    )
    return {entry_id: (count, since) for entry_id, count, since in session.exec(statement)}


def _out(session: Session, row: EntryCorrection) -> CorrectionOut:
    note = None
    if row.note_sealed is not None:
        note = columns.CORRECTION.unseal(session, row, school_id=row.school_id)
    return CorrectionOut(
        id=row.id,
        entry_id=row.entry_id,
        kind=row.kind,
        note=note,
        state=row.state,
        received_hour=row.received_hour,
        settled_by=row.settled_by,
        settled_at=row.settled_at,
    )
