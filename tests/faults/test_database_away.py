"""The database is gone, replaced, read-only, full, or not yet there: help is given, nothing is pretended (S6)."""

from __future__ import annotations

import os
import resource
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest
import sqlalchemy as sa
from deployment import (
    URGENT,
    Deployed,
    assert_helps_without_its_database,
    assert_refused_with_help,
    copy_sqlite,
    end_leases,
    pages_by_id,
    school_with_an_adviser,
    sqlite_file,
    wait_until_ready,
    with_sidecars,
)
from sqlalchemy import event
from sqlmodel import Session, select

from app import startup
from app.core.crypto import KeyRing
from app.core.db import Database, DatabaseUnavailable, require_writable
from app.kinds import RECURRING
from app.models import Report
from app.settings import Settings
from tests.support import processes
from tests.support import server as server_module
from tests.support.postgres import PostgresServer
from tests.support.receiver import Receiver
from tests.support.server import COMMAND, MASTER_KEYS
from tests.support.world import World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


@on_sqlite
async def test_a_deleted_file_is_noticed_and_one_put_in_its_place_counts_after_a_restart(
    world: World, tmp_path: Path
) -> None:
    """An open handle would go on writing into a file that is lost at exit."""
    await school_with_an_adviser(world, tmp_path / "data")
    file = sqlite_file(world)
    copy_sqlite(file, tmp_path / "backup")
    with Deployed(world, tmp_path / "data") as server:
        assert server.report().status_code == 201
        assert server.get("/readyz").status_code == 200
        for path in with_sidecars(file):
            path.unlink(missing_ok=True)
        assert_helps_without_its_database(server)
        assert server.get("/readyz").status_code == 503
        # It made no new file by itself, which would hide the loss.
        assert not file.exists()

        shutil.copy(tmp_path / "backup", file)
        assert_helps_without_its_database(server)
        server.restart()
        wait_until_ready(server)
        assert server.report().status_code == 201


