"""Sooner is free and takes effect at once; later needs reasons, and a second person where there was a red flag."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from typing import Any

import httpx
import pytest
from harbour import (
    REPORTS,
    Cast,
    act,
    cast,
    give,
    listed,
    my_pages,
    nobody_answers,
    one_database,
    rows,
    take,
    the_row,
    told,
    write_to_reporter,
)

from app.models import AuditEntry, Escalation, Report, ReportProposal
from app.vocabulary import Role
from tests.support.world import Someone, World

WHY = "We spoke on the phone. They are with family until Monday."


async def put(
    world: World, reader: Someone, report_id: str, priority: str, *, note: str | None = WHY, tag: str | None = "*"
) -> httpx.Response:
    headers = reader.headers | ({} if tag is None else {"If-Match": tag})
    body = {"priority": priority} | ({} if note is None else {"note": note})
    return await world.http.post(f"{REPORTS}/{report_id}/priority", headers=headers, json=body)


async def only_report(world: World, people: Cast, *signs: str, **fields: Any) -> str:
    await world.report(*signs, **fields)
    [report] = await listed(world, people.triager)
    return str(report["id"])


async def proposal(world: World, reader: Someone, report_id: str) -> dict[str, Any]:
    """The one that waits."""
    shown = await world.http.get(f"{REPORTS}/{report_id}/proposals", headers=reader.headers)
    [waiting] = [each for each in shown.json()["items"] if each["state"] == "awaiting_second_person"]
    found: dict[str, Any] = waiting
    return found


async def decide(world: World, reader: Someone, report_id: str, proposal_id: str, how: str) -> httpx.Response:
    return await world.http.post(f"{REPORTS}/{report_id}/proposals/{proposal_id}/{how}", headers=reader.headers)


def code(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("code")


# Sooner


@pytest.mark.parametrize("priority", ["now", "today"])
async def test_what_is_raised_pages_whoever_is_on_call_whoever_holds_it(world: World, priority: str) -> None:
    """By anybody who sees it, without a version and without a note: nothing stands in its way."""
    people = await cast(world)
    report_id = await only_report(world, people, "tearful")
    await act(world, people.second_triager, report_id, "claim")
    await world.settle()
    assert told(world) == {}
    raised = await put(world, people.triager, report_id, priority, note=None, tag=None)
    assert (raised.status_code, raised.json()["priority"], raised.json()["priority_set"]) == (200, priority, priority)
    await world.settle()
    assert told(world)[people.adviser.hook or ""] == ["page.requested"]
    [page] = await my_pages(world, people.adviser)
    assert page["priority"] == priority
    # Once more, and to what it is already: nobody is paged twice.
    await put(world, people.second_triager, report_id, priority, note=None, tag=None)
    await world.settle()
    assert len(await my_pages(world, people.adviser)) == 1
    actions = [each.action for each in await rows(world, AuditEntry)]
    assert actions.count("report.priority_raised") == 1


@one_database
async def test_what_is_raised_to_soon_wakes_nobody(world: World) -> None:
    people = await cast(world)
    report_id = await only_report(world, people, "tearful", priority="when_you_can")
    assert (await put(world, people.triager, report_id, "soon", note=None, tag=None)).json()["priority"] == "soon"
    await world.settle()
    assert await my_pages(world, people.adviser) == []


@one_database
async def test_whoever_it_is_kept_from_is_not_paged_when_it_is_raised(world: World) -> None:
    people = await cast(world)
    report_id = await only_report(world, people, "tearful", keep_from=["Mira", "coordinator"])
    await put(world, people.triager, report_id, "now", note=None, tag=None)
    await nobody_answers(world)
    assert len(await my_pages(world, people.backup)) == 1
    assert await my_pages(world, people.adviser) == await my_pages(world, people.coordinator) == []
    # Discreet: no copy of anything to the school's own endpoint.
    assert set(told(world)) == {people.backup.hook}


@one_database
async def test_a_page_that_runs_is_put_on_the_shorter_clock_and_sent_to_nobody_twice(world: World) -> None:
    people = await cast(world)
    report_id = await only_report(world, people, "tearful", priority="today")
    await world.settle()
    [page] = await my_pages(world, people.adviser)
    late = dt.datetime.fromisoformat(page["ack_by"])
    await put(world, people.triager, report_id, "now", note=None, tag=None)
    await world.settle()
    [page] = await my_pages(world, people.adviser)
    assert page["priority"] == "now"
    assert late - dt.datetime.fromisoformat(page["ack_by"]) >= dt.timedelta(minutes=19)
    assert told(world)[people.adviser.hook or ""] == ["page.requested"]
    world.time.advance(minutes=11)
    await world.settle()
    assert len(await my_pages(world, people.backup)) == 1


@one_database
async def test_what_somebody_else_answers_already_is_put_first_and_pages_nobody(world: World) -> None:
    people = await cast(world)
    receipt = (await world.report("tearful")).json()["receipt"]
    [report] = await listed(world, people.triager)
    await act(world, people.second_triager, report["id"], "claim")
    await write_to_reporter(world, people.second_triager, report["id"])
    raised = await put(world, people.triager, report["id"], "now", note=None, tag=None)
    assert raised.json()["priority"] == "now"
    assert await rows(world, Escalation) == []
    # The reporter waits again, and it is raised from below: now somebody is asked.
    await put(world, people.second_triager, report["id"], "today")
    await world.http.post(
        "/v1/me/report/messages", headers=await world.reporter(receipt), json={"text": "She has not come home."}
    )
    await put(world, people.triager, report["id"], "now", note=None, tag=None)
    assert len(await my_pages(world, people.adviser)) == 1


@one_database
async def test_whoever_raises_what_they_answer_themselves_asks_for_help(world: World) -> None:
    people = await cast(world)
    report_id = await only_report(world, people, "tearful")
    await act(world, people.triager, report_id, "claim")
    await write_to_reporter(world, people.triager, report_id)
    await put(world, people.triager, report_id, "now", note=None, tag=None)
    assert len(await my_pages(world, people.adviser)) == 1


@one_database
async def test_after_everybody_was_asked_in_vain_a_raise_asks_again(world: World) -> None:
    people = await cast(world)
    report_id = await only_report(world, people, "tearful", priority="today")
    world.time.advance(hours=3)
    await nobody_answers(world)
    for _ in range(3):
        world.time.advance(minutes=31)
        await world.settle()
    assert (await the_row(world, Escalation)).state == "exhausted"
    await put(world, people.triager, report_id, "now", note=None, tag=None)
    escalation = await the_row(world, Escalation)
    assert (escalation.state, escalation.priority, escalation.round) == ("open", "now", 1)
    assert len(await my_pages(world, people.adviser)) == 2


# Later


@one_database
async def test_an_ordinary_report_is_lowered_below_what_was_stated_with_a_note(world: World) -> None:
    people = await cast(world)
    report_id = await only_report(world, people, "tearful", priority="soon")
    assert code(await put(world, people.triager, report_id, "when_you_can", tag=None)) == (428, "precondition_required")
    assert code(await put(world, people.triager, report_id, "when_you_can", tag='"old"'))[0] == 412
    refused = await put(world, people.triager, report_id, "when_you_can", note=None)
    assert (code(refused), refused.json()["errors"][0]["pointer"]) == ((422, "validation_failed"), "#/note")
    done = await put(world, people.triager, report_id, "when_you_can")
    assert (done.json()["priority"], done.json()["awaiting_second_person"]) == ("when_you_can", False)
    # Raised, it comes back to what was stated without a word.
    await put(world, people.triager, report_id, "today", note=None)
    assert (await put(world, people.triager, report_id, "soon", note=None)).json()["priority"] == "soon"
    shown = await world.http.get(f"{REPORTS}/{report_id}/proposals", headers=people.second_triager.headers)
    assert [(each["note"], each["state"], each["mine"]) for each in shown.json()["items"]] == [
        (WHY, "in_effect", False)
    ]
    row = await the_row(world, ReportProposal)
    assert WHY.encode() not in (row.note_sealed or b"")


@one_database
async def test_only_whoever_holds_it_lowers_it(world: World) -> None:
    people = await cast(world)
    report_id = await only_report(world, people, "tearful")
    await act(world, people.triager, report_id, "claim")
    refused = await put(world, people.second_triager, report_id, "when_you_can")
    assert code(refused) == (409, "already_claimed")
    assert (await put(world, people.triager, report_id, "when_you_can")).status_code == 200


async def test_a_red_flag_is_lowered_by_two_people_and_no_page_stops(world: World) -> None:
    people = await cast(world)
    report_id = await only_report(world, people, "said_thoughts_of_suicide", priority="when_you_can")
    await world.settle()
    assert code(await put(world, people.triager, report_id, "soon", note=None)) == (422, "validation_failed")
    proposed = (await put(world, people.triager, report_id, "soon")).json()
    assert (proposed["priority"], proposed["priority_set"], proposed["awaiting_second_person"]) == ("now", None, True)
    assert code(await put(world, people.second_triager, report_id, "today")) == (409, "already_proposed")

    waiting = await proposal(world, people.triager, report_id)
    assert (waiting["priority"], waiting["note"], waiting["mine"]) == ("soon", WHY, True)
    own = await decide(world, people.triager, report_id, waiting["id"], "confirm")
    assert code(own) == (409, "own_proposal")
    assert (await the_row(world, Report)).response_rank == 0
    done = await decide(world, people.second_triager, report_id, waiting["id"], "confirm")
    assert (done.status_code, done.json()["priority"], done.json()["awaiting_second_person"]) == (200, "soon", False)
    again = await decide(world, people.second_triager, report_id, waiting["id"], "confirm")
    assert (again.status_code, again.text) == (200, done.text)
    assert done.json()["needs_person_check"] is True
    # Whoever was paged is asked as before.
    [page] = await my_pages(world, people.adviser)
    assert (page["escalation_state"], page["priority"]) == ("open", "now")
    world.time.advance(minutes=11)
    await world.settle()
    assert len(await my_pages(world, people.backup)) == 1
    actions = {each.action: each.person_id for each in await rows(world, AuditEntry)}
    assert actions["report.lower_priority_proposed"] == people.triager.id
    assert actions["report.proposal_confirmed"] == people.second_triager.id


async def test_of_many_who_decide_at_once_one_does(world: World) -> None:
    """Confirmed and declined in the same moment: one thing happens, and everybody else learns that it has."""
    people = await cast(world)
    others = [people.second_triager, *[await world.person(Role.TRIAGER) for _ in range(4)]]
    report_id = await only_report(world, people, "hurt_themselves")
    await put(world, people.triager, report_id, "today")
    waiting = await proposal(world, people.triager, report_id)
    how = ["confirm", "decline", "confirm", "decline", "confirm"]
    answers = await asyncio.gather(
        *(decide(world, who, report_id, waiting["id"], each) for who, each in zip(others, how, strict=True))
    )
    assert Counter(code(each) for each in answers) == {(200, None): 1, (409, "proposal_settled"): 4}
    [winner] = [each for each, answer in zip(how, answers, strict=True) if answer.status_code == 200]
    row = await the_row(world, Report)
    assert row.response_rank == (1 if winner == "confirm" else 0)
    decided = [each.action for each in await rows(world, AuditEntry) if each.action.startswith("report.proposal_")]
    assert len(decided) == 1


async def test_of_two_priorities_at_once_the_sooner_one_stays(world: World) -> None:
    """Raised by some, lowered by others who all read the same version: what was raised is not lost."""
    people = await cast(world)
    others = [await world.person(Role.TRIAGER) for _ in range(4)]
    report_id = await only_report(world, people, "tearful")
    shown = await world.http.get(f"{REPORTS}/{report_id}", headers=people.triager.headers)
    tag = shown.headers["etag"]
    answers = await asyncio.gather(
        put(world, people.triager, report_id, "now", tag=None),
        put(world, people.second_triager, report_id, "now", tag=None),
        put(world, others[0], report_id, "today", tag=None),
        *(put(world, each, report_id, "when_you_can", tag=tag) for each in others[1:]),
    )
    assert [answer.status_code for answer in answers[:2]] == [200, 200]
    # A raise that came when it was higher already would have lowered it: that needs a version.
    assert code(answers[2]) in ((200, None), (428, "precondition_required"))
    assert all(code(each) in ((200, None), (412, "precondition_failed")) for each in answers[3:])
    assert sum(each.status_code == 200 for each in answers[3:]) <= 1
    assert (await the_row(world, Report)).response_rank == 0
    assert len(await my_pages(world, people.adviser)) == 1


@one_database
@pytest.mark.parametrize("how", ["raised", "closed"])
async def test_what_happens_meanwhile_makes_a_proposal_void(world: World, how: str) -> None:
    people = await cast(world)
    report_id = await only_report(world, people, "hurt_themselves")
    await put(world, people.triager, report_id, "soon")
    first = await proposal(world, people.triager, report_id)
    await decide(world, people.second_triager, report_id, first["id"], "confirm")
    await put(world, people.triager, report_id, "when_you_can")
    waiting = await proposal(world, people.second_triager, report_id)
    if how == "raised":
        await put(world, people.second_triager, report_id, "today", note=None, tag=None)
    else:
        for action in ("claim", "close"):
            assert (await act(world, people.triager, report_id, action)).status_code == 200
    late = await decide(world, people.second_triager, report_id, waiting["id"], "confirm")
    assert code(late) == (409, "proposal_settled" if how == "raised" else "report_closed")
    assert (await the_row(world, Report)).response_rank == (1 if how == "raised" else 2)
    [void] = [row for row in await rows(world, ReportProposal) if str(row.id) == waiting["id"]]
    assert (void.state, void.decided_by) == ("taken_back", None)


@one_database
async def test_a_proposal_is_declined_or_taken_back_and_may_be_made_again(world: World) -> None:
    people = await cast(world)
    report_id = await only_report(world, people, "hurt_themselves")
    for who, how in ((people.second_triager, "decline"), (people.triager, "take-back")):
        await put(world, people.triager, report_id, "today")
        waiting = await proposal(world, people.triager, report_id)
        other = people.triager if how == "decline" else people.second_triager
        refused = await decide(world, other, report_id, waiting["id"], how)
        assert code(refused) == (409, "own_proposal" if how == "decline" else "not_your_proposal")
        done = await decide(world, who, report_id, waiting["id"], how)
        assert (done.json()["priority"], done.json()["awaiting_second_person"]) == ("now", False)


@one_database
async def test_who_may_not_see_the_report_decides_nothing(world: World) -> None:
    """J14: also whoever has been given a role from which it is kept since it was proposed."""
    people = await cast(world)
    report_id = await only_report(world, people, "hurt_themselves", keep_from=["adviser"])
    await put(world, people.triager, report_id, "soon")
    waiting = await proposal(world, people.triager, report_id)
    await give(world, people.second_triager, Role.ADVISER)
    assert (await decide(world, people.second_triager, report_id, waiting["id"], "confirm")).status_code == 404
    assert await listed(world, people.second_triager, awaiting_second_person="true") == []
    await take(world, people.second_triager, Role.ADVISER)
    assert (await decide(world, people.second_triager, report_id, waiting["id"], "confirm")).status_code == 200
