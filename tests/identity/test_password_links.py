"""A forgotten password (contract 1.2): a link that is no way into somebody's cases, over HTTP."""

from __future__ import annotations

import asyncio
from collections import Counter

import httpx
import pytest
from sqlmodel import col, select

from app.models import AuditEntry
from app.vocabulary import Role
from tests.identity.giving import act, give, grant_of
from tests.identity.linking import PHRASE, accept, codes, look, sign_in
from tests.support.receiver import verified
from tests.support.world import Someone, World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
HERE = "/v1/schools/harbour"
LINKS = f"{HERE}/password-links"


async def ask(world: World, by: Someone, person: Someone) -> httpx.Response:
    return await world.http.post(f"{HERE}/people/{person.id}/password-link", headers=by.headers | world.once())


async def confirm(world: World, by: Someone, link: str) -> httpx.Response:
    shown = await world.http.get(f"{LINKS}/{link}", headers=by.headers)
    headers = by.headers | {"If-Match": shown.headers.get("ETag", '"none"')}
    return await world.http.post(f"{LINKS}/{link}/confirm", headers=headers)


def secret_of(made: httpx.Response) -> str:
    assert made.status_code == 201, made.text
    return str(made.json()["link"].partition("#")[2])


async def trail(world: World) -> list[tuple[str, str]]:
    statement = select(AuditEntry).where(col(AuditEntry.action).startswith("password_link."))
    entries = await world.db.read(lambda s: s.exec(statement.order_by(col(AuditEntry.id))).all())
    return sorted((each.action, str(each.person_id)) for each in entries)


async def test_whoever_reads_cases_gets_in_again_with_a_second_persons_word(world: World) -> None:
    """The person is told at their own endpoint; who asked and who confirmed is in the trail."""
    await world.school()
    coordinator, officer = await world.person(Role.COORDINATOR), await world.person(Role.PRIVACY_OFFICER, paged=True)
    adviser = await world.person(Role.ADVISER, paged=True)
    made = await ask(world, coordinator, adviser)
    link, secret = made.json()["id"], secret_of(made)
    assert made.json()["state"] == "awaiting_second_person"
    assert codes([await accept(world, secret)]) == [(409, "not_confirmed")]
    await world.settle()
    for person in (adviser, officer):
        [told] = world.receiver.wait_for(person.hook)
        event = verified(told, person.secret or "")
        assert event["type"] == "sign_in.password_link_made"
        assert (event["data"]["link_id"], event["data"]["person_id"]) == (link, str(adviser.id))
        assert secret not in str(event)

    confirmed = await confirm(world, officer, link)
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "open")
    assert codes([await confirm(world, officer, link)]) == [(409, "link_settled")]
    # The adviser's sign-in that they still had somewhere is over.
    assert (await world.http.get("/v1/auth/me", headers=adviser.headers)).status_code == 200
    assert (await accept(world, secret)).status_code == 200
    assert (await world.http.get("/v1/auth/me", headers=adviser.headers)).status_code == 401
    assert (await sign_in(world, adviser.login, PHRASE)).status_code == 200
    assert await trail(world) == [
        ("password_link.confirmed", str(officer.id)),
        ("password_link.made", str(coordinator.id)),
        ("password_link.used", str(adviser.id)),
    ]


@on_sqlite
async def test_a_second_person_is_neither_who_asked_nor_whose_it_is(world: World) -> None:
    await world.school()
    both = await world.person(Role.COORDINATOR, Role.SPONSOR)
    officer, sponsor = await world.person(Role.PRIVACY_OFFICER), await world.person(Role.SPONSOR)
    coordinator = await world.person(Role.COORDINATOR)
    asked_by_both = (await ask(world, both, officer)).json()["id"]
    refused = [await confirm(world, both, asked_by_both), await confirm(world, officer, asked_by_both)]
    assert codes(refused) == [(403, "own_link")] * 2
    assert codes([await confirm(world, coordinator, asked_by_both)]) == [(403, "forbidden")]
    assert (await confirm(world, sponsor, asked_by_both)).status_code == 200
    assert codes([await ask(world, both, both)]) == [(403, "own_link")]


@on_sqlite
async def test_every_role_that_reads_cases_or_decides_who_does_needs_one(world: World) -> None:
    """Also one that is only to come: whoever asks would have the password when it does."""
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    states = {}
    for role in set(Role) - {Role.PLATFORM_OPERATOR}:
        states[role] = (await ask(world, coordinator, await world.person(role))).json()["state"]
    alone = {Role.STUDENT, Role.EVALUATOR, Role.SCHOOL_IT, Role.SUPPORTER}
    assert {role for role, state in states.items() if state == "open"} == alone
    to_be = await world.person(Role.SUPPORTER)
    earlier = secret_of(await ask(world, coordinator, to_be))
    assert (await give(world, coordinator, to_be, Role.TRIAGER)).status_code == 201
    assert codes([await accept(world, earlier)]) == [(409, "not_confirmed")]
    assert (await ask(world, coordinator, to_be)).json()["state"] == "awaiting_second_person"


