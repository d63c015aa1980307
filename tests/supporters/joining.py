"""Steps of the way into the programme, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
from sqlmodel import Session, select

from app.core import clock
from app.models import RoleGrant, Supporter, SupporterSignature
from app.vocabulary import GrantEnd, Role
from app.vocabulary.supporters import SupporterStatus
from tests.support.world import Someone, World

ME = "/v1/supporters/me"


async def supporter_in(world: World, status: SupporterStatus, *, school: str = "harbour") -> Someone:
    """Somebody who stands there and has signed nothing. Whoever has left the programme has not the role any more."""
    someone = await world.person(Role.STUDENT, Role.SUPPORTER, school=school)

    def stand(session: Session) -> None:
        row = session.exec(select(Supporter).where(Supporter.person_id == someone.id)).one()
        row.status = status
        session.add(row)
        for signed in session.exec(select(SupporterSignature).where(SupporterSignature.person_id == someone.id)):
            session.delete(signed)
        if status is SupporterStatus.ALUMNI:
            held = select(RoleGrant).where(RoleGrant.person_id == someone.id, RoleGrant.role == Role.SUPPORTER)
            grant = session.exec(held).one()
            grant.ended_at, grant.ended_because = clock.now(), GrantEnd.GIVEN_UP
            session.add(grant)

    await world.write(stand)
    return someone


async def standing_of(world: World, person: Someone) -> str:
    """The id of somebody's row."""
    wanted = select(Supporter.id).where(Supporter.person_id == person.id)
    return await world.db.read(lambda session: str(session.exec(wanted).one()))


async def get(world: World, person: Someone, path: str, **params: Any) -> httpx.Response:
    return await world.http.get(path, headers=person.headers, params=params)


async def post(world: World, person: Someone, path: str, body: Any = None) -> httpx.Response:
    return await world.http.post(path, headers=person.headers | world.once(), json=body)


async def change(
    world: World, person: Someone, path: str, action: str = "", body: Any = None, *, method: str = "POST"
) -> httpx.Response:
    """As whoever has just read it."""
    shown = await get(world, person, path)
    headers = person.headers | world.once() | {"If-Match": shown.headers.get("ETag", "*")}
    return await world.http.request(method, path + action, headers=headers, json=body)


async def signs_both(world: World, person: Someone) -> None:
    me = (await get(world, person, ME)).json()
    for text, where in (("agreement", "agreements"), ("role_card", "role-card-acceptances")):
        made = await post(world, person, f"{ME}/{where}", {"version": me[text]["asked_version"]})
        assert made.status_code == 201, made.text
