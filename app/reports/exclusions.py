"""For whom a report must not exist (J14): those the reporter names, and the programme's people when it is about one."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core.problems import InvalidRequest
from app.guidance.signs import AboutRole
from app.identity.actors import Actor
from app.identity.grant_states import CURRENT, HELD_OR_LEFT_WITH
from app.models import ConfidentialityDecision, Person, Report, ReportExcludedRole, ReportExclusion, RoleGrant, School
from app.reports.schemas import ReportCreate
from app.vocabulary import Role

# Whose aliases are public, and may be put into `keep_from`. Any other name is one that nobody has: whoever tries names
# out, without an account, must not learn who else is at the school.
READING_ROLES = (Role.TRIAGER, Role.ADVISER, Role.COORDINATOR, Role.INDEPENDENT_HANDLER, Role.PRIVACY_OFFICER)
# A student who is signed in by the school has a membership and no more: there may be thousands of them.
_OF_THE_PROGRAMME = col(RoleGrant.role) != Role.STUDENT


@dataclass(frozen=True, slots=True)
class Exclusions:
    """`people` are those kept out as the report arrives, `roles` keep out whoever is given one of them later.

    `independent`: only independent handlers may know of the report.
    """

    people: frozenset[uuid.UUID]
    roles: frozenset[Role]
    independent: bool

    @property
    def any(self) -> bool:
        """Whether there is, or may come, somebody for whom the report must not exist."""
        return bool(self.people or self.roles) or self.independent


NOBODY = Exclusions(people=frozenset(), roles=frozenset(), independent=False)


def exclusions_of(session: Session, school: School, body: ReportCreate, *, urgent: bool) -> Exclusions:
    """Those meant by `keep_from`; everyone but independent handlers when the programme itself is concerned.

    Raises InvalidRequest for a `keep_from` that names nobody, unless the report is urgent: then it goes to independent
    handlers instead, because nothing may stand in its way (J2) and we cannot know whom the name meant.
    """
    if not body.keep_from and body.about_role is AboutRole.STUDENT:
        return NOBODY
    staff = session.exec(
        select(Person.id, Person.alias, RoleGrant.role, Person.active)
        .join(RoleGrant, col(RoleGrant.person_id) == col(Person.id))
        .where(Person.school_id == school.id, HELD_OR_LEFT_WITH, _OF_THE_PROGRAMME)
    ).all()
    wanted = {name.casefold() for name in body.keep_from}
    roles = frozenset(role for role in Role if str(role) in wanted)
    public = {alias.casefold() for _, alias, role, _ in staff if role in READING_ROLES}
    unknown = wanted - public - roles
    if unknown and not urgent:
        raise _unknown_reader(next(i for i, name in enumerate(body.keep_from) if name.casefold() in unknown))
    # Who has left is kept out like anybody else, in case they come back, but is nobody who could read or handle it.
    named = {person for person, alias, role, _ in staff if alias.casefold() in wanted or role in roles}
    readers_left = {person for person, _, role, active in staff if active and role is Role.TRIAGER} - named
    unreadable = Role.TRIAGER in roles or (bool(named) and not readers_left)
    independent = body.about_role is not AboutRole.STUDENT or bool(unknown) or unreadable
    if independent:
        handlers = {person for person, _, role, active in staff if active and role is Role.INDEPENDENT_HANDLER} - named
        named = {person for person, _, _, _ in staff} - handlers
    return Exclusions(people=frozenset(named), roles=roles, independent=independent)


def keep_out(session: Session, report_id: uuid.UUID, exclusions: Exclusions) -> None:
    """Write them down, past the unit of work: this is part of the hottest write there is."""
    for person in sorted(exclusions.people):
        session.connection().execute(sa.insert(ReportExclusion), {"report_id": report_id, "person_id": person})
    for role in sorted(exclusions.roles):
        session.connection().execute(sa.insert(ReportExcludedRole), {"report_id": report_id, "role": str(role)})


def kept_from(actor: Actor) -> sa.ColumnElement[bool]:
    """Of a query over reports: those that must not exist for this actor, as a person or in a role of theirs.

    A reporter means the roles of their own school: a handler whom another school lends holds none of them.
    """
    person = sa.exists().where(
        col(ReportExclusion.report_id) == col(Report.id), col(ReportExclusion.person_id) == actor.person_id
    )
    role = sa.exists().where(
        col(ReportExcludedRole.report_id) == col(Report.id),
        col(Report.school_id) == actor.school_id,
        col(ReportExcludedRole.role).in_(actor.roles),
    )
    return sa.or_(person, role)


def may_know(session: Session, report: Report, people: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of `people` who are still there, and from whom the report is not kept in any role they hold now."""
    named = select(ReportExclusion.person_id).where(ReportExclusion.report_id == report.id)
    in_role = (
        select(RoleGrant.person_id)
        .join(ReportExcludedRole, col(ReportExcludedRole.role) == col(RoleGrant.role))
        .join(Person, col(Person.id) == col(RoleGrant.person_id))
        .where(
            ReportExcludedRole.report_id == report.id,
            CURRENT,
            Person.school_id == report.school_id,
        )
    )
    there = select(Person.id).where(col(Person.id).in_(people), col(Person.active).is_(True))
    return set(session.exec(there.where(col(Person.id).not_in(named), col(Person.id).not_in(in_role))))


