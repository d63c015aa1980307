"""Tell those who decide that somebody waits, at the next full hour and without a number; and an applicant of an answer.

To people only: no endpoint of a school could be used to count who applied, or did not go on.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, select

from app.core.clock import hour_of
from app.events import outbox
from app.events.programme import ApplicationDecided, SelectionWaiting
from app.identity.actors import people_with
from app.models import Interest, School, SupporterApplication
from app.vocabulary import Role
from app.vocabulary.selection import AppealState, ApplicationState, InterestState
from app.work import queue
from app.work.queue import Item

TELL = "selection.tell"
HOUR = dt.timedelta(hours=1)


def waits(session: Session, school_id: uuid.UUID, what: str, *, now: dt.datetime) -> None:
    """`what`: interest, application or appeal. However many come in an hour, they are told of together."""
    key = f"{TELL}/{what}/{school_id}"
    queue.share(session, TELL, school_id, due_at=hour_of(now) + HOUR, key=key, payload={"what": what})


def tell(session: Session, item: Item, now: dt.datetime) -> None:
    """Unless somebody has seen to it meanwhile, or it was taken back."""
    school, what = session.get_one(School, item.subject), item.payload["what"]
    who = set(people_with(session, school.id, Role.COORDINATOR))
    if what == "appeal":
        waiting = list(
            session.exec(
                select(SupporterApplication).where(
                    SupporterApplication.school_id == school.id,
                    col(SupporterApplication.appeal) == AppealState.WAITING,
                )
            )
        )
        who |= set(people_with(session, school.id, Role.SPONSOR))
        # Whoever decided all of those has nothing to do with them any more.
        who = {person for person in who if any(person not in (row.decided_by, row.person_id) for row in waiting)}
    elif not _waits(session, school.id, what):
        who = set()
    if who:
        data = SelectionWaiting(school=school.slug, what=what)
        outbox.emit(session, "selection.waiting", data, school_id=school.id, now=now, tell=who, only_people=True)


def decided(session: Session, row: SupporterApplication, *, now: dt.datetime) -> None:
    school = session.get_one(School, row.school_id)
    data = ApplicationDecided(school=school.slug)
    outbox.emit(
        session,
        "supporter_application.decided",
        data,
        school_id=school.id,
        now=hour_of(now),
        tell=[row.person_id],
        only_people=True,
    )


def _waits(session: Session, school_id: uuid.UUID, what: str) -> bool:
    if what == "interest":
        interests = select(Interest.id).where(Interest.school_id == school_id, Interest.state == InterestState.WAITING)
        return session.exec(interests.limit(1)).first() is not None
    waiting = select(SupporterApplication.id).where(
        SupporterApplication.school_id == school_id, SupporterApplication.state == ApplicationState.WAITING
    )
    return session.exec(waiting.limit(1)).first() is not None
