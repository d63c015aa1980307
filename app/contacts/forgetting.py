"""What is dropped of codes and choices, every hour: kept is what somebody may still come back to, and no more."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.contacts import choosing, passing_on
from app.core.clock import hour_of
from app.models import Choice, Contact, ContactCode, GivenContactCode
from app.vocabulary import CONTACT_IS_OPEN
from app.vocabulary.contacts import ChoiceState
from app.work import queue

FORGET = "choices.forget"
# Whoever comes back later than this finds nothing.
KEEP = dt.timedelta(days=30)
# Nobody closes these, as closing a report closes its contacts: one that nobody has ended is over after half a year.
LONGEST = dt.timedelta(days=180)


def forget(session: Session, item: queue.Item, now: dt.datetime) -> None:
    """Drop codes that are past, choices and contacts that have been over for a month, and come again in an hour."""
    connection = session.connection()
    connection.execute(sa.delete(ContactCode).where(col(ContactCode.good_until) <= now))
    connection.execute(sa.delete(GivenContactCode).where(col(GivenContactCode.good_until) < now.date()))
    _end_old(session, now=now)
    for row in session.exec(select(Choice).where(col(Choice.over_hour) <= now - KEEP).with_for_update()).all():
        choosing.forget(session, row)
    _forget_noes(session, now=now)
    of_nothing = (col(Contact.report_id).is_(None), col(Contact.choice_id).is_(None))
    connection.execute(sa.delete(Contact).where(*of_nothing, col(Contact.over_hour) <= now - KEEP))
    queue.enqueue(session, FORGET, item.subject, due_at=now + dt.timedelta(hours=1), now=now, key=FORGET)


def _forget_noes(session: Session, *, now: dt.datetime) -> None:
    """That somebody has said no is known for a month, also where somebody else is in touch for longer."""
    old = (
        select(Contact.choice_id)
        .join(Choice, col(Choice.id) == col(Contact.choice_id))
        .where(col(Contact.over_hour) <= now - KEEP, col(Choice.over_hour).is_(None))
    )
    for choice_id in sorted({each for each in session.exec(old).all() if each is not None}):
        choice = passing_on.locked(session, choice_id)
        if choice is not None and choice.over_hour is None:
            passing_on.forget_over(session, choice, before=now - KEEP)


def _end_old(session: Session, *, now: dt.datetime) -> None:
    old = (
        select(Choice.id)
        .join(Contact, col(Contact.choice_id) == col(Choice.id))
        .where(
            col(Contact.choice_id).is_not(None),
            Choice.state == ChoiceState.ACCEPTED,
            col(Contact.state).in_(CONTACT_IS_OPEN),
            col(Contact.accepted_hour) <= hour_of(now) - LONGEST,
        )
    )
    for choice_id in session.exec(old).all():
        choice = passing_on.locked(session, choice_id)
        if choice is not None and choice.state is ChoiceState.ACCEPTED:
            passing_on.end_open(session, choice, now=now)
            passing_on.ended(session, choice, now=now)