def kept_from_somebody(session: Session, report_id: uuid.UUID) -> bool:
    """Whether there is somebody at the school who must not learn that this report exists. Any other id is of none.

    The id of a decision about a report is as good as that report's.
    """
    decision = session.get(ConfidentialityDecision, report_id)
    if decision is not None:
        report_id = decision.report_id
    report = session.get(Report, report_id)
    people = select(ReportExclusion.report_id).where(ReportExclusion.report_id == report_id)
    roles = select(ReportExcludedRole.report_id).where(ReportExcludedRole.report_id == report_id)
    return report is not None and (
        report.independent or any(session.exec(rows.limit(1)).first() is not None for rows in (people, roles))
    )


def insiders(session: Session, school_id: uuid.UUID) -> set[uuid.UUID]:
    """Everybody of a school who must not know of what is for independent handlers, also those who have left."""
    held = (
        select(Person.id, RoleGrant.role, Person.active)
        .join(RoleGrant, col(RoleGrant.person_id) == col(Person.id))
        .where(Person.school_id == school_id, HELD_OR_LEFT_WITH, _OF_THE_PROGRAMME)
    )
    staff = session.exec(held).all()
    handlers = {person for person, role, active in staff if active and role is Role.INDEPENDENT_HANDLER}
    return {person for person, _, _ in staff} - handlers


def people_called(session: Session, school_id: uuid.UUID, name: str) -> set[uuid.UUID]:
    """Those of a school whom a reader means: one by id, or all of an alias that is public. Also who has left."""
    try:
        by_id = uuid.UUID(name)
    except ValueError:
        public = (
            select(Person.id, Person.alias)
            .join(RoleGrant, col(RoleGrant.person_id) == col(Person.id))
            .where(
                Person.school_id == school_id,
                HELD_OR_LEFT_WITH,
                col(RoleGrant.role).in_(READING_ROLES),
            )
        )
        return {person for person, alias in session.exec(public) if alias.casefold() == name.casefold()}
    named = select(Person.id).where(Person.id == by_id, Person.school_id == school_id, col(Person.service).is_(False))
    return set(session.exec(named))


def _unknown_reader(index: int) -> InvalidRequest:
    fault = {
        "pointer": f"#/keep_from/{index}",
        "code": "unknown_reader",
        "detail": "This is neither a role nor an alias of this school; see its list of readers.",
    }
    return InvalidRequest(errors=[fault])
