"""A report about the programme's own people is for independent handlers, and nobody inside learns of it (J14)."""

from __future__ import annotations

import datetime as dt

import httpx
import pytest
from harbour import (
    SCHOOL_HOOK,
    act,
    came_of,
    cast,
    leave,
    listed,
    my_pages,
    my_report,
    nobody_answers,
    not_found_body,
    one_database,
    random_id,
    rows,
    told,
    write_to_reporter,
)

from app.guidance.signs import AboutRole
from app.models import Report
from app.vocabulary import Role
from tests.support.world import Someone, World

ABOUT_THE_PROGRAMME = sorted(set(AboutRole) - {AboutRole.STUDENT})


async def test_it_is_invisible_inside_and_only_independent_handlers_are_paged(world: World) -> None:
    people = await cast(world)
    # By day, when nobody is offered relief for being woken.
    world.time.set(dt.datetime(2027, 3, 10, 1, tzinfo=dt.UTC))
    for about_role in ABOUT_THE_PROGRAMME:
        made = await world.report("tearful", about_role=about_role, narrative="It is about Noor.")
        assert made.status_code == 201
        assert made.json()["expect"]["staffed_now"] is True
    await world.settle()

    assert told(world) == {people.handler.hook: ["page.requested"] * len(ABOUT_THE_PROGRAMME)}
    row = (await rows(world, Report))[0]
    for triager in (people.triager, people.second_triager):
        assert await listed(world, triager) == []
        for action in ("claim", "close"):
            answer = not_found_body(await act(world, triager, str(row.id), action))
            assert answer == not_found_body(await act(world, triager, random_id(), action))
        assert (await write_to_reporter(world, triager, str(row.id))).status_code == 404
        shown = await world.http.get(f"/v1/schools/harbour/reports/{row.id}", headers=triager.headers)
        assert shown.status_code == 404


@one_database
@pytest.mark.parametrize("sign", ["tearful", "said_thoughts_of_suicide"])
async def test_nobody_inside_hears_of_it_even_when_nobody_answers(world: World, sign: str) -> None:
    """No gap, no exhausted escalation and no copy reaches a coordinator, a sponsor or the school's endpoint."""
    people = await cast(world)
    made = await world.report(sign, about_role="program_person", priority="now")
    await nobody_answers(world)
    assert set(told(world)) == {people.handler.hook}
    assert SCHOOL_HOOK not in told(world)
    for person in (people.adviser, people.backup, people.coordinator, people.triager):
        assert await my_pages(world, person) == []
    seen = await my_report(world, made.json()["receipt"])
    assert seen["nobody_has_answered"] is True
    assert seen["expect"]["fallback"]


@one_database
async def test_a_handler_reads_and_answers_from_the_page_and_the_reporter_sees_which_role_it_was(
    world: World,
) -> None:
    people = await cast(world)
    made = await world.report("tearful", about_role="staff", narrative="It is about Lee.")
    [page] = await my_pages(world, people.handler)
    brief = await world.http.get(f"/v1/pages/{page['id']}", headers=people.handler.headers)
    assert brief.json()["text"] == "It is about Lee."
    replied = await world.http.post(
        f"/v1/pages/{page['id']}/reply",
        headers=people.handler.headers | world.once(),
        json={"text": "I do not work at your school."},
    )
    assert replied.status_code == 201, replied.text

    seen = await my_report(world, made.json()["receipt"])
    assert seen["status"] == "someone_has_replied"
    assert {access["role"] for access in seen["access_summary"]} == {"independent_handler"}


@one_database
async def test_without_independent_handlers_no_time_is_promised(world: World) -> None:
    """Whoever is on duty inside the programme never gets to read it: their hours promise nothing here."""
    await world.school()
    await world.person(Role.TRIAGER)
    adviser = await world.person(Role.ADVISER, paged=True)
    days = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]
    # On for two of every three hours: somebody comes on duty soon, whenever this runs.
    hours = [{"days": days, "start": f"{hour:02}:00", "end": f"{hour + 1:02}:30"} for hour in range(0, 23, 2)]
    await world.on_call(adviser, restrictions=hours)
    for about_role in ABOUT_THE_PROGRAMME:
        for minute in (0, 45):
            world.time.advance(minutes=minute)
            made = await world.report("unsafe_right_now", about_role=about_role)
            expect = made.json()["expect"]
            assert (expect["staffed_now"], expect["read_by"], expect["read_by_local"]) == (False, None, None)
            assert expect["fallback"]
    assert await my_pages(world, adviser) == []


@one_database
async def test_an_independent_report_is_shown_as_any_other_to_its_reporter(world: World) -> None:
    """A reporter's phone must not show, to whoever looks, that a report is about somebody of the programme."""
    await cast(world)
    plain = await world.report("tearful")
    independent = await world.report("tearful", about_role="staff")
    mine = [await my_report(world, made.json()["receipt"]) for made in (plain, independent)]
    assert set(mine[0]) == set(mine[1])
    assert mine[0]["status"] == mine[1]["status"] == "received"
    assert mine[0]["status_text"] == mine[1]["status_text"]


async def brief(world: World, handler: Someone, page_id: str) -> httpx.Response:
    return await world.http.get(f"/v1/pages/{page_id}", headers=handler.headers)


