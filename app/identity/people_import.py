"""People of a school from its own systems: what would change, and then all of it or nothing.

An import gives and takes the roles that school IT has a say in, and no other. Who comes by it has no password: they
join by a link, or by the school's own sign-in.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.audit import trail
from app.core import clock
from app.core.ids import new_id
from app.core.problems import Conflict, InvalidRequest
from app.core.tables import MOST_FAULTS, ImportMode, RowFault
from app.identity import aliases, deprovisioning, role_giving
from app.identity.actors import Actor
from app.identity.grant_states import IN_STATE, end_of
from app.identity.people_import_schemas import MOST_NAMED, PeopleImport, PeopleImportDiff, PersonChange, PersonRow
from app.identity.people_rows import Known, Plan, Wanted, plan, read
from app.identity.role_giving import LastCoordinator
from app.identity.role_rules import GIVEN_BY_IT, GIVERS
from app.models import Person, RoleGrant, School
from app.vocabulary import GrantEnd, GrantState, Role

# So much of those who came by imports may leave with one, before somebody has to say that it is meant.
SHARE_OF_LEAVERS = 3
_CHUNK = 500


class TooManyLeave(Conflict):
    code, title = "too_many_leave", "This ends the access of many people"
    default_detail = "More than a third of all who came by imports. Say how many in `at_most`. Nothing was stored."


def dry_run(
    session: Session, actor: Actor, body: PeopleImport, *, mode: ImportMode, at_most: int | None
) -> PeopleImportDiff:
    """What the import would change, with the faults of rows that cannot be done. Stores nothing.

    Raises InvalidRequest for what is no table, LastCoordinator.
    """
    actor.require(*GIVERS)
    people = _people(session, actor)
    return _diff(_plan(session, actor, people, body, mode), people, mode, stored=False, at_most=at_most)


def run(
    session: Session, actor: Actor, body: PeopleImport, *, mode: ImportMode, at_most: int | None
) -> PeopleImportDiff:
    """All of it, or nothing. The same file again changes nothing.

    Raises InvalidRequest with the faults of rows, TooManyLeave, LastCoordinator.
    """
    actor.require(*GIVERS)
    # One import at a time, and nobody else takes roles away meanwhile.
    school, now = role_giving.hold_roles(session, actor), clock.now()
    people = _people(session, actor)
    found = _plan(session, actor, people, body, mode)
    if found.faults:
        detail = "Nothing was stored. Rows of a table count from 1, below the header; objects from 0."
        raise InvalidRequest(detail, errors=found.faults[:MOST_FAULTS])
    diff = _diff(found, people, mode, stored=True, at_most=at_most)
    if diff.too_many_leave:
        raise TooManyLeave
    for known in found.leaving:
        deprovisioning.end_access(session, actor, known.id)
    for wanted in found.changed:
        _change(session, actor, school, wanted, now=now)
    _add(session, actor, school, found.added, now=now)
    return diff


def _plan(session: Session, actor: Actor, people: Sequence[Known], body: PeopleImport, mode: ImportMode) -> Plan:
    rows = list(read(body))
    logins = {row.login for _, row in rows if isinstance(row, PersonRow) and row.login is not None}
    own = {known.login for known in people}
    return plan(
        rows,
        people,
        elsewhere=_taken(session, logins - own),
        importer=actor.person_id,
        replace=mode is ImportMode.REPLACE,
    )


def _people(session: Session, actor: Actor) -> list[Known]:
    """Everybody of the school, by their logins; programs are nobody."""
    school_id = actor.require_school()
    of_school = (col(Person.school_id) == school_id, col(Person.service).is_(False))
    roles: dict[uuid.UUID, set[Role]] = {}
    standing = sa.select(col(RoleGrant.person_id), col(RoleGrant.role)).join(
        Person, col(Person.id) == col(RoleGrant.person_id)
    )
    for person_id, role in session.connection().execute(standing.where(*of_school, ~IN_STATE[GrantState.ENDED])):
        roles.setdefault(person_id, set()).add(role)
    staying = aliases.staying(session, school_id)
    people = sa.select(
        col(Person.id),
        col(Person.external_id),
        col(Person.login),
        col(Person.alias),
        col(Person.left_at),
        col(Person.deprovisioned_at),
    ).where(*of_school)
    return [
        Known(
            id=person_id,
            external_id=external_id,
            login=login,
            alias=alias,
            roles=frozenset(roles.get(person_id, ())),
            # Who was invited and has not joined cannot sign in, and has not left.
            gone=None if left_at is None else deprovisioned_at is not None,
            alias_stays=person_id in staying,
        )
        for person_id, external_id, login, alias, left_at, deprovisioned_at in session.connection().execute(
            people.order_by(col(Person.login))
        )
    ]


def _taken(session: Session, logins: Iterable[str]) -> frozenset[str]:
    """Those of `logins` that somebody has, at whichever school: one login is one person's in all of the deployment."""
    wanted, taken = sorted(logins), set[str]()
    for start in range(0, len(wanted), _CHUNK):
        taken.update(session.exec(select(Person.login).where(col(Person.login).in_(wanted[start : start + _CHUNK]))))
    return frozenset(taken)


