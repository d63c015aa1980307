"""Asking people to join (contract 1.2), over HTTP."""

from __future__ import annotations

import json
import uuid
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from app.models import AuditEntry, Person
from app.vocabulary import Role
from tests.identity.giving import act, grant_of, roles
from tests.identity.linking import LOGIN, accept, codes, look, sign_in
from tests.support.world import Someone, World
from tests.test_access import SCHOOL

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
HERE = "/v1/schools/harbour/invitations"
BODY: dict[str, Any] = {"login": LOGIN, "alias": "Wren", "roles": ["supporter"]}


async def invite(world: World, by: Someone, **body: Any) -> httpx.Response:
    return await world.http.post(HERE, headers=by.headers | world.once(), json=BODY | body)


async def renew(world: World, by: Someone, invitation: str) -> httpx.Response:
    return await world.http.post(f"{HERE}/{invitation}/renew", headers=by.headers | world.once())


def secret_of(answer: httpx.Response) -> str:
    assert answer.is_success, answer.text
    link, _, secret = answer.json()["link"].partition("#")
    assert link.endswith("/join")
    return str(secret)


async def signed_in(world: World, person: str, login: str) -> Someone:
    pair = (await sign_in(world, login)).json()
    headers = {"Authorization": f"Bearer {pair['access_token']}"}
    return Someone(id=uuid.UUID(person), login=login, alias="Wren", school="harbour", headers=headers)


async def trail(world: World) -> list[tuple[str, str | None]]:
    entries = await world.db.read(lambda s: s.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all())
    return [(each.action, None if each.person_id is None else str(each.person_id)) for each in entries]


async def test_an_invitation_makes_somebody_who_is_nobody_until_they_join(world: World) -> None:
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    made = await invite(world, coordinator, language="en-AU")
    person = made.json()["person"]
    assert (made.status_code, made.json()["state"], made.json()["roles"]) == (201, "waiting", ["supporter"])
    at = made.headers["Location"]
    shown = await world.http.get(at, headers=coordinator.headers)
    assert shown.json() == {name: value for name, value in made.json().items() if name != "link"}
    assert secret_of(made) not in (await world.http.get(HERE, headers=coordinator.headers)).text

    # Nobody can be rostered, or be told of anything, before they have joined.
    rows = await world.db.read(lambda s: s.exec(select(Person).where(Person.login == LOGIN)).all())
    assert [row.active for row in rows] == [False]
    post = {"title": "Lead", "holder": person, "deputy": None}
    put = await world.http.put("/v1/schools/harbour/posts/lead", headers=coordinator.headers, json=post)
    assert put.status_code == 422

    assert (await look(world, secret_of(made))).json()["language"] == "en-AU"
    assert (await accept(world, secret_of(made))).status_code == 200
    assert await roles(world, await signed_in(world, person, LOGIN)) == ["supporter"]
    shown = await world.http.get(at, headers=coordinator.headers)
    assert (shown.json()["state"], shown.json()["accepted_at"] is not None) == ("accepted", True)
    assert ("invitation.made", str(coordinator.id)) in await trail(world)
    assert ("invitation.accepted", person) in await trail(world)


async def test_a_role_that_reads_cases_waits_until_they_have_joined_and_a_second_person_agrees(world: World) -> None:
    """Whoever invites holds the link: so the word of the second person comes after, about somebody who is there."""
    await world.school()
    coordinator, sponsor = await world.person(Role.COORDINATOR), await world.person(Role.SPONSOR)
    made = await invite(world, coordinator, roles=["triager", "supporter"])
    person = Someone(id=made.json()["person"], login=LOGIN, alias="Wren", school="harbour", headers={})
    grant = await grant_of(world, sponsor, person, Role.TRIAGER)
    assert codes([await act(world, sponsor, grant, "confirm")]) == [(409, "not_joined")]
    assert (await look(world, secret_of(made))).json()["roles"] == ["supporter", "triager"]
    assert (await accept(world, secret_of(made))).json()["roles"] == ["supporter"]
    assert (await act(world, sponsor, grant, "confirm")).status_code == 200
    assert await roles(world, await signed_in(world, str(person.id), LOGIN)) == ["supporter", "triager"]


@on_sqlite
async def test_nobody_is_invited_to_run_the_programme_and_to_evaluate_it(world: World) -> None:
    """Nothing is stored, and the login is free."""
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    for both in (["coordinator", "evaluator"], ["evaluator", "coordinator"]):
        assert codes([await invite(world, coordinator, roles=both)]) == [(409, "evaluation_conflict")]
    assert (await invite(world, coordinator, roles=["evaluator"])).status_code == 201


