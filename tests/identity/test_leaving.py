"""Somebody leaves: nothing of theirs opens anything with the next request, and nobody waits for them (contract 1.2)."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import httpx
import pytest
from giving import code, given, roles
from sqlmodel import Session, select

from app.models import Contact, RoleGrant, School, ShiftOffer, SignIn
from app.vocabulary import ContactState, Level, OfferState, Role
from tests.reports.passing_on import put_in_place
from tests.support.world import Someone, World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
PEOPLE = "/v1/schools/harbour/people"
PHRASE = "a long phrase that somebody remembers"


async def leave(world: World, actor: Someone, person: Someone) -> httpx.Response:
    return await world.http.post(f"{PEOPLE}/{person.id}/leave", headers=actor.headers)


async def sign_in(world: World, person: Someone, **fields: Any) -> httpx.Response:
    body = {"grant_type": "password", "login": person.login, "password": PHRASE, **fields}
    return await world.http.post("/v1/auth/token", json=body)


async def refresh(world: World, pair: dict[str, Any]) -> httpx.Response:
    body = {"grant_type": "refresh_token", "refresh_token": pair["refresh_token"]}
    return await world.http.post("/v1/auth/token", json=body)


async def member(world: World, *with_roles: Role, **how: Any) -> Someone:
    """Somebody with a password."""
    hashed = world.app.state.runtime.passwords.hash_now(PHRASE)
    return await world.person(*with_roles, password_hash=hashed, **how)


def told(world: World, person: Someone) -> list[dict[str, Any]]:
    assert person.hook is not None
    return [request.json() for request in world.receiver.requests(person.hook)]


async def test_who_leaves_can_do_nothing_and_is_waited_for_by_nobody(world: World) -> None:
    """Token, refresh token, password, calendar and endpoint are dead; the page goes on; the shift is a gap."""
    await world.school()
    mira, tomas = await member(world, Role.ADVISER, paged=True), await world.person(Role.ADVISER, paged=True)
    it, coordinator = await world.person(Role.SCHOOL_IT), await world.person(Role.COORDINATOR, paged=True)
    roster = await world.on_call(mira)
    await world.on_call(tomas, level=Level.BACKUP)
    pair = (await sign_in(world, mira)).json()
    feed = (
        await world.http.post("/v1/schools/harbour/calendar-feeds", headers=mira.headers | world.once(), json={})
    ).json()
    calendar = feed["url"].replace(world.settings.base_url, "")
    assert (await world.http.get(calendar)).status_code == 200
    await world.report("hurt_themselves")
    await world.settle()
    assert [each["type"] for each in told(world, mira)] == ["page.requested"]
    assert [each["type"] for each in told(world, tomas)] == []

    left = await leave(world, it, mira)
    assert (left.status_code, left.json()["roles"], left.json()["active"]) == (200, [], False)
    again = await leave(world, it, mira)
    assert (again.status_code, again.json()) == (200, left.json())
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    for headers in (bearer, mira.headers):
        assert (await world.http.get("/v1/auth/me", headers=headers)).status_code == 401
    assert code(await refresh(world, pair)) == (401, "bad_credentials")
    assert code(await sign_in(world, mira)) == (401, "bad_credentials")
    assert (await world.http.get(calendar)).status_code == 404

    await world.settle()
    assert [each["type"] for each in told(world, tomas)] == ["page.requested"]
    gaps = await world.http.get(f"/v1/schools/harbour/rosters/{roster}/gaps", headers=coordinator.headers)
    assert gaps.json()["items"][0]["cause"] == "ended"
    types = {each["type"]: each["data"] for each in told(world, coordinator)}
    assert types["person.left"] == {"school": "harbour", "person_id": str(mira.id)}
    assert {"coverage.gap_live", "role_grant.changed"} <= set(types)
    assert len(told(world, mira)) == 1

    back = await world.http.post(f"{PEOPLE}/{mira.id}/come-back", headers=it.headers)
    assert (back.json()["roles"], back.json()["active"], back.json()["left_at"]) == ([], True, None)
    for dead in (await world.http.get("/v1/auth/me", headers=bearer), await refresh(world, pair)):
        assert dead.status_code == 401
    assert (await world.http.get(calendar)).status_code == 404
    anew = (await sign_in(world, mira)).json()
    assert anew["roles"] == []
    mine = await world.http.get("/v1/auth/me", headers={"Authorization": f"Bearer {anew['access_token']}"})
    assert mine.status_code == 200
    ended = await world.db.read(lambda s: s.exec(select(RoleGrant.ended_because)).all())
    assert [each for each in ended if each is not None] == ["left"]


@on_sqlite
async def test_what_leaving_ends_is_ended_though_they_are_back_before_the_worker_has_looked(world: World) -> None:
    """It was down meanwhile. What they have had since they came back is theirs."""
    await world.school()
    mira, tomas = await member(world, Role.ADVISER, paged=True), await world.person(Role.ADVISER, paged=True)
    coordinator = await world.person(Role.COORDINATOR)
    roster = await world.on_call(mira)
    await world.on_call(tomas, level=Level.BACKUP)

    async def calendar(headers: dict[str, str]) -> str:
        made = await world.http.post("/v1/schools/harbour/calendar-feeds", headers=headers | world.once(), json={})
        return str(made.json()["url"]).replace(world.settings.base_url, "")

    def offered(session: Session) -> None:
        school, now = session.exec(select(School)).one(), world.time.now()
        times = {"starts_at": now, "ends_at": now + dt.timedelta(days=1), "created_at": now, "updated_at": now}
        of = {"school_id": school.id, "roster_id": roster, "person_id": mira.id}
        session.add(ShiftOffer(**of, **times, whole=False, state=OfferState.OPEN))

    await world.write(offered)
    old = await calendar(mira.headers)
    await world.report("hurt_themselves")
    await world.settle()
    assert [each["type"] for each in told(world, tomas)] == []

    assert (await leave(world, coordinator, mira)).status_code == 200
    world.time.advance(minutes=3)
    assert (await world.http.post(f"{PEOPLE}/{mira.id}/come-back", headers=coordinator.headers)).status_code == 200
    await given(world, coordinator, mira, Role.SUPPORTER)
    anew = {"Authorization": f"Bearer {(await sign_in(world, mira)).json()['access_token']}"}
    new = await calendar(anew)
    endpoints = "/v1/me/webhook-endpoints"
    added = await world.http.post(endpoints, headers=anew, json={"url": world.receiver.url("since")})
    assert added.status_code == 201, added.text

    await world.settle()
    assert [each["type"] for each in told(world, tomas)] == ["page.requested"]
    assert [(await world.http.get(each)).status_code for each in (old, new)] == [404, 200]
    shown = (await world.http.get(endpoints, headers=anew)).json()["items"]
    assert [(each["enabled"], each["disabled_because"]) for each in shown] == [(False, "person_left"), (True, None)]
    offers = await world.db.read(lambda s: s.exec(select(ShiftOffer.state)).all())
    assert list(offers) == [OfferState.VOID]
    assert (await world.http.get("/v1/auth/me", headers=anew)).json()["roles"] == ["supporter"]


@on_sqlite
@pytest.mark.parametrize("by_directory", [False, True])
async def test_what_they_had_taken_on_goes_to_somebody_else(world: World, by_directory: bool) -> None:
    """They have acknowledged, and not answered: the next person is asked at once, not when their time has passed.

    Whoever ends their access: a person, or the school's own directory."""
    await world.school()
    mira, tomas = await world.person(Role.ADVISER, paged=True), await world.person(Role.ADVISER, paged=True)
    coordinator = await world.person(Role.COORDINATOR)
    await world.on_call(mira)
    await world.on_call(tomas, level=Level.BACKUP)
    await world.report("hurt_themselves")
    await world.settle()
    [page] = (await world.http.get("/v1/me/pages", headers=mira.headers)).json()["items"]
    taken = await world.http.post(f"/v1/pages/{page['id']}/ack", headers=mira.headers)
    assert taken.status_code == 200
    if by_directory:
        ended = await world.http.post(f"{PEOPLE}/deprovision", headers=coordinator.headers, json={"login": mira.login})
        assert ended.status_code == 204
    else:
        assert (await leave(world, coordinator, mira)).status_code == 200
    await world.settle()
    assert [each["type"] for each in told(world, tomas)] == ["page.requested"]


