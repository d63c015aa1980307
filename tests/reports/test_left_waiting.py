"""What a release before this one began without a row of work is found within the hour, and nothing waits for ever."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, delete, select

from app.identity import role_giving
from app.models import Report, RoleGrant, WorkItem
from app.reports import unread
from app.rosters import absences
from app.vocabulary import Role
from app.worker import start_recurring
from tests.reports.harbour import act, cast, listed, my_pages, one_database, rows
from tests.support.world import World

# A Thursday.
MORNING = dt.datetime(2027, 3, 11, 9, tzinfo=ZoneInfo("Australia/Melbourne"))
HOUR = dt.timedelta(hours=1, minutes=2)


def lost(*kinds: str) -> sa.Delete:
    return delete(WorkItem).where(col(WorkItem.kind).in_(kinds))


async def upgraded(world: World, *kinds: str) -> None:
    """As the release before has left it, and this one starts."""
    await world.write(lambda session: session.connection().execute(lost(*kinds)) and None)
    await world.write(start_recurring)
    await world.settle()


@one_database
@pytest.mark.parametrize("timed", [True, False])
async def test_a_claim_of_before_that_nobody_answers_is_asked_of_whoever_is_on(world: World, timed: bool) -> None:
    """A day after the last thing that was done about it, as any other."""
    people = await cast(world)
    world.time.set(MORNING)
    await world.report("tearful")
    [report] = await listed(world, people.triager)
    assert (await act(world, people.triager, report["id"], "claim")).status_code == 200

    def without_a_time(session: Session) -> None:
        row = session.exec(select(Report)).one()
        row.promise = row.promise if timed else row.promise | {"read_by": None}
        session.add(row)

    await world.write(without_a_time)
    world.time.set(MORNING + dt.timedelta(hours=12))
    await upgraded(world, unread.UNREAD, unread.UNREAD_BY)
    assert await my_pages(world, people.adviser) == []
    world.time.set(MORNING + dt.timedelta(hours=24, minutes=1))
    await world.settle()
    assert [page["priority"] for page in await my_pages(world, people.adviser)] == ["today"]
    for _ in range(3):
        world.time.advance(hours=1, minutes=1)
        await world.settle()
    assert not [item for item in await rows(world, WorkItem) if item.kind == unread.UNREAD]


@one_database
async def test_what_was_opened_by_somebody_whose_role_of_before_runs_out_is_asked_within_the_hour(world: World) -> None:
    people = await cast(world)
    world.time.set(MORNING)
    noon = MORNING + dt.timedelta(hours=30)
    await world.report("tearful")
    [report] = await listed(world, people.triager)
    url = f"/v1/schools/harbour/reports/{report['id']}"
    assert (await world.http.get(url, headers=people.triager.headers)).status_code == 200

    def ends_at_noon(session: Session) -> None:
        grant = session.exec(
            select(RoleGrant).where(RoleGrant.person_id == people.triager.id, RoleGrant.role == Role.TRIAGER)
        ).one()
        grant.ends_at = noon
        session.add(grant)

    await world.write(ends_at_noon)
    await upgraded(world, role_giving.CHANGED)
    world.time.set(noon - dt.timedelta(minutes=1))
    await world.settle()
    assert await my_pages(world, people.adviser) == []
    world.time.set(noon + HOUR)
    await world.settle()
    assert [page["priority"] for page in await my_pages(world, people.adviser)] == ["today"]


@one_database
async def test_a_leave_of_before_that_lies_ahead_hands_on_what_waits_when_it_begins(world: World) -> None:
    people = await cast(world)
    world.time.set(MORNING)
    start = MORNING + dt.timedelta(hours=3)
    body = {"kind": "leave", "start": start.isoformat(), "end": (start + dt.timedelta(days=2)).isoformat()}
    headers = people.adviser.headers | world.once()
    assert (await world.http.post("/v1/schools/harbour/absences", headers=headers, json=body)).status_code == 201
    await world.settle()
    await upgraded(world, absences.BEGINS)
    world.time.set(start - dt.timedelta(minutes=5))
    await world.settle()
    await world.report("tearful", wants="advice_only", priority="today")
    await world.settle()
    assert (len(await my_pages(world, people.adviser)), await my_pages(world, people.backup)) == (1, [])
    world.time.set(start + dt.timedelta(minutes=1))
    await world.settle()
    assert len(await my_pages(world, people.backup)) == 1
    for _ in range(3):
        world.time.advance(hours=1, minutes=1)
        await world.settle()
    assert not [item for item in await rows(world, WorkItem) if item.kind == absences.BEGINS]
