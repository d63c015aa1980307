"""A copy of a service that is at work, put in an empty place, goes on where the service stood."""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest
from sqlmodel import Session, col, func, select

from app.models import AuditEntry, Report, SignIn
from app.vocabulary import Role
from tests.support import processes
from tests.support.postgres import PostgresServer, find_binaries
from tests.support.server import begin, call_cli, environment, master_keys
from tests.support.world import Someone, World

URGENT = "said_thoughts_of_suicide"
CANARY = "heron-on-the-quay"
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """pg_dump and pg_restore of the very server that the tests run: they are in each of its installations."""
    monkeypatch.setenv("PATH", f"{find_binaries()}{os.pathsep}{os.environ['PATH']}")


def peerline(world: World, *command: str, **env: str) -> subprocess.CompletedProcess[str]:
    url = env.pop("url", world.settings.database_url)
    return call_cli(*command, data_dir=world.settings.data_dir, database_url=url, env=env)


def done(run: subprocess.CompletedProcess[str]) -> str:
    assert run.returncode == 0, run.stderr
    return run.stdout + run.stderr


@pytest.fixture
def empty_place(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[str]:
    """The address of a database that is not there yet, or has nothing in it."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'restored' / 'peerline.sqlite3'}"
        return
    server: PostgresServer = request.getfixturevalue("migrated_postgres")
    name = f"r{abs(hash(request.node.nodeid)):x}"
    yield server.create_database(name)
    server.drop_database(name)


def told(world: World, someone: Someone) -> list[str]:
    """The pages that somebody was sent, by `webhook-id`."""
    requests = world.receiver.requests(someone.hook)
    return [each.headers["webhook-id"] for each in requests if each.json()["type"] == "page.requested"]


async def test_an_escalation_that_was_half_run_is_finished_from_the_backup(
    world: World, empty_place: str, tmp_path: Path
) -> None:
    await world.school()
    primary, coordinator = (
        await world.person(Role.ADVISER, paged=True),
        await world.person(Role.COORDINATOR, paged=True),
    )
    await world.on_call(primary)
    receipt = (await world.report(URGENT, narrative=CANARY)).json()["receipt"]
    await world.settle()
    assert len(told(world, primary)) == 1

    target = tmp_path / "copies" / "night.backup"
    target.parent.mkdir()
    said = done(peerline(world, "backup", str(target)))
    assert "sealed with the master key test, which is not in it" in said
    assert target.stat().st_mode & 0o777 == 0o600
    assert os.listdir(target.parent) == ["night.backup"]
    for secret in (CANARY, primary.login, primary.alias, receipt, "audit_entries", "SQLite format"):
        assert secret.encode() not in target.read_bytes()
    assert "is whole" in done(peerline(world, "verify-backup", str(target)))
    refused = peerline(world, "restore", str(target))
    assert (refused.returncode, refused.stdout) == (8, "")

    # It is answered after the backup; of that the restored one knows nothing.
    page = world.receiver.requests(primary.hook)[-1].json()["data"]
    assert (await world.http.post(f"/v1/pages/{page['page_id']}/ack", headers=primary.headers)).status_code == 200
    assert "Do not start one for a rehearsal" in done(peerline(world, "restore", str(target), url=empty_place))
    assert "The audit log is whole" in done(peerline(world, "audit", "verify", url=empty_place))

    url = empty_place.replace("postgresql://", "postgresql+psycopg://", 1)
    restored = world.settings.model_construct(**world.settings.model_dump() | {"database_url": url})
    async with World.open(restored, world.receiver) as again:
        again.time.advance(minutes=20)
        await again.settle()
        assert len(told(again, primary)) >= 1
        assert len(told(again, coordinator)) >= 1, "the next level was not asked"
        # Nobody's sign-in of before opens anything, and the log says why.
        assert (await again.http.get("/v1/me/pages", headers=coordinator.headers)).status_code == 401

        def look(session: Session) -> tuple[int, int]:
            live = select(func.count()).select_from(SignIn).where(col(SignIn.revoked_at).is_(None))
            entries = select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "deployment.restored")
            return session.exec(live).one(), session.exec(entries).one()

        assert await again.db.read(look) == (0, 1)
        received = [each.json() for each in world.receiver.requests(coordinator.hook)]
        [link] = [each["data"]["ack_url"] for each in received if each["type"] == "page.requested"]
        taken = await again.http.post(link.replace(restored.base_url, ""))
        assert taken.status_code == 200, taken.text
        mine = await again.http.get("/v1/me/report", headers=await again.reporter(receipt))
        assert mine.status_code == 200, mine.text


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
async def test_a_password_of_any_letters_reaches_the_tools_and_no_log(
    world: World, empty_place: str, tmp_path: Path
) -> None:
    """The service itself connects with it, whatever libpq would make of it in an address."""
    words = " two words + 100% / "
    target = tmp_path / "b.backup"
    for command in (["backup", str(target)], ["restore", str(target)]):
        url = world.settings.database_url if command[0] == "backup" else empty_place
        run = peerline(world, *command, url=url, PEERLINE_DATABASE_PASSWORD=words)
        assert "two words" not in run.stdout + run.stderr
        done(run)


@on_sqlite
async def test_a_backup_has_every_report_that_was_answered_before_it_began(
    world: World, empty_place: str, tmp_path: Path
) -> None:
    await world.school()
    receipts = [(await world.report(narrative=CANARY)).json()["receipt"] for _ in range(5)]
    before = len(receipts)
    target = tmp_path / "b.backup"
    making = asyncio.create_task(asyncio.to_thread(peerline, world, "backup", str(target)))
    while not making.done():
        made = await world.report(narrative=CANARY)
        assert made.status_code == 201, made.text
        receipts.append(made.json()["receipt"])
    done(await making)
    assert len(receipts) > before, "nobody wrote meanwhile"
    done(peerline(world, "restore", str(target), url=empty_place))
    restored = world.settings.model_construct(**world.settings.model_dump() | {"database_url": empty_place})
    async with World.open(restored, world.receiver) as again:
        for receipt in receipts[:before]:
            mine = await again.http.get("/v1/me/report", headers=await again.reporter(receipt))
            assert mine.status_code == 200, mine.text
        kept = await again.db.read(lambda session: session.exec(select(func.count()).select_from(Report)).one())
    assert before <= kept <= len(receipts)


@on_sqlite
async def test_what_cannot_be_used_is_refused_and_nothing_is_put_in_place(
    world: World, empty_place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, place = tmp_path / "b.backup", tmp_path / "restored"
    done(peerline(world, "backup", str(target), "--quick"))
    whole = target.read_bytes()

    def refuses(*command: str, **env: str) -> str:
        run = peerline(world, *command, **env)
        assert (run.returncode, run.stdout) == (8, ""), run.stderr
        assert "Traceback" not in run.stderr
        assert not place.exists() or os.listdir(place) == []
        return run.stderr

    assert "is there already. Nothing was overwritten" in refuses("backup", str(target))
    assert target.read_bytes() == whole
    damaged = tmp_path / "damaged.backup"
    for content in (whole[:-1], whole[: len(whole) // 2], whole[:-20] + b"x" + whole[-19:]):
        damaged.write_bytes(content)
        assert "is damaged, or a part of it is missing" in refuses("restore", str(damaged), url=empty_place)
        assert "is damaged, or a part of it is missing" in refuses("verify-backup", str(damaged))
    damaged.write_bytes(b"x" * 1000)
    assert "is not a backup of Peerline" in refuses("restore", str(damaged), url=empty_place)
    other = {"PEERLINE_MASTER_KEYS": master_keys("another")}
    assert "needs the master key 'test'" in refuses("restore", str(target), url=empty_place, **other)
    world.time.advance(days=36)
    assert "longer than PEERLINE_BACKUP_DAYS ago" in refuses("restore", str(target), url=empty_place)

    def full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    before = set(os.listdir(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr("app.backup.files.os.fsync", full)
        assert "No space left on device" in refuses("restore", str(target), "--older", url=empty_place)
        assert "No space left on device" in refuses("backup", str(tmp_path / "second.backup"))
        patch.setattr("app.backup.private_copy.os.pwrite", full)
        assert "No space left on device" in refuses("verify-backup", str(target))
        assert "No space left on device" in refuses("backup", str(tmp_path / "second.backup"))
    assert set(os.listdir(tmp_path)) - {"restored"} == before - {"restored"}
    done(peerline(world, "restore", str(target), "--older", url=empty_place))
    assert os.listdir(place) == ["peerline.sqlite3"]


@on_sqlite
async def test_killed_in_the_middle_it_leaves_no_copy_in_the_clear(world: World) -> None:
    """Its reader stands still, so that it is known to be in the middle when it is killed."""
    await world.school()
    folder = world.settings.data_dir
    before = set(os.listdir(folder))
    env = environment(data_dir=folder, database_url=world.settings.database_url)
    reading, writing = os.pipe()
    with open(os.devnull, "r+b") as nothing, open(reading, "rb") as slow:
        process = begin("backup", "-", env=env, files=(nothing.fileno(), writing, nothing.fileno()))
        processes.keep(process)
        os.close(writing)
        assert slow.read(16) == b"peerline backup\n"
        assert set(os.listdir(folder)) - before <= {"peerline.sqlite3-wal", "peerline.sqlite3-shm"}
        process.kill()
        process.wait(10)
    assert set(os.listdir(folder)) - before <= {"peerline.sqlite3-wal", "peerline.sqlite3-shm"}
    assert (await world.report()).status_code == 201
