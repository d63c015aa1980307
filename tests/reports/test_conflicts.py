"""Found to be concerned when the report is already there: from that moment it does not exist for them (J14)."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx
import pytest
from harbour import (
    REPORTS,
    SCHOOL_HOOK,
    act,
    cast,
    give,
    listed,
    my_pages,
    my_report,
    nobody_answers,
    not_found_body,
    one_database,
    random_id,
    rows,
    take,
    the_report,
    the_row,
    told,
    write_to_reporter,
)
from sqlmodel import Session, select

from app.core import clock
from app.models import Report, ReportConflict, ReportExclusion, SignIn
from app.reports import conflicts
from app.reports.conflict_schemas import ConflictCreate
from app.vocabulary import Role
from tests.support.world import Someone, World

WHY = "They live together."


async def declare(world: World, by: Someone, report_id: str, person: str) -> httpx.Response:
    body = {"person": person, "reason": WHY}
    return await world.http.post(f"{REPORTS}/{report_id}/conflicts", headers=by.headers, json=body)


async def declare_on_page(world: World, by: Someone, page_id: str, person: str) -> httpx.Response:
    body = {"person": person, "reason": WHY}
    return await world.http.post(f"/v1/pages/{page_id}/conflicts", headers=by.headers, json=body)


async def recuse(world: World, who: Someone, path: str) -> httpx.Response:
    return await world.http.post(f"{path}/recuse", headers=who.headers, json={"reason": "I teach him."})


async def on_page(world: World, person: Someone, what: str) -> dict[str, Any]:
    """`ack` or `reply` on the person's latest page, which this gives."""
    page = (await my_pages(world, person))[0]
    body = {"text": "I am here."} if what == "reply" else None
    done = await world.http.post(f"/v1/pages/{page['id']}/{what}", headers=person.headers | world.once(), json=body)
    assert done.is_success, done.text
    return page


async def link_of(world: World, person: Someone) -> str:
    """The address in the page that reached somebody."""
    await world.settle()
    [event] = [each.json() for each in world.receiver.requests(person.hook) if "ack_url" in each.json()["data"]]
    address: str = event["data"]["ack_url"]
    return "/v1" + address.partition("/v1")[2]


async def test_a_triager_who_turns_out_to_be_concerned_loses_it_at_once(world: World) -> None:
    """Their claim is nobody's, their earlier reads are told, and what they read a minute ago is not there."""
    people = await cast(world)
    receipt = (await world.report("tearful", narrative="On the train.")).json()["receipt"]
    report = await the_report(world, people.triager)
    await act(world, people.triager, report["id"], "claim")
    await write_to_reporter(world, people.triager, report["id"])

    said = await declare(world, people.second_triager, report["id"], "noor")
    assert said.status_code == 200, said.text
    hour = clock.hour_of(clock.now()).isoformat().replace("+00:00", "Z")
    assert said.json() == {"earlier_reads": [{"role": "triager", "hour": hour}]}

    assert await listed(world, people.triager) == []
    url = f"{REPORTS}/{report['id']}"
    for answer in (
        await world.http.get(url, headers=people.triager.headers),
        await act(world, people.triager, report["id"], "close"),
        await write_to_reporter(world, people.triager, report["id"]),
        await declare(world, people.triager, report["id"], "Eli"),
        await recuse(world, people.triager, url),
    ):
        assert not_found_body(answer) == not_found_body(await act(world, people.triager, random_id(), "close"))
    [left] = await listed(world, people.second_triager)
    assert left["claimed"] is False
    assert (await act(world, people.second_triager, report["id"], "claim")).status_code == 200

    again = await declare(world, people.second_triager, report["id"], str(people.triager.id))
    assert again.json() == said.json()
    kept = await the_row(world, ReportConflict)
    assert WHY.encode() not in (kept.reason_sealed or b"")
    assert (kept.person_id, kept.declared_by) == (people.triager.id, people.second_triager.id)
    world.receiver.reset()
    await world.http.post("/v1/me/report/messages", headers=await world.reporter(receipt), json={"text": "Hello?"})
    await world.settle()
    assert set(told(world)) == {people.second_triager.hook}


