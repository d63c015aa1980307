"""Whether somebody who can read cases, or decides who does, has said themselves that a provider speaks for them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.identity.grant_states import HOLDS
from app.identity.link_rules import OPENS_CASES
from app.models import PersonIdentity, RoleGrant


def speaks_for(session: Session, identity: PersonIdentity) -> bool:
    """For everybody else it always does. For them a link counts that they made after the first such role was theirs:
    one from before may have been made by the provider, without them, when it opened nothing."""
    theirs = (RoleGrant.person_id == identity.person_id, col(RoleGrant.role).in_(OPENS_CASES))
    if session.exec(select(RoleGrant.id).where(*theirs, HOLDS).limit(1)).first() is None:
        return True
    since = sa.func.coalesce(col(RoleGrant.confirmed_at), col(RoleGrant.granted_at))
    first = session.exec(
        select(since).where(*theirs, col(RoleGrant.confirm_by).is_(None)).order_by(since).limit(1)
    ).one()
    return bool(identity.linked_at >= first)
