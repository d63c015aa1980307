"""Erase a story: at its author's word at once, and after a while where it was not published."""

from __future__ import annotations

import datetime as dt
import secrets

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import trail
from app.core.clock import hour_of
from app.models import Story, StoryReview
from app.reports import holds
from app.vocabulary import StoryState
from app.work import queue
from app.work.queue import Item

FORGET = "stories.forget"
# After a no the author has this long to read why, and to take their words along. Whoever was asked for changes may
# need an exam period before they come back to it.
KEPT_FOR = {StoryState.NOT_PUBLISHED: dt.timedelta(days=30), StoryState.CHANGES_ASKED: dt.timedelta(days=180)}
LOOK_AGAIN = dt.timedelta(days=1)


def kept_until(story: Story) -> dt.datetime | None:
    """When it is erased, if nothing else happens to it. None where it is not."""
    period = KEPT_FOR.get(story.state)
    return None if period is None or story.decided_hour is None else story.decided_hour + period


def forget_later(session: Session, story: Story, *, now: dt.datetime) -> None:
    """Enqueue the erasing of a story that was just decided about, where its state has an end."""
    until = kept_until(story)
    if until is not None:
        key = f"{FORGET}/{story.id}/{until.date()}"
        queue.enqueue(session, FORGET, story.id, due_at=until, now=now, key=key)


def due(session: Session, item: Item, now: dt.datetime) -> None:
    """Erase it, unless it has gone another way since, or a legal hold keeps all of the school. Safe to repeat."""
    story = session.exec(select(Story).where(Story.id == item.subject).with_for_update()).one_or_none()
    until = None if story is None else kept_until(story)
    if story is None or until is None:
        return
    if until > now:
        # Decided about once more since, on the same day: of a day there is one row of work, and this was it.
        forget_later(session, story, now=now)
        return
    holds.shut_out(session, story.school_id)
    if holds.held_among(session, story.school_id, [story.id]):
        queue.enqueue(session, FORGET, story.id, due_at=now + LOOK_AGAIN, now=now, key=f"{FORGET}/{story.id}/held")
        return
    trail.record(session, action="story.erased", school_id=story.school_id, person_id=None, subject=story.id, now=now)
    erase(session, story, now=now)


def erase(session: Session, story: Story, *, now: dt.datetime) -> None:
    """Destroy a story that the caller has locked. Where it was ever public a tombstone stays, else nothing."""
    connection = session.connection()
    # What was to be looked at later is not there any more.
    queue.cancel(session, kind=FORGET, subject=story.id)
    if story.public_hour is None:
        connection.execute(sa.delete(StoryReview).where(col(StoryReview.story_id) == story.id))
        session.delete(story)
        session.flush()
        return
    if story.state is StoryState.PUBLISHED:
        story.public_hour = hour_of(now)
    story.state = StoryState.WITHDRAWN
    story.words_sealed = story.author_kind = story.consent_version = story.decided_hour = None
    story.includes_careers_advice = False
    story.received_hour = hour_of(now)
    # From now on no code opens it, and what is kept instead of its hash is the hash of nothing.
    story.code_hash = secrets.token_bytes(32)
    session.add(story)
    session.flush()
    # Who looked at what was public is answered for; what they wrote to its author is not needed for that.
    connection.execute(sa.update(StoryReview).where(col(StoryReview.story_id) == story.id).values(words_sealed=None))
