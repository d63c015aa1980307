"""What was answered or closed stays so: nothing that comes late asks anybody again (design, 4; contract 1.5)."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlmodel import select
from story import ack, decline, kinds, later, on_sqlite, pages, reply, team, the_escalation, told, urgent, work

from app.core import clock
from app.models import Escalation, Page
from app.paging.deadlines import DELIVERY_DUE, REPLY_DUE, STEP_DUE
from app.vocabulary import EscalationState, Role
from tests.reports.harbour import act
from tests.support.world import Someone, World

OUT_OF_TIME = {"minutes": 10, "seconds": 1}
TAKEN = {"state": "already_acknowledged", "by_role": None, "first": False}
REPORTS = "/v1/schools/harbour/reports"


async def only_report(world: World, triager: Someone) -> str:
    [report] = (await world.http.get(REPORTS, headers=triager.headers)).json()["items"]
    return f"{REPORTS}/{report['id']}"


async def answer(world: World, triager: Someone) -> None:
    """A triager writes to the reporter."""
    url = f"{await only_report(world, triager)}/messages"
    sent = await world.http.post(url, headers=triager.headers | world.once(), json={"text": "I have read it."})
    assert sent.status_code == 201, sent.text


async def close(world: World, triager: Someone) -> None:
    report = await only_report(world, triager)
    for action in ("claim", "close"):
        done = await act(world, triager, report.rpartition("/")[2], action)
        assert done.status_code == 200, done.text


async def nobody_answers(world: World) -> None:
    for _ in range(3):
        await later(world, **OUT_OF_TIME)
    assert (await the_escalation(world)).state is EscalationState.EXHAUSTED


def link_of(world: World, someone: Someone) -> str:
    url: str = pages(world, someone)[0]["ack_url"]
    return url.removeprefix(world.settings.base_url)


async def nothing_moves(world: World, before: Escalation) -> None:
    """No state, no timer and no event, now and later."""
    world.receiver.reset()
    for _ in range(4):
        await later(world, **OUT_OF_TIME)
    assert await the_escalation(world) == before
    assert await work(world, STEP_DUE, REPLY_DUE, DELIVERY_DUE) == []
    assert world.receiver.requests() == []


def refused(declined: httpx.Response) -> tuple[int, Any]:
    return declined.status_code, declined.json()["code"]


async def test_whoever_has_answered_cannot_decline_afterwards(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await ack(world, people.primary)
    await reply(world, people.primary)
    await world.settle()
    before = await the_escalation(world)
    assert refused(await decline(world, people.primary)) == (409, "page_over")
    await nothing_moves(world, before)


async def test_nor_whoever_held_it_when_somebody_else_answered_and_closed_it(world: World) -> None:
    people = await team(world)
    triager = await world.person(Role.TRIAGER)
    await urgent(world)
    await ack(world, people.primary)
    await answer(world, triager)
    await close(world, triager)
    await world.settle()
    before = await the_escalation(world)
    assert refused(await decline(world, people.primary)) == (409, "page_over")
    await nothing_moves(world, before)


@pytest.mark.parametrize("closed", [False, True])
@pytest.mark.parametrize("by_link", [False, True])
async def test_a_late_acknowledgement_of_what_nobody_had_answered_in_time_asks_nobody_again(
    world: World, closed: bool, by_link: bool
) -> None:
    people = await team(world)
    triager = await world.person(Role.TRIAGER)
    await urgent(world)
    await nobody_answers(world)
    await answer(world, triager)
    if closed:
        await close(world, triager)
    await world.settle()
    before = await the_escalation(world)
    assert before.exhausted_at is not None
    assert before.state is (EscalationState.CLOSED if closed else EscalationState.EXHAUSTED)

    link, page = link_of(world, people.primary), pages(world, people.primary)[0]
    if by_link:
        assert "This is over" in (await world.http.post(link)).text
    else:
        assert await ack(world, people.primary, page) == TAKEN
    await nothing_moves(world, before)


async def test_a_report_that_is_closed_without_a_reply_ends_for_good_and_the_fact_that_nobody_came_stays(
    world: World,
) -> None:
    people = await team(world)
    triager = await world.person(Role.TRIAGER)
    receipt = await urgent(world)
    await nobody_answers(world)
    await close(world, triager)
    await world.settle()
    before = await the_escalation(world)
    assert (before.state, before.answered_at) == (EscalationState.CLOSED, None)
    assert before.exhausted_at is not None
    assert await ack(world, people.primary) == TAKEN
    assert refused(await decline(world, people.backup)) == (409, "page_over")
    await nothing_moves(world, before)
    shown = await world.http.get("/v1/me/report", headers=await world.reporter(receipt))
    assert (shown.json()["status"], shown.json()["nobody_has_answered"]) == ("closed", True)


async def test_an_acknowledgement_that_lapsed_cannot_be_used_again_by_its_link_when_it_is_over(world: World) -> None:
    people = await team(world)
    triager = await world.person(Role.TRIAGER)
    await urgent(world)
    link = link_of(world, people.primary)
    await ack(world, people.primary)
    await later(world, **OUT_OF_TIME)
    await close(world, triager)
    await world.settle()
    before = await the_escalation(world)
    assert "was used" in (await world.http.post(link)).text
    await nothing_moves(world, before)


@on_sqlite
async def test_a_question_that_its_supporter_has_closed_is_over_too(world: World) -> None:
    people = await team(world)
    supporter = await world.person(Role.SUPPORTER)
    url = "/v1/schools/harbour/advice-requests"
    body = {"topic": "when_to_escalate", "priority": "now", "summary": "When?"}
    asked = await world.http.post(url, headers=supporter.headers | world.once(), json=body)
    await world.settle()
    await nobody_answers(world)
    close_it = f"{url}/{asked.json()['id']}/close"
    closed = await world.http.post(close_it, headers=supporter.headers | {"If-Match": "*"})
    assert (closed.json()["status"], closed.json()["nobody_has_answered"]) == ("closed", True)
    await world.settle()
    before = await the_escalation(world)
    assert await ack(world, people.primary) == TAKEN
    assert refused(await decline(world, people.primary)) == (409, "page_over")
    await nothing_moves(world, before)


async def test_word_of_a_delivery_that_comes_after_the_end_brings_no_minute_back(world: World) -> None:
    people = await team(world)
    triager = await world.person(Role.TRIAGER)
    world.time.set(clock.now().replace(minute=17, second=23, microsecond=456_789))
    world.time.advance(hours=1)
    assert (await world.report("said_thoughts_of_suicide")).status_code == 201
    urgent_lane = world.worker.lanes[0]
    for item in await urgent_lane._claim():
        await urgent_lane._do(item)
    await close(world, triager)
    await world.settle()
    assert "page.requested" in kinds(world, people.primary)
    page = await world.db.read(lambda session: session.exec(select(Page)).one())
    assert page.delivered_at is not None
    assert {page.delivered_at.minute, page.sent_at.minute, page.delivered_at.second} == {0}
    assert told(world, people.backup) == []
