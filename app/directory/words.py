"""What a school says of its directory, as it is stored, and the name of each state of that."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlmodel import Session, col

from app.directory.overlay import Word
from app.models import EntryVerification, LocalEntry, School, Site
from app.schools import service as schools

# A check is overdue on the day after it was due; one that is due at once was due the day before.
A_DAY = dt.timedelta(days=1)

# Built once. The documents as text: the same text is read once in a process.
_ROWS = (
    sa.select(
        col(LocalEntry.entry_id),
        sa.cast(col(LocalEntry.entry), sa.Text),
        col(LocalEntry.base_version),
        col(LocalEntry.hidden_reason).is_not(None),
        col(LocalEntry.hidden_until),
        col(LocalEntry.pinned),
        col(LocalEntry.position),
        col(LocalEntry.unchecked_since),
    )
    .where(col(LocalEntry.school_id) == sa.bindparam("school_id"))
    .order_by(col(LocalEntry.entry_id))
)

_CHECKS = (
    sa.select(col(EntryVerification.entry_id), col(EntryVerification.due_on))
    .where(col(EntryVerification.school_id) == sa.bindparam("school_id"))
    .order_by(col(EntryVerification.verified_at), col(EntryVerification.id))
)

_ELSEWHERE = (
    sa.select(col(Site.id), col(Site.region))
    .where(
        col(Site.school_id) == sa.bindparam("school_id"),
        col(Site.region) != sa.bindparam("region"),
        col(Site.retired).is_(False),
    )
    .order_by(col(Site.id))
)


def words_of(session: Session, school: School, *, now: dt.datetime) -> tuple[tuple[Word, ...], dt.datetime | None]:
    """All of a school's words, and when time itself changes one: something that is hidden until then is shown."""
    checked = last_checks(session, school.id)
    words, until = [], []
    rows = session.connection().execute(_ROWS, {"school_id": school.id})
    for entry_id, document, base_version, reason, hidden_until, pinned, position, unchecked_since in rows:
        hidden = is_hidden(reason=reason, until=hidden_until, now=now)
        if hidden and hidden_until is not None:
            until.append(hidden_until)
        due = checked.pop(entry_id, None)
        words.append(
            Word(
                entry_id=entry_id,
                document=document,
                base_version=base_version,
                hidden=hidden,
                pinned=pinned,
                position=position,
                due=due if unchecked_since is None else schools.today(school, now=unchecked_since) - A_DAY,
            )
        )
    words += [Word(entry_id=entry_id, document="", due=due) for entry_id, due in sorted(checked.items())]
    return tuple(words), min(until, default=None)


def is_hidden(*, reason: object, until: dt.datetime | None, now: dt.datetime) -> bool:
    """Whether an entry with this reason to be hidden is hidden still."""
    return bool(reason) and (until is None or until > now)


def last_checks(session: Session, school_id: uuid.UUID) -> dict[str, dt.date]:
    """By when each entry that was ever checked is to be checked again, by its last check."""
    return {row.entry_id: row.due_on for row in session.connection().execute(_CHECKS, {"school_id": school_id})}


def sites_elsewhere(session: Session, school: School) -> tuple[tuple[str, str], ...]:
    """The ids of the school's sites in other regions than its own, each with its region."""
    rows = session.connection().execute(_ELSEWHERE, {"school_id": school.id, "region": school.region})
    return tuple((str(site_id), region) for site_id, region in rows)


def touch(session: Session, school: School) -> None:
    """Give the directory's new state a name, in the transaction of what has changed.

    A random one: a number that counts could come again after a change that was rolled back.
    """
    school.directory_revision = uuid.uuid4().hex
    session.add(school)
    session.flush()
