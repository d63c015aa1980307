"""The person behind a request, as the database knows them now. Every service starts from an Actor.

A token says who signed in; what that person may do is read again in each transaction, so that a role taken away or a
sign-in revoked counts at once, not when the token runs out.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core.problems import Forbidden, NotFound, Unauthenticated
from app.identity.grant_states import CURRENT, NOT_ENDED
from app.identity.role_rules import GIVEN_BY_IT, is_excluded
from app.identity.tokens import Claims
from app.models import Person, RoleGrant, School, SignIn
from app.vocabulary import Role, Scope


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person, their school, and their current roles; or a program, with the scopes that it has.

    `until`: when the first of the roles ends by itself, if one does.
    """

    person_id: uuid.UUID
    alias: str
    school_id: uuid.UUID | None
    school_slug: str | None
    roles: frozenset[Role]
    sign_in_id: uuid.UUID
    scopes: frozenset[Scope] = frozenset()
    until: dt.datetime | None = None

    def has(self, *roles: Role) -> bool:
        return not self.roles.isdisjoint(roles)

    def require(self, *roles: Role) -> None:
        """Raises Forbidden unless the actor has one of `roles`."""
        if not self.has(*roles):
            raise Forbidden(f"This is for: {', '.join(sorted(roles))}.")

    def require_school(self) -> uuid.UUID:
        """The actor's school. Raises NotFound for a platform operator, who has none."""
        if self.school_id is None:
            raise NotFound
        return self.school_id


def load_actor(session: Session, claims: Claims) -> Actor:
    """The actor of a verified token.

    Raises Unauthenticated when the sign-in was revoked, the person has left, or all their tokens have been ended.
    """
    wanted = {"person": claims.subject, "sign_in": claims.session, "epoch": claims.epoch}
    rows = session.connection().execute(_ACTOR, wanted).all()
    if not rows:
        raise Unauthenticated("This sign-in has ended. Please sign in again.", invalid_token=True)
    alias, school_id, slug, by_claims, *_ = rows[0]
    return Actor(
        person_id=claims.subject,
        alias=alias,
        school_id=school_id,
        school_slug=slug,
        roles=opened(frozenset(Role(role) for *_, role, _ in rows if role is not None), by_claims),
        sign_in_id=claims.session,
        until=min((end for *_, end in rows if end is not None), default=None),
    )


def opened(given: frozenset[Role], claims: list[str] | None) -> frozenset[Role]:
    """The roles of a sign-in: those that were given, and what its claims add for as long as it lasts.

    Claims add never more than they may give, and nothing that those who have been given a role must not have.
    """
    added = frozenset(Role(role) for role in claims or ()) & GIVEN_BY_IT
    return given | {role for role in added if not is_excluded(role, beside=given)}


def current_roles(session: Session, person_id: uuid.UUID) -> frozenset[Role]:
    grants = session.exec(select(RoleGrant.role).where(RoleGrant.person_id == person_id, CURRENT))
    return frozenset(Role(role) for role in grants)


def roles_to_be(session: Session, person_id: uuid.UUID) -> frozenset[Role]:
    """The roles that somebody has or may come to have, such as one that a second person has not confirmed yet."""
    grants = session.exec(select(RoleGrant.role).where(RoleGrant.person_id == person_id, NOT_ENDED))
    return frozenset(Role(role) for role in grants)


def roles_ever(session: Session, person_id: uuid.UUID) -> frozenset[Role]:
    """As `roles_to_be`, and those that somebody has had: what they were asked then may be open to them for a while."""
    counts = sa.or_(NOT_ENDED, col(RoleGrant.confirm_by).is_(None))
    grants = session.exec(select(RoleGrant.role).where(RoleGrant.person_id == person_id, counts))
    return frozenset(Role(role) for role in grants)


def people_with(session: Session, school_id: uuid.UUID, *roles: Role) -> list[uuid.UUID]:
    """The active people of a school who hold one of `roles`, in a stable order."""
    found = session.connection().execute(_WITH_ROLES, {"school_id": school_id, "roles": roles})
    return list(found.scalars())


# Built once: these are asked for every answer.
_ACTOR = (
    sa.select(
        col(Person.alias),
        col(Person.school_id),
        col(School.slug),
        col(SignIn.claimed_roles),
        col(RoleGrant.role),
        col(RoleGrant.ends_at),
    )
    .join(SignIn, col(SignIn.person_id) == col(Person.id))
    .outerjoin(School, col(School.id) == col(Person.school_id))
    .outerjoin(RoleGrant, sa.and_(col(RoleGrant.person_id) == col(Person.id), CURRENT))
    .where(
        col(Person.id) == sa.bindparam("person"),
        col(SignIn.id) == sa.bindparam("sign_in"),
        col(SignIn.revoked_at).is_(None),
        col(Person.active).is_(True),
        col(Person.service).is_(False),
        col(Person.token_epoch) == sa.bindparam("epoch"),
    )
)
_WITH_ROLES = (
    sa.select(col(Person.id))
    .join(RoleGrant, col(RoleGrant.person_id) == col(Person.id))
    .where(
        col(Person.school_id) == sa.bindparam("school_id"),
        col(Person.active).is_(True),
        col(Person.service).is_(False),
        CURRENT,
        col(RoleGrant.role).in_(sa.bindparam("roles", expanding=True)),
    )
    .distinct()
    .order_by(col(Person.id))
)