@on_sqlite
async def test_a_year_that_has_graduated_is_nobodys_message(world: World) -> None:
    """Whoever was never more than a student leaves without a word to the coordinators; a supporter does not."""
    await world.school()
    coordinator = await world.person(Role.COORDINATOR, paged=True)
    student, supporter = await world.person(Role.STUDENT), await world.person(Role.SUPPORTER)
    for each in (student, supporter):
        await leave(world, coordinator, each)
    await world.settle()
    who = [each["data"]["person_id"] for each in told(world, coordinator) if each["type"] == "person.left"]
    assert who == [str(supporter.id)]


async def test_the_last_coordinator_stays(world: World) -> None:
    """Whoever asks, and whatever comes at once: a school keeps one."""
    await world.school()
    it, pair = await world.person(Role.SCHOOL_IT), [await world.person(Role.COORDINATOR) for _ in range(2)]
    answers = await asyncio.gather(*(leave(world, it, each) for each in pair))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    [refused] = [answer for answer in answers if answer.status_code == 409]
    assert refused.json()["code"] == "last_coordinator"
    [stays] = [person for person, answer in zip(pair, answers, strict=True) if answer.status_code == 409]
    assert await roles(world, stays) == ["coordinator"]


@on_sqlite
async def test_who_has_left_is_given_nothing(world: World) -> None:
    """Neither a new role, nor one that waits; and a report is kept from them as if they had not."""
    await world.school()
    coordinator, sponsor = await world.person(Role.COORDINATOR), await world.person(Role.SPONSOR)
    noor = await world.person(Role.TRIAGER, alias="Noor")
    await world.person(Role.TRIAGER)
    waiting = await given(world, coordinator, noor, Role.ADVISER)
    assert (await leave(world, coordinator, noor)).status_code == 200
    shown = await world.http.get(f"/v1/schools/harbour/role-grants/{waiting}", headers=sponsor.headers)
    assert (shown.json()["state"], shown.json()["ended_because"]) == ("ended", "left")
    body = {"person": str(noor.id), "role": "student"}
    refused = await world.http.post(
        "/v1/schools/harbour/role-grants", headers=coordinator.headers | world.once(), json=body
    )
    assert code(refused) == (409, "person_left")
    assert (await world.report("tearful", keep_from=["Noor"])).status_code == 201


