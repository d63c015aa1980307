"""Roles that people are given: by whom, until when, and with whose word (contract 1.2, domain D17)."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid

import pytest
from giving import GRANTS, act, code, give, given, grant_of, roles
from linking import LOGIN, accept, invited
from sqlmodel import Session, select

from app.identity.actors import people_with
from app.models import AuditEntry, Person, SignIn
from app.schools import service as schools
from app.vocabulary import Level, Role, RosterLine
from tests.support.world import Someone, World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def told(world: World, person: Someone) -> list[tuple[str, str]]:
    """What somebody was told of roles: the types, and the state where there is one."""
    assert person.hook is not None
    events = [request.json() for request in world.receiver.requests(person.hook)]
    return sorted((each["type"], each["data"].get("state", "")) for each in events if "role_grant" in each["type"])


async def test_a_role_that_reads_cases_gives_nothing_until_a_second_person_agrees(world: World) -> None:
    """Contract 1.2: a coordinator gives it, a sponsor or a privacy officer confirms it; the person is told, too."""
    await world.school()
    coordinator = await world.person(Role.COORDINATOR)
    sponsor = await world.person(Role.SPONSOR, paged=True)
    noor = await world.person(Role.SUPPORTER, paged=True)
    made = await give(world, coordinator, noor, Role.TRIAGER)
    grant = made.json()["id"]
    assert (made.status_code, made.json()["state"]) == (201, "awaiting_second_person")
    assert await roles(world, noor) == ["supporter"]
    reports = "/v1/schools/harbour/reports"
    as_triager = world.headers_for(noor.id, await sign_in_of(world, noor), "harbour", (Role.TRIAGER, Role.SUPPORTER))
    assert (await world.http.get(reports, headers=as_triager)).status_code == 403
    readers = (await world.http.get("/v1/schools/harbour/readers")).json()["items"]
    assert noor.alias not in [each["alias"] for each in readers]

    confirmed = await act(world, sponsor, grant, "confirm")
    assert (confirmed.status_code, confirmed.json()["state"]) == (200, "current")
    assert (confirmed.json()["confirmed_by"], confirmed.json()["confirm_by"]) == (str(sponsor.id), None)
    assert await roles(world, noor) == ["supporter", "triager"]
    assert (await world.http.get(reports, headers=as_triager)).status_code == 200
    await world.settle()
    assert told(world, sponsor) == [("role_grant.changed", "current"), ("role_grant.waiting", "")]
    assert told(world, noor) == [("role_grant.changed", "current")]

    assert (await act(world, coordinator, grant, "end")).json()["ended_because"] == "ended"
    assert (await world.http.get(reports, headers=as_triager)).status_code == 403
    assert code(await act(world, sponsor, grant, "confirm")) == (409, "grant_settled")
    kept = await world.db.read(lambda s: [(e.action, e.person_id) for e in s.exec(select(AuditEntry)).all()])
    for expected in (
        ("role_grant.made", coordinator.id),
        ("role_grant.confirmed", sponsor.id),
        ("role_grant.ended", coordinator.id),
    ):
        assert expected in kept


async def sign_in_of(world: World, person: Someone) -> uuid.UUID:
    return await world.db.read(lambda s: s.exec(select(SignIn.id).where(SignIn.person_id == person.id)).one())


@on_sqlite
async def test_nobody_is_their_own_second_person(world: World) -> None:
    """Nobody gives to themselves; whoever gave it, or gets it, confirms nothing; whoever is neither may."""
    await world.school()
    both = await world.person(Role.COORDINATOR, Role.PRIVACY_OFFICER)
    officer = await world.person(Role.PRIVACY_OFFICER)
    assert code(await give(world, both, both, Role.EVALUATOR)) == (403, "own_grant")
    grant = await given(world, both, officer, Role.ADVISER)
    for somebody in (both, officer):
        assert code(await act(world, somebody, grant, "confirm")) == (403, "own_grant")
    it = await world.person(Role.SCHOOL_IT, Role.SPONSOR)
    assert (await act(world, it, grant, "decline")).json()["ended_because"] == "declined"
    assert (await give(world, both, officer, Role.ADVISER)).status_code == 201


@on_sqlite
async def test_nobody_makes_themselves_a_first_person(world: World) -> None:
    """Who coordinates and is a sponsor, too, makes up another coordinator, or a chain of them, and lets somebody in:
    what these give or ask for, they cannot confirm. Another sponsor can."""
    await world.school()
    both, sponsor = await world.person(Role.COORDINATOR, Role.SPONSOR), await world.person(Role.SPONSOR)
    honest, adviser = await world.person(Role.COORDINATOR), await world.person(Role.ADVISER)
    made_up, after = await world.person(Role.COORDINATOR), await world.person(Role.STUDENT)
    for giver, person in ((both, made_up), (made_up, after)):
        if person is made_up:
            held = await act(world, honest, await grant_of(world, honest, person, Role.COORDINATOR), "end")
            assert held.status_code == 200
        assert (await give(world, giver, person, Role.COORDINATOR)).status_code == 201
    for giver in (made_up, after):
        token = await sign_in_of(world, giver)
        giver.headers.update(world.headers_for(giver.id, token, "harbour", (Role.COORDINATOR,)))
        grant = await given(world, giver, await world.person(Role.STUDENT), Role.TRIAGER)
        assert code(await act(world, both, grant, "confirm")) == (403, "own_grant")
        assert (await act(world, sponsor, grant, "confirm")).status_code == 200
    asked = await world.http.post(
        f"/v1/schools/harbour/people/{adviser.id}/password-link", headers=after.headers | world.once()
    )
    link = f"/v1/schools/harbour/password-links/{asked.json()['id']}"
    seen = await world.http.get(link, headers=both.headers)
    refused = await world.http.post(f"{link}/confirm", headers=both.headers | {"If-Match": seen.headers["ETag"]})
    assert code(refused) == (403, "own_link")

    # An account that somebody else was given, and they came in by: their own hand all the same.
    wren = await invited(world, both)
    assert (await accept(world, wren)).status_code == 200
    joined = await world.db.read(lambda s: s.exec(select(Person.id).where(Person.login == LOGIN)).one())
    body = {"person": str(joined), "role": "triager"}
    made = await world.http.post(GRANTS, headers=honest.headers | world.once(), json=body)
    assert code(await act(world, both, made.json()["id"], "confirm")) == (403, "own_grant")
    assert (await act(world, sponsor, made.json()["id"], "confirm")).status_code == 200


@on_sqlite
async def test_school_it_has_a_say_in_its_own_roles_alone(world: World) -> None:
    await world.school()
    it, noor = await world.person(Role.SCHOOL_IT), await world.person(Role.TRIAGER)
    refused = {}
    for role in Role:
        answer = await give(world, it, noor, role)
        refused[str(role)] = answer.status_code
    assert {role for role, status in refused.items() if status == 201} == {"student", "evaluator", "school_it"}
    held = await grant_of(world, it, noor, Role.TRIAGER)
    assert code(await act(world, it, held, "end")) == (403, "not_yours_to_give")
    student = await grant_of(world, it, noor, Role.STUDENT)
    assert (await act(world, it, student, "end")).status_code == 200
    coordinator = await world.person(Role.COORDINATOR)
    assert code(await give(world, coordinator, noor, Role.PLATFORM_OPERATOR)) == (403, "not_yours_to_give")


async def test_time_begins_and_ends_a_role_by_itself(world: World) -> None:
    """No job has to run: the first request after the end does without the role, and so does whoever asks for people."""
    await world.school()
    world.time.set(dt.datetime(2027, 3, 10, 11, tzinfo=dt.UTC))
    coordinator, kai = await world.person(Role.COORDINATOR), await world.person(Role.STUDENT)
    grant = await given(
        world, coordinator, kai, Role.EVALUATOR, starts_at="2027-03-11T00:00Z", ends_at="2027-03-12T00:00Z"
    )

    async def holds() -> tuple[bool, bool, str]:
        shown = await world.http.get(f"{GRANTS}/{grant}", headers=coordinator.headers)

        def listed(session: Session) -> bool:
            return kai.id in people_with(session, schools.find(session, "harbour").id, Role.EVALUATOR)

        found = await world.db.read(listed)
        return "evaluator" in await roles(world, kai), found, shown.json()["state"]

    seen = []
    for day, hour in ((10, 23), (11, 0), (11, 23), (12, 0)):
        world.time.set(dt.datetime(2027, 3, day, hour, tzinfo=dt.UTC))
        seen.append(await holds())
    assert seen == [
        (False, False, "scheduled"),
        (True, True, "current"),
        (True, True, "current"),
        (False, False, "ended"),
    ]
    # It stands in nobody's way.
    assert (await give(world, coordinator, kai, Role.EVALUATOR)).status_code == 201
    shown = await world.http.get(f"{GRANTS}/{grant}", headers=coordinator.headers)
    assert (shown.json()["ended_because"], shown.json()["ended_at"]) == ("ran_out", "2027-03-12T00:00:00Z")
    for state, count in (("ended", 1), ("current", 2)):
        of = {"person": str(kai.id), "state": state}
        listing = await world.http.get(GRANTS, headers=coordinator.headers, params=of)
        assert (state, len(listing.json()["items"])) == (state, count)


@on_sqlite
async def test_what_nobody_confirms_in_two_weeks_comes_to_nothing(world: World) -> None:
    await world.school()
    coordinator, sponsor = await world.person(Role.COORDINATOR), await world.person(Role.SPONSOR)
    noor = await world.person(Role.SUPPORTER)
    grant = await given(world, coordinator, noor, Role.ADVISER)
    assert code(await give(world, coordinator, noor, Role.ADVISER)) == (409, "role_held")
    world.time.advance(days=14, minutes=1)
    late = await act(world, sponsor, grant, "confirm")
    assert code(late) == (409, "grant_settled")
    assert (await give(world, coordinator, noor, Role.ADVISER)).status_code == 201
    shown = (await world.http.get(f"{GRANTS}/{grant}", headers=noor.headers)).json()
    assert (shown["state"], shown["ended_because"]) == ("ended", "not_confirmed")


@on_sqlite
async def test_whoever_assesses_students_here_does_not_care_for_them(world: World) -> None:
    """D17: 409 assessment_conflict; what has nothing to do with care they may have."""
    await world.school()
    coordinator, marker = await world.person(Role.COORDINATOR), await world.person(Role.EVALUATOR)

    def assesses(session: Session) -> None:
        row = session.get_one(Person, marker.id)
        row.assesses_at = ["harbour"]
        session.add(row)

    await world.write(assesses)
    for role in (Role.TRIAGER, Role.ADVISER, Role.COORDINATOR, Role.INDEPENDENT_HANDLER):
        assert code(await give(world, coordinator, marker, role)) == (409, "assessment_conflict")
    assert (await give(world, coordinator, marker, Role.SPONSOR)).status_code == 201


async def test_whoever_runs_the_programme_does_not_evaluate_it(world: World) -> None:
    """Domain 3.6: neither role beside the other, nor one that is to begin; with the end of the one they may have the
    other."""
    await world.school()
    it, lee = await world.person(Role.SCHOOL_IT), await world.person(Role.COORDINATOR)
    petra, ana = await world.person(Role.EVALUATOR), await world.person(Role.COORDINATOR)
    later = (dt.datetime.now(dt.UTC) + dt.timedelta(days=30)).isoformat()
    for giver, person, role in ((it, lee, Role.EVALUATOR), (lee, petra, Role.COORDINATOR)):
        assert code(await give(world, giver, person, role)) == (409, "evaluation_conflict")
        assert code(await give(world, giver, person, role, starts_at=later)) == (409, "evaluation_conflict")
    kai = await world.person(Role.STUDENT)
    await given(world, lee, kai, Role.COORDINATOR, starts_at=later)
    assert code(await give(world, it, kai, Role.EVALUATOR)) == (409, "evaluation_conflict")
    assert (await act(world, ana, await grant_of(world, ana, lee, Role.COORDINATOR), "end")).status_code == 200
    assert (await give(world, it, lee, Role.EVALUATOR)).status_code == 201


async def test_two_coordinators_who_end_each_other_leave_one(world: World) -> None:
    """Exactly one wins, whatever comes together; the last one cannot even give it up."""
    await world.school()
    pair = [await world.person(Role.COORDINATOR) for _ in range(2)]
    grants = [await grant_of(world, pair[0], person, Role.COORDINATOR) for person in pair]
    answers = await asyncio.gather(act(world, pair[0], grants[1], "end"), act(world, pair[1], grants[0], "end"))
    assert sorted(answer.status_code for answer in answers) == [200, 403], [answer.text for answer in answers]
    [winner] = [person for person, answer in zip(pair, answers, strict=True) if answer.status_code == 200]
    assert await roles(world, winner) == ["coordinator"]
    own = await grant_of(world, winner, winner, Role.COORDINATOR)
    assert code(await act(world, winner, own, "end")) == (409, "last_coordinator")
    third = await world.person(Role.SPONSOR)
    await given(world, winner, third, Role.COORDINATOR)
    assert (await act(world, winner, own, "end")).json()["ended_because"] == "given_up"
    assert await roles(world, winner) == []


@on_sqlite
async def test_nobody_makes_their_own_second_person(world: World) -> None:
    """A coordinator with a second account of their own gets no further: a sponsor takes a second person, too."""
    await world.school()
    lee, sponsor = await world.person(Role.COORDINATOR), await world.person(Role.SPONSOR)
    puppet, other = await world.person(Role.STUDENT), await world.person(Role.STUDENT)
    made = (await give(world, lee, puppet, Role.SPONSOR)).json()
    assert made["state"] == "awaiting_second_person"
    wanted = (await give(world, lee, other, Role.TRIAGER)).json()["id"]
    as_sponsor = world.headers_for(puppet.id, await sign_in_of(world, puppet), "harbour", (Role.SPONSOR,))
    tried = await world.http.post(f"{GRANTS}/{wanted}/confirm", headers=as_sponsor | {"If-Match": "*"})
    assert code(tried) == (403, "forbidden")
    assert await roles(world, other) == ["student"]
    assert code(await act(world, lee, made["id"], "confirm")) == (403, "forbidden")
    assert (await act(world, sponsor, made["id"], "confirm")).json()["state"] == "current"


@on_sqlite
async def test_people_see_their_own_roles_and_give_them_up(world: World) -> None:
    """Whoever has no say in roles sees those of nobody else."""
    await world.school()
    noor, mira = await world.person(Role.TRIAGER), await world.person(Role.ADVISER)
    listed = (await world.http.get(GRANTS, headers=noor.headers)).json()["items"]
    assert [(each["person"], each["role"]) for each in listed] == [(str(noor.id), "triager")]
    theirs = await grant_of(world, mira, mira, Role.ADVISER)
    assert code(await act(world, noor, theirs, "end")) == (404, "not_found")
    assert (await act(world, noor, listed[0]["id"], "end")).json()["ended_because"] == "given_up"
    assert await roles(world, noor) == []


@on_sqlite
async def test_a_role_that_cannot_be_given_is_refused_with_the_reason(world: World) -> None:
    await world.school()
    await world.school("ridge", region="NSW")
    coordinator, noor = await world.person(Role.COORDINATOR), await world.person(Role.SUPPORTER)
    stranger = await world.person(Role.SUPPORTER, school="ridge")
    for person, fields, fault in (
        (stranger, {}, ("#/person", "unknown_person")),
        (noor, {"starts_at": "2020-01-01T00:00Z"}, ("#/starts_at", "in_the_past")),
        (noor, {"ends_at": "2020-01-01T00:00Z"}, ("#/ends_at", "before_start")),
        (noor, {"starts_at": "2098-01-02T00:00Z", "ends_at": "2098-01-02T00:00Z"}, ("#/ends_at", "before_start")),
    ):
        refused = await give(world, coordinator, person, Role.SPONSOR, **fields)
        [error] = refused.json()["errors"]
        assert (refused.status_code, error["pointer"], error["code"]) == (422, *fault)


async def test_who_has_no_role_left_is_on_call_nowhere(world: World) -> None:
    """A roster that still names them is no cover: the next level is asked, and an end that is known is a known gap."""
    await world.school()
    mira, tomas = await world.person(Role.ADVISER, paged=True), await world.person(Role.ADVISER, paged=True)
    coordinator, kai = await world.person(Role.COORDINATOR), await world.person(Role.STUDENT, paged=True)
    roster = await world.on_call(mira)
    last = await world.on_call(kai, line=RosterLine.ACADEMIC_ADVICE, level=Level.COORDINATOR)
    await world.on_call(tomas, level=Level.BACKUP)
    ends = world.time.now().replace(microsecond=0) + dt.timedelta(days=10)
    await given(world, coordinator, kai, Role.COORDINATOR, ends_at=ends.isoformat())

    async def gaps(of: uuid.UUID) -> list[tuple[str, str]]:
        await world.settle()
        listed = await world.http.get(f"/v1/schools/harbour/rosters/{of}/gaps", headers=coordinator.headers)
        return [(each["cause"], each["start"]) for each in listed.json()["items"]]

    assert await gaps(roster) == []
    minute = ends.replace(second=0)
    assert await gaps(last) == [("ended", minute.isoformat().replace("+00:00", "Z"))]
    held = await grant_of(world, coordinator, mira, Role.ADVISER)
    assert (await act(world, coordinator, held, "end")).status_code == 200
    [(cause, _)] = await gaps(roster)
    assert cause == "ended"
    await world.report("hurt_themselves")
    await world.settle()
    paged = [
        person.alias
        for person in (mira, tomas)
        if any(each.json()["type"] == "page.requested" for each in world.receiver.requests(person.hook))
    ]
    assert paged == [tomas.alias]
