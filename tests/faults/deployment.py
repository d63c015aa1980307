"""A school on a real deployment: processes that serve it, and what it looks like from outside."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from app.core import clock
from app.models import WorkItem
from app.schools.policies import standard_policy
from app.vocabulary import Role, RosterLine
from tests.support import processes
from tests.support.receiver import Received
from tests.support.server import Server
from tests.support.world import Someone, World

URGENT = {"signs": ["said_thoughts_of_suicide"], "narrative": "He told me on the train home."}


class Deployed(Server):
    """`peerline serve` on the database of a world, which is migrated and has a school."""

    def __init__(self, world: World, data_dir: Path, *, worker: bool = True, **env: str) -> None:
        settings = {
            "PEERLINE_MASTER_KEYS": world.settings.master_keys,
            "PEERLINE_WEBHOOK_ALLOWED_ORIGINS": world.receiver.origin,
        }
        super().__init__(data_dir, worker=worker, database_url=world.settings.database_url, env=settings | env)

    def migrate(self) -> None:
        """It is."""

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.base_url + path, timeout=20)

    def report(self, body: dict[str, Any] = URGENT, *, school: str = "harbour") -> httpx.Response:
        return httpx.post(f"{self.base_url}/v1/schools/{school}/reports", json=body, timeout=20)

    def receipt_is_good(self, receipt: str) -> bool:
        opened = httpx.post(f"{self.base_url}/v1/receipts/session", json={"receipt": receipt}, timeout=20)
        return opened.status_code == 200


async def school_with_an_adviser(world: World, data_dir: Path) -> Someone:
    """On call, with a working endpoint. The school's help is in `data_dir`, as a run before has left it there."""
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    # Each page by itself, however many come at once: what is counted here is every one of them.
    each = standard_policy(RosterLine.CLINICAL_ADVICE).model_copy(update={"told_alone_a_minute": 1000})
    await world.policy(each)
    await world.app.state.runtime.load_help()
    kept = world.settings.data_dir / "help-now"
    (data_dir / "help-now").mkdir(parents=True)
    for path in kept.iterdir():
        (data_dir / "help-now" / path.name).write_bytes(path.read_bytes())
    return adviser


async def end_leases(world: World) -> None:
    """As if the lease of whoever died had run out."""
    await world.write(lambda session: session.exec(sa.update(WorkItem).values(lease_until=clock.now())))


def pages_by_id(world: World, someone: Someone) -> dict[str, list[Received]]:
    """The deliveries of pages at someone's endpoint, by `webhook-id`."""
    found: dict[str, list[Received]] = {}
    for request in world.receiver.requests(someone.hook):
        if request.json()["type"] == "page.requested":
            found.setdefault(request.headers["webhook-id"], []).append(request)
    return found


def assert_refused_with_help(answer: httpx.Response) -> None:
    """503, nothing stored, and whom to turn to meanwhile."""
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (503, "unavailable")
    assert "000" in {entry["phone_dial"] for entry in problem["help"]}
    assert int(answer.headers["retry-after"]) > 0


def assert_helps_without_its_database(server: Deployed) -> None:
    """What must hold whatever has become of the database."""
    assert server.get("/healthz").status_code == 200
    helped = server.get("/v1/schools/harbour/help-now")
    assert helped.status_code == 200
    assert helped.json()["school"] == "harbour"
    assert helped.json()["emergency"][0]["phone_dial"] == "000"
    assert_refused_with_help(server.report())


def wait_until_ready(server: Server, *, timeout: float = 20.0) -> None:
    processes.wait_until(
        lambda: httpx.get(f"{server.base_url}/readyz", timeout=20).status_code == 200,
        timeout=timeout,
        interval=0.1,
        what="the service is ready",
    )


def sqlite_file(world: World) -> Path:
    return Path(world.settings.database_url.removeprefix("sqlite:///"))


def copy_sqlite(source: Path, target: Path) -> None:
    """A whole copy, with what is still in the write-ahead log."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def with_sidecars(path: Path) -> list[Path]:
    return [path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")]
