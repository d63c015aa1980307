"""A friend's code and a peer's choice, held against the OpenAPI document."""

from __future__ import annotations

import datetime as dt

import httpx
from held import Held, example
from sqlmodel import Session, select

from app.models import Supporter
from app.vocabulary import Role
from tests.support.world import Someone, World


async def choosing(held: Held, world: World) -> None:
    supporter = await world.person(Role.SUPPORTER, alias="Jay")
    chosen = {"preferred": [await _listed(world, supporter)], "not": [], "anybody_else": False}
    made = await held("createReport", json=example("createReport"))
    friend = _bearer(await held("createReceiptSession", json={"receipt": made.json()["receipt"]}))
    code = await held("createMyContactCode", friend, headers=world.once())
    for _ in range(2):
        await held("createMyContactCode", friend)
    assert (await held("createMyContactCode", friend)).json()["code"] == "too_many_contact_codes"
    await held("listMyContactCodes", friend)
    assert (await held("createContactCodeSession", json=example("createContactCodeSession"))).status_code == 404
    peer = _bearer(await held("createContactCodeSession", json={"code": code.json()["code"]}))
    await held("deleteMyContactCodes", friend)
    assert (await held("listChoosableSupporters", peer)).status_code == 404
    code = await held("createMyContactCode", friend)
    peer = _bearer(await held("createContactCodeSession", json={"code": code.json()["code"]}))
    await held("listChoosableSupporters", peer, params={"year_band": "not_said"})
    strange = example("createMyChoice", of="somebodyInParticular")
    assert (await held("createMyChoice", peer, json=strange)).status_code == 422
    made = await held("createMyChoice", peer, headers=world.once(), json=example("createMyChoice") | chosen)
    assert (await held("createMyChoice", peer, json=example("createMyChoice"))).status_code == 404
    back = _bearer(await held("createContactCodeSession", json={"code": made.json()["code"]}))
    await held("getMyChoice", back)
    [contact] = (await held("listMyContacts", supporter)).json()["items"]
    its = {"contact_id": contact["id"]}
    await held("acceptMyContact", supporter, at=its)
    assert (await held("endMyContact", supporter, at=its, json=example("endMyContact"))).status_code == 409
    await held("getMyChoice", back)
    await held("withdrawMyChoice", back)
    assert (await held("withdrawMyChoice", back)).status_code == 404


async def inviting(held: Held, world: World) -> None:
    coordinator = await world.person(Role.COORDINATOR)
    site = str(await world.site("Coast clinic"))
    period = {"opens_at": "2026-01-01T00:00:00Z", "closes_at": "2026-06-01T00:00:00Z"}
    past = example("createOpenInvitation", of="toEverybody") | period
    refused = await held("createOpenInvitation", coordinator, headers=world.once(), json=past)
    assert refused.status_code == 422
    now = world.time.now()
    period = {"opens_at": now.isoformat(), "closes_at": (now + dt.timedelta(days=9)).isoformat()}
    for of, more in (("toASite", {"site_id": site}), ("toFinalYears", {}), ("toEverybody", {})):
        body = example("createOpenInvitation", of=of) | period | more
        made = await held("createOpenInvitation", coordinator, headers=world.once(), json=body)
        assert made.status_code == 201, made.text
    at = {"open_invitation_id": made.json()["id"]}
    await held("getKeptInvitation", coordinator, at=at)
    await held("listKeptInvitations", coordinator)
    shown = await held("listOpenInvitations")
    assert len(shown.json()["items"]) == 3
    assert (await held("listOpenInvitations", headers={"If-None-Match": shown.headers["ETag"]})).status_code == 304
    assert (await held("createChoiceSession", at=at, json=example("createChoiceSession"))).status_code == 201
    await held("takeDownOpenInvitation", coordinator, at=at)
    assert (await held("createChoiceSession", at=at, json={})).status_code == 404


async def _listed(world: World, who: Someone) -> str:
    def change(session: Session) -> str:
        row = session.exec(select(Supporter).where(Supporter.person_id == who.id)).one()
        row.listed = True
        session.add(row)
        return str(row.id)

    return await world.write(change)


def _bearer(opened: httpx.Response) -> dict[str, str]:
    return {"Authorization": f"Bearer {opened.json()['access_token']}"}
