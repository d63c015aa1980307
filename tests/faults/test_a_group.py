"""Several processes behind one socket: one that dies is replaced, all can be replaced, and nobody is refused."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import httpx
import pytest
from deployment import URGENT, Deployed, pages_by_id, school_with_an_adviser
from sqlmodel import col, select

from app.models import WorkItem
from tests.support import processes
from tests.support.server import run_cli
from tests.support.world import World

on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def children_of(server: Deployed) -> list[int]:
    assert server.process is not None
    found = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    return [int(pid) for pid in found]


def threads_of(server: Deployed) -> int:
    assert server.process is not None
    return len(list(Path(f"/proc/{server.process.pid}/task").iterdir()))


class Reporters:
    """Urgent reports without a pause, on a connection that is kept and on new ones in turn. Whatever fails is kept."""

    def __init__(self, server: Deployed) -> None:
        self._url = f"{server.base_url}/v1/schools/harbour/reports"
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._report)
        self.receipts: list[str] = []
        self.failures: list[str] = []

    def __enter__(self) -> Reporters:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _report(self) -> None:
        with httpx.Client(timeout=20) as kept:
            while not self._end.wait(0.02):
                post = kept.post if len(self.receipts) % 2 else httpx.post
                try:
                    made = post(self._url, json=URGENT)
                except httpx.HTTPError as exc:
                    self.failures.append(type(exc).__name__)
                    continue
                if made.status_code == 201:
                    self.receipts.append(made.json()["receipt"])
                else:
                    self.failures.append(str(made.status_code))


@on_postgresql
async def test_processes_die_are_replaced_and_end_and_no_report_and_no_page_is_lost(
    world: World, tmp_path: Path
) -> None:
    adviser = await school_with_an_adviser(world, tmp_path / "data")
    server = Deployed(world, tmp_path / "data")
    server.arguments = ("serve", "--processes", "2", "--workers", "2")
    server.start()
    server.wait_for_output("serving.ready")
    first = children_of(server)
    assert len(first) == 4
    assert threads_of(server) == 1, "who forks has no other thread: a lock that it held would stay locked in the child"

    with Reporters(server) as reporters:
        # All of them, one after the other, while reports come.
        os.kill(server.process.pid, signal.SIGHUP)  # type: ignore[union-attr]  # it runs
        server.wait_for_output("serving.replaced", timeout=30)
    assert reporters.failures == []
    assert reporters.receipts
    processes.wait_until(lambda: not set(first) & set(children_of(server)), timeout=20, what="the old ones have ended")

    # An API that crashes refuses nobody: the other one is behind the same socket.
    second = children_of(server)
    os.kill(second[0], signal.SIGKILL)
    assert server.report().status_code == 201
    processes.wait_until(lambda: len(children_of(server)) == 4, timeout=20, what="another one was made")
    count = len(reporters.receipts) + 1
    assert server.stop() == 0
    # Whatever was not sent is nobody's, and is not counted as tried; what is sent is each page once.
    left = await world.db.read(lambda s: list(s.exec(select(WorkItem).where(col(WorkItem.lease_until).is_not(None)))))
    assert left == []
    await world.settle()
    sent = pages_by_id(world, adviser)
    assert len(sent) == count
    assert [len(requests) for requests in sent.values()] == [1] * count
    # No line tells of anything but processes.
    assert "train" not in server.stdout_text()

    # The one that made them is killed: nobody is left who would serve for ever, on settings that nobody can change.
    server.start()
    orphans = children_of(server)
    server.kill9()
    processes.wait_until(
        lambda: not any(Path(f"/proc/{pid}").exists() for pid in orphans), timeout=20, what="the orphans have ended"
    )


@on_sqlite
async def test_told_to_end_it_says_so_and_answers_each_connection_once_more(world: World, tmp_path: Path) -> None:
    await school_with_an_adviser(world, tmp_path / "data")
    server = Deployed(world, tmp_path / "data", PEERLINE_DRAIN_SECONDS="3")
    server.start()
    assert server.process is not None
    with httpx.Client(base_url=server.base_url, timeout=20) as kept:
        assert kept.get("/readyz").status_code == 200
        server.process.send_signal(signal.SIGTERM)
        processes.wait_until(
            lambda: server.get("/readyz").status_code == 503, timeout=3, interval=0.05, what="it is not ready"
        )
        last = kept.post("/v1/schools/harbour/reports", json=URGENT)
        assert (last.status_code, last.headers["connection"]) == (201, "close")
    assert server.process.wait(20) == 0
    with pytest.raises(httpx.ConnectError):
        server.get("/healthz")


def test_several_processes_are_refused_on_a_file_with_one_writer() -> None:
    for several in (["--processes", "2"], ["--workers", "1"]):
        done = run_cli("serve", *several)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert "PEERLINE_DATABASE_URL" in done.stderr