@on_sqlite
@pytest.mark.skipif(os.geteuid() == 0 and shutil.which("setpriv") is None, reason="root without setpriv")
async def test_a_read_only_file_and_folder(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "data"
    await school_with_an_adviser(world, data)
    folder = tmp_path / "read-only"
    folder.mkdir()
    file = folder / "peerline.sqlite3"
    copy_sqlite(sqlite_file(world), file)
    if os.geteuid() == 0:
        # Root writes everywhere, unless it gives that up.
        given_up = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all"]
        monkeypatch.setattr(server_module, "COMMAND", [*given_up, *COMMAND])
    file.chmod(0o444)
    folder.chmod(0o555)
    data.chmod(0o555)
    (data / "help-now").chmod(0o555)
    try:
        with Deployed(world, data, PEERLINE_DATABASE_URL=f"sqlite:///{file}") as server:
            assert_helps_without_its_database(server)
    finally:
        for path in (folder, data, data / "help-now"):
            path.chmod(0o755)


@on_sqlite
@pytest.mark.skipif(shutil.which("prlimit") is None, reason="no prlimit here")
async def test_a_full_disk_loses_nothing_that_was_accepted_and_is_forgotten_when_there_is_room(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same process goes on, and its worker with it: what was accepted is paged, what was refused is not there."""
    adviser = await school_with_an_adviser(world, tmp_path / "data")
    largest = max(path.stat().st_size for path in with_sidecars(sqlite_file(world)) if path.exists())
    monkeypatch.setattr(server_module, "COMMAND", ["prlimit", f"--fsize={largest + 150_000}:", *COMMAND])
    accepted, refused = [], []
    with Deployed(world, tmp_path / "data") as server:
        for _ in range(60):
            made = server.report()
            if made.status_code == 201:
                accepted.append(made.json()["receipt"])
            else:
                refused.append(made)
            if len(refused) == 3:
                break
        for answer in refused:
            assert_refused_with_help(answer)
        assert accepted
        assert refused
        assert_helps_without_its_database(server)
        # Through another process, which has room.
        for receipt in accepted:
            await world.reporter(receipt)

        assert server.process is not None
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        wait_until_ready(server)
        made = server.report()
        assert made.status_code == 201
        accepted.append(made.json()["receipt"])
        assert all(server.receipt_is_good(receipt) for receipt in accepted)
        # The work that a full disk let nobody finish is taken up again when its lease has run out.
        await end_leases(world)
        world.receiver.wait_for(adviser.hook or "", len(accepted), timeout=20)
        processes.wait_until(
            lambda: len(pages_by_id(world, adviser)) == len(accepted), timeout=20, what="every report is paged"
        )
    assert len(await world.db.read(lambda session: session.exec(select(Report.id)).all())) == len(accepted)


@on_postgresql
@pytest.mark.parametrize("sqlstate", ["25006", "53100", "57P03"])
async def test_a_server_that_refuses_to_write(world: World, tmp_path: Path, sqlstate: str) -> None:
    """Read-only after a failover, its disk full, or going down."""
    await school_with_an_adviser(world, tmp_path / "data")

    def refuse(session: Session) -> None:
        session.connection().exec_driver_sql(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{sqlstate}'; END $$"
        )
        session.connection().exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE INSERT ON reports FOR EACH ROW EXECUTE FUNCTION refuse()"
        )

    await world.write(refuse)
    assert_refused_with_help(await world.report("said_thoughts_of_suicide"))
    helped = await world.http.get("/v1/schools/harbour/help-now")
    assert helped.status_code == 200


@on_postgresql
async def test_a_connection_that_is_lost_while_committing_is_not_answered_as_nothing_stored(
    world: World, tmp_path: Path
) -> None:
    await school_with_an_adviser(world, tmp_path / "data")

    def end_at_commit(session: Session) -> None:
        session.connection().exec_driver_sql(
            "CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
        )
        session.connection().exec_driver_sql(
            "CREATE CONSTRAINT TRIGGER lose AFTER INSERT ON reports DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION lose()"
        )

    await world.write(end_at_commit)
    refused = await world.report("said_thoughts_of_suicide")
    assert_refused_with_help(refused)
    assert "cannot tell whether" in refused.json()["detail"]
    assert "Nothing was stored" not in refused.text


@on_postgresql
async def test_what_was_stored_although_its_answer_was_lost_counts_once(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await school_with_an_adviser(world, tmp_path / "data")
    key = world.once()

    def commit_and_lose(connection: psycopg.Connection) -> None:
        connection.execute("COMMIT")
        connection.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patched:
        patched.setattr(psycopg.Connection, "commit", commit_and_lose)
        refused = await world.http.post("/v1/schools/harbour/reports", json=URGENT, headers=key)
    assert_refused_with_help(refused)
    assert "same Idempotency-Key" in refused.json()["detail"]
    again = await world.http.post("/v1/schools/harbour/reports", json=URGENT, headers=key)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    assert len(await world.db.read(lambda session: session.exec(select(Report.id)).all())) == 1


async def test_a_database_that_can_only_be_read_is_not_ready(world: World, tmp_path: Path) -> None:
    """A file that cannot be written, a standby: S6, and `peerline check` says it, too."""
    await school_with_an_adviser(world, tmp_path / "data")
    assert (await world.http.get("/readyz")).status_code == 200
    read_only = {"sqlite": "PRAGMA query_only=ON", "postgresql": "SET TRANSACTION READ ONLY"}[world.db.dialect]

    @event.listens_for(world.db.engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql(read_only)

    assert_refused_with_help(await world.http.get("/readyz"))
    assert_refused_with_help(await world.report("said_thoughts_of_suicide"))
    assert (await world.http.get("/healthz")).status_code == 200
    with pytest.raises(DatabaseUnavailable):
        startup.require_ready(world.settings, world.db)


def test_being_ready_is_asked_without_writing(migrated_sqlite: Path, tmp_path: Path) -> None:
    for sidecar in with_sidecars(migrated_sqlite):
        if sidecar.exists():
            shutil.copy(sidecar, tmp_path)
    db = Database(f"sqlite:///{tmp_path / migrated_sqlite.name}")
    sizes = []
    for _ in range(3):
        db.write_now(require_writable)
        sizes.append([path.stat().st_size for path in with_sidecars(tmp_path / migrated_sqlite.name)])
    db.close()
    assert sizes[0] == sizes[1] == sizes[2]
    assert sizes[0][1] == 0


@on_sqlite
async def test_a_damaged_file(world: World, tmp_path: Path) -> None:
    await school_with_an_adviser(world, tmp_path / "data")
    world.db.engine.dispose()
    for path in with_sidecars(sqlite_file(world)):
        if path.exists():
            with path.open("r+b") as file:
                file.write(b"not a database" * (path.stat().st_size // 14))
    assert_refused_with_help(await world.report("said_thoughts_of_suicide"))
    assert_refused_with_help(await world.http.get("/readyz"))
    assert (await world.http.get("/v1/schools/harbour/help-now")).status_code == 200


@pytest.fixture(scope="module")
def own_postgres() -> Iterator[PostgresServer]:
    """A server that these tests may stop."""
    with PostgresServer() as server:
        url = server.create_database("peerline")
        startup.migrate(Settings(database_url=url, master_keys=MASTER_KEYS), KeyRing.parse(MASTER_KEYS))
        yield server


async def test_started_while_postgresql_is_down_it_helps_and_recovers_when_it_is_back(
    own_postgres: PostgresServer, receiver: Receiver, tmp_path: Path
) -> None:
    settings = Settings(
        data_dir=tmp_path,
        database_url=own_postgres.create_database("away", template="peerline"),
        master_keys=MASTER_KEYS,
        webhook_allowed_origins=receiver.origin,
    )
    async with World.open(settings, receiver) as world:
        adviser = await school_with_an_adviser(world, tmp_path / "data")
    own_postgres.halt()
    try:
        with Deployed(world, tmp_path / "data") as server:
            assert_helps_without_its_database(server)
            assert server.get("/readyz").status_code == 503
            own_postgres.start()
            wait_until_ready(server)
            assert server.report().status_code == 201
            assert len(receiver.wait_for(adviser.hook or "", timeout=20)) == 1

            # And when it goes away while the service runs.
            own_postgres.halt()
            assert_helps_without_its_database(server)
            own_postgres.start()
            wait_until_ready(server)
            assert server.report().status_code == 201
            assert len(receiver.wait_for(adviser.hook or "", 2, timeout=20)) == 2
    finally:
        own_postgres.halt()
        own_postgres.start()


async def test_a_crash_of_postgresql_while_reports_are_being_posted_loses_none_and_doubles_none(
    own_postgres: PostgresServer, receiver: Receiver, tmp_path: Path
) -> None:
    """Its clients do as they are told: again, with the same key, until there is a receipt."""
    url = own_postgres.create_database("crashing", template="peerline")
    settings = Settings(
        data_dir=tmp_path, database_url=url, master_keys=MASTER_KEYS, webhook_allowed_origins=receiver.origin
    )
    receipts: list[str] = []

    def post(server: Deployed, number: int) -> None:
        for _ in range(number):
            key = World.once()
            processes.wait_until(lambda key=key: accepted(server, key), timeout=20, interval=0.05, what="a receipt")

    def accepted(server: Deployed, key: dict[str, str]) -> bool:
        made = httpx.post(f"{server.base_url}/v1/schools/harbour/reports", json=URGENT, headers=key, timeout=20)
        if made.status_code != 201:
            assert_refused_with_help(made)
            return False
        receipts.append(made.json()["receipt"])
        return True

    async with World.open(settings, receiver) as world:
        adviser = await school_with_an_adviser(world, tmp_path / "data")
        with Deployed(world, tmp_path / "data") as server, ThreadPoolExecutor(4) as clients:
            posting = [clients.submit(post, server, 4) for _ in range(4)]
            processes.wait_until(lambda: len(receipts) >= 5, timeout=20, what="reports are accepted")
            own_postgres.halt()
            own_postgres.start()
            for each in posting:
                each.result()
            assert len(set(receipts)) == 16
            assert all(server.receipt_is_good(receipt) for receipt in receipts)
            # A delivery whose outcome could not be written down is sent again when its lease has run out.
            await end_leases(world)
            processes.wait_until(lambda: len(pages_by_id(world, adviser)) == 16, timeout=30, what="all are paged")
            assert len(await world.db.read(lambda session: session.exec(select(Report.id)).all())) == 16


async def test_a_database_that_comes_back_without_its_tables_is_waited_for(
    own_postgres: PostgresServer, receiver: Receiver, tmp_path: Path
) -> None:
    """As when one is restored, or set up, after the service: it must not need a restart then."""
    server = server_module.Server(
        tmp_path / "data",
        database_url=own_postgres.create_database("bare"),
        env={"PEERLINE_WEBHOOK_ALLOWED_ORIGINS": receiver.origin},
    )
    server.output.write_text("")  # nothing migrates it before it starts
    own_postgres.halt()
    try:
        with server:
            own_postgres.start()
            server.wait_for_output("Run: peerline migrate", timeout=20)
            assert httpx.get(f"{server.base_url}/readyz", timeout=20).status_code == 503
            assert_refused_with_help(
                httpx.post(f"{server.base_url}/v1/schools/harbour/reports", json=URGENT, timeout=20)
            )
            server.migrate()
            wait_until_ready(server)
            with psycopg.connect(own_postgres.url_for("bare"), autocommit=True) as database:
                processes.wait_until(
                    lambda: (
                        database.execute(
                            "SELECT count(*) FROM work_items WHERE due_at > now() AND lease_until IS NULL"
                        ).fetchone()
                        == (len(RECURRING),)
                    ),
                    # Less than a lease: nothing was tried on half of the tables.
                    timeout=15,
                    what="recurring work has begun and been done",
                )
    finally:
        own_postgres.halt()
        own_postgres.start()


async def test_told_to_end_while_postgresql_is_down_it_ends(
    own_postgres: PostgresServer, receiver: Receiver, tmp_path: Path
) -> None:
    own_postgres.halt()
    try:
        server = server_module.Server(tmp_path / "data", database_url=own_postgres.url_for("peerline"))
        server.output.write_text("")  # it is migrated
        server.start()
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 10
    finally:
        own_postgres.start()