@on_sqlite
async def test_school_it_lets_in_only_whom_it_may(world: World) -> None:
    """Not by inviting, and not by a new link for somebody whom a coordinator has invited."""
    await world.school()
    coordinator, it = await world.person(Role.COORDINATOR), await world.person(Role.SCHOOL_IT)
    for role in set(Role) - {Role.STUDENT, Role.EVALUATOR, Role.SCHOOL_IT}:
        assert codes([await invite(world, it, roles=["student", role])]) == [(403, "not_yours_to_give")]
    assert codes([await invite(world, coordinator, roles=["platform_operator"])]) == [(403, "not_yours_to_give")]
    assert await world.db.read(lambda s: s.exec(select(Person).where(Person.login == LOGIN)).all()) == []

    theirs = await invite(world, it, roles=["student"])
    assert (await renew(world, it, theirs.json()["id"])).status_code == 200
    for number, wanted in enumerate((["supporter"], ["adviser"], ["coordinator"])):
        another = (await invite(world, coordinator, login=f"p{number}@harbour.example", roles=wanted)).json()["id"]
        refused = await world.http.delete(f"{HERE}/{another}", headers=it.headers)
        assert codes([await renew(world, it, another), refused]) == [(403, "not_yours_to_let_in")] * 2
        assert (await renew(world, coordinator, another)).status_code == 200


@on_sqlite
async def test_a_taken_login_is_refused_in_the_same_words_wherever_somebody_has_it(world: World) -> None:
    """Own, foreign, of an operator, one's own, and of somebody who has left: one answer, which is on record."""
    await world.school()
    await world.school("ridge")
    coordinator = await world.person(Role.COORDINATOR)
    left = await world.person(Role.STUDENT)

    def leave(session: Session) -> None:
        person = session.get_one(Person, left.id)
        person.active = False
        session.add(person)

    await world.write(leave)
    others = [
        await world.person(Role.STUDENT),
        await world.person(Role.STUDENT, school="ridge"),
        await world.person(Role.PLATFORM_OPERATOR, school=None),
        coordinator,
        left,
    ]
    answers = [await invite(world, coordinator, login=each.login.upper()) for each in others]
    assert codes(answers) == [(409, "login_taken")] * 5
    said = [{name: value for name, value in answer.json().items() if name != "instance"} for answer in answers]
    assert [each == said[0] for each in said] == [True] * 5
    assert "ridge" not in answers[1].text
    assert (await trail(world)).count(("invitation.refused", str(coordinator.id))) == 5

    # Enough is enough; what is free is not counted.
    for number in range(6):
        await invite(world, coordinator, login=f"p{number}@harbour.example", roles=[])
    more = [await invite(world, coordinator, login=others[0].login) for _ in range(6)]
    assert [each.status_code for each in more] == [409] * 5 + [429]
    world.time.advance(minutes=6)
    assert (await invite(world, coordinator, login="p9@harbour.example")).status_code == 201


@on_sqlite
async def test_what_is_refused_for_another_reason_is_not_recorded_as_a_login_that_is_taken(world: World) -> None:
    """It tells of nobody, and is not counted towards the ten."""
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    both = ["coordinator", "evaluator"]
    answers = [await invite(world, coordinator, login=f"p{n}@harbour.example", roles=both) for n in range(11)]
    assert codes(answers) == [(409, "evaluation_conflict")] * 11
    refused = ("invitation.refused", str(coordinator.id))
    assert (await trail(world)).count(refused) == 0
    assert codes([await invite(world, coordinator, login=coordinator.login, roles=both)]) == [(409, "login_taken")]
    assert (await trail(world)).count(refused) == 1


async def test_a_new_link_ends_the_old_one_and_withdrawing_ends_both(world: World) -> None:
    await world.school()
    await world.school("ridge")
    coordinator = await world.person(Role.COORDINATOR)
    made = await invite(world, coordinator, roles=["supporter", "triager"])
    invitation, first = made.json()["id"], secret_of(made)
    world.time.advance(days=8)
    shown = await world.http.get(f"{HERE}/{invitation}", headers=coordinator.headers)
    assert shown.json()["state"] == "expired"
    renewed = await renew(world, coordinator, invitation)
    second = secret_of(renewed)
    assert renewed.json()["state"] == "waiting"
    assert [(await look(world, each)).status_code for each in (first, second)] == [404, 200]

    assert (await world.http.delete(f"{HERE}/{invitation}", headers=coordinator.headers)).status_code == 204
    gone = await world.http.delete(f"{HERE}/{invitation}", headers=coordinator.headers)
    assert (
        codes([gone, await renew(world, coordinator, invitation), await accept(world, second)])
        == [(404, "not_found")] * 3
    )
    assert (await world.http.get(HERE, headers=coordinator.headers)).json()["items"] == []
    waiting = await world.http.get(
        "/v1/schools/harbour/role-grants", headers=coordinator.headers, params={"person": made.json()["person"]}
    )
    assert {each["state"] for each in waiting.json()["items"]} == {"ended"}
    # Nothing is left of their address, and another school may ask them.
    elsewhere = await world.person(Role.COORDINATOR, school="ridge")
    body = BODY | {"roles": []}
    headers = elsewhere.headers | world.once()
    assert (await world.http.post("/v1/schools/ridge/invitations", headers=headers, json=body)).status_code == 201