def _change(session: Session, actor: Actor, school: School, wanted: Wanted, *, now: dt.datetime) -> None:
    # Against whoever gives them a role in this moment.
    person = session.get_one(Person, wanted.known.id, with_for_update={"key_share": True})
    if wanted.returns:
        deprovisioning.give_back(session, actor, person)
    person.external_id = wanted.external_id
    person.deprovisioned_at = None
    person.login = wanted.login or person.login
    person.alias = wanted.alias or person.alias
    session.add(person)
    session.flush()
    if wanted.fields:
        _record(session, actor, person.id, "person.imported", now=now)
    if wanted.roles is None:
        return
    held = select(RoleGrant).where(RoleGrant.person_id == person.id, col(RoleGrant.ended_at).is_(None))
    for grant in session.exec(held).all():
        if grant.role in GIVEN_BY_IT - wanted.roles and end_of(grant, now=now) is None:
            role_giving.end(session, school, grant, by=actor.person_id, because=GrantEnd.ENDED, now=now)
    for role in sorted(wanted.roles - wanted.known.roles):
        role_giving.give(session, person, role, by=actor.person_id, now=now)


def _add(session: Session, actor: Actor, school: School, rows: Sequence[PersonRow], *, now: dt.datetime) -> None:
    """Many at once: nobody of them has anything yet that a rule could be about."""
    if not rows:
        return
    # Of all that is the same for everybody: objects of thousands of people cost more than all the rest.
    person = Person(school_id=school.id, login="", alias="", created_at=now).model_dump()
    grant = RoleGrant(person_id=school.id, role=Role.STUDENT, granted_at=now, granted_by=actor.person_id).model_dump()
    made = [
        person | {"id": new_id(), "login": row.login, "alias": row.alias, "external_id": row.external_id}
        for row in rows
    ]
    grants = [
        grant | {"id": new_id(), "person_id": each["id"], "role": role}
        for each, row in zip(made, rows, strict=True)
        for role in sorted(set(row.roles or ()))
    ]
    for table, values in ((Person, made), (RoleGrant, grants)):
        if values:
            session.connection().execute(sa.insert(table), values)
    for each in made:
        _record(session, actor, each["id"], "person.imported", now=now)
    for each in grants:
        # That somebody is a student opens nothing, and goes without saying.
        if each["role"] is not Role.STUDENT:
            _record(session, actor, each["id"], "role_grant.made", now=now)


def _record(session: Session, actor: Actor, subject: uuid.UUID, action: str, *, now: dt.datetime) -> None:
    trail.record(session, action=action, school_id=actor.school_id, person_id=actor.person_id, subject=subject, now=now)


def _refuse_last_coordinator(people: Sequence[Known], found: Plan) -> None:
    """As `end_access` would, so that a dry run says it too. Raises LastCoordinator."""
    coordinators = {known.id for known in people if Role.COORDINATOR in known.roles and known.gone is None}
    if coordinators and coordinators <= {known.id for known in found.leaving}:
        raise LastCoordinator


def _diff(
    found: Plan, people: Sequence[Known], mode: ImportMode, *, stored: bool, at_most: int | None
) -> PeopleImportDiff:
    _refuse_last_coordinator(people, found)
    imported = sum(known.external_id is not None and known.gone is None for known in people)
    most = imported // SHARE_OF_LEAVERS if at_most is None else at_most
    return PeopleImportDiff(
        stored=stored,
        mode=mode,
        rows=found.rows,
        added=[row.external_id for row in found.added],
        changed=[
            PersonChange(external_id=wanted.external_id, fields=wanted.fields)
            for wanted in found.changed
            if wanted.fields
        ],
        left=[known.external_id for known in found.leaving if known.external_id is not None][:MOST_NAMED],
        returned=[wanted.external_id for wanted in found.changed if wanted.returns],
        unchanged=found.unchanged,
        stay_away=found.stay_away,
        kept=[PersonChange(external_id=name, fields=fields) for name, fields in found.kept.items()],
        errors=[RowFault.model_validate(each) for each in found.faults[:MOST_FAULTS]],
        too_many_leave=len(found.leaving) > most,
    )
