"""The figures of the whole installation: each is nought in health, and shows its own fault, at little cost."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from app.core import clock
from app.kinds import RECURRING, urgent_kinds
from app.metrics import picture, reader
from app.metrics.exposition import Exposition
from app.metrics.reader import Picture, Reader
from app.models import CoverageGap, Escalation, LocalEntry, Roster, School, WebhookEndpoint, WorkItem
from app.models.webhooks import EndpointHealth
from app.paging import auditor
from app.rosters import gaps
from app.vocabulary import GapCause, GapState, Role, SchoolStatus
from app.webhooks import delivery
from app.work import queue
from app.worker import start_recurring
from tests.support.world import World

URGENT = urgent_kinds()


def look(world: World) -> Picture:
    found = Reader(world.db, urgent=URGENT, recurring=RECURRING).read()
    assert isinstance(found, Picture)
    return found


async def test_each_fault_is_shown_by_its_own_figure(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    roster_id = await world.on_call(adviser)
    await world.write(start_recurring)
    await world.settle()
    well = look(world)
    assert not well.prompt.overdue
    assert well.prompt.last_pass is not None
    assert dt.timedelta() <= clock.now() - well.prompt.last_pass < dt.timedelta(minutes=2)
    assert well.slow.waiting == dict.fromkeys(picture.LANES, picture.Waiting(0, dt.timedelta(), lease_ended=False))
    assert well.slow.recurring_failing == 0
    assert well.slow.live_gaps == well.slow.schools_with_live_gap == well.slow.deliveries_retried == 0
    assert well.hourly == picture.Hourly({"urgent": 0, "other": 0}, {"person": 0, "school": 0}, 0, 0)

    assert (await world.report("said_thoughts_of_suicide")).status_code == 201
    await world.write(lambda session: break_all(session, roster_id, adviser.endpoint_id))
    ill = look(world)
    assert ill.prompt.overdue
    waiting = ill.slow.waiting["other"]
    assert (waiting.items, waiting.lease_ended, reader.age(waiting.oldest)) == (10, True, 600)
    assert ill.slow.recurring_failing == 1
    assert (ill.slow.live_gaps, ill.slow.schools_with_live_gap) == (1, 1)
    assert ill.hourly.dead == {"urgent": 1, "other": 0}
    assert ill.hourly.failing == {"person": 1, "school": 0}
    assert (ill.hourly.overdue, ill.hourly.schools_with_overdue) == (1, 1)


def break_all(session: Session, roster_id: uuid.UUID, endpoint_id: uuid.UUID | None) -> None:
    """One of each fault; twelve pieces of work wait, the oldest for twelve minutes, and one was left."""
    now = clock.now()
    school = session.exec(select(School)).one()
    for number in range(1, 13):
        due = now - dt.timedelta(minutes=number)
        left = now - dt.timedelta(seconds=30) if number == 1 else None
        nobody = uuid.uuid4()
        session.add(WorkItem(kind=delivery.DELIVER, subject=nobody, payload={}, due_at=due, lease_until=left))
    session.add(WorkItem(kind=auditor.AUDIT, subject=uuid.uuid4(), payload={}, due_at=now, dead=True))
    session.exec(sa.update(WorkItem).where(col(WorkItem.key) == gaps.SWEEP).values(attempts=queue.FAILS))
    session.add(
        CoverageGap(
            school_id=school.id,
            roster_id=session.exec(select(Roster.id).where(Roster.id == roster_id)).one(),
            cause=GapCause.UNFILLED,
            starts_at=now - dt.timedelta(hours=1),
            ends_at=now + dt.timedelta(hours=1),
            state=GapState.OPEN,
            found_at=now,
        )
    )
    endpoint = session.get_one(WebhookEndpoint, endpoint_id)
    endpoint.health = EndpointHealth.FAILING
    session.add(endpoint)
    session.add(LocalEntry(school_id=school.id, entry_id="quiet-room", entry={}, told_overdue_at=now))
    late = session.exec(select(Escalation)).one()
    late.next_due_at = now - dt.timedelta(minutes=2)
    session.add(late)


@pytest.mark.parametrize("why", ["covered from outside", "not relied upon"])
async def test_no_gap_is_shown_of_which_nobody_has_to_be_told(world: World, why: str) -> None:
    """As `peerline check` says it: the alarm must not ring each night where a line is there day and night."""
    await world.school()
    roster_id = await world.on_call(await world.person(Role.ADVISER, paged=True))
    assert (await world.report("said_thoughts_of_suicide")).status_code == 201

    def covered(session: Session) -> None:
        break_all(session, roster_id, session.exec(select(WebhookEndpoint.id)).first())
        if why == "not relied upon":
            session.exec(sa.update(School).values(status=SchoolStatus.SUSPENDED))
        else:
            session.exec(sa.update(CoverageGap).values(external_entry_id="lifeline"))

    await world.write(covered)
    assert (look(world).slow.live_gaps, look(world).slow.schools_with_live_gap) == (0, 0)


async def test_slow_figures_stand_until_the_clock_strikes_whatever_happens_between(world: World) -> None:
    await world.school()
    world.time.set(clock.now().replace(minute=1, second=0, microsecond=0))
    kept = Reader(world.db, urgent=URGENT, recurring=RECURRING)
    assert kept.read() is not None

    def bury(session: Session) -> None:
        due = clock.now() - dt.timedelta(hours=1)
        for dead in (True, *[False] * 10):
            session.add(WorkItem(kind="some.kind", subject=uuid.uuid4(), payload={}, due_at=due, dead=dead))

    await world.write(bury)
    seen = []
    for minutes in (2, 2, 54, 2):
        world.time.advance(minutes=minutes)
        found = kept.read()
        assert isinstance(found, Picture)
        seen.append((found.slow.waiting["other"].items, found.hourly.dead["other"]))
    assert seen == [(0, 0), (10, 0), (10, 0), (10, 1)], "at 3, 5, 59 and 61 minutes past the hour"


async def test_the_last_pass_of_the_auditor_is_known_through_its_failures(world: World) -> None:
    await world.write(start_recurring)
    passed = clock.now()

    def fail(session: Session) -> None:
        row = session.exec(select(WorkItem).where(WorkItem.key == auditor.AUDIT)).one()
        row.due_at = passed + dt.timedelta(seconds=auditor.AUDIT_SECONDS + sum(queue.BACKOFF_SECONDS[:3]))
        row.attempts = 3
        session.add(row)

    await world.write(fail)
    assert look(world).prompt.last_pass == passed.replace(second=0, microsecond=0)


async def test_a_database_of_another_version_is_one_that_answers(world: World) -> None:
    """Whoever is told that it is away would look for the wrong fault."""
    await world.write(start_recurring)

    def other(session: Session) -> None:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
        session.connection().exec_driver_sql("ALTER TABLE work_items RENAME TO work_items_of_another_version")

    await world.write(other)
    found = Exposition(
        world.db, Reader(world.db, urgent=URGENT, recurring=RECURRING), requests=None, lanes=lambda: None
    )
    shown = {sample.name: sample.value for metric in found.collect() for sample in metric.samples}
    assert (shown["peerline_database_up"], shown["peerline_database_current"]) == (1, 0)
    assert "peerline_clock_skew_seconds" in shown
    assert not {"peerline_escalation_overdue", "peerline_work_waiting_items", "peerline_work_dead_items"} & set(shown)


async def test_a_look_reads_no_table_from_end_to_end(world: World) -> None:
    """Told not to, PostgreSQL still reads a table whole where no index fits; SQLite says SCAN."""

    def plans(session: Session) -> list[str]:
        connection = session.connection()
        postgres = connection.dialect.name == "postgresql"
        if postgres:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        asked: list[tuple[str, Any]] = []

        def note(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool) -> None:
            asked.append((statement, parameters))

        sa.event.listen(connection, "before_cursor_execute", note)
        now = clock.now()
        picture.prompt(session, now=now)
        picture.slow(session, urgent=URGENT, recurring=RECURRING, now=now)
        picture.hourly(session, urgent=URGENT)
        sa.event.remove(connection, "before_cursor_execute", note)
        explain = "EXPLAIN" if postgres else "EXPLAIN QUERY PLAN"
        lines = []
        for statement, parameters in asked:
            if "alembic_version" not in statement and "FROM" in statement and "pg_catalog" not in statement:
                plan = connection.exec_driver_sql(f"{explain} {statement}", parameters)
                lines += [f"{row[-1]}   <- {statement}" for row in plan]
        return lines

    found = await world.db.read(plans)
    assert len(found) > 8
    whole = [line for line in found if "Seq Scan" in line or ("SCAN" in line and " USING " not in line)]
    assert [line for line in whole if "SCAN (subquery" not in line and "SCAN anon" not in line] == []
