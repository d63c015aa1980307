"""For whom a report must not exist (J14): those the reporter names, and the programme's people when it is about one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlmodel import Session, col, select

from app.core.problems import InvalidRequest
from app.guidance.signs import AboutRole
from app.models import Person, Report, ReportExclusion, RoleGrant, School
from app.reports.schemas import ReportCreate
from app.vocabulary import Role

# Whose aliases are public, and may be put into `keep_from`. Any other name is one that nobody has: whoever tries names
# out, without an account, must not learn who else is at the school.
READING_ROLES = (Role.TRIAGER, Role.ADVISER, Role.COORDINATOR, Role.INDEPENDENT_HANDLER, Role.PRIVACY_OFFICER)


@dataclass(frozen=True, slots=True)
class Exclusions:
    """`independent`: only independent handlers may know of the report."""

    people: frozenset[uuid.UUID]
    independent: bool


NOBODY = Exclusions(people=frozenset(), independent=False)


def exclusions_of(session: Session, school: School, body: ReportCreate, *, urgent: bool) -> Exclusions:
    """Those meant by `keep_from`; everyone but independent handlers when the programme itself is concerned.

    Raises InvalidRequest for a `keep_from` that names nobody, unless the report is urgent: then it goes to independent
    handlers instead, because nothing may stand in its way (J2) and we cannot know whom the name meant.
    """
    if not body.keep_from and body.about_role is AboutRole.STUDENT:
        return NOBODY
    staff = session.exec(
        select(Person.id, Person.alias, RoleGrant.role)
        .join(RoleGrant, col(RoleGrant.person_id) == col(Person.id))
        .where(Person.school_id == school.id, col(RoleGrant.ended_at).is_(None))
    ).all()
    wanted = {name.casefold() for name in body.keep_from}
    public = {alias.casefold() for _, alias, role in staff if role in READING_ROLES}
    unknown = wanted - public - {str(role) for role in Role}
    if unknown and not urgent:
        raise _unknown_reader(next(i for i, name in enumerate(body.keep_from) if name.casefold() in unknown))
    named = {person for person, alias, role in staff if alias.casefold() in wanted or str(role) in wanted}
    readers_left = {person for person, _, role in staff if role is Role.TRIAGER} - named
    independent = body.about_role is not AboutRole.STUDENT or bool(unknown) or (bool(named) and not readers_left)
    if independent:
        handlers = {person for person, _, role in staff if role is Role.INDEPENDENT_HANDLER} - named
        named = {person for person, _, _ in staff} - handlers
    return Exclusions(people=frozenset(named), independent=independent)


def kept_from_somebody(session: Session, report_id: uuid.UUID) -> bool:
    """Whether there is somebody at the school who must not learn that this report exists. Any other id is of none."""
    report = session.get(Report, report_id)
    statement = select(ReportExclusion.person_id).where(ReportExclusion.report_id == report_id)
    return report is not None and (report.independent or session.exec(statement.limit(1)).first() is not None)


def _unknown_reader(index: int) -> InvalidRequest:
    fault = {
        "pointer": f"#/keep_from/{index}",
        "code": "unknown_reader",
        "detail": "This is neither a role nor an alias of this school; see its list of readers.",
    }
    return InvalidRequest(errors=[fault])