@one_database
async def test_what_they_were_asked_is_taken_away_and_the_next_person_is_asked(world: World) -> None:
    """Not one word to them, and nothing of it left with them: no page, no link, no delivery, no relief."""
    people = await cast(world)
    before = [(await my_pages(world, people.adviser)), await deliveries(world, people.adviser)]
    receipt = (await world.report("hurt_themselves")).json()["receipt"]
    link = await link_of(world, people.adviser)
    page = await on_page(world, people.adviser, "ack")
    report = await the_report(world, people.triager)
    world.receiver.reset()
    await world.http.post("/v1/me/report/messages", headers=await world.reporter(receipt), json={"text": "Hello?"})

    said = await declare(world, people.triager, report["id"], "Mira")
    assert said.json() == {"earlier_reads": []}
    await world.settle()
    assert told(world) == {people.backup.hook: ["page.requested"]}
    assert [(await my_pages(world, people.adviser)), await deliveries(world, people.adviser)] == before
    for path in (f"/v1/pages/{page['id']}", link):
        for method in ("GET", "POST"):
            where = f"{path}/ack" if method == "POST" and path != link else path
            answer = await world.http.request(method, where, headers=people.adviser.headers)
            assert answer.status_code == 404, (method, where, answer.text)

    # Also in what they are given later, and with everybody else asked in vain, nobody is told anything more.
    later = (Role.TRIAGER, Role.COORDINATOR, Role.INDEPENDENT_HANDLER)
    for role in later:
        await give(world, people.adviser, role)
    sign_in = await world.db.read(
        lambda session: session.exec(select(SignIn.id).where(SignIn.person_id == people.adviser.id)).one()
    )
    people.adviser.headers = world.headers_for(people.adviser.id, sign_in, "harbour", (Role.ADVISER, *later))
    await nobody_answers(world)
    assert await listed(world, people.adviser) == []
    assert await my_pages(world, people.adviser) == []
    assert {people.adviser.hook, SCHOOL_HOOK, people.sponsor.hook}.isdisjoint(told(world))
    unanswered = await world.http.get("/v1/schools/harbour/unanswered", headers=people.coordinator.headers)
    assert unanswered.json()["items"] == []


async def deliveries(world: World, person: Someone) -> Any:
    url = f"/v1/me/webhook-endpoints/{person.endpoint_id}/deliveries"
    return (await world.http.get(url, headers=person.headers)).json()["items"]


async def test_whoever_holds_the_page_says_so_and_whoever_was_only_asked_does_not(world: World) -> None:
    people = await cast(world)
    await world.report("hurt_themselves")
    [page] = await my_pages(world, people.adviser)
    early = await declare_on_page(world, people.adviser, page["id"], "Lee")
    assert (early.status_code, early.json()["code"]) == (409, "not_held")
    await on_page(world, people.adviser, "ack")
    unknown = await declare_on_page(world, people.adviser, page["id"], "Okafor")
    assert (unknown.status_code, unknown.json()["errors"][0]["code"]) == (422, "unknown_reader")
    assert (await declare_on_page(world, people.adviser, page["id"], "Lee")).status_code == 200
    await nobody_answers(world)
    assert people.coordinator.hook not in told(world)
    assert len(await my_pages(world, people.backup)) == 1


@one_database
@pytest.mark.parametrize("when", ["asked", "held"])
async def test_somebody_who_was_paged_leaves_it_and_the_next_person_is_asked_at_once(world: World, when: str) -> None:
    people = await cast(world)
    await world.report("hurt_themselves")
    await world.settle()
    page = (await my_pages(world, people.adviser))[0]
    if when == "held":
        await on_page(world, people.adviser, "ack")
    assert (await recuse(world, people.adviser, f"/v1/pages/{page['id']}")).status_code == 204
    assert (await world.http.get(f"/v1/pages/{page['id']}", headers=people.adviser.headers)).status_code == 404
    assert (await recuse(world, people.adviser, f"/v1/pages/{page['id']}")).status_code == 404
    assert len(await my_pages(world, people.backup)) == 1
    assert (await the_row(world, ReportConflict)).kind == "recused"


