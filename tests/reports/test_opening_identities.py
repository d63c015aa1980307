"""The name that was given: shown where the reporter asked for more than advice, recorded, else sealed (I04)."""

from __future__ import annotations

import asyncio

import pytest
from decision_story import NAME, propose
from harbour import REPORTS, act, cast, give, listed, my_pages, my_report, one_database, rows

from app.models import AuditEntry, ConfidentialityDecision
from app.vocabulary import Role
from tests.support.holding import held_at
from tests.support.world import Someone, World


async def opened(world: World, who: Someone, report_id: str) -> tuple[int, str]:
    """The status, and the name or the code."""
    answer = await world.http.get(f"{REPORTS}/{report_id}/identity", headers=who.headers)
    body = answer.json()
    return answer.status_code, body.get("identity") or body["code"]


@one_database
async def test_whoever_has_taken_it_on_reads_the_name_that_was_given_for_help(world: World) -> None:
    people = await cast(world)
    made = await world.report("tearful", about_person=NAME, wants="offer_of_support_to_peer", keep_from=["Eli"])
    [report] = await listed(world, people.triager)
    assert await opened(world, people.triager, report["id"]) == (409, "not_claimed")
    assert (await my_report(world, made.json()["receipt"]))["access_summary"] == []
    await act(world, people.triager, report["id"], "claim")
    assert await opened(world, people.second_triager, report["id"]) == (404, "not_found")
    assert await opened(world, people.triager, report["id"]) == (200, NAME)
    assert await opened(world, people.adviser, report["id"]) == (403, "forbidden")
    [access] = (await my_report(world, made.json()["receipt"]))["access_summary"]
    assert access["role"] == "triager"
    assert [row.action for row in await rows(world, AuditEntry)].count("report.identity_opened") == 1


@one_database
async def test_so_does_the_independent_handler_who_has_taken_it_on_and_as_nobody_else(world: World) -> None:
    """The reporter reads that a handler did, whatever else that one is."""
    people = await cast(world)
    await give(world, people.handler, Role.TRIAGER)
    made = await world.report(
        "tearful", about_role="program_person", about_person=NAME, wants="offer_of_support_to_peer", keep_from=["Eli"]
    )
    assert made.json()["identity_kept"] is True
    [page] = await my_pages(world, people.handler)
    await world.http.post(f"/v1/pages/{page['id']}/ack", headers=people.handler.headers)
    [report] = await listed(world, people.handler)
    assert await opened(world, people.handler, report["id"]) == (409, "not_claimed")
    await act(world, people.handler, report["id"], "claim")
    assert await opened(world, people.handler, report["id"]) == (200, NAME)
    assert await opened(world, people.triager, report["id"]) == (404, "not_found")
    accesses = (await my_report(world, made.json()["receipt"]))["access_summary"]
    assert {access["role"] for access in accesses} == {"independent_handler"}


@one_database
async def test_a_name_that_is_sealed_for_a_life_at_risk_says_what_opens_it(world: World) -> None:
    people = await cast(world)
    await world.report("tearful", about_person=NAME, wants="offer_of_support_to_peer", open_only_if_life_at_risk=True)
    [report] = await listed(world, people.triager)
    await act(world, people.triager, report["id"], "claim")
    answer = await world.http.get(f"{REPORTS}/{report['id']}/identity", headers=people.triager.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "sealed")
    assert "decision" in answer.json()["detail"]
    assert NAME not in answer.text


@one_database
async def test_where_no_name_was_kept_there_is_none(world: World) -> None:
    people = await cast(world)
    await world.report("tearful", about_person=NAME)
    [report] = await listed(world, people.triager)
    await act(world, people.triager, report["id"], "claim")
    assert await opened(world, people.triager, report["id"]) == (404, "not_found")


@one_database
async def test_of_a_worry_that_is_taken_back_no_name_is_opened_and_what_waited_comes_to_nothing(world: World) -> None:
    people = await cast(world)
    made = await world.report("tearful", about_person=NAME, wants="offer_of_support_to_peer")
    [report] = await listed(world, people.triager)
    await act(world, people.triager, report["id"], "claim")
    path = f"{REPORTS}/{report['id']}"
    assert (await propose(world, people.triager, path)).status_code == 201
    reporter = await world.reporter(made.json()["receipt"])
    back = await world.http.post("/v1/me/report/withdraw", headers=reporter, json={"expected": "restricted"})
    assert back.status_code == 200, back.text
    assert await opened(world, people.triager, report["id"]) == (409, "report_withdrawn")
    assert (await propose(world, people.triager, path)).json()["code"] == "report_withdrawn"
    assert [row.state for row in await rows(world, ConfidentialityDecision)] == ["taken_back"]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_who_takes_a_report_back_waits_for_whoever_is_opening_its_name(world: World) -> None:
    """Once its reporter has heard that its words are for nobody, no name of it is shown any more."""
    people = await cast(world)
    made = await world.report("tearful", about_person=NAME, wants="offer_of_support_to_peer")
    [report] = await listed(world, people.triager)
    await act(world, people.triager, report["id"], "claim")
    world.time.advance(hours=1)
    reporter = await world.reporter(made.json()["receipt"])
    async with held_at(world, "INSERT INTO report_accesses") as (is_there, go_on):
        opening = asyncio.ensure_future(opened(world, people.triager, report["id"]))
        assert await is_there()
        taking_back = asyncio.ensure_future(
            world.http.post("/v1/me/report/withdraw", headers=reporter, json={"expected": "restricted"})
        )
        await asyncio.sleep(0.5)
        first = taking_back.done()
        go_on()
        assert await opening == (200, NAME)
    assert (await taking_back).status_code == 200
    assert first is False, "the name was shown after its report was taken back"
