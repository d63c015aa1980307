"""A clock that was ahead, and is set right: what it has dated for a time that is far off does not wait for that."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import uuid

import pytest
from sqlmodel import Session, col, select

from app.contacts import passing_on
from app.core import clock
from app.directory import publishing
from app.evaluation import opening
from app.identity import leaving, role_giving
from app.kinds import LONGEST_WAITS, RECURRING, kinds_by_lane
from app.models import WorkItem
from app.paging import asking, auditor, deadlines, drills, in_vain
from app.programme import debriefs, interests
from app.reports import conflicts, decisions, follow_ups, left_waiting, unread, withdrawal
from app.rosters import absences, gaps
from app.schools import key_rotation
from app.stories import erasing as story_erasing
from app.supporters import applications, endings
from app.webhooks.delivery import DELIVER, DELIVER_PAGE
from app.work import queue, skew, steps
from app.work.queue import LEASE
from app.worker import put_right, start_recurring
from tests.support.world import World

SUBJECT = uuid.UUID(int=7)
# As a policy, a roster, a receiver or whoever asked for it says. The first four are the auditor's to bring back.
OF_A_TIME_OF_THEIR_OWN = {
    deadlines.STEP_DUE,
    deadlines.REPLY_DUE,
    deadlines.DELIVERY_DUE,
    deadlines.ASK_AGAIN,
    absences.BEGINS,
    absences.PAUSE_CHANGED,
    absences.FORGET_PAUSE,
    applications.FORGET,
    debriefs.FORGET,
    decisions.UNANSWERED,
    decisions.UNREVIEWED,
    DELIVER,
    drills.END,
    endings.OVER,
    gaps.LOOK,
    interests.FORGET,
    key_rotation.RESEAL,
    opening.CLOSE,
    opening.ERASE,
    passing_on.NEXT,
    passing_on.TELL_UNANSWERED,
    publishing.PUBLISH,
    role_giving.CHANGED,
    story_erasing.FORGET,
    unread.UNREAD,
    unread.UNREAD_BY,
    withdrawal.UNDO_OVER,
}
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clocks of hosts and database are set together, as on one host."""
    monkeypatch.setattr(skew, "skew", lambda _session: dt.timedelta())


async def add(world: World, kind: str, *, due_in: float = 0.0, failed: int = 0) -> None:
    def work(session: Session) -> None:
        due = clock.now() + dt.timedelta(seconds=due_in)
        queue.enqueue(session, kind, SUBJECT, due_at=due, now=clock.now(), key=kind)
        session.exec(select(WorkItem).where(WorkItem.kind == kind)).one().attempts = failed

    await world.write(work)


async def waits(world: World) -> dict[str, dt.timedelta]:
    rows = await world.db.read(lambda session: list(session.exec(select(WorkItem))))
    return {row.kind: row.due_at - clock.now() for row in rows}


async def put_all_right(world: World) -> None:
    await world.db.write(lambda session: put_right(session, clock.now()))


@pytest.mark.usefixtures("agreed")
async def test_what_was_to_be_done_at_once_is_done_at_once_and_a_later_delivery_keeps_its_time(world: World) -> None:
    world.time.advance(hours=2)
    await add(world, DELIVER_PAGE)
    await add(world, auditor.AUDIT, due_in=60)
    await add(world, DELIVER, due_in=5)
    world.time.advance(hours=-2)
    await put_all_right(world)
    found = await waits(world)
    assert found[DELIVER_PAGE] <= dt.timedelta()
    assert dt.timedelta() < found[auditor.AUDIT] <= dt.timedelta(seconds=60)
    assert found[DELIVER] > dt.timedelta(hours=1, minutes=59)


@on_sqlite
@pytest.mark.usefixtures("agreed")
async def test_what_is_told_together_is_told_within_its_ten_seconds(world: World) -> None:
    """Of a person's pages, and of a report's messages: it is the only word of each of them."""
    world.time.advance(hours=2)
    for kind in (asking.TELL, follow_ups.TELL):
        await add(world, kind, due_in=10)
    world.time.advance(hours=-2)
    await put_all_right(world)
    assert max((await waits(world)).values()) <= dt.timedelta(seconds=10)


@on_sqlite
@pytest.mark.usefixtures("agreed")
@pytest.mark.parametrize("kind", [leaving.LEFT, in_vain.SOONER, gaps.FILLED, left_waiting.LOOK, conflicts.UNSEEN])
async def test_what_follows_at_once_does_not_wait_for_the_time_of_a_clock_that_was_ahead(
    world: World, kind: str
) -> None:
    """Somebody has left, and what they were asked goes on; somebody has come on duty, and is asked. A row that is far
    off would also keep everybody from another one of its key."""
    world.time.advance(hours=2)
    await add(world, kind)
    world.time.advance(hours=-2)
    await put_all_right(world)
    assert (await waits(world))[kind] <= dt.timedelta()


