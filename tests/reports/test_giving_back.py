"""A claim is no wall: it is given back, and taken over from whoever lets it lie (domain, 2.3 and 5)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import httpx
from harbour import (
    REPORTS,
    act,
    came_of,
    cast,
    listed,
    my_pages,
    my_report,
    one_database,
    rows,
    told,
    write_to_reporter,
)
from sqlmodel import Session, select

from app.guidance.pack import load_guidance
from app.models import AuditEntry, Report
from app.schools.policies import PagingPolicy, Step
from app.vocabulary import Level, Role
from tests.support.world import Someone, World

# A Thursday.
MORNING = dt.datetime(2027, 3, 11, 9, tzinfo=ZoneInfo("Australia/Melbourne"))
ENDED = ["claim.ended"]
ADDED = ["conversation.message_added"]


async def claimed(world: World, by: Someone, **fields: Any) -> tuple[str, str]:
    """A receipt, and the address of its report, which somebody has taken on."""
    receipt = (await world.report("tearful", **fields)).json()["receipt"]
    [report] = await listed(world, by)
    assert (await act(world, by, report["id"], "claim")).status_code == 200
    await world.settle()
    world.receiver.reset()
    return receipt, report["id"]


async def writes(world: World, receipt: str) -> dict[str, list[str]]:
    """Its reporter adds a message; gives who is told of it."""
    await world.settle()
    world.receiver.reset()
    sent = await world.http.post(
        "/v1/me/report/messages", headers=await world.reporter(receipt), json={"text": "Hello?"}
    )
    assert sent.status_code == 201, sent.text
    await world.settle()
    return told(world)


def refusal(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_whoever_holds_a_report_gives_it_back_and_the_others_who_read_it_are_told(world: World) -> None:
    people = await cast(world)
    receipt, report_id = await claimed(world, people.triager)
    assert refusal(await act(world, people.second_triager, report_id, "release")) == (
        409,
        "already_claimed",
    )
    blind = await world.http.post(f"{REPORTS}/{report_id}/release", headers=people.triager.headers)
    assert blind.status_code == 428
    given_back = await act(world, people.triager, report_id, "release")
    assert given_back.status_code == 200, given_back.text
    assert (given_back.json()["state"], given_back.json()["claimed"]) == ("new", False)
    assert refusal(await act(world, people.triager, report_id, "release")) == (409, "not_claimed")
    await world.settle()
    assert told(world) == {people.second_triager.hook: ENDED}
    seen = await my_report(world, receipt)
    assert (seen["status"], seen["status_text"]) == ("received", load_guidance().waits_for_another)
    assert "report.released" in [row.action for row in await rows(world, AuditEntry)]
    # As any other in the queue: also for whoever has given it back.
    assert (await act(world, people.triager, report_id, "claim")).status_code == 200
    assert (await my_report(world, receipt))["status"] == "being_read"


@one_database
async def test_what_is_given_back_unanswered_after_its_time_is_asked_of_whoever_is_on(world: World) -> None:
    people = await cast(world)
    _, report_id = await claimed(world, people.triager)
    await write_to_reporter(world, people.triager, (await claimed_anew(world, people.triager)))
    world.time.advance(days=4)
    assert await my_pages(world, people.adviser) == []
    await act(world, people.triager, report_id, "release")
    await world.settle()
    assert [page["priority"] for page in await my_pages(world, people.adviser)] == ["today"]


async def claimed_anew(world: World, by: Someone) -> str:
    """One more report, which somebody has taken on."""
    before = {each["id"] for each in await listed(world, by)}
    await world.report("tearful")
    [report] = [each for each in await listed(world, by) if each["id"] not in before]
    await act(world, by, report["id"], "claim")
    report_id: str = report["id"]
    return report_id


async def test_a_claim_that_lies_for_a_day_is_taken_over_by_whoever_claims_next(world: World) -> None:
    """Looking is no doing. The one who is relieved is told, and may take it back in the same way."""
    people = await cast(world)
    _, report_id = await claimed(world, people.triager)
    world.time.advance(hours=22)
    await listed(world, people.triager)
    assert (await world.http.get(f"{REPORTS}/{report_id}", headers=people.triager.headers)).status_code == 200
    refused = await act(world, people.second_triager, report_id, "claim")
    assert (*refusal(refused), "24 hours" in refused.json()["detail"]) == (409, "already_claimed", True)
    world.time.advance(hours=2)
    await world.settle()
    world.receiver.reset()
    url = f"{REPORTS}/{report_id}/claim"
    assert (await world.http.post(url, headers=people.second_triager.headers)).status_code == 428
    stale = await world.http.post(url, headers=people.second_triager.headers | {"If-Match": '"0"'})
    assert stale.status_code == 412
    taken = await act(world, people.second_triager, report_id, "claim")
    assert (taken.status_code, taken.json()["claimed_by_me"]) == (200, True)
    await world.settle()
    assert told(world) == {people.triager.hook: ENDED}
    [entry] = [row for row in await rows(world, AuditEntry) if row.action == "report.taken_over"]
    assert (entry.person_id, entry.subject) == (people.second_triager.id, report_id)
    for answer in (
        await write_to_reporter(world, people.triager, report_id),
        await act(world, people.triager, report_id, "claim"),
    ):
        assert refusal(answer) == (409, "already_claimed")
    assert (await write_to_reporter(world, people.second_triager, report_id)).status_code == 201
    assert (await act(world, people.second_triager, report_id, "close")).status_code == 200
    world.time.advance(days=2)
    assert refusal(await act(world, people.triager, report_id, "claim")) == (409, "already_claimed")


@one_database
async def test_whoever_answers_or_does_anything_else_about_it_keeps_it_for_another_day(world: World) -> None:
    people = await cast(world)
    _, report_id = await claimed(world, people.triager)
    url = f"{REPORTS}/{report_id}"

    async def answered() -> None:
        assert (await write_to_reporter(world, people.triager, report_id)).status_code == 201

    async def recorded() -> None:
        assert (await came_of(world, people.triager, f"{url}/outcomes")).status_code == 201

    async def raised() -> None:
        sooner = await world.http.post(f"{url}/priority", headers=people.triager.headers, json={"priority": "today"})
        assert sooner.status_code == 200

    for did in (answered, recorded, raised):
        world.time.advance(hours=22)
        await did()
        world.time.advance(hours=22)
        assert refusal(await act(world, people.second_triager, report_id, "claim")) == (409, "already_claimed")
    world.time.advance(hours=3)
    assert (await act(world, people.second_triager, report_id, "claim")).status_code == 200


async def test_the_others_hear_from_a_reporter_whom_nobody_answers_though_somebody_holds_it(world: World) -> None:
    """The first word after an answer is for whoever gave that; another, a day later, is for everybody who reads it."""
    people = await cast(world)
    both = {people.triager.hook: ADDED, people.second_triager.hook: ADDED}
    receipt, report_id = await claimed(world, people.triager)
    assert await writes(world, receipt) == {people.triager.hook: ADDED}
    world.time.advance(hours=25)
    assert {hook: both.get(hook) for hook in await writes(world, receipt)} == both
    await write_to_reporter(world, people.triager, report_id)
    world.time.advance(days=5)
    assert await writes(world, receipt) == {people.triager.hook: ADDED}
    world.time.advance(hours=25)
    assert await writes(world, receipt) == both


@one_database
async def test_who_has_given_a_conversation_back_is_not_the_one_who_hears_of_it(world: World) -> None:
    people = await cast(world)
    receipt, report_id = await claimed(world, people.triager)
    await write_to_reporter(world, people.triager, report_id)
    await act(world, people.triager, report_id, "release")
    assert (await writes(world, receipt)).keys() == {people.triager.hook, people.second_triager.hook}
    await act(world, people.second_triager, report_id, "claim")
    assert await writes(world, receipt) == {people.second_triager.hook: ADDED}


@one_database
async def test_who_has_given_it_back_and_is_paged_for_it_later_hears_what_its_reporter_writes(world: World) -> None:
    """While they are asked, have it in hand, and once they have answered; beside whoever holds it."""
    people = await cast(world)
    both = await world.person(Role.ADVISER, Role.TRIAGER, alias="Both", paged=True)
    last = Step(level=Level.PRIMARY, target="person", person=both.id, ack_seconds=600)
    await world.policy(PagingPolicy(steps=[last]))
    receipt, report_id = await claimed(world, both)
    await act(world, both, report_id, "release")
    await act(world, people.triager, report_id, "claim")
    await write_to_reporter(world, people.triager, report_id)
    assert await writes(world, receipt) == {people.triager.hook: ADDED}
    hear = {people.triager.hook, both.hook}
    world.time.advance(hours=2)
    sooner = {"priority": "now"}
    await world.http.post(f"{REPORTS}/{report_id}/priority", headers=people.triager.headers, json=sooner)
    assert (await writes(world, receipt)).keys() == hear
    [page] = await my_pages(world, both)
    await world.http.post(f"/v1/pages/{page['id']}/ack", headers=both.headers)
    assert (await writes(world, receipt)).keys() == hear
    answer = {"text": "I am here."}
    await world.http.post(f"/v1/pages/{page['id']}/reply", headers=both.headers | world.once(), json=answer)
    assert (await writes(world, receipt)).keys() == hear


async def test_what_somebody_holds_and_nobody_answers_is_asked_about_as_what_nobody_read(world: World) -> None:
    """A day after the last thing that was done about it. What was answered, or came to something, is not."""
    people = await cast(world)
    world.time.set(MORNING)
    _, report_id = await claimed(world, people.triager)
    await write_to_reporter(world, people.triager, await claimed_anew(world, people.triager))
    seen_to = await claimed_anew(world, people.triager)
    await came_of(world, people.triager, f"{REPORTS}/{seen_to}/outcomes")
    url = f"{REPORTS}/{report_id}/hurtful"
    world.time.set(MORNING + dt.timedelta(hours=20))
    assert (await world.http.post(url, headers=people.triager.headers, json={"hurtful": True})).status_code == 200
    world.time.set(MORNING + dt.timedelta(hours=43, minutes=50))
    await world.settle()
    assert await my_pages(world, people.adviser) == []
    world.time.set(MORNING + dt.timedelta(hours=44, minutes=1))
    await world.settle()
    [page] = await my_pages(world, people.adviser)
    brief = await world.http.get(f"/v1/pages/{page['id']}", headers=people.adviser.headers)
    assert (page["priority"], brief.json()["text_hidden"]) == ("today", True)


@one_database
async def test_what_somebody_holds_is_not_asked_about_before_the_time_that_was_promised(world: World) -> None:
    people = await cast(world)
    world.time.set(MORNING + dt.timedelta(days=1, hours=12))
    await claimed(world, people.triager)
    # From Friday night to Monday morning.
    world.time.set(MORNING + dt.timedelta(days=3, hours=23, minutes=50))
    await world.settle()
    assert await my_pages(world, people.adviser) == []
    world.time.set(MORNING + dt.timedelta(days=4, minutes=1))
    await world.settle()
    assert len(await my_pages(world, people.adviser)) == 1


@one_database
async def test_an_independent_handler_gives_it_back_and_a_colleague_who_was_given_it_has_it_next(world: World) -> None:
    people = await cast(world)
    colleague = await world.person(Role.INDEPENDENT_HANDLER, alias="Bo", paged=True)
    third = await world.person(Role.INDEPENDENT_HANDLER, alias="Kim", paged=True)
    receipt = (await world.report("tearful", about_role="staff")).json()["receipt"]
    [page] = await my_pages(world, people.handler)
    await world.http.post(f"/v1/pages/{page['id']}/ack", headers=people.handler.headers)
    [report] = await listed(world, people.handler)
    given = {"person": "Bo"}
    await world.http.post(f"{REPORTS}/{report['id']}/grants", headers=people.handler.headers, json=given)
    await act(world, people.handler, report["id"], "claim")
    assert (await write_to_reporter(world, people.handler, report["id"])).status_code == 201
    await world.settle()
    world.receiver.reset()
    assert (await act(world, people.triager, report["id"], "release")).status_code == 404
    assert (await act(world, third, report["id"], "release")).status_code == 404
    assert (await act(world, people.handler, report["id"], "release")).status_code == 200
    await world.settle()
    assert told(world) == {colleague.hook: ENDED}
    assert (await act(world, colleague, report["id"], "claim")).status_code == 200
    assert await writes(world, receipt) == {colleague.hook: ADDED}
    world.time.advance(hours=25)
    assert (await act(world, people.handler, report["id"], "claim")).json()["claimed_by_me"] is True


@one_database
async def test_what_was_taken_over_and_given_back_is_not_left_to_whoever_had_let_it_lie(world: World) -> None:
    people = await cast(world)
    world.time.set(MORNING)
    _, report_id = await claimed(world, people.triager)
    url = f"{REPORTS}/{report_id}/hurtful"
    world.time.set(MORNING + dt.timedelta(hours=20))
    assert (await world.http.post(url, headers=people.triager.headers, json={"hurtful": False})).status_code == 200
    # Nobody looks at the queue in between: whoever is on call would have been asked.
    world.time.set(MORNING + dt.timedelta(hours=45))
    assert (await act(world, people.second_triager, report_id, "claim")).status_code == 200
    await world.settle()
    assert await my_pages(world, people.adviser) == []
    assert (await act(world, people.second_triager, report_id, "release")).status_code == 200
    await world.settle()
    assert [page["priority"] for page in await my_pages(world, people.adviser)] == ["today"]


@one_database
async def test_what_the_only_one_who_reads_it_gives_back_after_an_answer_is_asked_of_whoever_is_on(
    world: World,
) -> None:
    """An independent handler, after an answer: whoever else is one is found by a page alone."""
    people = await cast(world)
    colleague = await world.person(Role.INDEPENDENT_HANDLER, alias="Bo", paged=True)
    await world.report("tearful", about_role="staff")
    [page] = await my_pages(world, people.handler)
    await world.http.post(f"/v1/pages/{page['id']}/ack", headers=people.handler.headers)
    [report] = await listed(world, people.handler)
    await act(world, people.handler, report["id"], "claim")
    assert (await write_to_reporter(world, people.handler, report["id"])).status_code == 201
    await world.settle()
    assert await my_pages(world, colleague) == []
    assert (await act(world, people.handler, report["id"], "release")).status_code == 200
    await world.settle()
    assert len(await my_pages(world, colleague)) == 1
    assert len(await my_pages(world, people.handler)) == 1


@one_database
async def test_a_note_for_whoever_has_it_next_is_something_done_about_it(world: World) -> None:
    """It is in the trail under the page."""
    people = await cast(world)
    both = await world.person(Role.ADVISER, Role.TRIAGER, alias="Both", paged=True)
    last = Step(level=Level.PRIMARY, target="person", person=both.id, ack_seconds=600)
    await world.policy(PagingPolicy(steps=[last], note_seconds=86_400))
    await world.report("tearful", priority="now")
    await world.settle()
    [page] = await my_pages(world, both)
    assert (await world.http.post(f"/v1/pages/{page['id']}/ack", headers=both.headers)).status_code == 200
    [report] = await listed(world, both)
    assert (await act(world, both, report["id"], "claim")).status_code == 200
    noted = f"/v1/pages/{page['id']}/notes"

    async def notes() -> None:
        said = await world.http.post(noted, headers=both.headers | world.once(), json={"text": "I ring him tonight."})
        assert said.status_code == 201, said.text

    await notes()
    world.time.advance(hours=20)
    await notes()
    world.time.advance(hours=20)
    assert refusal(await act(world, people.triager, report["id"], "claim")) == (409, "already_claimed")
    world.time.advance(hours=5)
    assert (await act(world, people.triager, report["id"], "claim")).status_code == 200


@one_database
async def test_a_claim_has_its_clock_again_once_a_withdrawal_is_undone(world: World) -> None:
    """Also of a report for which no time was named."""
    people = await cast(world)
    world.time.set(MORNING)
    receipt, _ = await claimed(world, people.triager)
    await world.write(_without_a_time)
    mine = "/v1/me/report/withdraw"
    reporter = await world.reporter(receipt)
    assert (await world.http.post(mine, headers=reporter, json={"expected": "restricted"})).status_code == 200
    assert (await world.http.post(f"{mine}/undo", headers=reporter)).is_success
    await world.settle()
    assert await my_pages(world, people.adviser) == []
    world.time.set(MORNING + dt.timedelta(hours=24, minutes=1))
    await world.settle()
    assert len(await my_pages(world, people.adviser)) == 1


def _without_a_time(session: Session) -> None:
    report = session.exec(select(Report)).one()
    report.promise = report.promise | {"read_by": None}
    session.add(report)
