"""People who were asked to join, and one-time links, past the routes that make them."""

from __future__ import annotations

from collections.abc import Iterable

import httpx
from sqlmodel import Session

from app.core import clock
from app.identity import one_time_links
from app.identity.people import create_person
from app.models import Person
from app.schools import service as schools
from app.vocabulary import LinkPurpose, Role
from tests.support.world import Someone, World

PHRASE = "seven wet otters in a teapot"
LOGIN = "wren@harbour.example"


async def invited(world: World, by: Someone, *roles: Role, login: str = LOGIN, by_it: bool = False) -> str:
    """The secret with which somebody can join."""

    def make(session: Session) -> str:
        person = create_person(
            session,
            school_id=schools.find(session, by.school or "").id,
            login=login,
            alias="Wren",
            roles=roles,
            password_hash=None,
        )
        person.active = False
        session.add(person)
        return _link(session, person, LinkPurpose.JOIN, by, by_it=by_it)

    return await world.write(make)


async def link_for(world: World, person: Someone, by: Someone, *, by_it: bool = False) -> str:
    """The secret with which somebody can choose a new password."""

    def make(session: Session) -> str:
        return _link(session, session.get_one(Person, person.id), LinkPurpose.NEW_PASSWORD, by, by_it=by_it)

    return await world.write(make)


def _link(session: Session, person: Person, purpose: LinkPurpose, by: Someone, *, by_it: bool) -> str:
    made_by = session.get_one(Person, by.id)
    return one_time_links.make(session, person, purpose, made_by=made_by, by_it=by_it, now=clock.now())[1]


async def look(world: World, secret: str) -> httpx.Response:
    return await world.http.post("/v1/invitations/look", json={"secret": secret})


async def accept(world: World, secret: str, password: str = PHRASE) -> httpx.Response:
    return await world.http.post("/v1/invitations/accept", json={"secret": secret, "password": password})


async def sign_in(world: World, login: str, password: str = PHRASE) -> httpx.Response:
    grant = {"grant_type": "password", "login": login, "password": password}
    return await world.http.post("/v1/auth/token", json=grant)


def codes(answers: Iterable[httpx.Response]) -> list[tuple[int, str]]:
    return [(answer.status_code, answer.json().get("code", "")) for answer in answers]
