"""`peerline create-person` and `end-operator`: the first people, and those of no school, from the command line."""

from __future__ import annotations

from typing import Annotated, Any

import sqlalchemy as sa
import typer
from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session, col, select

from app.audit import trail
from app.command import fail, with_db
from app.core import clock
from app.identity import sign_in
from app.identity.invitation_schemas import Login
from app.identity.password_rules import About, faults, normalise
from app.identity.passwords import Passwords
from app.identity.people import create_person as make_person
from app.identity.people_schemas import Alias
from app.identity.role_rules import NEVER_TOGETHER
from app.models import Person, RoleGrant
from app.schools import service as schools
from app.settings import from_environment
from app.vocabulary import GrantEnd, Role
from app.vocabulary.supporters import SupporterStatus


def create_person(
    login: str,
    alias: str,
    role: Annotated[list[Role], typer.Option(help="Repeat for several.")],
    school: Annotated[str | None, typer.Option(help="The school's slug; none for a platform operator.")] = None,
    password: Annotated[str, typer.Option(prompt=True, confirmation_prompt=True, hide_input=True)] = "",
) -> None:
    """Make a person who can sign in. For the first people of a school: others are invited by a link."""
    if (school is None and role != [Role.PLATFORM_OPERATOR]) or (school is not None and Role.PLATFORM_OPERATOR in role):
        fail("A platform operator has no school; everybody else has one.", 1)
    if set(role) >= NEVER_TOGETHER:
        fail("Whoever coordinates a programme does not evaluate it.", 1)
    login, alias = login.strip(), alias.strip()
    _require(Login, login, "A login has 3 to 200 characters, without blanks, such as dana@seaside.example.")
    _require(Alias, alias, "An alias has 1 to 80 characters.")
    # Before the transaction, which keeps others waiting.
    from app.supporters import service as supporters

    passwords = Passwords(cost=from_environment().password_cost)

    def make(session: Session) -> None:
        found = schools.find(session, school) if school else None
        about = About(login, alias, found.name if found else None, found.slug if found else None)
        if refused := faults(normalise(password), about):
            fail(" ".join(each.detail for each in refused), 1)
        now = clock.now()
        made = make_person(
            session,
            school_id=found.id if found else None,
            login=login,
            alias=alias,
            roles=role,
            password_hash=passwords.hash_now(password),
        )
        grants = session.exec(select(RoleGrant.id).where(RoleGrant.person_id == made.id)).all()
        for subject, action in [(made.id, "person.made"), *((each, "role_grant.made") for each in grants)]:
            trail.record(session, action=action, school_id=made.school_id, person_id=None, subject=subject, now=now)
        if found is not None and Role.SUPPORTER in role:
            supporters.begin(
                session, school_id=found.id, person_id=made.id, status=SupporterStatus.IN_TRAINING, now=now
            )

    try:
        with_db(make)
    except schools.SchoolNotFound:
        fail(f"There is no school {school}.", 1)
    except sa.exc.IntegrityError:
        fail(f"There is somebody with the login {login} already.", 1)
    typer.echo(f"{login} is there.")


def end_operator(login: str) -> None:
    """Shut a platform operator out, at once and for good. Whoever is of a school leaves it over the API."""

    def end(session: Session) -> bool:
        person = session.exec(
            select(Person)
            .where(Person.login == login.strip().lower(), col(Person.school_id).is_(None))
            .with_for_update()
        ).one_or_none()
        if person is None or person.left_at is not None:
            return person is not None
        now = clock.now()
        grants = select(RoleGrant).where(RoleGrant.person_id == person.id, col(RoleGrant.ended_at).is_(None))
        for grant in session.exec(grants).all():
            grant.ended_at, grant.ended_because = now, GrantEnd.LEFT
            session.add(grant)
        person.active, person.left_at = False, now
        session.add(person)
        session.flush()
        sign_in.end_all(session, person.id, because="left", now=now)
        trail.record(session, action="person.left", school_id=None, person_id=None, subject=person.id, now=now)
        return True

    if not with_db(end):
        fail(f"There is no platform operator {login}.", 1)
    typer.echo(f"{login} can do nothing any more.")


def _require(kind: Any, value: str, otherwise: str) -> None:
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError:
        fail(otherwise, 1)
