"""A flood of urgent reports is told to whoever is paged in few words, and none of them is dropped (J13)."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from sqlmodel import Session, col, select
from story import URGENT, ack, kinds, later, on_sqlite, pages, team, told

from app.models import Escalation, Event, Page
from app.paging import auditor
from app.vocabulary import EscalationState, PageState, Role
from tests.reports.harbour import act
from tests.support.late_commits import uncommitted
from tests.support.receiver import Received
from tests.support.world import Someone, World

FLOOD = 20
# Of the standard policy.
ALONE = 5


async def flood(world: World) -> None:
    made = await asyncio.gather(*(world.report(URGENT) for _ in range(FLOOD)))
    assert [each.status_code for each in made] == [201] * FLOOD
    await world.settle()


def of_many(world: World, someone: Someone) -> list[Received]:
    """Each time it was tried to tell somebody of all that wait together."""
    return [each for each in world.receiver.requests(someone.hook) if each.json()["type"] == "page.waiting"]


async def states(world: World) -> list[PageState]:
    return await world.db.read(lambda session: sorted(page.state for page in session.exec(select(Page))))


async def test_the_first_are_told_one_by_one_and_the_others_together(world: World) -> None:
    people = await team(world)
    await flood(world)
    alone = len(pages(world, people.primary))
    # Reports of one instant do not see each other on PostgreSQL: a few more may be told by themselves.
    assert ALONE <= alone <= ALONE + 10
    await later(world, seconds=11)
    [together] = told(world, people.primary, "page.waiting")
    assert together["data"]["waiting"] == FLOOD
    assert set(together["data"]) == {"school", "waiting", "ack_by"}
    # Nothing was dropped, and nothing has waited so long that it went past them.
    assert await states(world) == [PageState.DELIVERED] * FLOOD
    assert kinds(world, people.backup) == []
    listed = await world.http.get("/v1/me/pages", headers=people.primary.headers, params={"limit": 100})
    assert len(listed.json()["items"]) == FLOOD
    # Each is taken on, and escalates, by itself.
    await ack(world, people.primary)
    told_alone = len(kinds(world, people.primary))
    await later(world, minutes=9, seconds=50)
    assert await world.db.read(lambda s: len(s.exec(select(Page).where(Page.step == 1)).all())) == FLOOD - 1
    assert len(pages(world, people.backup)) < FLOOD - 1
    assert len(kinds(world, people.primary)) == told_alone
    await later(world, hours=2)
    found = await world.db.read(lambda session: auditor.look(session, now=world.time.now()))
    assert found.passes


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_whoever_is_paged_while_the_word_of_those_before_goes_out_is_told_too(world: World) -> None:
    """Decision 25: a row that is shared is begun after all who count on it. SQLite has one writer."""
    people = await team(world)
    for _ in range(ALONE):
        await world.report(URGENT)
    await world.settle()
    # Both of what follows are in one stretch of ten seconds.
    now = world.time.now()
    world.time.advance(seconds=10 - now.timestamp() % 10)
    await world.report(URGENT)
    async with uncommitted(world, world.report(URGENT), table="pages"):
        world.time.advance(seconds=11)
        await world.settle()
    await world.settle()

    def untold(session: Session) -> list[Page]:
        return list(session.exec(select(Page).where(Page.held, col(Page.told_by).is_(None))))

    assert await world.db.read(untold) == []
    assert told(world, people.primary, "page.waiting")[-1]["data"]["waiting"] == ALONE + 2


@on_sqlite
async def test_when_that_word_reaches_nobody_all_of_them_go_on(world: World) -> None:
    people = await team(world)
    await flood(world)
    world.receiver.behave(people.primary.hook, 500)
    await later(world, seconds=11)
    rest = FLOOD - ALONE
    assert await world.db.read(lambda s: len(s.exec(select(Page).where(Page.step == 1)).all())) == rest


@on_sqlite
async def test_nobody_is_told_of_many_when_somebody_has_taken_on_each_of_them(world: World) -> None:
    """Retries end when the matter does (docs/reliability.md), also of the one word for all of them."""
    people = await team(world)
    await flood(world)
    world.receiver.behave(people.primary.hook, 500)
    await later(world, seconds=11)
    tried = len(of_many(world, people.primary))
    mine = await world.http.get("/v1/me/pages", headers=people.backup.headers, params={"limit": 100})
    waiting = [page["id"] for page in mine.json()["items"]]
    assert len(waiting) == FLOOD - ALONE
    for page in waiting[1:]:
        assert (await world.http.post(f"/v1/pages/{page}/ack", headers=people.backup.headers)).status_code == 200
    await later(world, seconds=6)
    # One is left.
    assert len(of_many(world, people.primary)) == tried + 1
    assert (await world.http.post(f"/v1/pages/{waiting[0]}/ack", headers=people.backup.headers)).status_code == 200
    await later(world, minutes=6)
    assert len(of_many(world, people.primary)) == tried + 1


@on_sqlite
async def test_what_was_told_together_is_not_called_off_one_by_one(world: World) -> None:
    people = await team(world)
    await flood(world)
    await later(world, seconds=11)
    await later(world, minutes=10)
    for _ in range(FLOOD):
        [*_, last] = [
            page["id"]
            for page in (
                await world.http.get("/v1/me/pages", headers=people.backup.headers, params={"limit": 100})
            ).json()["items"]
            if page["state"] in ("sent", "delivered")
        ] or [None]
        if last is None:
            break
        await world.http.post(f"/v1/pages/{last}/ack", headers=people.backup.headers)
    await world.settle()
    called_off = told(world, people.backup, "page.cancelled") + told(world, people.primary, "page.cancelled")
    assert called_off == []
    open_ones = await world.db.read(
        lambda s: len(s.exec(select(Escalation).where(Escalation.state == EscalationState.OPEN)).all())
    )
    assert open_ones == 0


@on_sqlite
async def test_of_what_was_told_together_no_minute_is_kept_once_it_is_closed(world: World) -> None:
    """Design, 3: the event names no report, and would tell all the same when it was made."""
    people = await team(world)
    triager = await world.person(Role.TRIAGER)
    await flood(world)
    await later(world, seconds=11)
    reports = "/v1/schools/harbour/reports"
    listed = await world.http.get(reports, headers=triager.headers, params={"limit": 100})
    for each in listed.json()["items"]:
        for action in ("claim", "close"):
            done = await act(world, triager, each["id"], action)
            assert done.status_code == 200, done.text
    await world.settle()

    def exact(session: Session) -> list[str]:
        about = session.exec(select(Event).where(Event.person_id == people.primary.id)).all()
        relief = session.exec(select(Event).where(Event.type == "duty.relief_offered")).all()
        assert "page.waiting" in {event.type for event in about}
        times = [(event.type, event.occurred_at) for event in (*about, *relief) if event.type != "page.cancelled"]
        times += [(e.type, dt.datetime.fromisoformat(e.data["ack_by"])) for e in about if "ack_by" in e.data]
        return [kind for kind, at in times if (at.minute, at.second, at.microsecond) != (0, 0, 0)]

    assert await world.db.read(exact) == []