@on_sqlite
async def test_school_it_asks_for_those_alone_whom_it_could_have_let_in(world: World) -> None:
    await world.school()
    it, coordinator = await world.person(Role.SCHOOL_IT), await world.person(Role.COORDINATOR)
    for role in set(Role) - {Role.STUDENT, Role.EVALUATOR, Role.SCHOOL_IT, Role.PLATFORM_OPERATOR}:
        refused = await ask(world, it, await world.person(Role.STUDENT, role))
        assert codes([refused]) == [(403, "not_yours_to_let_in")]
    student = await world.person(Role.STUDENT)
    secret = secret_of(await ask(world, it, student))
    assert (await look(world, secret)).status_code == 200
    assert (await give(world, coordinator, student, Role.SUPPORTER)).status_code == 201
    assert codes([await accept(world, secret)]) == [(404, "not_found")]


async def test_a_link_can_be_ended_by_whoever_sees_it(world: World) -> None:
    """And whoever it is for ends it by changing their password; of confirming and ending at once both are kept to."""
    await world.school()
    coordinator, sponsor = await world.person(Role.COORDINATOR), await world.person(Role.SPONSOR)
    adviser = await world.person(Role.ADVISER)
    made = await ask(world, coordinator, adviser)
    link = made.json()["id"]
    ended, confirmed = await asyncio.gather(
        world.http.delete(f"{LINKS}/{link}", headers=sponsor.headers), confirm(world, sponsor, link)
    )
    assert (ended.status_code, confirmed.status_code in (200, 409, 412)) == (204, True)
    assert codes([await accept(world, secret_of(made))]) == [(404, "not_found")]
    assert codes([await world.http.delete(f"{LINKS}/{link}", headers=sponsor.headers)]) == [(404, "not_found")]
    shown = await world.http.get(f"{LINKS}/{link}", headers=coordinator.headers)
    assert shown.json()["state"] == "ended"
    world.time.advance(hours=25)
    late = await ask(world, coordinator, adviser)
    world.time.advance(hours=25)
    states = [each["state"] for each in (await world.http.get(LINKS, headers=sponsor.headers)).json()["items"]]
    assert Counter(states) == {"ended": 1, "expired": 1}
    assert codes([await confirm(world, sponsor, late.json()["id"])]) == [(409, "link_settled")]


@on_sqlite
async def test_ending_a_role_is_no_way_to_what_its_owner_was_asked(world: World) -> None:
    """A coordinator ends an adviser's role, who stays a supporter and may read for a day what they were paged for: a
    link for another password takes a second person all the same, and is nothing that school IT can make."""
    await world.school()
    coordinator, it = await world.person(Role.COORDINATOR), await world.person(Role.SCHOOL_IT)
    adviser = await world.person(Role.ADVISER, Role.STUDENT, Role.SUPPORTER, paged=True)
    await world.on_call(adviser)
    await world.report("said_thoughts_of_suicide")
    await world.settle()
    for role in (Role.ADVISER, Role.SUPPORTER):
        ended = await act(world, coordinator, await grant_of(world, coordinator, adviser, role), "end")
        assert ended.status_code == 200, ended.text
    assert codes([await ask(world, it, adviser)]) == [(403, "not_yours_to_let_in")]
    assert (await give(world, coordinator, adviser, Role.SUPPORTER)).status_code == 201
    secret = secret_of(await ask(world, coordinator, adviser))
    assert (await look(world, secret)).json()["roles"] == ["student", "supporter"]
    assert codes([await accept(world, secret)]) == [(409, "not_confirmed")]


@on_sqlite
async def test_a_link_from_before_somebody_left_opens_nothing_when_they_come_back(world: World) -> None:
    """Whoever asked for it has it still: coming back revives nothing."""
    await world.school()
    it, coordinator = await world.person(Role.SCHOOL_IT), await world.person(Role.COORDINATOR)
    student = await world.person(Role.STUDENT)
    secret = secret_of(await ask(world, it, student))
    there = f"{HERE}/people/{student.id}"
    assert (await world.http.post(f"{there}/leave", headers=it.headers)).status_code == 200
    assert (await world.http.post(f"{there}/come-back", headers=coordinator.headers)).status_code == 200
    assert codes([await look(world, secret), await accept(world, secret)]) == [(404, "not_found")] * 2
    [shown] = (await world.http.get(LINKS, headers=it.headers)).json()["items"]
    assert shown["state"] == "ended"
    assert (await accept(world, secret_of(await ask(world, it, student)))).status_code == 200
