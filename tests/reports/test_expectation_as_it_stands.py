"""Whoever comes back reads what is true now, not what was true when they asked (J6)."""

from __future__ import annotations

from harbour import cast, my_pages, my_report, nobody_answers

from app.paging import expectation
from app.vocabulary import Role
from tests.support.world import World


async def test_what_is_expected_follows_the_escalation_to_its_end(world: World) -> None:
    people = await cast(world)
    receipt = (await world.report("said_thoughts_of_suicide")).json()["receipt"]
    await world.settle()

    async def expected() -> tuple[bool, bool, str]:
        found = (await my_report(world, receipt))["expect"]
        return found["staffed_now"], found["read_by"] is not None, found["basis"]

    assert await expected() == (True, True, expectation.BEING_PAGED)
    [page] = await my_pages(world, people.adviser)
    await world.http.post(f"/v1/pages/{page['id']}/ack", headers=people.adviser.headers)
    assert await expected() == (True, True, expectation.TAKEN_ON)
    reply = {"text": "I am here."}
    url = f"/v1/pages/{page['id']}/reply"
    await world.http.post(url, headers=people.adviser.headers | world.once(), json=reply)
    assert await expected() == (False, False, expectation.ANSWERED)


async def test_when_nobody_has_answered_nobody_is_said_to_be_paged(world: World) -> None:
    await cast(world)
    receipt = (await world.report("said_thoughts_of_suicide")).json()["receipt"]
    await nobody_answers(world)
    found = await my_report(world, receipt)
    assert found["nobody_has_answered"]
    assert not found["expect"]["staffed_now"]
    assert found["expect"]["basis"] in (expectation.NOBODY_NOW, expectation.NOBODY_AT_ALL)
    assert found["expect"]["fallback"]


async def test_a_supporter_reads_the_same_of_a_question(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    supporter = await world.person(Role.SUPPORTER)
    await world.on_call(adviser)
    asked = await world.http.post(
        "/v1/schools/harbour/advice-requests",
        headers=supporter.headers | world.once(),
        json={"topic": "when_to_escalate", "summary": "When?"},
    )
    await world.settle()
    [page] = await my_pages(world, adviser)
    await world.http.post(f"/v1/pages/{page['id']}/decline", headers=adviser.headers)
    shown = await world.http.get(asked.headers["Location"], headers=supporter.headers)
    assert shown.json()["status"] == "unanswered_fallback_given"
    assert not shown.json()["expect"]["staffed_now"]
    assert shown.json()["expect"]["basis"] != expectation.BEING_PAGED
