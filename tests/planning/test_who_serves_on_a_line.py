"""Whoever is on a line may read what is asked there: a role of the line, in the minute in which they are on call."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import pytest
from sqlmodel import col, select

from app.models import RoleGrant
from app.schools.policies import PagingPolicy, Step
from app.vocabulary import Level, Role, RosterLine
from tests.planning.scene import BASE, Scene, one_database
from tests.support.world import Someone, World

SOON = {"start": "2027-03-01T00:00Z", "end": "2027-03-01T01:00Z"}
URGENT = "said_thoughts_of_suicide"


def fault(refused: httpx.Response) -> tuple[int, str, str]:
    [error] = refused.json()["errors"]
    return refused.status_code, error["pointer"], error["code"]


def was_paged(world: World, someone: Someone) -> bool:
    return any(each.json()["type"] == "page.requested" for each in world.receiver.requests(someone.hook))


async def lose(world: World, someone: Someone, role: Role, *, at: dt.datetime | None = None) -> None:
    """Their role ends, by the hand of a coordinator now, or by time `at`."""

    def find(session: Any) -> str:
        grant = session.exec(select(RoleGrant).where(RoleGrant.person_id == someone.id, RoleGrant.role == role)).one()
        if at is not None:
            grant.ends_at = at
            session.add(grant)
        return str(grant.id)

    grant_id = await world.write(find)
    if at is None:
        lee = await world.person(Role.COORDINATOR)
        url = f"{BASE}/role-grants/{grant_id}/end"
        ended = await world.http.post(url, headers=lee.headers | {"If-Match": "*"})
        assert ended.status_code == 200, ended.text
    await world.settle()


async def gaps(world: World, roster: object, by: Someone) -> list[tuple[str, str]]:
    await world.settle()
    listed = await world.http.get(f"{BASE}/rosters/{roster}/gaps", headers=by.headers)
    return [(each["cause"], each["start"]) for each in listed.json()["items"]]


async def test_a_supporter_is_put_on_no_line_of_advice(world: World) -> None:
    """By no way in which a coordinator can name somebody, alone: a supporter reads no narrative (domain, 5)."""
    scene = await Scene.set_up(world)
    wren = await world.person(Role.SUPPORTER, alias="Wren", paged=True)
    override = {"person": str(wren.id), **SOON}
    plan = {"effective_from": None, "plan": scene.plan(wren, scene.a)}
    instead = {"reassign_to": str(wren.id)}
    csv = {"csv": f"person,start,end\n{wren.login},{SOON['start']},{SOON['end']}\n"}
    for tried, pointer in (
        (await scene.edit("overrides", override), "#/person"),
        (await scene.post(f"rosters/{scene.roster}/overrides/preview", override), "#/person"),
        (await scene.edit("versions", plan), "#/plan"),
        (await scene.post(f"rosters/{scene.roster}/versions/preview", plan), "#/plan"),
        (await scene.edit("overrides/imports", csv), "#/csv/1/person"),
        (await scene.post("rosters", {"roster": scene.definition(wren) | {"name": "B"}}, key=True), "#/roster"),
        (await scene.post(f"people/{scene.a.id}/departures", instead, key=True), "#/reassign_to"),
    ):
        assert fault(tried) == (422, pointer, "not_on_this_line")
    assert len((await scene.get("rosters")).json()["items"]) == 1
    await world.report(URGENT, narrative="She said it on the train.")
    await world.settle()
    assert was_paged(world, scene.a)
    assert not was_paged(world, wren)


async def test_who_is_stored_on_a_line_without_its_role_is_not_asked(world: World) -> None:
    """A roster that was stored before says that nobody is there."""
    await world.school()
    lee = await world.person(Role.COORDINATOR, paged=True)
    wren = await world.person(Role.SUPPORTER, paged=True)
    mira = await world.person(Role.ADVISER, paged=True)
    roster = await world.on_call(wren)
    await world.on_call(lee, level=Level.BACKUP)
    await world.on_call(mira, line=RosterLine.ACADEMIC_ADVICE)
    shown = await world.http.get(f"{BASE}/rosters/{roster}/on-call", headers=lee.headers)
    assert shown.json()["on_call"] == []
    await world.report(URGENT, narrative="She said it on the train.")
    await world.settle()
    assert (was_paged(world, wren), was_paged(world, lee), was_paged(world, mira)) == (False, False, True)


async def test_an_adviser_who_is_left_a_supporter_is_on_call_for_peers_alone(world: World) -> None:
    """What they were paged for as an adviser is not theirs to read any more."""
    await world.school()
    lee = await world.person(Role.COORDINATOR)
    both = await world.person(Role.ADVISER, Role.SUPPORTER, paged=True)
    advice = await world.on_call(both)
    peers = await world.on_call(both, line=RosterLine.PEER_SUPPORT)
    await world.report(URGENT, narrative="She said it on the train.")
    await world.settle()
    [page] = (await world.http.get("/v1/me/pages", headers=both.headers)).json()["items"]
    url = f"/v1/pages/{page['id']}"
    assert (await world.http.get(url, headers=both.headers)).json()["text"] == "She said it on the train."
    await lose(world, both, Role.ADVISER)
    assert [cause for cause, _ in await gaps(world, advice, lee)] == ["ended"]
    assert await gaps(world, peers, lee) == []
    assert (await world.http.get("/v1/me/pages", headers=both.headers)).json()["items"] == []
    assert (await world.http.get(url, headers=both.headers)).status_code == 404
    assert (await world.http.post(f"{url}/ack", headers=both.headers)).status_code == 404


async def test_a_role_that_ends_or_begins_later_is_a_gap_that_is_known_ahead(world: World) -> None:
    """Whoever is to have the role can be planned with, and is on call from the minute on in which they have it."""
    scene = await Scene.set_up(world)
    both = await world.person(Role.ADVISER, Role.SUPPORTER, alias="Both", paged=True)
    begins, ends = (dt.datetime(2027, 3, day, 0, 0, tzinfo=dt.UTC) for day in (3, 10))

    def begin_later(session: Any) -> None:
        held = (RoleGrant.person_id == both.id, col(RoleGrant.role) == Role.ADVISER)
        grant = session.exec(select(RoleGrant).where(*held)).one()
        grant.starts_at = begins
        session.add(grant)

    await world.write(begin_later)
    await lose(world, both, Role.ADVISER, at=ends)
    made = await scene.edit("versions", {"effective_from": None, "plan": scene.plan(both)})
    assert made.status_code == 201, made.text
    assert await gaps(world, scene.roster, scene.coordinator) == [
        ("ended", "2027-03-01T00:00:00Z"),
        ("ended", "2027-03-10T00:00:00Z"),
    ]
    assert [await scene.on_call(f"2027-03-{day:02}T00:00Z") for day in (2, 3, 9, 10)] == [[], ["Both"], ["Both"], []]


@pytest.mark.parametrize("how", ["leaves", "ended", "ran out"])
async def test_what_somebody_had_until_they_went_stays_theirs(world: World, how: str) -> None:
    """Nothing is written down yet of the hour before: that they are gone now changes nothing of it."""
    scene = await Scene.set_up(world)
    ends = world.time.now() + dt.timedelta(minutes=50)
    if how == "ran out":
        await lose(world, scene.a, Role.ADVISER, at=ends)
    world.time.set(ends)
    if how == "ended":
        await lose(world, scene.a, Role.ADVISER)
    if how == "leaves":
        assert (await scene.post(f"people/{scene.a.id}/leave")).status_code == 200
    world.time.advance(minutes=10)
    for _ in range(2):
        assert await scene.shifts("2027-03-01T00:00Z", "2027-03-01T01:30Z") == [
            ("2027-03-01T00:00:00Z", "2027-03-01T00:50:00Z", ["Mira"]),
            ("2027-03-01T00:50:00Z", "2027-03-01T01:30:00Z", []),
        ]
        await scene.edit(
            "overrides", {"person": str(scene.b.id), "start": "2027-03-01T01:30Z", "end": "2027-03-01T02:00Z"}
        )


@pytest.mark.parametrize(
    ("line", "level", "role", "answer"),
    [
        ("clinical_advice", "coordinator", Role.COORDINATOR, 201),
        ("clinical_advice", "coordinator", Role.ADVISER, 201),
        ("clinical_advice", "backup", Role.COORDINATOR, 422),
        ("independent_advice", "coordinator", Role.COORDINATOR, 422),
        ("independent_advice", "primary", Role.INDEPENDENT_HANDLER, 201),
        ("academic_advice", "primary", Role.ADVISER, 201),
        ("academic_advice", "primary", Role.TRIAGER, 422),
        ("triage", "primary", Role.TRIAGER, 201),
        ("triage", "primary", Role.ADVISER, 422),
        ("peer_support", "primary", Role.SUPPORTER, 201),
        ("peer_support", "primary", Role.ADVISER, 422),
    ],
)
@one_database
async def test_each_line_and_level_has_its_own_people(
    world: World, line: str, level: str, role: Role, answer: int
) -> None:
    scene = await Scene.set_up(world)
    someone = await world.person(role, alias="Someone")
    body = {"level": level, "roster": scene.definition(someone, line=line) | {"name": "Another"}}
    made = await scene.post("rosters", body, key=True)
    assert made.status_code == answer, made.text
    if answer == 201:
        assert await scene.on_call(roster=made.json()["id"]) == ["Someone"]


@one_database
async def test_a_policy_asks_no_supporters(world: World) -> None:
    """One that was stored before goes on at once: they may not read what they would be asked about."""
    await world.school()
    lee = await world.person(Role.COORDINATOR, paged=True)
    wren = await world.person(Role.SUPPORTER, paged=True)
    await world.on_call(wren, line=RosterLine.PEER_SUPPORT)
    ask = {"kind": "roster", "line": "peer_support", "level": "primary"}
    last = {"ask": {"kind": "role", "role": "coordinator"}, "ack_seconds": 300}
    body = {
        "need": "report",
        "levels": [{"level": "primary", "ask": ask, "ack_seconds": 300}],
        "fallback": last,
    }
    refused = await world.http.post(f"{BASE}/escalation-policies", headers=lee.headers, json=body)
    assert fault(refused) == (422, "#/levels/0/ask/line", "supporters_are_not_paged")
    peers = Step(
        level=Level.PRIMARY, target="roster", line=RosterLine.PEER_SUPPORT, roster_level=Level.PRIMARY, ack_seconds=300
    )
    coordinators = Step(level=Level.COORDINATOR, target="role", role=Role.COORDINATOR, ack_seconds=300)
    await world.policy(PagingPolicy(steps=[peers, coordinators]))
    await world.report(URGENT, narrative="She said it on the train.")
    await world.settle()
    assert (was_paged(world, wren), was_paged(world, lee)) == (False, True)