async def do(world: World, person: Someone, page_id: str, action: str, etag: str = "*") -> httpx.Response:
    """`ack`, `decline`, `reply` or `close`. Before it is closed, something has come of it, for whoever took it on."""
    if action == "close":
        await came_of(world, person, f"/v1/pages/{page_id}/outcomes")
    body = {"text": "I am here."} if action == "reply" else None
    headers = person.headers | world.once() | {"If-Match": etag}
    return await world.http.post(f"/v1/pages/{page_id}/{action}", headers=headers, json=body)


@pytest.mark.parametrize("taken_by", ["ack", "reply"])
async def test_the_handler_who_took_it_on_reads_answers_and_closes_it_however_long_it_takes(
    world: World, taken_by: str
) -> None:
    """Nobody else can: no list shows it, and no triager finds it."""
    people = await cast(world)
    made = await world.report("tearful", about_role="staff", narrative="It is about Lee.")
    receipt = made.json()["receipt"]
    [page] = await my_pages(world, people.handler)
    page_id = page["id"]
    assert (await do(world, people.handler, page_id, taken_by)).is_success
    if taken_by == "ack":
        assert (await do(world, people.handler, page_id, "reply")).status_code == 201
    world.time.advance(days=40)
    said = {"text": "He did it again."}
    await world.http.post("/v1/me/report/messages", headers=await world.reporter(receipt), json=said)

    found = await brief(world, people.handler, page_id)
    assert (found.status_code, found.json()["text"]) == (200, "It is about Lee.")
    assert found.json()["messages"][-1] == {
        "position": 2,
        "author": "reporter",
        "text": said["text"],
        "text_hidden": False,
    }
    assert (await do(world, people.handler, page_id, "reply")).status_code == 201
    assert (await do(world, people.handler, page_id, "close", found.headers["etag"])).status_code == 412
    etag = (await brief(world, people.handler, page_id)).headers["etag"]
    closed = await do(world, people.handler, page_id, "close", etag)
    assert (closed.status_code, closed.json()["page"]["escalation_state"]) == (200, "closed")

    assert (await my_report(world, receipt))["status"] == "closed"
    world.time.advance(hours=26)
    assert (await brief(world, people.handler, page_id)).status_code == 404
    assert (await do(world, people.handler, page_id, "close")).status_code == 404


@one_database
async def test_a_handler_who_was_asked_and_neither_took_it_nor_answered_closes_nothing(world: World) -> None:
    people = await cast(world)
    other = await world.person(Role.INDEPENDENT_HANDLER, alias="Bo", paged=True)
    await world.report("tearful", about_role="staff", priority="now")
    await nobody_answers(world)
    [page] = (await my_pages(world, other))[:1]
    refused = await do(world, other, page["id"], "close")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_claimed")
    world.time.advance(hours=30)
    assert (await brief(world, other, page["id"])).status_code == 404
    # Late is better than never: taken on, it is theirs.
    assert (await do(world, other, page["id"], "ack")).json()["first"] is True
    assert (await brief(world, other, page["id"])).status_code == 200
    assert (await do(world, other, page["id"], "close")).status_code == 200
    assert (await do(world, people.handler, page["id"], "close")).status_code == 404


@one_database
async def test_what_a_triager_or_a_supporter_closes_is_not_closed_from_a_page(world: World) -> None:
    """And whoever was paged for it reads it for a day, as ever."""
    people = await cast(world)
    supporter = await world.person(Role.SUPPORTER)
    await world.report("hurt_themselves")
    question = {"topic": "when_to_escalate", "priority": "now", "summary": "When?"}
    url = "/v1/schools/harbour/advice-requests"
    await world.http.post(url, headers=supporter.headers | world.once(), json=question)
    pages = await my_pages(world, people.adviser)
    assert {page["subject_kind"] for page in pages} == {"report", "advice_request"}
    for page in pages:
        assert (await do(world, people.adviser, page["id"], "reply")).status_code == 201
        refused = await do(world, people.adviser, page["id"], "close")
        assert (refused.status_code, refused.json()["code"]) == (409, "closed_by_others")
    world.time.advance(hours=25)
    for page in pages:
        assert (await brief(world, people.adviser, page["id"])).status_code == 404


@one_database
async def test_when_the_only_handler_has_left_after_answering_the_next_one_is_asked(world: World) -> None:
    """Nobody inside may read it: without this, what the reporter writes would reach nobody."""
    people = await cast(world)
    receipt = (await world.report("tearful", about_role="staff")).json()["receipt"]
    [page] = await my_pages(world, people.handler)
    replied = await world.http.post(
        f"/v1/pages/{page['id']}/reply", headers=people.handler.headers | world.once(), json={"text": "I am here."}
    )
    assert replied.status_code == 201
    await leave(world, people.handler)
    after = await world.person(Role.INDEPENDENT_HANDLER, alias="Kim", paged=True)
    await world.settle()
    world.receiver.reset()
    await world.http.post("/v1/me/report/messages", headers=await world.reporter(receipt), json={"text": "Hello?"})
    await world.settle()
    assert told(world) == {after.hook: ["page.requested"]}
    [page] = await my_pages(world, after)
    brief = await world.http.get(f"/v1/pages/{page['id']}", headers=after.headers)
    assert [message["text"] for message in brief.json()["messages"]] == ["I am here.", "Hello?"]