@on_sqlite
async def test_people_are_listed_and_changed_by_those_who_answer_for_them(world: World) -> None:
    await world.school()
    await world.school("ridge", region="NSW")
    it, noor = await world.person(Role.SCHOOL_IT), await world.person(Role.TRIAGER, alias="Noor")
    gone, kai = await world.person(Role.TRIAGER), await world.person(Role.STUDENT, alias="Kai")
    await leave(world, it, gone)

    async def listed(**query: str) -> set[str]:
        answer = await world.http.get(PEOPLE, headers=it.headers, params=query)
        return {each["id"] for each in answer.json()["items"]}

    assert await listed() == {str(each.id) for each in (it, noor, gone, kai)}
    assert await listed(role="triager") == {str(noor.id)}
    assert await listed(active="false") == {str(gone.id)}

    async def change(person: Someone = noor, **fields: Any) -> httpx.Response:
        shown = await world.http.get(f"{PEOPLE}/{person.id}", headers=it.headers)
        headers = it.headers | {"If-Match": shown.headers["ETag"]}
        return await world.http.patch(f"{PEOPLE}/{person.id}", headers=headers, json=fields)

    assert (await change(kai, alias="Kai W")).json()["alias"] == "Kai W"
    assert (await change(assesses_at=["ridge"])).json()["assesses_at"] == ["ridge"]
    assert code(await change(assesses_at=["ridge", "harbour"])) == (409, "assessment_conflict")
    misspelt = await change(assesses_at=["ridge", "rigde"])
    assert misspelt.json()["errors"][0]["pointer"] == "#/assesses_at/1"
    emptied = (await change(assesses_at=None)).json()
    assert (emptied["assesses_at"], emptied["alias"]) == ([], "Noor")
    stale = it.headers | {"If-Match": '"old"'}
    assert (await world.http.patch(f"{PEOPLE}/{noor.id}", headers=stale, json={"alias": "X"})).status_code == 412


# Sign-ins


