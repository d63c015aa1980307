"""J11: a school with no supporters and no advisers. Sharing a worry, coming back and the truth all work there."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from app.schools.policies import PagingPolicy, Step
from app.vocabulary import Level, Role, RosterLine
from tests.reports.harbour import (
    act,
    listed,
    my_pages,
    my_report,
    nobody_answers,
    one_database,
    told,
    write_to_reporter,
)
from tests.support.world import Someone, World

RIDGE = "/v1/schools/ridge"
SYDNEY = ZoneInfo("Australia/Sydney")
OFFICE = [{"days": ["MO", "TU", "WE", "TH", "FR"], "start": "09:00", "end": "17:00"}]


async def ridge(world: World) -> dict[str, Someone]:
    """A reader in office hours, a coordinator and a sponsor: nobody else."""
    await world.school("ridge", region="NSW", zone="Australia/Sydney")
    people = {
        name: await world.person(role, school="ridge", alias=name, paged=True)
        for name, role in (("Rowan", Role.TRIAGER), ("Dana", Role.COORDINATOR), ("Bell", Role.SPONSOR))
    }
    await world.on_call(people["Rowan"], line=RosterLine.TRIAGE, restrictions=OFFICE)
    reading = Step(level=Level.PRIMARY, target="roster", line=RosterLine.TRIAGE, roster_level=Level.PRIMARY)
    await world.policy(PagingPolicy(steps=[reading]), school="ridge")
    return people


def at(wall: str) -> dt.datetime:
    return dt.datetime.fromisoformat(wall).replace(tzinfo=SYDNEY)


@one_database
async def test_a_worried_student_at_two_in_the_morning(world: World) -> None:
    """J1: help at once, without an account, and a time that holds."""
    people = await ridge(world)
    world.time.set(at("2027-03-10T02:00"))
    help_now = await world.http.get(f"{RIDGE}/help-now")
    assert (help_now.status_code, help_now.json()["school"]) == (200, "ridge")
    assert help_now.json()["emergency"]
    assert len(help_now.json()["always_open"]) >= 2
    statement = await world.http.get(f"{RIDGE}/privacy-statement")
    assert statement.json()["who_can_read"]
    readers = (await world.http.get(f"{RIDGE}/readers")).json()["items"]
    assert {(reader["role"], reader["alias"]) for reader in readers} == {("triager", "Rowan"), ("coordinator", "Dana")}

    made = await world.report("withdrawn_or_keeping_to_self", "tearful", school="ridge")
    assert made.status_code == 201
    expect = made.json()["expect"]
    assert (expect["staffed_now"], expect["read_by_local"]) == (False, "2027-03-10T09:00:00+11:00")
    assert not [cookie for cookie in made.headers if cookie == "set-cookie"]

    world.time.set(at("2027-03-10T09:10"))
    [report] = await listed(world, people["Rowan"])
    assert (await write_to_reporter(world, people["Rowan"], report["id"], "Thank you.")).status_code == 201
    assert (await my_report(world, made.json()["receipt"]))["status"] == "someone_has_replied"
    await world.settle()
    assert told(world) == {}, "a worry that can wait pages nobody"


@one_database
async def test_a_friend_said_they_are_suicidal_in_office_hours(world: World) -> None:
    """J2: the reader of reports is paged, because nobody else is there."""
    people = await ridge(world)
    world.time.set(at("2027-03-10T11:00"))
    made = await world.report("said_thoughts_of_suicide", school="ridge", with_them_now=True)
    body = made.json()
    assert body["help_now"][0]["tier"] == "emergency"
    assert sum(entry["always_open"] for entry in body["help_now"]) >= 2
    assert body["what_you_can_do"][0]["id"] == "stay-with-them"
    assert "not-a-secret" in {item["id"] for item in body["what_you_can_do"]}
    assert body["continue_as_friend"]
    assert body["expect"]["staffed_now"] is True

    await world.settle()
    rowan = people["Rowan"]
    [delivered] = world.receiver.requests(rowan.hook)
    assert delivered.json()["data"]["priority"] == "now"
    [page] = await my_pages(world, rowan)
    reply = f"/v1/pages/{page['id']}/reply"
    answered = await world.http.post(reply, headers=rowan.headers | world.once(), json={"text": "Are you with him?"})
    assert answered.status_code == 201, answered.text
    reporter = await world.reporter(body["receipt"])
    [message] = (await world.http.get("/v1/me/report/messages", headers=reporter)).json()["items"]
    assert (message["author"], message["text"]) == ("triager", "Are you with him?")
    summary = (await my_report(world, body["receipt"]))["access_summary"]
    assert [access["role"] for access in summary] == ["triager"]


@one_database
async def test_coming_back_with_the_receipt(world: World) -> None:
    """J3: write, be read, be closed; the school that is asked for is nowhere in it."""
    people = await ridge(world)
    receipt = (await world.report("tearful", school="ridge")).json()["receipt"]
    reporter = await world.reporter(receipt)
    sent = await world.http.post("/v1/me/report/messages", headers=reporter, json={"text": "She slept."})
    assert sent.status_code == 201
    [report] = await listed(world, people["Rowan"])
    for action in ("claim", "close"):
        assert (await act(world, people["Rowan"], report["id"], action)).status_code == 200
    assert (await my_report(world, receipt))["status"] == "closed"


@one_database
@pytest.mark.parametrize("wall", ["2027-03-13T02:00", "2027-10-04T11:00"])
async def test_nobody_is_on_call(world: World, wall: str) -> None:
    """J6, on a weekend and on NSW's Labour Day: a 201, the lines that answer, and the gap told to whoever plans."""
    people = await ridge(world)
    world.time.set(at(wall))
    if wall.startswith("2027-10"):
        # On a public holiday the roster still has somebody on: they are away, and cannot be reached.
        world.receiver.behave(people["Rowan"].hook or "", 500)
    coverage = (await world.http.get(f"{RIDGE}/coverage/now")).json()["lines"]
    assert all(set(line) == {"line", "staffed"} for line in coverage)
    made = await world.report("said_thoughts_of_suicide", school="ridge")
    assert made.status_code == 201
    fallback = made.json()["expect"]["fallback"]
    assert sum(entry["always_open"] for entry in fallback) >= 2

    await nobody_answers(world)
    found = told(world)
    for watcher in (people["Dana"], people["Bell"]):
        assert {"coverage.gap_live", "page.exhausted"} & set(found[watcher.hook or ""])
    seen = await my_report(world, made.json()["receipt"])
    assert seen["nobody_has_answered"] is True
    assert seen["expect"]["fallback"]


@one_database
async def test_a_report_about_its_own_people_finds_no_insider_even_there(world: World) -> None:
    people = await ridge(world)
    world.time.set(at("2027-03-10T11:00"))
    made = await world.report("tearful", school="ridge", about_role="staff")
    expect = made.json()["expect"]
    assert (made.status_code, expect["staffed_now"], expect["read_by"]) == (201, False, None)
    assert expect["fallback"]
    await nobody_answers(world)
    assert told(world) == {}
    assert await listed(world, people["Rowan"]) == []
