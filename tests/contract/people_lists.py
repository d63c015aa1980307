"""Five of everything that is listed of people."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Session

from app.models import RefreshToken, SignIn
from app.vocabulary import Role
from tests.support.world import World

SCHOOL = "/v1/schools/harbour"
Made = tuple[str, dict[str, str]]


async def five_grants(world: World) -> Made:
    """One person has five roles, and looks at them."""
    person = await world.person(Role.SUPPORTER, Role.EVALUATOR, Role.ADVISER, Role.TRIAGER, Role.SCHOOL_IT)
    return f"{SCHOOL}/role-grants?person={person.id}", person.headers


async def five_people(world: World) -> Made:
    coordinator = await world.person(Role.COORDINATOR)
    for _ in range(4):
        await world.person(Role.SUPPORTER)
    return f"{SCHOOL}/people", coordinator.headers


async def five_sign_ins(world: World, *, own: bool = True) -> Made:
    """The one that asks, and four that can be gone on with."""
    person, it = await world.person(Role.ADVISER), await world.person(Role.SCHOOL_IT)
    now = world.time.now()

    def make(session: Session) -> None:
        for number in range(4 if own else 5):
            begun = now + dt.timedelta(minutes=number)
            sign_in = SignIn(person_id=person.id, created_at=begun, last_used_at=begun)
            session.add(sign_in)
            session.flush()
            expires = now + dt.timedelta(days=30)
            session.add(RefreshToken(sign_in_id=sign_in.id, token_hash=sign_in.id.bytes, expires_at=expires))

    await world.write(make)
    if own:
        return "/v1/auth/sessions", person.headers
    return f"{SCHOOL}/people/{person.id}/sessions", it.headers


async def five_sign_ins_of_somebody(world: World) -> Made:
    return await five_sign_ins(world, own=False)


LISTS = (five_grants, five_people, five_sign_ins, five_sign_ins_of_somebody)
