"""`peerline create-school`, `activate-school` and `schools`: the life of a school, from the command line."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
import typer
from pydantic import ValidationError
from sqlmodel import Session, col, select

from app.audit import trail
from app.command import fail, read_db, with_db
from app.core import clock
from app.models import School
from app.schools import service as schools
from app.schools.founding_schemas import FirstInvitation, FirstPerson
from app.schools.policies import SchoolPolicies
from app.settings import from_environment
from app.vocabulary import Role


def create_school(
    slug: str,
    name: str,
    region: Annotated[str, typer.Option(help="State or territory, such as VIC.")],
    time_zone: Annotated[str, typer.Option(help="IANA name, such as Australia/Melbourne.")],
    country: str = "AU",
    years: int = 4,
    program_type: str = "graduate_entry",
    formal_program: Annotated[bool, typer.Option(help="Whether there are supporters.")] = True,
    coordinator: Annotated[
        str | None, typer.Option(help="'LOGIN ALIAS' of the first one, who joins by a link.")
    ] = None,
    sponsor: Annotated[str | None, typer.Option(help="'LOGIN ALIAS' of the first one, who joins by a link.")] = None,
) -> None:
    """Make a school, as a draft. Its keys, help and standard policies come with it."""
    from app.identity.invitations import LoginTaken
    from app.schools import founding

    first = {role: _first(said) for role, said in ((Role.COORDINATOR, coordinator), (Role.SPONSOR, sponsor)) if said}
    settings = from_environment()

    def make(session: Session) -> list[FirstInvitation]:
        school = schools.create(
            session,
            slug=slug,
            name=name,
            country=country,
            region=region,
            time_zone=time_zone,
            program_type=program_type,
            years=years,
            features={"formal_program": formal_program},
            policies=SchoolPolicies(),
        )
        now = clock.now()
        trail.record(session, action="school.created", school_id=school.id, person_id=None, subject=school.id, now=now)
        return [
            founding.invite_first(session, school, person, role, by=None, settings=settings, now=now)
            for role, person in first.items()
        ]

    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        fail(f"There is no time zone {time_zone}. An IANA name is needed, such as Australia/Melbourne.", 1)
    try:
        invited = with_db(make)
    except LoginTaken:
        fail("Somebody has one of these logins already. Nothing was made.", 1)
    except sa.exc.IntegrityError:
        fail(f"There is a school {slug} already.", 1)
    typer.echo(f"{slug} is there, as a draft: help works, and nothing else is asked of it until it is activated.")
    for each in invited:
        typer.echo(f"{each.alias}, {each.role}, joins until {each.expires_at:%Y-%m-%d %H:%M} UTC by {each.link}")


def activate_school(slug: str) -> None:
    """Open a school for reports, advice and stories, or say what is missing."""
    from app.readiness import activation

    try:
        with_db(lambda session: activation.open_school(session, slug, by=None, now=clock.now()).slug)
    except schools.SchoolNotFound:
        fail(f"There is no school {slug}.", 1)
    except activation.SchoolNotReady as exc:
        missing = "\n".join(f"- {each['code']}: {each['detail']}" for each in exc.errors)
        fail(f"{slug} is not ready:\n{missing}", 1)
    typer.echo(f"{slug} is active.")


def list_schools() -> None:
    """Every school, and whether it is relied upon."""
    for line in read_db(_lines):
        typer.echo(line)


def _first(said: str) -> FirstPerson:
    login, _, alias = said.strip().partition(" ")
    try:
        return FirstPerson(login=login, alias=alias)
    except ValidationError:
        fail("Whoever joins is given as 'LOGIN ALIAS', such as 'dana@seaside.example Dana'.", 1)


def _lines(session: Session) -> list[str]:
    rows = session.exec(select(School).order_by(col(School.created_at), col(School.id)))
    return [f"{row.slug}\t{row.status}\t{row.created_at:%Y-%m-%d}\t{row.name}" for row in rows]
