"""Links that open one thing once, for one person (contract 1.2). Whoever holds the secret is taken for that person.

The secret stands in the fragment of an address, which no browser sends: so it is in no log of a server, a proxy or a
site that is visited next. Kept is a keyed hash. Wrong, used, expired and taken back are one and the same NotFound.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core.problems import NotFound
from app.identity import sign_in
from app.models import OneTimeLink, Person, School
from app.settings import Settings
from app.vault import service as vault
from app.vocabulary import LinkPurpose

LIFETIME = {LinkPurpose.JOIN: dt.timedelta(days=7), LinkPurpose.NEW_PASSWORD: dt.timedelta(hours=24)}
PREFIX = "ptl_"
SECRET_BYTES = 24
# As for a refresh token: whoever lost the answer may send the same once more.
RETRY_GRACE = sign_in.RETRY_GRACE


@dataclass(frozen=True, slots=True)
class Found:
    """A link that a secret opens, with whom it is for."""

    link: OneTimeLink
    person: Person
    school: School


def make(
    session: Session, person: Person, purpose: LinkPurpose, *, made_by: Person, by_it: bool, now: dt.datetime
) -> tuple[OneTimeLink, str]:
    """A link and its secret, which nobody can read again. Ends those that the person has had for the same."""
    if person.school_id is None:
        raise ValueError("only people of a school have links")
    end(session, person, purpose, now=now)
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    link = OneTimeLink(
        school_id=person.school_id,
        person_id=person.id,
        purpose=purpose,
        secret_hash=_hash(session, secret),
        made_by=made_by.id,
        by_it=by_it,
        created_at=now,
        expires_at=now + LIFETIME[purpose],
    )
    session.add(link)
    session.flush()
    return link, secret


def url_of(settings: Settings, secret: str) -> str:
    return f"{settings.base_url}/join#{secret}"


def end(session: Session, person: Person, purpose: LinkPurpose, *, now: dt.datetime) -> None:
    """Whatever links the person has for this open nothing from now on."""
    session.exec(
        sa.update(OneTimeLink)
        .where(
            col(OneTimeLink.person_id) == person.id,
            col(OneTimeLink.purpose) == purpose,
            col(OneTimeLink.used_at).is_(None),
            col(OneTimeLink.ended_at).is_(None),
        )
        .values(ended_at=now)
    )


def find(session: Session, secret: str, *, now: dt.datetime, lock: bool = False) -> Found:
    """What a secret opens, or has opened in the last minute. Raises NotFound."""
    statement = (
        select(OneTimeLink, Person, School)
        .join(Person, col(Person.id) == col(OneTimeLink.person_id))
        .join(School, col(School.id) == col(OneTimeLink.school_id))
        .where(OneTimeLink.secret_hash == _hash(session, secret))
    )
    row = session.exec(statement).one_or_none()
    if row is None:
        raise NotFound
    link, person, school = row
    if lock:
        # The person first, as whoever ends links of theirs does.
        session.refresh(person, with_for_update={"key_share": True})
        session.refresh(link, with_for_update={"key_share": True})
    open_still = link.used_at is None and now < link.expires_at
    just_used = link.used_at is not None and now - link.used_at <= RETRY_GRACE
    # Who joins is not active yet; whoever else is not has left.
    joins = link.purpose is LinkPurpose.JOIN and link.used_at is None
    there = not person.service and person.left_at is None and person.active is not joins
    if link.ended_at is not None or not (open_still or just_used) or not there:
        raise NotFound
    return Found(link, person, school)


def _hash(session: Session, secret: str) -> bytes:
    return vault.lookup_hash(session, secret, use="one-time-link")
