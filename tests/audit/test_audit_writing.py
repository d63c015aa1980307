"""Who adds to the audit log at once, what was there before it had chains, what is pruned, and what is never in it."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from chains import START, acted, look, undone, unguarded, verified
from sqlmodel import Session, select

from app.audit import chain, proofs, trail
from app.audit.adopting import adopt
from app.audit.verifying import Kind
from app.core import clock
from app.core.db import Database
from app.models import AuditBlock, AuditEntry, AuditHead
from app.schools import service as schools
from tests.support.server import call_cli
from tests.support.world import World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


async def test_processes_that_write_at_once_lose_nothing_and_wait_for_each_other(world: World) -> None:
    """In both schools and in the deployment's chain, begun by whoever comes first, over the turn of an hour."""
    world.time.set(START)
    for slug in ("harbour", "ridge", "reef"):
        await world.school(slug)
    ids = await world.db.read(lambda s: [schools.find(s, slug).id for slug in ("harbour", "ridge", "reef")])

    def act(session: Session, number: int) -> None:
        late = dt.timedelta(hours=1 if number > 60 else 0)
        # Each names them in another order.
        of = [*ids, None][number % 4 :] + [*ids, None][: number % 4]
        for school in of[: 1 + number % 3]:
            trail.record(
                session,
                action="test.acted",
                school_id=school,
                person_id=None,
                subject=str(number),
                now=clock.now() + late,
            )

    databases = [world.db]
    if world.db.dialect == "postgresql":
        databases.append(Database(world.db.url, info=dict(world.db._info)))
    try:
        await asyncio.gather(
            *(databases[at % len(databases)].write(lambda session, at=at: act(session, at)) for at in range(120))
        )
    finally:
        for each in databases[1:]:
            each.close()
    found = await verified(world)
    assert found.faults == []
    assert found.chains == 4
    # Three begun.
    assert found.entries == sum(1 + number % 3 for number in range(120)) + 3


async def test_what_was_there_before_is_taken_in_once(world: World) -> None:
    world.time.set(START)
    await world.school()
    school = await acted(world, hours=2)

    def before_chains(session: Session) -> tuple[int, int, set[Kind]]:
        connection = unguarded(session)
        connection.execute(sa.update(AuditEntry.__table__).values(block=None, mac=None))  # type: ignore[attr-defined]  # SQLModel's table
        connection.execute(sa.delete(AuditEntry).where(AuditEntry.action == chain.BEGUN))  # type: ignore[arg-type]  # a condition
        for table in (AuditBlock, AuditHead):
            connection.execute(sa.delete(table))
        session.expire_all()
        adopt(session)
        found = look(session)
        assert found.faults == []
        # Whoever slips one in later finds no second time.
        late = AuditEntry(school_id=school, action="test.late", hour=clock.hour_of(clock.now()))
        session.add(late)
        adopt(session)
        later = [AuditEntry(school_id=school, action="test.later", hour=clock.hour_of(clock.now()))]
        chain.append(session, later, now=clock.now())
        return found.entries, found.legacy, {fault.kind for fault in look(session).faults}

    entries, legacy, faults = await undone(world, before_chains)
    assert (entries, legacy) == (6 + 1, 6)
    assert faults == {Kind.INSERTED}


async def test_a_chain_is_pruned_from_its_beginning_and_proves_the_rest(world: World) -> None:
    world.time.set(START)
    await world.school()
    school = await acted(world, hours=5)
    kept = await world.db.write(lambda session: proofs.take(session, school))
    pruned = await world.db.write(
        lambda session: chain.prune(session, school, before=START.replace(hour=11, minute=0), now=clock.now())
    )
    assert pruned == 2
    found = await verified(world, kept)
    assert (found.faults, found.entries) == ([], 3 * 3 + 1)
    assert await world.db.write(lambda session: chain.prune(session, school, before=START, now=clock.now())) == 0

    def further(session: Session) -> set[Kind]:
        """By hand, with the head told to say so."""
        connection = unguarded(session)
        connection.execute(sa.update(AuditHead.__table__).values(pruned_to=3))  # type: ignore[attr-defined]  # SQLModel's table
        connection.execute(sa.delete(AuditBlock).where(AuditBlock.chain == school, AuditBlock.number == 3))  # type: ignore[arg-type]  # a condition
        return {fault.kind for fault in look(session).faults}

    assert Kind.EDITED in await undone(world, further)


@on_sqlite
async def test_a_report_leaves_nothing_in_it(world: World) -> None:
    """Who sends, reads and answers as a reporter does so outside of every chain: heads move only for people of it."""
    await world.school()
    before = await state(world)
    made = await world.report("tearful", narrative="On the train.")
    reporter = await world.reporter(made.json()["receipt"])
    assert (await world.http.get("/v1/me/report", headers=reporter)).status_code == 200
    said = await world.http.post("/v1/me/report/messages", headers=reporter, json={"text": "Thank you."})
    assert said.status_code == 201, said.text
    await world.settle()
    assert await state(world) == before


async def state(world: World) -> list[object]:
    def read(session: Session) -> list[object]:
        return [
            [row.model_dump() for row in session.exec(select(table))] for table in (AuditEntry, AuditBlock, AuditHead)
        ]

    return await world.db.read(read)


def test_the_command_line_says_whole_or_names_what_is_wrong(tmp_path: Path) -> None:
    told = ("create-school", "seaside", "Seaside", "--region", "VIC", "--time-zone", "Australia/Melbourne")
    for command in (("migrate",), told, ("retention", "--school", "seaside", "--erase")):
        done = call_cli(*command, data_dir=tmp_path)
        assert done.returncode == 0, done.stderr
    whole = call_cli("audit", "verify", data_dir=tmp_path)
    assert (whole.returncode, whole.stderr) == (0, "")
    assert "is whole: 2 chains, 0 finished links, 3 entries." in whole.stdout
    assert call_cli("audit", "verify", "--school", "reef", data_dir=tmp_path).returncode == 1
    wrong = call_cli("audit", "verify", "--head", "bm90aGluZw", data_dir=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (1, "")
    printed = [
        json.loads(line) for line in call_cli("audit", "export", "seaside", data_dir=tmp_path).stdout.splitlines()
    ]
    assert [line["kind"] for line in printed] == ["entry", "entry", "entry", "head"]
    made = {"school.created", "retention_run.started", "audit_log.exported"}
    assert {line.get("action") for line in printed} == made | {None}
    assert call_cli("audit", "export", "reef", data_dir=tmp_path).returncode == 1
    [file] = tmp_path.glob("*.sqlite3")
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_entries_not_changed")
        connection.exec_driver_sql("UPDATE audit_entries SET action = 'test.other' WHERE school_id IS NOT NULL")
    engine.dispose()
    changed = call_cli("audit", "verify", "--school", "seaside", data_dir=tmp_path)
    assert changed.returncode == 7, changed.stderr
    assert "seaside link 1: edited: entry" in changed.stderr
