"""What has changed in a school's directory since a telephone last asked, and the states that this is told from."""

from __future__ import annotations

import datetime as dt
import functools

from sqlmodel import Session, select

from app.core.pagination import PageRequest
from app.directory.catalogue import catalogue_of
from app.directory.reading import Here, Reading, here_of
from app.directory.shapes import ChangesPage, EntryFactsOut
from app.directory.snapshot import facts
from app.models import School
from app.schools import published
from app.schools.published import Tombstone
from app.work import queue
from app.work.queue import Item

COLLECTION = "directory"
SWEEP, PUBLISH = "directory.sweep", "directory.publish"
SWEEP_EVERY = dt.timedelta(hours=1)


@functools.lru_cache(maxsize=64)
def items_of(here: Here) -> dict[str, str]:
    """The digest of each entry without a clock: another day changes none."""
    return published.items_of({entry.id: _facts(here, entry.id).sent for entry in here.entries.values()})


def changes(session: Session, reading: Reading, page: PageRequest, *, sync_token: str | None) -> ChangesPage:
    """Raises SyncTokenExpired, InvalidCursor."""
    found = published.changes(
        session,
        page,
        school_id=reading.school_id,
        collection=COLLECTION,
        items=items_of(reading.here),
        sync_token=sync_token,
    )
    return ChangesPage(
        items=[Tombstone(id=name, deleted=True) if gone else _facts(reading.here, name) for name, gone in found.ids],
        next_cursor=found.next_cursor,
        next_sync_token=found.next_sync_token,
    )


def _facts(here: Here, entry_id: str) -> EntryFactsOut:
    return EntryFactsOut(**facts(here.entries[entry_id]))


def publish_state(session: Session, school: School, now: dt.datetime) -> None:
    """Keep the present state of the directory for those who go on from it: in the transaction that changes it."""
    items = items_of(here_of(catalogue_of(session, school)))
    published.keep(session, school_id=school.id, collection=COLLECTION, items=items, now=now)


def sweep(session: Session, item: Item, now: dt.datetime) -> None:
    """Each school's state in a transaction of its own, and again in an hour: a release or the end of something hidden
    changes a directory as well. States that are too old are dropped."""
    queue.enqueue_for_each(session, PUBLISH, session.exec(select(School.id)), now=now)
    published.forget(session, now=now)
    queue.enqueue(session, SWEEP, item.subject, due_at=now + SWEEP_EVERY, now=now, key=SWEEP)


def publish(session: Session, item: Item, now: dt.datetime) -> None:
    """Safe to repeat."""
    school = session.get(School, item.subject)
    if school is not None:
        publish_state(session, school, now)
