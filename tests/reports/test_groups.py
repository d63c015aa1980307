"""Reports about the same worry belong together for those who see them; a link tells of nothing that one may not see."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import httpx
import pytest
from harbour import (
    REPORTS,
    Cast,
    act,
    cast,
    listed,
    not_found_body,
    one_database,
    random_id,
    rows,
)
from sqlmodel import Session, select

from app.core import clock
from app.models import AuditEntry, Report, ReportAccess
from app.reports import conflicts
from app.reports.conflict_schemas import ConflictCreate
from tests.support.world import Someone, World


async def link(world: World, reader: Someone, one: str, other: str) -> httpx.Response:
    return await world.http.post(f"{REPORTS}/{one}/group", headers=reader.headers, json={"with": other})


async def shown(world: World, reader: Someone, report_id: str) -> httpx.Response:
    found = await world.http.get(f"{REPORTS}/{report_id}", headers=reader.headers)
    assert found.status_code == 200, found.text
    return found


async def new_report(world: World, people: Cast, **fields: Any) -> str:
    before = {row.id for row in await rows(world, Report)}
    assert (await world.report("tearful", **fields)).status_code == 201
    [new] = {row.id for row in await rows(world, Report)} - before
    return str(new)


async def members(world: World, reader: Someone, group_id: str) -> set[str]:
    found = {each["id"]: each["group_id"] for each in await listed(world, reader, group_id=group_id)}
    assert set(found.values()) <= {group_id, None}
    return set(found)


async def test_reports_about_one_worry_are_linked_and_unlinked_and_nothing_is_lost(world: World) -> None:
    people = await cast(world)
    one, two, three, four = [await new_report(world, people) for _ in range(4)]
    for pair in ((one, two), (three, four), (one, two), (two, three)):
        linked = await link(world, people.triager, *pair)
        assert linked.status_code == 200, linked.text
    group_id = linked.json()["group_id"]
    assert group_id not in (one, two, three, four)
    assert await members(world, people.second_triager, group_id) == {one, two, three, four}
    for _ in range(2):
        alone = await world.http.post(f"{REPORTS}/{two}/ungroup", headers=people.triager.headers)
        assert (alone.status_code, alone.json()["group_id"]) == (200, None)
    assert await members(world, people.triager, group_id) == {one, three, four}
    assert len(await listed(world, people.triager)) == 4
    # What is closed still belongs to the worry it was about.
    for action in ("claim", "close"):
        await act(world, people.triager, three, action)
    assert await members(world, people.triager, group_id) == {one, three, four}
    actions = [each.action for each in await rows(world, AuditEntry)]
    assert (actions.count("report.grouped"), actions.count("report.ungrouped")) == (6, 1)


@one_database
async def test_a_group_shows_nobody_that_there_is_a_report_they_may_not_see(world: World) -> None:
    """J14: not in a list, not by a number, and not by the mark of a group that only it would explain."""
    people = await cast(world)
    plain = await new_report(world, people)
    hidden = await new_report(world, people, keep_from=["Eli"])
    before = await shown(world, people.second_triager, plain)
    linked = (await link(world, people.triager, plain, hidden)).json()["group_id"]
    assert await members(world, people.triager, linked) == {plain, hidden}

    after = await shown(world, people.second_triager, plain)
    assert (after.json()["group_id"], after.text, after.headers["etag"]) == (None, before.text, before.headers["etag"])
    assert [each["group_id"] for each in await listed(world, people.second_triager)] == [None]
    missing = not_found_body(await link(world, people.second_triager, plain, random_id()))
    for pair in ((plain, hidden), (hidden, plain)):
        assert not_found_body(await link(world, people.second_triager, *pair)) == missing
    # With another that they do see there is a group, of what they see.
    third = await new_report(world, people)
    seen = (await link(world, people.second_triager, plain, third)).json()["group_id"]
    assert await members(world, people.second_triager, seen) == {plain, third}
    assert await members(world, people.triager, seen) == {plain, third, hidden}


@one_database
async def test_a_report_is_not_linked_with_itself_or_with_one_for_independent_handlers(world: World) -> None:
    people = await cast(world)
    one = await new_report(world, people)
    refused = await link(world, people.triager, one, one)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/with")
    independent = await new_report(world, people, about_role="staff")
    assert not_found_body(await link(world, people.triager, one, independent))
    assert not_found_body(await link(world, people.triager, independent, one))


async def test_many_who_link_at_once_make_one_group(world: World) -> None:
    """In a ring, from both ends: nobody waits for anybody in a ring."""
    people = await cast(world)
    ids = [await new_report(world, people) for _ in range(6)]
    pairs = [(ids[n], ids[(n + 1) % 6]) for n in range(6)] + [(ids[(n + 3) % 6], ids[n]) for n in range(6)]
    answers = await asyncio.gather(
        *(link(world, (people.triager, people.second_triager)[n % 2], *pair) for n, pair in enumerate(pairs))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({row.group_id for row in await rows(world, Report)}) == 1


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_who_is_kept_out_while_they_link_reports_finds_nothing(world: World) -> None:
    """Not one word of what they were shown by linking it a moment before; neither does taking it out show it."""
    people = await cast(world)
    one, other = [await new_report(world, people, narrative="On the train.") for _ in range(2)]
    entered, leave = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slowly(session: Session) -> None:
        row = session.exec(select(Report).where(Report.id == uuid.UUID(one)).with_for_update()).one()
        body = ConflictCreate(person="Noor", reason="They live together.")
        conflicts.declare(session, row, body, declared_by=people.second_triager.id, now=clock.now())
        loop.call_soon_threadsafe(entered.set)
        asyncio.run_coroutine_threadsafe(leave.wait(), loop).result(timeout=10)

    declared = asyncio.create_task(world.write(slowly))
    await entered.wait()
    pressed = [
        asyncio.create_task(link(world, people.triager, one, other)),
        asyncio.create_task(link(world, people.triager, other, one)),
        asyncio.create_task(world.http.post(f"{REPORTS}/{one}/ungroup", headers=people.triager.headers)),
    ]
    await asyncio.sleep(0.3)
    leave.set()
    await declared
    answers = await asyncio.gather(*pressed)
    assert [answer.status_code for answer in answers] == [404] * 3, [answer.text for answer in answers]
    assert await rows(world, ReportAccess) == []
