"""What waits for a look that nobody will take: a release before this one wrote no row of work for it.

A claim that is let lie, a role that ends by its date and a leave that begins each have a row that is due then. Whoever
upgrades has claims, roles and absences from before there were any. Each hour every school is looked at, as when one of
its roles changes: what has a row has it still, and what has none is begun.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.models import Absence, School, WorkItem
from app.reports import departed
from app.rosters import absences
from app.vocabulary import AbsenceKind
from app.work import queue
from app.work.queue import Item

SWEEP = "reports.left_waiting"
LOOK = "reports.left_waiting_look"
LOOK_EVERY = dt.timedelta(hours=1)


def sweep(session: Session, item: Item, now: dt.datetime) -> None:
    """Have every school looked at, each in a transaction of its own, and come again in an hour."""
    queue.enqueue_for_each(session, LOOK, session.exec(select(School.id)), now=now)
    queue.enqueue(session, SWEEP, item.subject, due_at=now + LOOK_EVERY, now=now, key=SWEEP)


def look(session: Session, item: Item, now: dt.datetime) -> None:
    """Safe to repeat, as all that it begins."""
    departed.look_at_waiting(session, item.subject, now=now)
    there = sa.exists().where(
        col(WorkItem.subject) == col(Absence.id), col(WorkItem.kind) == absences.BEGINS, col(WorkItem.dead).is_(False)
    )
    ahead = select(Absence.id, Absence.starts_at).where(
        Absence.school_id == item.subject,
        col(Absence.starts_at) > now,
        col(Absence.removed_at).is_(None),
        # A pause and what follows from a rule have looks of their own.
        col(Absence.line).is_(None),
        Absence.kind != AbsenceKind.PAUSED,
        ~there,
    )
    for absence_id, starts_at in session.exec(ahead).all():
        key = f"{absences.BEGINS}:{absence_id}"
        queue.enqueue(session, absences.BEGINS, absence_id, due_at=starts_at, now=now, key=key)
