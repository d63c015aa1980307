"""Processes that are killed with -9: nothing that was acknowledged is lost, and nothing is sent as two things."""

from __future__ import annotations

import random
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from deployment import Deployed, end_leases, pages_by_id, school_with_an_adviser
from sqlmodel import Session, col, select

from app.core import clock
from app.models import Escalation, WorkItem
from app.paging.deadlines import REPLY_DUE, STEP_DUE
from app.vocabulary import EscalationState
from app.webhooks.delivery import DELIVER_PAGE
from tests.support import processes
from tests.support.receiver import verified
from tests.support.server import Worker
from tests.support.world import Someone, World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


async def assert_every_open_escalation_has_a_next_step(world: World) -> None:
    def without(session: Session) -> list[Escalation]:
        timed = select(WorkItem.subject).where(col(WorkItem.kind).in_((STEP_DUE, REPLY_DUE)))
        live = (EscalationState.OPEN, EscalationState.ACKNOWLEDGED)
        statement = select(Escalation).where(col(Escalation.state).in_(live), col(Escalation.id).not_in(timed))
        return list(session.exec(statement))

    assert await world.db.read(without) == []


def assert_one_event_for_each_page(world: World, someone: Someone) -> set[str]:
    """Whatever was sent again was the same thing again. Gives the pages."""
    sent = pages_by_id(world, someone)
    page_ids = []
    for requests in sent.values():
        assert len({request.body for request in requests}) == 1
        page_ids.append(verified(requests[0], someone.secret or "")["data"]["page_id"])
    assert len(page_ids) == len(set(page_ids))
    return set(page_ids)


async def test_killed_right_after_the_201_the_page_goes_out_after_the_restart(world: World, tmp_path: Path) -> None:
    """W10. The API alone, so that nothing can have been sent before it died."""
    adviser = await school_with_an_adviser(world, tmp_path / "data")
    server = Deployed(world, tmp_path / "data", worker=False)
    server.start()
    try:
        made = server.report()
        server.kill9()
        assert made.status_code == 201
        assert world.receiver.requests(adviser.hook) == []
        server.arguments = ("serve",)
        server.start()
        [page] = world.receiver.wait_for(adviser.hook, timeout=20)
        assert verified(page, adviser.secret or "")["type"] == "page.requested"
        assert server.receipt_is_good(made.json()["receipt"])
        # No line of any log has the link that was sent, nor what was written.
        token = page.json()["data"]["ack_url"].split("/")[-1]
        assert token not in server.stdout_text()
        assert "train" not in server.stdout_text()
    finally:
        assert server.stop() == 0


@on_sqlite
async def test_killed_while_a_page_was_on_its_way_it_is_sent_again_as_the_same_event(
    world: World, tmp_path: Path
) -> None:
    adviser = await school_with_an_adviser(world, tmp_path / "data")
    world.receiver.behave(adviser.hook, {"delay": 3}, 200)
    with Deployed(world, tmp_path / "data") as server:
        assert server.report().status_code == 201
        world.receiver.wait_for(adviser.hook)
        server.kill9()
        await end_leases(world)
        server.start()
        world.receiver.wait_for(adviser.hook, 2, timeout=20)
        assert len(assert_one_event_for_each_page(world, adviser)) == 1
        await assert_every_open_escalation_has_a_next_step(world)


@on_postgresql
async def test_twenty_reports_while_workers_are_killed_again_and_again(world: World, tmp_path: Path) -> None:
    """Every report is paged; what is sent twice is the same event; no escalation is without a next step."""
    adviser = await school_with_an_adviser(world, tmp_path / "data")
    world.receiver.behave(adviser.hook, {"delay": 0.15})
    chance = random.Random(7)
    receipts = []
    with Deployed(world, tmp_path / "data", worker=False) as server:
        workers = [Worker(server), Worker(server)]
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(Worker.start, workers))
            try:
                restarts: dict[int, Future[None]] = {}
                for number in range(20):
                    made = server.report()
                    assert made.status_code == 201, made.text
                    receipts.append(made.json()["receipt"])
                    if number % 6 == 5:
                        # At some point of what a worker does: claiming, sending, recording.
                        time.sleep(chance.uniform(0, 0.2))
                        which = number // 6 % 2
                        if which in restarts:
                            restarts[which].result()
                        workers[which].kill9()
                        restarts[which] = threads.submit(workers[which].start)
                for restart in restarts.values():
                    restart.result()
                # What a dead worker held is taken over when its lease has run out; so is what the living hold, for
                # good measure: it is then sent by two.
                await end_leases(world)
                processes.wait_until(
                    lambda: len(pages_by_id(world, adviser)) == 20,
                    timeout=45,
                    interval=0.3,
                    what="every report is paged",
                )
            finally:
                statuses = list(threads.map(Worker.stop, workers))
        assert statuses == [0, 0]
        assert all(server.receipt_is_good(receipt) for receipt in receipts)
    assert len(assert_one_event_for_each_page(world, adviser)) == 20
    await assert_every_open_escalation_has_a_next_step(world)
    left = await world.db.read(lambda s: list(s.exec(select(WorkItem).where(col(WorkItem.dead).is_(True)))))
    assert left == []
    unsent = await world.db.read(
        lambda s: list(s.exec(select(WorkItem).where(WorkItem.kind == DELIVER_PAGE, WorkItem.due_at < clock.now())))
    )
    assert [item for item in unsent if item.fence == 0] == []