@on_sqlite
async def test_whoever_has_joined_is_invited_no_more(world: World) -> None:
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    made = await invite(world, coordinator)
    await accept(world, secret_of(made))
    at = f"{HERE}/{made.json()['id']}"
    refused = await world.http.delete(at, headers=coordinator.headers)
    assert codes([await renew(world, coordinator, made.json()["id"]), refused]) == [(409, "already_joined")] * 2
    assert (await sign_in(world, LOGIN)).status_code == 200


@on_sqlite
async def test_who_was_taken_off_before_they_came_is_only_withdrawn(world: World) -> None:
    """As a school's directory does that ends access: their link opens nothing, and nobody makes another."""
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    made = await invite(world, coordinator)
    person = f"/v1/schools/harbour/people/{made.json()['person']}"
    left = await world.http.post(f"{person}/leave", headers=coordinator.headers)
    assert left.status_code == 200
    at = f"{HERE}/{made.json()['id']}"
    assert (await world.http.get(at, headers=coordinator.headers)).json()["state"] == "expired"
    answers = [await accept(world, secret_of(made)), await renew(world, coordinator, made.json()["id"])]
    assert codes(answers) == [(404, "not_found"), (409, "person_left")]
    for withdrawn in (False, True):
        if withdrawn:
            assert (await world.http.delete(at, headers=coordinator.headers)).status_code == 204
        # They would be somebody who can be given roles, and never came.
        back = await world.http.post(f"{person}/come-back", headers=coordinator.headers)
        assert codes([back]) == [(409, "not_joined")]
    assert (await world.http.get(person, headers=coordinator.headers)).json()["active"] is False
    assert (await invite(world, coordinator)).status_code == 201


@on_sqlite
async def test_a_lost_answer_gives_the_same_link_again_and_no_second_person(world: World) -> None:
    """I1; and the link that is kept for that is sealed."""
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    headers = coordinator.headers | world.once()
    answers = [await world.http.post(HERE, headers=headers, json=BODY) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    secret = secret_of(answers[0])

    def everything(session: Session) -> str:
        return repr([session.connection().execute(sa.select(table)).all() for table in SQLModel.metadata.sorted_tables])

    kept = await world.db.read(everything)
    assert LOGIN in kept
    assert secret not in kept
    assert secret.removeprefix("ptl_") not in kept


@on_sqlite
async def test_a_login_that_cannot_be_typed_is_refused(world: World) -> None:
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    for login in ("a b@harbour.example", "wr", "w\u0000ren", "wren\u200b@harbour.example", "x" * 201):
        answer = await invite(world, coordinator, login=login)
        assert answer.status_code == 422, login
        assert json.dumps(login) not in answer.text


@on_sqlite
async def test_a_first_coordinator_does_not_become_the_first_sponsor(world: World) -> None:
    """The first sponsor is one before they have joined. A coordinator who got a new link for them would be both of the
    two whom it takes to let somebody read cases."""
    operator = await world.person(Role.PLATFORM_OPERATOR, school=None)
    made = await world.http.post("/v1/schools", headers=operator.headers | world.once(), json=SCHOOL)
    links = {each["role"]: each["link"].partition("#")[2] for each in made.json()["invitations"]}
    joined = (await accept(world, links["coordinator"])).json()
    coordinator = {"Authorization": f"Bearer {joined['access_token']}"}
    here = f"/v1/schools/{SCHOOL['slug']}/invitations"
    listed = (await world.http.get(here, headers=coordinator)).json()["items"]
    [theirs] = [each["id"] for each in listed if each["roles"] == ["sponsor"]]
    renewed = await world.http.post(f"{here}/{theirs}/renew", headers=coordinator | world.once())
    assert codes([renewed]) == [(403, "not_yours_to_let_in")]
    # What they were given themselves opens it; and who never comes can be taken off.
    assert (await look(world, links["sponsor"])).status_code == 200
    assert (await world.http.delete(f"{here}/{theirs}", headers=coordinator)).status_code == 204
