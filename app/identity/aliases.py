"""Aliases by which somebody is kept from a report (J14): whose stays as it is, so that it goes on meaning them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core import clock
from app.core.problems import Conflict, Forbidden
from app.identity.grant_states import HELD_OR_LEFT_WITH, NOT_ENDED
from app.identity.link_rules import OPENS_CASES
from app.models import Person, RoleGrant

# By then nobody has a list of readers in hand that they are in.
STAYS_FOR = dt.timedelta(days=30)


class AliasStays(Conflict):
    code, status, title = "alias_stays", 409, "This person is known by their alias"
    default_detail = (
        "Whoever keeps a report from them names them by it. It stays while they have, or are to have, a role that "
        "reads cases or decides who does, and for 30 days after the last one."
    )


class NotYoursToRename(Forbidden):
    code, status, title = "not_yours_to_rename", 403, "Somebody else has to do this"
    default_detail = "A coordinator changes what those who confide in this person call them."


def stays(session: Session, person: Person) -> bool:
    return session.exec(_known().where(Person.id == person.id).limit(1)).first() is not None


def staying(session: Session, school_id: uuid.UUID) -> set[uuid.UUID]:
    """Everybody of a school whose alias stays."""
    return set(session.exec(_known().where(Person.school_id == school_id)))


def _known() -> Any:
    """Those who have such a role, are to have it, have left with it, or had it a moment ago. One that nobody confirmed
    let nobody read anything."""
    ended = sa.func.coalesce(col(RoleGrant.ended_at), col(RoleGrant.ends_at))
    lately = sa.and_(col(RoleGrant.confirm_by).is_(None), ended > clock.now() - STAYS_FOR)
    return (
        select(Person.id)
        .join(RoleGrant, col(RoleGrant.person_id) == col(Person.id))
        .where(col(RoleGrant.role).in_(OPENS_CASES), sa.or_(NOT_ENDED, HELD_OR_LEFT_WITH, lately))
    )
