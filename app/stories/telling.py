"""Tell coordinators that there is something to read, or to take down elsewhere: at the next full hour.

An event keeps its time, and so do its deliveries. Told at once, they would say to the second when somebody who has no
name sent a story, or took it back; nothing here is so urgent.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlmodel import Session, col, func, select

from app.core.clock import hour_of
from app.events import outbox
from app.events.keeping import StorySubmitted, StoryWithdrawn
from app.identity.actors import people_with
from app.models import School, Story
from app.vocabulary import Role, StoryState
from app.work import queue
from app.work.queue import Item

TELL = "stories.tell"
TELL_WITHDRAWN = "stories.tell_withdrawn"
HOUR = dt.timedelta(hours=1)


def arrived(session: Session, school_id: uuid.UUID, *, now: dt.datetime) -> None:
    """However many arrive in an hour, they are told of together."""
    queue.share(session, TELL, school_id, due_at=hour_of(now) + HOUR, key=f"{TELL}/{school_id}", payload={})


def withdrawn(session: Session, story: Story, *, now: dt.datetime) -> None:
    """Of a story that was public: somebody may have copied it into a letter or onto a wall."""
    queue.enqueue(
        session,
        TELL_WITHDRAWN,
        story.id,
        due_at=hour_of(now) + HOUR,
        now=now,
        payload={"school": str(story.school_id)},
        key=f"{TELL_WITHDRAWN}/{story.id}",
    )


def tell(session: Session, item: Item, now: dt.datetime) -> None:
    """How many wait, unless somebody has looked at them all meanwhile."""
    school = session.get_one(School, item.subject)
    statement = select(func.count()).select_from(Story)
    waiting = session.exec(
        statement.where(Story.school_id == school.id, col(Story.state) == StoryState.AWAITING_REVIEW)
    ).one()
    if waiting:
        data = StorySubmitted(school=school.slug, waiting=waiting)
        who = people_with(session, school.id, Role.COORDINATOR)
        outbox.emit(session, "story.submitted", data, school_id=school.id, now=now, tell=who)


def tell_withdrawn(session: Session, item: Item, now: dt.datetime) -> None:
    story = session.get(Story, item.subject)
    if story is not None and story.state is StoryState.PUBLISHED:
        # Its author has changed it, and it was agreed to again within the hour.
        return
    school = session.get_one(School, uuid.UUID(item.payload["school"]))
    data = StoryWithdrawn(school=school.slug, story_id=item.subject)
    who = people_with(session, school.id, Role.COORDINATOR)
    outbox.emit(session, "story.withdrawn", data, school_id=school.id, now=now, tell=who)
