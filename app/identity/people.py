"""Rows of people: making one, what some are called, and whether somebody ever came. No rule is looked at here."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core import clock
from app.core.problems import InvalidRequest
from app.models import Invitation, Person, RoleGrant, Supporter
from app.vocabulary import Role
from app.vocabulary.supporters import SupporterStatus


def create_person(
    session: Session,
    *,
    school_id: uuid.UUID | None,
    login: str,
    alias: str,
    roles: Iterable[Role],
    password_hash: str | None,
) -> Person:
    """A person with roles. `login` is unique in the deployment and compared in lower case."""
    now = clock.now()
    person = Person(school_id=school_id, login=login.lower(), alias=alias, password_hash=password_hash, created_at=now)
    session.add(person)
    session.flush()
    session.add_all(RoleGrant(person_id=person.id, role=role, granted_at=now) for role in roles)
    session.flush()
    return person


def not_assessing(session: Session, people: Sequence[uuid.UUID], *, at: str) -> list[uuid.UUID]:
    """Those of `people` who do not assess students of a school: whom another school lends must not (domain D17)."""
    found = dict(session.exec(select(Person.id, Person.assesses_at).where(col(Person.id).in_(people))).all())
    return [person for person in people if at not in found.get(person, ())]


def aliases_of(session: Session, people: Iterable[uuid.UUID | None], *, school_id: uuid.UUID) -> dict[uuid.UUID, str]:
    """What those of a school are called, by id, also those who have left; not whoever another school has lent."""
    wanted = {person for person in people if person is not None}
    statement = select(Person.id, Person.alias).where(col(Person.id).in_(wanted), Person.school_id == school_id)
    return dict(session.exec(statement).all())


def refuse_retired_alias(session: Session, alias: str, *, school_id: uuid.UUID, but: uuid.UUID | None = None) -> None:
    """A name by which peers knew a supporter who has gone is nobody else's: they would write to the wrong person.

    Raises InvalidRequest.
    """
    gone = select(Person.id, Person.alias).join(Supporter, col(Supporter.person_id) == col(Person.id))
    # Also of one who has applied again since, whatever came of that.
    has_gone = sa.or_(col(Supporter.status) == SupporterStatus.ALUMNI, col(Supporter.left_on).is_not(None))
    gone = gone.where(Supporter.school_id == school_id, has_gone)
    if any(known.casefold() == alias.casefold() and person != but for person, known in session.exec(gone)):
        detail = "A supporter who has gone was known by this name. Please choose another one."
        raise InvalidRequest(errors=[{"pointer": "#/alias", "code": "alias_retired", "detail": detail}])


def has_never_joined(session: Session, person: Person) -> bool:
    """Whether they were invited, and have not come by that. Of whoever came another way it is not known, and False."""
    open_one = select(Invitation.id).where(Invitation.person_id == person.id, col(Invitation.accepted_at).is_(None))
    return person.password_hash is None and session.exec(open_one.limit(1)).first() is not None
