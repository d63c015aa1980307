"""Handlers who do things to one report in the same moment: each is before or after the other, and nothing fails."""

from __future__ import annotations

import asyncio

import pytest
from harbour import REPORTS, cast, listed, my_pages, rows

from app.models import ReportGrant
from app.vocabulary import Level, Role, RosterLine
from tests.support.late_commits import uncommitted
from tests.support.world import Someone, World

pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


async def bo_is_paged(world: World) -> tuple[Someone, Someone, str, str]:
    """Cy has it in hand, who gave it to them has handed it on, and Bo is asked: Cy, Bo, Bo's page, the report."""
    people = await cast(world)
    cy = await world.person(Role.INDEPENDENT_HANDLER, alias="Cy")
    bo = await world.person(Role.INDEPENDENT_HANDLER, alias="Bo", paged=True)
    await world.on_call(bo, line=RosterLine.INDEPENDENT_ADVICE, level=Level.BACKUP)
    await world.report("tearful", about_role="staff", priority="now")
    [page] = await my_pages(world, people.handler)
    await world.http.post(f"/v1/pages/{page['id']}/ack", headers=people.handler.headers)
    [report] = await listed(world, people.handler)
    url = f"{REPORTS}/{report['id']}"
    await world.http.post(f"{url}/grants", headers=people.handler.headers, json={"person": "Cy"})
    await world.http.post(f"/v1/pages/{page['id']}/hand-over", headers=people.handler.headers, json={})
    [asked] = await my_pages(world, bo)
    return cy, bo, f"/v1/pages/{asked['id']}", url


async def test_who_takes_on_what_a_colleague_gives_them_in_that_moment_has_it(world: World) -> None:
    """Whoever gives it has locked the report, whoever acknowledges their page the escalation."""
    cy, bo, page, report = await bo_is_paged(world)
    given = world.http.post(f"{report}/grants", headers=cy.headers, json={"person": "Bo"})
    async with uncommitted(world, given, table="report_grants"):
        taken = asyncio.ensure_future(world.http.post(f"{page}/ack", headers=bo.headers))
        await asyncio.sleep(0.5)
    answer = await taken
    assert (answer.status_code, answer.json()["first"]) == (200, True)
    assert len(await listed(world, bo)) == 1


async def test_who_is_kept_out_while_they_take_it_on_has_it_in_hand_no_more(world: World) -> None:
    cy, bo, page, report = await bo_is_paged(world)
    about = {"person": "Bo", "reason": "They share a house."}
    async with uncommitted(world, world.http.post(f"{page}/ack", headers=bo.headers), table="report_grants"):
        declared = asyncio.ensure_future(world.http.post(f"{report}/conflicts", headers=cy.headers, json=about))
        await asyncio.sleep(0.5)
    assert (await declared).status_code == 200
    assert {each.person_id for each in await rows(world, ReportGrant) if each.ended_hour is None} == {cy.id}
