"""Coming back: where a report stands, who has read it, and the conversation (J3)."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from harbour import (
    REPORTS,
    Cast,
    act,
    cast,
    instants,
    is_whole_hour,
    listed,
    my_pages,
    my_report,
    nobody_answers,
    one_database,
    told,
    write_to_reporter,
)

from app.core import clock, crypto
from app.guidance.answers import nobody_has_answered, status_text
from app.vocabulary import ReportStatus, Role
from tests.support.world import Someone, World

MESSAGES = "/v1/me/report/messages"


async def open_report(world: World, reader: Someone) -> str:
    """Read the one report there is, and give its id."""
    [report] = await listed(world, reader)
    found = await world.http.get(f"{REPORTS}/{report['id']}", headers=reader.headers)
    assert found.status_code == 200
    report_id: str = report["id"]
    return report_id


async def test_the_status_follows_a_report_from_its_arrival_to_its_end(world: World) -> None:
    people = await cast(world)
    receipt = (await world.report("tearful")).json()["receipt"]

    async def status() -> str:
        seen = await my_report(world, receipt)
        assert seen["status_text"] == status_text(ReportStatus(seen["status"]))
        assert seen["nobody_has_answered"] is False
        found: str = seen["status"]
        return found

    assert await status() == "received"
    await listed(world, people.triager)
    assert await status() == "received"  # a list shows no text: nobody has read it
    report_id = await open_report(world, people.triager)
    assert await status() == "being_read"
    assert (await act(world, people.triager, report_id, "claim")).status_code == 200
    assert await status() == "being_read"
    assert (await write_to_reporter(world, people.triager, report_id)).status_code == 201
    assert await status() == "someone_has_replied"
    reporter = await world.reporter(receipt)
    assert (await world.http.post(MESSAGES, headers=reporter, json={"text": "Thank you."})).status_code == 201
    assert await status() == "being_read"
    assert (await act(world, people.triager, report_id, "close")).status_code == 200
    assert await status() == "closed"


@one_database
async def test_a_reporter_is_told_the_truth_when_nobody_has_answered_until_somebody_does(world: World) -> None:
    """J6: and the services that answer now stay in sight."""
    people = await cast(world)
    receipt = (await world.report("said_thoughts_of_suicide")).json()["receipt"]
    await nobody_answers(world)
    seen = await my_report(world, receipt)
    assert (seen["nobody_has_answered"], seen["status_text"]) == (True, nobody_has_answered())
    assert seen["expect"]["fallback"]

    report_id = await open_report(world, people.triager)
    assert (await my_report(world, receipt))["nobody_has_answered"] is True
    await write_to_reporter(world, people.triager, report_id)
    answered = await my_report(world, receipt)
    assert (answered["nobody_has_answered"], answered["status"]) == (False, "someone_has_replied")


async def test_messages_go_both_ways_in_order_and_name_nobody(world: World) -> None:
    people = await cast(world)
    receipt = (await world.report("hurt_themselves", narrative="He told me.")).json()["receipt"]
    reporter = await world.reporter(receipt)
    await world.http.post(MESSAGES, headers=reporter, json={"text": "I am with him."})
    report_id = await open_report(world, people.triager)
    await write_to_reporter(world, people.triager, report_id, "Stay with him if you can.")
    await world.http.post(MESSAGES, headers=reporter, json={"text": "His sister has come."})

    mine = (await world.http.get(MESSAGES, headers=reporter)).json()
    theirs = (await world.http.get(f"{REPORTS}/{report_id}/messages", headers=people.triager.headers)).json()
    said = [(message["position"], message["author"], message["text"]) for message in mine["items"]]
    assert said == [
        (1, "reporter", "I am with him."),
        (2, "triager", "Stay with him if you can."),
        (3, "reporter", "His sister has come."),
    ]
    # Those who work on it see besides whether somebody has put a message out of sight.
    assert [{name: item[name] for name in mine["items"][0]} for item in theirs["items"]] == mine["items"]
    assert {tuple(set(item) - set(mine["items"][0])) for item in theirs["items"]} == {("text_hidden",)}
    assert not any(word in json.dumps(mine) for person in people.everyone for word in names_of(person))

    walked, cursor = [], None
    while len(walked) < 4:
        query = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await world.http.get(MESSAGES, headers=reporter, params=query)).json()
        walked += [message["position"] for message in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert walked == [1, 2, 3]


@one_database
async def test_only_those_who_have_answered_or_hold_it_hear_that_the_reporter_wrote(world: World) -> None:
    people = await cast(world)
    receipt = (await world.report("tearful")).json()["receipt"]
    reporter = await world.reporter(receipt)
    await world.http.post(MESSAGES, headers=reporter, json={"text": "Is anybody there?"})
    await world.settle()
    assert told(world) == {}
    report_id = await open_report(world, people.triager)
    await act(world, people.triager, report_id, "claim")
    await world.http.post(MESSAGES, headers=reporter, json={"text": "Is anybody there now?"})
    await world.settle()
    assert told(world) == {people.triager.hook: ["conversation.message_added"]}
    [request] = world.receiver.requests()
    assert b"anybody" not in request.body


def names_of(person: Someone) -> tuple[str, ...]:
    return (person.alias, person.login, str(person.id))


async def read_by_everybody(world: World, people: Cast) -> dict[str, Any]:
    """An urgent report that two triagers and the adviser have read within one hour; what its reporter sees."""
    receipt: str = (await world.report("hurt_themselves", narrative="He told me.")).json()["receipt"]
    for triager in (people.triager, people.second_triager):
        await open_report(world, triager)
        await open_report(world, triager)
    [page] = await my_pages(world, people.adviser)
    await world.http.get(f"/v1/pages/{page['id']}", headers=people.adviser.headers)
    return await my_report(world, receipt)


@one_database
async def test_the_reporter_sees_which_roles_read_it_and_in_which_hour_but_never_who_or_how_many(world: World) -> None:
    people = await cast(world)
    # Clear of the end of an hour, so that all of it happens within one.
    start = clock.now().replace(minute=17, second=23, microsecond=456789) + dt.timedelta(hours=1)
    world.time.set(start)
    seen = await read_by_everybody(world, people)
    hour = start.replace(minute=0, second=0, microsecond=0).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert sorted(seen["access_summary"], key=str) == [
        {"role": "adviser", "hour": hour},
        {"role": "triager", "hour": hour},
    ]
    assert not any(word in json.dumps(seen) for person in people.everyone for word in names_of(person))


@one_database
async def test_every_time_that_is_shown_of_a_report_is_a_whole_hour(world: World) -> None:
    """Exact times would tell who sat beside whom when it was sent (design, 3)."""
    people = await cast(world)
    world.time.set(clock.now().replace(minute=17, second=23, microsecond=456789) + dt.timedelta(hours=1))
    seen = await read_by_everybody(world, people)
    # What is promised is a time to wait for, and no trace of anybody.
    times = list(instants(seen | {"expect": None}))

    report_id = (await listed(world, people.triager))[0]["id"]
    reporter = await world.reporter((await world.report("tearful")).json()["receipt"])
    await world.http.post(MESSAGES, headers=reporter, json={"text": "Hello?"})
    await write_to_reporter(world, people.triager, report_id)
    for path, headers in (
        ("/v1/me/report/messages", reporter),
        (REPORTS, people.triager.headers),
        (f"{REPORTS}/{report_id}", people.triager.headers),
        (f"{REPORTS}/{report_id}/messages", people.triager.headers),
    ):
        found = await world.http.get(path, headers=headers)
        assert found.status_code == 200, path
        shown = list(instants(found.json()))
        assert shown, path
        times += shown
    assert all(is_whole_hour(time) for time in times)


@one_database
async def test_a_cursor_gives_no_exact_time_away(world: World) -> None:
    """It holds one, sealed: nothing of it can be read, and the same place looks the same to one caller alone."""
    people = await cast(world)
    for _ in range(3):
        await world.report("tearful")
    colleague = await world.person(Role.TRIAGER)
    cursors = []
    for reader in (people.triager, people.triager, colleague):
        page = await world.http.get(REPORTS, headers=reader.headers, params={"limit": 1})
        cursors.append(page.json()["next_cursor"])
    assert cursors[0] == cursors[1] != cursors[2]
    assert str(clock.now().year).encode() not in crypto.decode_b64(cursors[0])


@one_database
async def test_a_coordinator_who_answers_from_a_page_is_called_that(world: World) -> None:
    await world.school()
    coordinator = await world.person(Role.COORDINATOR, paged=True)
    receipt = (await world.report("hurt_themselves")).json()["receipt"]
    [page] = await my_pages(world, coordinator)
    url = f"/v1/pages/{page['id']}/reply"
    replied = await world.http.post(url, headers=coordinator.headers | world.once(), json={"text": "I am here."})
    assert replied.status_code == 201, replied.text
    reporter = await world.reporter(receipt)
    [message] = (await world.http.get(MESSAGES, headers=reporter)).json()["items"]
    [access] = (await my_report(world, receipt))["access_summary"]
    assert (message["author"], access["role"]) == ("coordinator", "coordinator")
