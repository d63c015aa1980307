"""`peerline check`: each part of a deployment that is not well has its line, and its exit code (docs/upgrading.md)."""

from __future__ import annotations

import asyncio
import collections
import datetime as dt
import json
import shutil
import uuid
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.checking import ground, running, shipped
from app.checking.finding import Finding
from app.core import clock
from app.kinds import RECURRING
from app.models import CoverageGap, Roster, SigningKey, WebhookEndpoint, WorkItem
from app.models.webhooks import EndpointHealth
from app.packs import PackError
from app.paging import auditor
from app.rosters import gaps
from app.vocabulary import GapCause, GapState, Role
from app.work import queue
from app.worker import start_recurring
from tests.support.server import call_cli, master_keys, run_cli
from tests.support.world import Someone, World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
PARTS = "settings database migrations keys clock engine auditor receivers gaps packs"


def checked(world: World, *options: str, **env: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """The exit code, and what was found of each part."""
    own = {"PEERLINE_MASTER_KEYS": world.settings.master_keys} | env
    done = call_cli("check", "--json", *options, database_url=world.settings.database_url, env=own)
    assert done.stderr == ""
    said = json.loads(done.stdout)
    assert said["exit_code"] == done.returncode
    return done.returncode, {each["part"]: each for each in said["checks"]}


def not_well(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {part: each["state"] for part, each in found.items() if each["state"] in ("warning", "failed")}


async def well(world: World) -> Someone:
    """A school with somebody who can be reached, and a worker that has just been there."""
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    await world.write(start_recurring)
    await world.settle()
    return adviser


async def late(world: World, kind: str, **by: float) -> None:
    due = sa.update(WorkItem).where(sa.column("kind") == kind).values(due_at=clock.now() - dt.timedelta(**by))
    await world.write(lambda session: session.connection().execute(due))


async def test_each_thing_that_is_not_well_has_its_line_and_its_code(world: World) -> None:
    """From what is well to the gravest: each code gives way to that of what is worse. No line names anybody."""
    adviser = await well(world)
    code, found = checked(world)
    # The server of the tests writes through to no disk, and says so.
    at_first = {"database": "warning"} if world.db.dialect == "postgresql" else {}
    assert (code, not_well(found)) == (0, at_first), found
    assert " ".join(found) == PARTS
    assert checked(world, "--strict")[0] == (11 if at_first else 0)

    failing = sa.update(WebhookEndpoint).values(health=EndpointHealth.FAILING)
    await world.write(lambda session: session.connection().execute(failing))
    roster = await world.db.read(lambda session: session.exec(sa.select(Roster)).scalars().one())
    times = {"starts_at": clock.now(), "ends_at": clock.now() + dt.timedelta(hours=1), "found_at": clock.now()}
    gap = {"school_id": roster.school_id, "roster_id": roster.id, "cause": GapCause.UNFILLED, "state": GapState.OPEN}
    await world.write(lambda session: session.add(CoverageGap(**gap, **times)))
    dead = {"kind": "x", "subject": adviser.id, "payload": {}, "due_at": clock.now(), "dead": True}
    await world.write(lambda session: session.add(WorkItem(**dead)))
    code, found = checked(world)
    assert (code, not_well(found)) == (0, at_first | dict.fromkeys(("engine", "receivers", "gaps"), "warning"))
    assert found["receivers"]["figures"] == {"healthy": 0, "failing": 1, "disabled": 0, "schools_with_nobody": 1}
    assert found["gaps"]["figures"] == {"schools_now": 1, "schools_within_14_days": 1}
    assert checked(world, "--strict")[0] == 11

    await late(world, auditor.AUDIT, minutes=5)
    code, found = checked(world)
    assert (code, found["engine"]["state"]) == (9, "failed")
    assert "No worker has come for 5 minutes" in found["engine"]["text"]
    code, found = checked(world, "--before-start")
    assert (code, found["engine"]["state"]) == (0, "skipped")

    await world.report("said_thoughts_of_suicide")
    gone = sa.delete(WorkItem).where(sa.column("kind") == "paging.step_due")
    await world.write(lambda session: session.connection().execute(gone))
    code, found = checked(world)
    assert (code, found["auditor"]["state"], found["auditor"]["figures"]["lost"]) == (6, "failed", 1)

    code, found = checked(world, PEERLINE_MASTER_KEYS=master_keys("other"))
    assert (code, found["keys"]["state"]) == (2, "failed")
    version = sa.text("UPDATE alembic_version SET version_num = '0035'")
    await world.write(lambda session: session.connection().execute(version))
    code, found = checked(world)
    assert (code, found["migrations"]["state"], found["engine"]["state"]) == (3, "failed", "skipped")
    assert "Run: peerline migrate" in found["migrations"]["text"]
    said = json.dumps(found)
    assert not any(name in said for name in ("harbour", "Harbour", adviser.login, adviser.alias, world.receiver.origin))


async def test_an_auditor_whose_looks_fail_is_not_well(world: World) -> None:
    """A worker comes, and what it is to do is tried again later and later: nothing is late, and nobody looks."""
    await well(world)

    async def failed(times: int) -> None:
        waited = dt.timedelta(seconds=sum(queue.BACKOFF_SECONDS[:times]))
        looked = clock.now() - waited - dt.timedelta(seconds=auditor.AUDIT_SECONDS)
        due = looked + dt.timedelta(seconds=auditor.AUDIT_SECONDS) + waited + dt.timedelta(seconds=30)
        row = sa.update(WorkItem).where(sa.column("key") == auditor.AUDIT).values(due_at=due, attempts=times)
        await world.write(lambda session: session.connection().execute(row))

    await failed(3)
    assert checked(world)[0] == 0
    await failed(6)
    code, found = checked(world)
    assert (code, found["auditor"]["state"], found["engine"]["state"]) == (6, "failed", "ok")
    assert "has not looked for 21 minutes: each of its looks fails" in found["auditor"]["text"]
    assert found["auditor"]["figures"]["last_pass_seconds"] > 1200


async def test_a_look_of_a_time_to_come_is_none(world: World) -> None:
    """A host that was two hours ahead has gone: until a worker with a right clock comes, nobody is paged."""
    await well(world)
    await late(world, auditor.AUDIT, hours=-2)
    code, found = checked(world)
    assert (code, found["engine"]["state"]) == (9, "failed")
    assert "a clock was ahead" in found["engine"]["text"]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("table", "part"), [("data_keys", "keys"), ("escalations", "auditor")])
async def test_a_part_that_the_database_does_not_answer_for_says_nothing_of_itself(
    world: World, table: str, part: str
) -> None:
    """Nobody is sent for keys that are lost, or for an escalation, because a table is locked."""
    await well(world)
    with world.db.engine.connect() as other:
        other.exec_driver_sql(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
        code, found = await asyncio.to_thread(checked, world)
        other.rollback()
    assert (code, found[part]["state"]) == (4, "failed")
    assert "did not answer" in found[part]["text"]


@on_sqlite
async def test_pages_that_wait_and_work_that_waits_are_told_apart(world: World) -> None:
    await well(world)
    lanes = {running.URGENT: {auditor.AUDIT, "page"}, "other": {"rest"}}
    for kind, due in (("rest", 20), ("unheard_of", 20)):
        values = {"kind": kind, "subject": uuid.uuid4(), "payload": {}}
        row = WorkItem(**values, due_at=clock.now() - dt.timedelta(minutes=due))
        await world.write(lambda session, row=row: session.add(row))
    found = await engine(world, lanes)
    assert found.state == "warning"
    assert found.figures["other_late_minutes"] == found.figures["unknown_late_minutes"] == 20
    page = WorkItem(kind="page", subject=uuid.uuid4(), payload={}, due_at=clock.now() - dt.timedelta(minutes=3))
    await world.write(lambda session: session.add(page))
    found = await engine(world, lanes)
    assert (found.state, "oldest urgent work is 3 minutes late" in found.text) == ("failed", True)


async def engine(world: World, lanes: dict[str, set[str]]) -> Finding:
    return await world.db.read(
        lambda session: running.engine(session, lanes=lanes, recurring=RECURRING, now=clock.now())
    )


async def test_recurring_work_that_fails_and_fails_is_named(world: World) -> None:
    """It is never given up, so that nothing else says that gaps, say, are not looked for."""
    await well(world)
    lanes = {running.URGENT: {auditor.AUDIT}, "other": set(RECURRING)}
    row = sa.update(WorkItem).where(sa.column("key") == gaps.SWEEP)
    for failures, state in ((queue.FAILS - 1, "ok"), (queue.FAILS, "warning")):
        await world.write(lambda session, failures=failures: session.exec(row.values(attempts=failures)))
        found = await engine(world, lanes)
        assert (found.state, gaps.SWEEP in found.text) == (state, state == "warning"), found.text


@on_sqlite
async def test_a_disk_that_fills_is_told_before_it_is_full(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = collections.namedtuple("usage", "total used free")
    for free, state in ((2 << 30, "ok"), (500 << 20, "warning"), (10 << 20, "failed")):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage(1 << 40, 0, free))
        found = await world.db.read(lambda session: ground.database(session, world.settings))
        assert found.state == state


@on_sqlite
async def test_a_database_that_everybody_on_the_machine_can_read_is_told(world: World) -> None:
    file = Path(sa.engine.make_url(world.settings.database_url).database or "")
    for of_folder, of_file, state in ((0o755, 0o644, "warning"), (0o700, 0o644, "ok"), (0o755, 0o640, "ok")):
        file.parent.chmod(of_folder)
        file.chmod(of_file)
        found = await world.db.read(lambda session: ground.database(session, world.settings))
        assert (found.state, "can read the database" in found.text) == (state, state == "warning")


@on_sqlite
async def test_a_key_that_signs_nothing_and_a_pack_that_is_damaged(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.write(lambda session: session.connection().execute(sa.update(SigningKey).values(private_sealed=b"x")))
    found = await world.db.read(lambda session: ground.keys(session, settings=world.settings))
    assert (found.state, "signs sign-ins" in found.text) == ("failed", True)
    late = shipped.packs(today=dt.date(2199, 1, 1))
    assert (late.state, "entries of the shipped directory" in late.text) == ("warning", True)

    def damaged() -> None:
        raise PackError("no such sign", file="thresholds/common.yaml")

    monkeypatch.setattr(shipped, "load_thresholds", damaged)
    code, found_all = checked(world)
    assert (code, found_all["packs"]["state"]) == (2, "failed")
    assert "thresholds/common.yaml: no such sign" in found_all["packs"]["text"]


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_what_postgresql_does_not_write_through_fails_in_production(world: World) -> None:
    production = world.settings.model_copy(update={"environment": "production"})
    found = await world.db.read(lambda session: ground.database(session, production))
    assert (found.state, "PostgreSQL has fsync off" in found.text) == ("failed", True)
    assert found.figures["synchronous_commit"] == "on"


def test_where_there_is_nothing_it_makes_nothing(tmp_path: Path) -> None:
    """Called in another folder than the service's, or without its settings."""
    done = call_cli("check", data_dir=tmp_path / "data", env={"PEERLINE_MASTER_KEYS": ""})
    assert (done.returncode, "database" in done.stderr) == (4, True), done.stderr
    assert list(tmp_path.iterdir()) == []


def test_by_its_command_line_it_says_what_is_away_or_wrong(tmp_path: Path) -> None:
    """For cron: quiet, on standard error, without the address that it was given."""
    away = "postgresql://CANARY@127.0.0.1:1/d"
    done = run_cli("check", "--quiet", data_dir=tmp_path, database_url=away)
    assert (done.returncode, done.stdout) == (4, ""), done.stderr
    assert done.stderr.startswith("failed  database    The database cannot be used: ")
    assert (done.stderr.count("\n"), "CANARY" in done.stderr) == (1, False)
    done = call_cli("check", "--quiet", data_dir=tmp_path, env={"PEERLINE_PORT": "abc"})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("failed  settings    PEERLINE_PORT")
