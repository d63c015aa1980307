"""A worker that ends while the service runs is missed, said, and replaced: it is everybody's pager."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest
from sqlmodel import Session, col, select

from app import worker as workers
from app.main import create_app
from app.models import WorkItem
from app.vocabulary import Role
from app.work.engine import Engine
from tests.support.world import World

SOON = 10.0


@contextlib.asynccontextmanager
async def serving(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The service with its worker in this process."""
    app = create_app(world.settings, world.db, with_worker=True)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://peerline.test") as http,
    ):
        yield http


async def until_ready(http: httpx.AsyncClient, status: int) -> httpx.Response:
    async with asyncio.timeout(SOON):
        while (answer := await http.get("/readyz")).status_code != status:
            await asyncio.sleep(0.01)
    return answer


@pytest.mark.parametrize("failure", [RuntimeError("CANARY"), asyncio.CancelledError()], ids=["fails", "is cancelled"])
async def test_a_worker_that_ends_is_said_and_replaced_and_the_service_is_not_ready_meanwhile(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failure: BaseException,
) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.on_call(adviser)
    monkeypatch.setattr(workers, "RETRY_SECONDS", 0.3)
    run, end, of_the_first = Engine.run, asyncio.Event(), [1, 2]

    async def run_until_told(engine: Engine) -> None:
        if not of_the_first:
            await run(engine)
            return
        of_the_first.pop()
        await end.wait()
        raise failure

    monkeypatch.setattr(Engine, "run", run_until_told)
    async with serving(world) as http:
        await until_ready(http, 200)
        end.set()
        refused = await until_ready(http, 503)
        assert "worker" in refused.json()["detail"]
        await until_ready(http, 200)
        assert (await world.report("said_thoughts_of_suicide")).status_code == 201
        assert await asyncio.to_thread(world.receiver.wait_for, adviser.hook, 1)
    told = capsys.readouterr().out
    assert "work.worker_ended" in told
    assert "CANARY" not in told


async def test_when_one_lane_ends_the_other_does_not_go_on_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = workers.Worker(world.db, world.settings)

    async def fail() -> None:
        raise RuntimeError

    monkeypatch.setattr(worker.lanes[0], "run", fail)
    with pytest.raises(RuntimeError):
        await asyncio.wait_for(worker.run(), SOON)
    assert not worker.working


async def test_told_to_stop_before_its_worker_began_it_stops(world: World) -> None:
    watch = workers.Watch(lambda: workers.Worker(world.db, world.settings))
    watching = asyncio.create_task(watch.run())
    await asyncio.sleep(0)
    watch.stop()
    await asyncio.wait_for(watching, SOON)


async def test_recurring_work_begins_whatever_its_first_tries_failed_with(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, failures = workers.start_recurring, 3

    def fail_at_first(session: Session) -> None:
        nonlocal failures
        if failures:
            failures -= 1
            raise RuntimeError
        start(session)

    monkeypatch.setattr(workers, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(workers, "start_recurring", fail_at_first)
    keys = select(WorkItem.key).where(col(WorkItem.key).in_(workers.RECURRING))
    async with serving(world), asyncio.timeout(SOON):
        while len(await world.db.read(lambda session: session.exec(keys).all())) < len(workers.RECURRING):
            await asyncio.sleep(0.02)


async def test_a_service_without_a_worker_of_its_own_is_ready(world: World) -> None:
    assert (await world.http.get("/readyz")).status_code == 200
