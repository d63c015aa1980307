"""Words for a friend who passes a code on, a peer who chooses, and the supporters of Harbour."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
from sqlmodel import Session, select

from app.models import Supporter
from app.vocabulary import Role
from app.vocabulary.supporters import YearBand
from tests.support.world import Someone, World

CODES = "/v1/me/report/contact-codes"
SESSION = "/v1/contact-codes/session"
SUPPORTERS = "/v1/me/choice/supporters"
CHOICE = "/v1/me/choice"
CONTACTS = "/v1/me/contacts"
REACH = "Write to me on +61 2 5550 4242."
WORDS = "I am new on the ward and eat alone. A walk would be good."


async def supporter(world: World, alias: str, *, school: str = "harbour", **fields: Any) -> tuple[Someone, str]:
    """Somebody whom peers can find, with the id by which they choose them."""
    who = await world.person(Role.SUPPORTER, school=school, alias=alias, paged=True)

    def change(session: Session) -> str:
        row = session.exec(select(Supporter).where(Supporter.person_id == who.id)).one()
        for name, value in ({"listed": True, "year_band": YearBand.FINAL_YEARS} | fields).items():
            setattr(row, name, value)
        session.add(row)
        return str(row.id)

    return who, await world.write(change)


async def friend(world: World, *, school: str = "harbour", **fields: Any) -> dict[str, str]:
    """Headers of somebody who has shared a worry."""
    made = await world.report("withdrawn_or_keeping_to_self", school=school, **fields)
    assert made.status_code == 201, made.text
    return await world.reporter(made.json()["receipt"])


async def code_from(world: World, headers: dict[str, str]) -> str:
    made = await world.http.post(CODES, headers=headers)
    assert made.status_code == 201, made.text
    code: str = made.json()["code"]
    return code


async def opened(world: World, code: str, opens: str = "choosing") -> dict[str, str]:
    """Headers of a session with a code."""
    found = await world.http.post(SESSION, json={"code": code})
    assert found.status_code == 200, found.text
    assert found.json()["opens"] == opens
    return {"Authorization": f"Bearer {found.json()['access_token']}"}


async def peer(world: World) -> dict[str, str]:
    """Headers of somebody who has a friend's code, and has not chosen."""
    return await opened(world, await code_from(world, await friend(world)))


async def choose(world: World, headers: dict[str, str], **fields: Any) -> httpx.Response:
    return await world.http.post(CHOICE, headers=headers, json={"how_to_reach": REACH, "words": WORDS} | fields)


async def chosen(world: World, headers: dict[str, str], **fields: Any) -> str:
    """The code to come back with."""
    made = await choose(world, headers, **fields)
    assert made.status_code == 201, made.text
    await world.settle()
    code: str = made.json()["code"]
    return code


async def state(world: World, code: str) -> tuple[str, str | None]:
    """What the peer sees of it, coming back."""
    found = await world.http.get(CHOICE, headers=await opened(world, code, "choice"))
    assert found.status_code == 200, found.text
    assert found.json()["help"], "never without help"
    return found.json()["state"], found.json()["alias"]


async def contacts_of(world: World, who: Someone) -> list[dict[str, Any]]:
    found = await world.http.get(CONTACTS, headers=who.headers)
    assert found.status_code == 200, found.text
    items: list[dict[str, Any]] = found.json()["items"]
    return items


async def asked(world: World, *people: Someone) -> list[str]:
    """Who of them has an open contact."""
    return [
        who.alias
        for who in people
        if any(item["state"] in ("offered", "accepted") for item in await contacts_of(world, who))
    ]


async def answer(
    world: World, who: Someone, action: str, contact: str | uuid.UUID | None = None, body: Any = None
) -> httpx.Response:
    """`accept`, `decline` or `end` their newest open contact, and everything that follows."""
    if contact is None:
        [contact] = [item["id"] for item in await contacts_of(world, who) if item["over_hour"] is None]
    said = await world.http.post(f"{CONTACTS}/{contact}/{action}", headers=who.headers, json=body)
    await world.settle()
    return said