async def test_with_the_last_reader_gone_independent_handlers_are_asked_and_nobody_inside_finds_it(
    world: World,
) -> None:
    """Whoever names everybody takes a report from nobody: it is asked about outside, then told of the lines."""
    people = await cast(world)
    receipt = (await world.report("tearful")).json()["receipt"]
    report = await the_report(world, people.triager)
    url = f"{REPORTS}/{report['id']}"
    assert (await declare(world, people.triager, report["id"], "Eli")).status_code == 200
    assert await my_pages(world, people.handler) == []
    assert (await recuse(world, people.triager, url)).status_code == 204
    await world.settle()
    assert told(world) == {people.handler.hook: ["page.requested"]}
    late = await world.person(Role.TRIAGER)
    assert await listed(world, late) == []

    page = await on_page(world, people.handler, "ack")
    assert (await recuse(world, people.handler, f"/v1/pages/{page['id']}")).status_code == 204
    await world.settle()
    assert {hook for hook in told(world) if hook} == {people.handler.hook}
    assert await listed(world, people.handler) == []
    seen = await my_report(world, receipt)
    assert (seen["nobody_has_answered"], bool(seen["expect"]["fallback"])) == (True, True)
    kept_out = {row.person_id for row in await rows(world, ReportExclusion)}
    assert {each.id for each in people.everyone} <= kept_out


@one_database
async def test_an_adviser_who_names_the_only_triager_can_finish_the_conversation(world: World) -> None:
    """Independent handlers are asked at once; whoever holds it is not cut off in the middle of the night."""
    people = await cast(world)
    await take(world, people.second_triager, Role.TRIAGER)
    receipt = (await world.report("hurt_themselves")).json()["receipt"]
    page = await on_page(world, people.adviser, "ack")
    await world.settle()
    world.receiver.reset()
    assert (await declare_on_page(world, people.adviser, page["id"], "Noor")).status_code == 200
    await world.settle()
    assert told(world) == {people.handler.hook: ["page.requested"]}
    assert (await the_row(world, Report)).independent is True
    for person in (people.triager, people.backup, people.coordinator):
        assert await my_pages(world, person) == []
    await on_page(world, people.adviser, "reply")
    assert (await my_report(world, receipt))["status"] == "someone_has_replied"


@one_database
async def test_when_the_handler_who_answered_leaves_it_the_others_are_asked(world: World) -> None:
    people = await cast(world)
    await world.report("tearful", about_role="staff")
    page = await on_page(world, people.handler, "reply")
    other = await world.person(Role.INDEPENDENT_HANDLER, alias="Bo", paged=True)
    assert (await recuse(world, people.handler, f"/v1/pages/{page['id']}")).status_code == 204
    assert len(await my_pages(world, other)) == 1


async def test_who_is_kept_out_while_they_press_the_button_finds_nothing(world: World, database_kind: str) -> None:
    """Both at once: whoever comes second under the lock sees what the first has done."""
    people = await cast(world)
    await world.report("hurt_themselves")
    await world.settle()
    [page] = await my_pages(world, people.adviser)
    [report] = await listed(world, people.triager)
    entered, leave = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly(session: Session) -> None:
        row = session.exec(select(Report).where(Report.id == uuid.UUID(report["id"])).with_for_update()).one()
        for name in ("Mira", "Noor"):
            body = ConflictCreate(person=name, reason=WHY)
            conflicts.declare(session, row, body, declared_by=people.second_triager.id, now=clock.now())
        loop.call_soon_threadsafe(entered.set)
        asyncio.run_coroutine_threadsafe(leave.wait(), loop).result(timeout=10)

    declared = asyncio.create_task(world.write(slowly))
    await entered.wait()
    pressed = [
        asyncio.create_task(world.http.post(f"/v1/pages/{page['id']}/{what}", headers=headers, json=body))
        for what, body, headers in (
            ("ack", None, people.adviser.headers),
            ("decline", None, people.adviser.headers),
            ("reply", {"text": "I am here."}, people.adviser.headers | world.once()),
        )
    ]
    pressed += [
        asyncio.create_task(write_to_reporter(world, people.triager, report["id"])),
        asyncio.create_task(act(world, people.triager, report["id"], "claim")),
    ]
    await asyncio.sleep(0.3)
    assert not any(each.done() for each in pressed)
    leave.set()
    await declared
    answers = await asyncio.gather(*pressed)
    assert [answer.status_code for answer in answers] == [404] * 5, [answer.text for answer in answers]
    assert len(await my_pages(world, people.backup)) == 1