def test_each_kind_of_work_has_a_longest_wait_or_a_time_of_its_own() -> None:
    """What is new is said to be one or the other."""
    bounded = {kind for kinds in LONGEST_WAITS.values() for kind in kinds}
    every = {kind for kinds in kinds_by_lane("urgent").values() for kind in kinds}
    assert bounded <= every
    assert every - bounded == OF_A_TIME_OF_THEIR_OWN


@pytest.mark.usefixtures("agreed")
@pytest.mark.parametrize(("failures", "seconds"), [(1, 1), (4, 60), (7, 3600), (9, 3600)])
async def test_what_has_failed_is_tried_again_after_its_wait_whichever_clock_it_failed_by(
    world: World, failures: int, seconds: int
) -> None:
    """The timer of a step, for one: until it is tried again nobody is asked next."""
    world.time.advance(hours=2)
    await add(world, deadlines.STEP_DUE, due_in=seconds, failed=failures)
    world.time.advance(hours=-2)
    await put_all_right(world)
    wait = dt.timedelta(seconds=seconds)
    assert wait - dt.timedelta(seconds=1) < (await waits(world))[deadlines.STEP_DUE] <= wait
    # By a clock that is right it keeps its time.
    before = await waits(world)
    world.time.advance(seconds=seconds / 2)
    await put_all_right(world)
    assert (await waits(world))[deadlines.STEP_DUE] < before[deadlines.STEP_DUE] - wait / 2 + dt.timedelta(seconds=1)


@pytest.mark.usefixtures("agreed")
async def test_whoever_died_while_ahead_holds_its_work_for_no_longer_than_any_other(world: World) -> None:
    await add(world, "k")
    world.time.advance(hours=2)
    claim = lambda session: queue.claim(session, kinds=["k"], limit=1, now=clock.now())  # noqa: E731  twice the same
    assert len(await world.db.write(claim)) == 1
    world.time.advance(hours=-2)
    await put_all_right(world)
    world.time.advance(seconds=LEASE.total_seconds() - 1)
    assert await world.db.write(claim) == []
    world.time.advance(seconds=2)
    assert len(await world.db.write(claim)) == 1


async def test_a_host_that_is_behind_leaves_alone_what_the_others_have_written(world: World) -> None:
    """On PostgreSQL; on SQLite nobody else is there, and the clock is right by definition."""
    await add(world, DELIVER_PAGE)
    await world.db.write(lambda session: queue.claim(session, kinds=[DELIVER_PAGE], limit=1, now=clock.now()))

    def lease(session: Session) -> dt.datetime | None:
        return session.exec(select(WorkItem.lease_until)).one()

    before = await world.db.read(lease)
    world.time.advance(hours=-2)
    await put_all_right(world)
    assert (await world.db.read(lease) == before) is (world.db.dialect == "postgresql")


@on_sqlite
@pytest.mark.usefixtures("agreed")
async def test_recurring_work_is_never_later_than_is_said_of_it(world: World) -> None:
    """What LONGEST_WAITS says is held against every sweep there is, so that a slower one is not called back."""
    await world.db.write(start_recurring)
    await world.settle()
    rows = await world.db.read(lambda s: list(s.exec(select(WorkItem).where(col(WorkItem.kind).in_(RECURRING)))))
    assert {row.kind for row in rows} == set(RECURRING)
    bounds = {kind: wait for wait, kinds in reversed(LONGEST_WAITS.items()) for kind in kinds}
    assert [row.kind for row in rows if row.due_at > clock.now() + bounds[row.kind]] == []


@on_sqlite
async def test_a_step_is_noticed_within_a_second_and_only_a_step(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done: list[dt.datetime] = []
    monkeypatch.setattr(steps, "LOOK_SECONDS", 0.01)
    watching = asyncio.create_task(steps.watch(world.db, lambda _session, now: done.append(now)))

    async def times(number: int) -> None:
        async with asyncio.timeout(5):
            while len(done) < number:
                await asyncio.sleep(0.01)
        # It writes down when that was once it is stored.
        await asyncio.sleep(0.1)

    try:
        await times(1)
        # Time passes, and NTP has slewed it.
        world.time.advance(minutes=30)
        world.time.offset += dt.timedelta(seconds=1)
        await times(1)
        assert len(done) == 1
        world.time.offset -= dt.timedelta(seconds=90)
        await times(2)
        # A host that never steps looks once in an hour: another one may be gone, and have left something.
        world.time.advance(minutes=61)
        await times(3)
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching
    told = [line for line in capsys.readouterr().out.splitlines() if "work.clock_stepped" in line]
    assert len(told) == 1
    assert "-90.0" in told[0]