async def test_a_sign_in_is_known_by_the_name_that_its_owner_gave_it(world: World) -> None:
    """Shown to the hour, without an address; ended one by one, or all but this one, or all."""
    await world.school()
    world.time.set(dt.datetime(2027, 3, 10, 11, 42, tzinfo=dt.UTC))
    mira = await member(world, Role.ADVISER)
    phone = (await sign_in(world, mira, device=" The blue telephone ")).json()
    laptop, tablet = (await sign_in(world, mira, device="Laptop")).json(), (await sign_in(world, mira)).json()

    def bearer(pair: dict[str, Any]) -> dict[str, str]:
        return {"Authorization": f"Bearer {pair['access_token']}"}

    async def seen(pair: dict[str, Any]) -> list[dict[str, Any]]:
        answer = await world.http.get("/v1/auth/sessions", headers=bearer(pair))
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items

    async def alive(*pairs: dict[str, Any]) -> list[bool]:
        answers = [await world.http.get("/v1/auth/me", headers=bearer(pair)) for pair in pairs]
        return [answer.status_code == 200 for answer in answers]

    items = await seen(phone)
    assert {each["device"] for each in items} == {"The blue telephone", "Laptop", None}
    assert [each["device"] for each in items if each["current"]] == ["The blue telephone"]
    assert {(each["begun_hour"], each["last_used_hour"]) for each in items} == {("2027-03-10T11:00:00Z",) * 2}
    [lost] = [each["id"] for each in items if each["device"] == "Laptop"]
    assert (await world.http.delete(f"/v1/auth/sessions/{lost}", headers=bearer(phone))).status_code == 204
    assert (await world.http.delete(f"/v1/auth/sessions/{lost}", headers=bearer(phone))).status_code == 404
    assert await alive(phone, laptop, tablet) == [True, False, True]
    assert code(await refresh(world, laptop)) == (401, "bad_credentials")
    others = await world.http.post("/v1/auth/sessions/revoke-others", headers=bearer(phone))
    assert (others.status_code, await alive(phone, tablet)) == (204, [True, False])
    assert len(await seen(phone)) == 1
    assert (await world.http.post("/v1/auth/sessions/revoke-all", headers=bearer(phone))).status_code == 204
    assert await alive(phone) == [False]

    it = await world.person(Role.SCHOOL_IT)
    one, two = (await sign_in(world, mira)).json(), (await sign_in(world, mira)).json()
    theirs = f"{PEOPLE}/{mira.id}/sessions"
    [newest, _] = (await world.http.get(theirs, headers=it.headers)).json()["items"]
    assert (await world.http.delete(f"{theirs}/{newest['id']}", headers=it.headers)).status_code == 204
    assert await alive(one, two) in ([True, False], [False, True])
    assert (await world.http.post(f"{theirs}/revoke-all", headers=it.headers)).status_code == 204
    assert await alive(one, two) == [False, False]


@on_sqlite
async def test_an_epoch_ends_what_was_signed_for_somebody_whatever_its_sign_in(world: World) -> None:
    """A token without the claim is of an earlier release, and of the first epoch; the sign-in of this one lives."""
    await world.school()
    mira, it = await world.person(Role.ADVISER), await world.person(Role.SCHOOL_IT)
    items = (await world.http.get("/v1/auth/sessions", headers=mira.headers)).json()["items"]
    assert [each["current"] for each in items] == [True]
    await world.http.post(f"{PEOPLE}/{mira.id}/sessions/revoke-all", headers=it.headers)

    def unrevoke(session: Any) -> None:
        for row in session.exec(select(SignIn).where(SignIn.person_id == mira.id)):
            row.revoked_at = None
            session.add(row)

    await world.write(unrevoke)
    assert (await world.http.get("/v1/auth/me", headers=mira.headers)).status_code == 401


@on_sqlite
async def test_a_supporter_who_leaves_gives_back_whom_they_were_to_meet(world: World) -> None:
    """Whoever handed it over can ask somebody else; what had been written down for it is destroyed."""
    await world.school()
    triager, wren = await world.person(Role.TRIAGER), await world.person(Role.SUPPORTER)
    coordinator = await world.person(Role.COORDINATOR)
    await world.report("tearful")
    [report] = (await world.http.get("/v1/schools/harbour/reports", headers=triager.headers)).json()["items"]
    contact = await world.write(lambda session: put_in_place(session, report["id"], wren))
    accepted = await world.http.post(f"/v1/me/contacts/{contact}/accept", headers=wren.headers)
    assert accepted.status_code == 200
    assert (await leave(world, coordinator, wren)).status_code == 200
    await world.settle()
    [row] = await world.db.read(lambda s: s.exec(select(Contact)).all())
    assert (str(row.id), row.state, row.reach_sealed) == (contact, ContactState.ENDED, None)
