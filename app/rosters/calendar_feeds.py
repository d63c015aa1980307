"""Calendar feeds: made and revoked by whoever reads them, and read by whoever has the address."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from app.audit import trail
from app.core import clock, crypto
from app.core.pagination import PageRequest
from app.core.problems import Conflict, NotFound
from app.identity.actors import Actor, current_roles
from app.models import CalendarFeed, Person, Roster, School
from app.rosters import calendar_content
from app.rosters import service as rosters
from app.rosters.calendar_content import Content
from app.rosters.calendar_schemas import CalendarFeedCreate, CalendarFeedCreated, CalendarFeedOut, CalendarFeedPage
from app.settings import Settings
from app.vault import service as vault

# 192 bits: the address is all that is asked for.
TOKEN_BYTES = 24
# One for each program on each device, and some more.
MOST_FEEDS = 20


class TooManyFeeds(Conflict):
    code, status, title = "too_many_calendar_feeds", 409, "There are as many calendar feeds as one person may have"


@dataclass(frozen=True, slots=True)
class Reading:
    """What somebody who knows an address gets. `unnoted`: that it was read in this hour is not written down yet."""

    feed_id: uuid.UUID
    content: Content
    unnoted: bool


def visible_feeds(actor: Actor) -> Any:
    """The actor's own feeds, as far as they are not revoked."""
    actor.require(*rosters.READERS)
    return select(CalendarFeed).where(
        CalendarFeed.school_id == actor.require_school(),
        CalendarFeed.person_id == actor.person_id,
        col(CalendarFeed.revoked_at).is_(None),
    )


def create(session: Session, actor: Actor, body: CalendarFeedCreate, *, settings: Settings) -> CalendarFeedCreated:
    """Make an address. Raises NotFound for a roster that is not of the school, TooManyFeeds."""
    own = visible_feeds(actor)
    if body.roster_id is not None:
        rosters.find(session, actor, body.roster_id)
    # One after the other, so that the bound holds.
    session.exec(select(Person.id).where(Person.id == actor.person_id).with_for_update()).one()
    if session.exec(select(func.count()).select_from(own.subquery())).one() >= MOST_FEEDS:
        raise TooManyFeeds
    token = crypto.encode_b64(os.urandom(TOKEN_BYTES))
    feed = CalendarFeed(
        school_id=actor.require_school(),
        person_id=actor.person_id,
        roster_id=body.roster_id,
        token_hash=_hash(session, token),
        created_at=clock.now(),
    )
    session.add(feed)
    session.flush()
    _record(session, actor, feed, change="created")
    return CalendarFeedCreated(**_out(feed).model_dump(), url=f"{settings.base_url}/v1/calendars/{token}.ics")


def page(session: Session, actor: Actor, request: PageRequest) -> CalendarFeedPage:
    statement = request.slice(visible_feeds(actor), at=col(CalendarFeed.created_at), row_id=col(CalendarFeed.id))
    rows, cursor = request.page(list(session.exec(statement)), place=lambda feed: (feed.created_at, feed.id))
    return CalendarFeedPage(items=[_out(row) for row in rows], next_cursor=cursor)


def get(session: Session, actor: Actor, feed_id: uuid.UUID) -> CalendarFeedOut:
    return _out(_find(session, actor, feed_id))


def revoke(session: Session, actor: Actor, feed_id: uuid.UUID) -> None:
    """The address opens nothing any more, at once. Raises NotFound, also when it was revoked before."""
    feed = _find(session, actor, feed_id, lock=True)
    feed.revoked_at = clock.now()
    session.add(feed)
    _record(session, actor, feed, change="revoked")


def revoke_all(
    session: Session, person_id: uuid.UUID, *, now: dt.datetime, made_until: dt.datetime | None = None
) -> None:
    """Of whoever has left: should they come back, no address that somebody else knows opens anything."""
    theirs = sa.update(CalendarFeed).where(
        col(CalendarFeed.person_id) == person_id, col(CalendarFeed.revoked_at).is_(None)
    )
    if made_until is not None:
        theirs = theirs.where(col(CalendarFeed.created_at) <= made_until)
    session.exec(theirs.values(revoked_at=now))


def read(session: Session, token: str, *, now: dt.datetime) -> Reading:
    """What an address shows. Raises NotFound, the same for one that never was and one that opens nothing any more."""
    feed = session.exec(
        select(CalendarFeed).where(
            CalendarFeed.token_hash == _hash(session, token), col(CalendarFeed.revoked_at).is_(None)
        )
    ).one_or_none()
    if feed is None:
        raise NotFound
    person = session.get_one(Person, feed.person_id)
    still_there = person.active and person.school_id == feed.school_id
    if not still_there or current_roles(session, person.id).isdisjoint(rosters.READERS):
        raise NotFound
    school = session.get_one(School, feed.school_id)
    unnoted = feed.last_read_at is None or feed.last_read_at < clock.hour_of(now)
    if feed.roster_id is None:
        return Reading(feed.id, calendar_content.of_person(session, school, person.id, now=now), unnoted)
    roster = session.get_one(Roster, feed.roster_id)
    return Reading(feed.id, calendar_content.of_roster(session, school, roster, now=now), unnoted)


def note(session: Session, feed_id: uuid.UUID, *, now: dt.datetime) -> None:
    """Write down that a feed was read in this hour: a read writes once an hour at the most (contract R12)."""
    hour = clock.hour_of(now)
    session.connection().execute(
        sa.update(CalendarFeed)
        .where(
            col(CalendarFeed.id) == feed_id,
            sa.or_(col(CalendarFeed.last_read_at).is_(None), col(CalendarFeed.last_read_at) < hour),
        )
        .values(last_read_at=hour)
    )


def _hash(session: Session, token: str) -> bytes:
    return vault.lookup_hash(session, token, use="calendar feed")


def _find(session: Session, actor: Actor, feed_id: uuid.UUID, *, lock: bool = False) -> CalendarFeed:
    statement = visible_feeds(actor).where(CalendarFeed.id == feed_id)
    feed: CalendarFeed | None = session.exec(statement.with_for_update() if lock else statement).one_or_none()
    if feed is None:
        raise NotFound
    return feed


def _record(session: Session, actor: Actor, feed: CalendarFeed, *, change: str) -> None:
    trail.record(
        session,
        action=f"calendar_feed.{change}",
        school_id=feed.school_id,
        person_id=actor.person_id,
        subject=feed.id,
        now=clock.now(),
    )


def _out(feed: CalendarFeed) -> CalendarFeedOut:
    return CalendarFeedOut(
        id=feed.id, roster_id=feed.roster_id, last_read_at=feed.last_read_at, created_at=feed.created_at
    )
