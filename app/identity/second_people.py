"""Whether somebody can be the second person: not when they have made the first one."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlmodel import Session, col, select

from app.models import OneTimeLink, RoleGrant
from app.vocabulary import Role

NOT_A_SECOND_PERSON = (
    "You have let in one of the two, or made them a coordinator, or somebody who did: ask a sponsor or a privacy "
    "officer who has not."
)


def stands_behind(session: Session, person_id: uuid.UUID, people: Collection[uuid.UUID | None]) -> bool:
    """Whether `person_id` is one of these people, or could be: has made one of them a coordinator, or has had in hand
    the link by which one of them came in, however many others were made in between.

    Somebody who coordinates and is a sponsor as well would otherwise be two people: a coordinator whom they have made
    up gives the role, and they confirm it.
    """
    seen: set[uuid.UUID] = set()
    asked = {each for each in people if each is not None}
    while asked and person_id not in asked:
        seen |= asked
        asked = _makers(session, asked) - seen
    return bool(asked)


def _makers(session: Session, people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    promoted = select(RoleGrant.granted_by).where(
        col(RoleGrant.person_id).in_(people), RoleGrant.role == Role.COORDINATOR
    )
    # One that a second person has confirmed was nobody's own.
    let_in = select(OneTimeLink.made_by).where(
        col(OneTimeLink.person_id).in_(people),
        col(OneTimeLink.used_at).is_not(None),
        col(OneTimeLink.confirmed_by).is_(None),
    )
    return {each for each in (*session.exec(promoted), *session.exec(let_in)) if each is not None}
