"""Every deadline is a row: old ones change nothing, lost ones are found and mended (design, 4)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select
from story import ack, kinds, later, pages, reply, team, the_escalation, urgent, work

from app.core import clock
from app.models import Escalation, WorkItem
from app.paging import auditor, late_timers
from app.paging.deadlines import DELIVERY_DUE, REPLY_DUE, STEP_DUE
from app.vocabulary import EscalationState
from app.webhooks import delivery
from app.work import queue, skew
from app.worker import NOTHING, start_recurring
from tests.support.world import World

OUT_OF_TIME = {"minutes": 10, "seconds": 1}


async def set_old_timer(world: World, kind: str, fence: int) -> None:
    """A timer of an earlier step, due now."""
    escalation = await the_escalation(world)
    now = clock.now()
    await world.write(
        lambda session: queue.enqueue(session, kind, escalation.id, due_at=now, now=now, payload={"fence": fence})
    )


async def remove_timers(world: World) -> None:
    await world.write(
        lambda session: session.exec(sa.delete(WorkItem).where(WorkItem.kind.in_((STEP_DUE, REPLY_DUE, DELIVERY_DUE))))
    )


async def audit(world: World) -> None:
    await world.write(lambda session: auditor.start_audit(session, now=clock.now()))
    await world.settle()


async def test_an_open_escalation_always_has_a_next_step_due(world: World) -> None:
    people = await team(world)
    await urgent(world)
    for number in range(3):
        escalation = await the_escalation(world)
        timed = [item for item in await work(world, STEP_DUE) if item.payload["fence"] == escalation.fence]
        assert [item.due_at for item in timed] == [escalation.next_due_at]
        if number < 2:
            await later(world, **OUT_OF_TIME)
    await ack(world, people.coordinator)
    escalation = await the_escalation(world)
    [timed] = await work(world, REPLY_DUE)
    assert (timed.due_at, timed.payload["fence"]) == (escalation.next_due_at, escalation.fence)


async def test_a_timer_of_an_earlier_step_changes_nothing(world: World) -> None:
    people = await team(world)
    await urgent(world)
    old = (await the_escalation(world)).fence
    await later(world, **OUT_OF_TIME)
    before = await the_escalation(world)
    assert before.fence > old
    for kind in (STEP_DUE, REPLY_DUE, DELIVERY_DUE):
        await set_old_timer(world, kind, old)
    assert await world.settle() == 3
    assert await the_escalation(world) == before
    assert pages(world, people.coordinator) == []


async def test_a_timer_of_the_step_that_somebody_acknowledged_changes_nothing(world: World) -> None:
    people = await team(world)
    await urgent(world)
    old = (await the_escalation(world)).fence
    await ack(world, people.primary)
    before = await the_escalation(world)
    for kind in (STEP_DUE, REPLY_DUE, DELIVERY_DUE):
        await set_old_timer(world, kind, old)
    await world.settle()
    assert await the_escalation(world) == before
    assert kinds(world, people.backup) == []


async def test_a_timer_of_what_is_over_changes_nothing(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await reply(world, people.primary)
    before = await the_escalation(world)
    for kind in (STEP_DUE, REPLY_DUE, DELIVERY_DUE):
        await set_old_timer(world, kind, before.fence)
    await world.settle()
    assert await the_escalation(world) == before
    assert kinds(world, people.backup) == []


async def test_a_timer_of_an_escalation_that_is_gone_is_dropped(world: World) -> None:
    now = clock.now()
    await world.write(
        lambda session: queue.enqueue(session, STEP_DUE, NOTHING, due_at=now, now=now, payload={"fence": 1})
    )
    assert await world.settle() == 1
    assert await work(world, STEP_DUE) == []


async def test_the_auditor_mends_an_escalation_whose_timer_was_lost(world: World) -> None:
    people = await team(world)
    await urgent(world)
    promised = (await the_escalation(world)).next_due_at
    await remove_timers(world)
    await audit(world)
    [mended] = await work(world, STEP_DUE)
    # No person loses a minute of their time by it.
    assert mended.due_at == promised
    await later(world, minutes=9)
    assert kinds(world, people.backup) == []
    await later(world, minutes=1, seconds=2)
    assert len(pages(world, people.backup)) == 1


async def test_the_auditor_mends_an_escalation_whose_deadline_has_passed_at_once(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await remove_timers(world)
    world.time.advance(hours=1)
    await audit(world)
    assert len(pages(world, people.backup)) == 1


async def test_the_auditor_mends_an_acknowledged_one_too(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await ack(world, people.primary)
    await remove_timers(world)
    await audit(world)
    assert len(await work(world, REPLY_DUE)) == 1
    await later(world, **OUT_OF_TIME)
    assert len(pages(world, people.backup)) == 1


async def test_the_auditor_takes_a_timer_that_was_given_up_for_lost(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await world.write(
        lambda session: session.exec(sa.update(WorkItem).where(WorkItem.kind == STEP_DUE).values(dead=True))
    )
    world.time.advance(**OUT_OF_TIME)
    await audit(world)
    assert len(pages(world, people.backup)) == 1


async def test_the_auditor_leaves_what_is_in_order_and_what_is_over(world: World) -> None:
    people = await team(world)
    await urgent(world)
    before = await the_escalation(world)
    await audit(world)
    assert await the_escalation(world) == before
    assert len(await work(world, STEP_DUE)) == 1
    await reply(world, people.primary)
    await remove_timers(world)
    await audit(world)
    assert await work(world, STEP_DUE, REPLY_DUE) == []


async def test_the_auditor_comes_again_every_minute(world: World) -> None:
    people = await team(world)
    await world.write(start_recurring)
    await world.settle()
    await urgent(world)
    await remove_timers(world)
    await later(world, **OUT_OF_TIME)
    assert len(pages(world, people.backup)) == 1
    [item] = await work(world, auditor.AUDIT)
    assert dt.timedelta() < item.due_at - clock.now() <= dt.timedelta(minutes=1)


async def test_a_worker_that_slept_for_hours_moves_one_step_and_gives_it_its_time(world: World) -> None:
    """After an outage nobody is skipped: each step gets its ten minutes from when it is really asked."""
    people = await team(world)
    await urgent(world)
    await later(world, hours=5)
    assert len(pages(world, people.backup)) == 1
    assert pages(world, people.coordinator) == []
    due = (await the_escalation(world)).next_due_at
    assert due is not None
    assert due > clock.now() + dt.timedelta(minutes=9)


async def test_no_timer_is_left_of_a_thousand_moves(world: World) -> None:
    """Acknowledging and giving back leaves one timer that counts, however often it happens."""
    people = await team(world)
    await urgent(world)
    for someone in (people.primary, people.backup, people.coordinator):
        page = pages(world, someone)[-1]["page_id"]
        for action in ("ack", "decline"):
            assert (await world.http.post(f"/v1/pages/{page}/{action}", headers=someone.headers)).status_code == 200
        await world.settle()

    def current(session: Session) -> list[WorkItem]:
        escalation = session.exec(select(Escalation)).one()
        assert escalation.state is EscalationState.EXHAUSTED
        items = session.exec(select(WorkItem).where(WorkItem.subject == escalation.id))
        return [item for item in items if item.payload["fence"] == escalation.fence]

    assert await world.db.read(current) == []
    await later(world, hours=1)
    assert await work(world, STEP_DUE, REPLY_DUE, DELIVERY_DUE) == []


async def test_the_auditor_takes_no_timer_of_an_earlier_step_for_a_next_step(world: World) -> None:
    """Acknowledged, and the timer of the answer is gone: what waited for the acknowledgement is no substitute."""
    people = await team(world)
    await urgent(world)
    await ack(world, people.primary)
    await world.write(lambda session: session.exec(sa.delete(WorkItem).where(WorkItem.kind == REPLY_DUE)))
    assert len(await work(world, STEP_DUE)) == 1
    await audit(world)
    assert len(await work(world, REPLY_DUE)) == 1
    await later(world, **OUT_OF_TIME)
    assert len(pages(world, people.backup)) == 1


async def test_the_auditor_takes_no_timer_of_another_kind_for_a_next_step(world: World) -> None:
    people = await team(world)
    await urgent(world)
    await world.write(
        lambda session: session.exec(sa.update(WorkItem).where(WorkItem.kind == STEP_DUE).values(kind=REPLY_DUE))
    )
    await audit(world)
    await later(world, **OUT_OF_TIME)
    assert len(pages(world, people.backup)) == 1


async def test_what_the_auditor_mends_is_not_named_in_the_log(world: World, capsys: Any) -> None:
    """A log outlives the report, with the second beside each line."""
    await team(world)
    await urgent(world)
    escalation = await the_escalation(world)
    await remove_timers(world)
    await audit(world)
    logged = capsys.readouterr().out
    assert "paging.no_next_step" in logged
    assert str(escalation.id) not in logged


async def test_what_the_auditor_mends_still_goes_on_when_it_reaches_nobody(world: World) -> None:
    people = await team(world)
    await undelivered(world)
    await world.write(lambda session: session.exec(sa.delete(WorkItem).where(WorkItem.kind == STEP_DUE)))
    await audit(world)
    await later(world, seconds=16)
    assert len(pages(world, people.backup)) == 1


async def test_a_step_that_is_looked_at_too_early_while_nothing_is_delivered_keeps_its_clock(world: World) -> None:
    await team(world)
    await undelivered(world)
    now = clock.now()
    early = sa.update(WorkItem).where(WorkItem.kind == STEP_DUE).values(due_at=now)
    await world.write(lambda session: session.exec(early))
    await world.settle()
    assert await world.db.read(lambda session: auditor.look(session, now=clock.now())) == auditor.Found(0, 0)


async def undelivered(world: World) -> None:
    """An urgent report whose delivery a worker has in hand that has died."""
    assert (await world.report("said_thoughts_of_suicide")).status_code == 201
    await world.write(lambda session: queue.claim(session, kinds=[delivery.DELIVER_PAGE], limit=10, now=clock.now()))


async def test_after_a_clock_that_was_ahead_nobody_waits_for_longer_than_the_policy_says(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(skew, "skew", lambda _session: dt.timedelta())
    people = await team(world)
    world.time.offset += dt.timedelta(hours=2)
    await urgent(world)
    world.time.offset -= dt.timedelta(hours=2)
    await audit(world)
    escalation, now = await the_escalation(world), clock.now()
    assert escalation.next_due_at is not None
    assert escalation.deliver_by is not None
    assert escalation.next_due_at - now <= dt.timedelta(minutes=10)
    assert escalation.deliver_by - now <= dt.timedelta(seconds=25)
    [timed] = await work(world, STEP_DUE)
    assert (timed.due_at, timed.payload["fence"]) == (escalation.next_due_at, escalation.fence)
    [_] = await work(world, DELIVERY_DUE)
    await later(world, **OUT_OF_TIME)
    assert len(pages(world, people.backup)) == 1


async def test_an_auditor_whose_own_clock_is_behind_hurries_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await team(world)
    await urgent(world)
    before = await the_escalation(world)
    monkeypatch.setattr(skew, "skew", lambda _session: dt.timedelta(hours=-2))
    world.time.offset -= dt.timedelta(hours=2)
    await world.db.write(lambda session: late_timers.bring_back(session, now=clock.now()))
    after = await the_escalation(world)
    assert (after.next_due_at, after.fence) == (before.next_due_at, before.fence)


@pytest.mark.parametrize("noted", [False, True])
async def test_what_was_taken_on_by_a_clock_that_was_ahead_lapses_after_ten_minutes_or_after_a_note(
    world: World, noted: bool
) -> None:
    people = await team(world)
    await urgent(world)
    world.time.offset += dt.timedelta(hours=2)
    await ack(world, people.primary)
    if noted:
        path = f"/v1/pages/{pages(world, people.primary)[-1]['page_id']}/notes"
        told = {"text": "I have rung, and nobody answers."}
        left = await world.http.post(path, headers=people.primary.headers | world.once(), json=told)
        assert left.status_code == 201, left.text
    world.time.offset -= dt.timedelta(hours=2)
    await audit(world)
    escalation, now = await the_escalation(world), clock.now()
    assert escalation.next_due_at is not None
    wait = dt.timedelta(minutes=60 if noted else 10)
    assert wait - dt.timedelta(minutes=1) < escalation.next_due_at - now <= wait
