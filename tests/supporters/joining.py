"""Steps of the way into the programme, over HTTP."""

from __future__ import annotations

from typing import Any

import httpx
from sqlmodel import Session, select

from app.core import clock
from app.models import Interest, RoleGrant, SignIn, Supporter, SupporterApplication, SupporterSignature
from app.vocabulary import GrantEnd, Role
from app.vocabulary.supporters import SupporterStatus
from tests.support.world import Someone, World

ME = "/v1/supporters/me"
APPLICATIONS = "/v1/supporters/applications"
MINE = "/v1/supporters/me/application"
ANSWERS: dict[str, Any] = {
    "has_training": False,
    "can_give_time": True,
    "has_support_i_need": "yes",
    "study_on_track": "attested_by_student",
}


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


async def signs_in_again(world: World, person: Someone, *roles: Role) -> None:
    """A token says which roles somebody had when it was made."""
    wanted = select(SignIn.id).where(SignIn.person_id == person.id)
    sign_in = await world.db.read(lambda session: session.exec(wanted).one())
    person.headers = world.headers_for(person.id, sign_in, person.school, roles)


async def apply(world: World, person: Someone, **other: Any) -> tuple[str, dict[str, Any]]:
    """The id of an application, and what was sent."""
    body = ANSWERS | other
    made = await post(world, person, APPLICATIONS, body)
    assert made.status_code == 201, made.text
    wanted = select(SupporterApplication.id).where(SupporterApplication.person_id == person.id)
    return await world.db.read(lambda session: str(session.exec(wanted).one())), body


async def on_the_way_in(world: World, school: str = "harbour") -> dict[str, str]:
    """The ids of an expression of interest and of an application."""
    path = f"/v1/schools/{school}/expressions-of-interest"
    assert (await world.http.post(path, json={"contact": "me@example.edu"})).status_code == 201
    application, _ = await apply(world, await world.person(Role.STUDENT, school=school))
    wanted = select(Interest.id)
    return {
        "application_id": application,
        "interest_id": await world.db.read(lambda session: str(session.exec(wanted).one())),
    }
