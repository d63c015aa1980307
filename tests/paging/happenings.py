"""What can happen in a made-up history: what people, clocks and receivers do, and what becomes of timers."""

from __future__ import annotations

import sqlalchemy as sa
from generated import TIMER_KINDS, Happening, History
from sqlmodel import Session
from story import URGENT, change

from app.core import clock
from app.models import Person, WebhookEndpoint, WorkItem
from app.paging import auditor
from app.work import queue

SPANS = (1, 5, 16, 61, 301, 601, 601, 601, 3700, 90_000)


async def report(history: History) -> None:
    kept = {"keep_from": [history.dice.choice(history.people).alias]} if history.dice.random() < 0.3 else {}
    made = await history.world.report(URGENT, school=history.school, **kept)
    assert made.status_code == 201, made.text
    await history.work()


async def advice(history: History) -> None:
    body = {"topic": "when_to_escalate", "priority": "now", "summary": "When?"}
    await history.post(
        history.supporter, f"/v1/schools/{history.school}/advice-requests", body, lost=history.dice.random() < 0.3
    )
    await history.work()


async def ack(history: History) -> None:
    if (found := await history.a_page()) is not None:
        for _ in range(history.dice.choice((1, 1, 2))):
            await history.post(found[0], f"/v1/pages/{found[1].id}/ack", lost=history.dice.random() < 0.3)
        await history.work()


async def decline(history: History) -> None:
    if (found := await history.a_page()) is not None:
        await history.post(found[0], f"/v1/pages/{found[1].id}/decline", lost=history.dice.random() < 0.3)
        await history.work()


async def reply(history: History) -> None:
    if (found := await history.a_page()) is not None:
        await history.post(found[0], f"/v1/pages/{found[1].id}/reply", {"text": "I am here."})
        await history.work()


async def triage(history: History) -> None:
    """Somebody who reads reports answers or closes one."""
    reports = f"/v1/schools/{history.school}/reports"
    answer = await history.world.http.get(reports, headers=history.triager.headers)
    assert answer.status_code == 200, answer.text
    found = answer.json()["items"]
    if found:
        path = f"{reports}/{history.dice.choice(found)['id']}"
        if history.dice.random() < 0.5:
            await history.post(history.triager, f"{path}/messages", {"text": "I have read it."})
        else:
            await history.post(history.triager, f"{path}/claim")
            await history.post(history.triager, f"{path}/outcomes", {"outcome": "worry_eased"})
            await history.post(history.triager, f"{path}/close")
        await history.work()


async def time_passes(history: History) -> None:
    """A second or a day: the worker may have slept through it."""
    history.world.time.advance(seconds=history.dice.choice(SPANS))
    await history.work()


async def clock_is_put_back(history: History) -> None:
    history.world.time.advance(seconds=-history.dice.choice(SPANS[:8]))
    await history.work()


async def deliveries_fail(history: History) -> None:
    for someone in history.people:
        history.world.receiver.behave(someone.hook or "", history.dice.choice((200, 200, 500, {"close": True})))


async def contact_changes(history: History) -> None:
    enabled, someone = history.dice.random() < 0.6, history.dice.choice(history.people)
    await change(history.world, WebhookEndpoint, someone.endpoint_id, lambda row: setattr(row, "enabled", enabled))


async def people_change(history: History) -> None:
    """Somebody leaves, or is back."""
    active, someone = history.dice.random() < 0.7, history.dice.choice(history.people)
    await change(history.world, Person, someone.id, lambda row: setattr(row, "active", active))


async def wrong_timer(history: History) -> None:
    """Of an earlier step, and twice; or the one that is set comes too early."""
    escalation, now = history.dice.choice(history.last.escalations), clock.now()
    payload, early = {"fence": escalation.fence - history.dice.choice((0, 1, 2))}, history.dice.random() < 0.5

    def put(session: Session) -> None:
        if early:
            mine = (WorkItem.subject == escalation.id, WorkItem.kind.in_(TIMER_KINDS))
            session.exec(sa.update(WorkItem).where(*mine).values(due_at=now))
            return
        for kind in history.dice.choices(TIMER_KINDS, k=2):
            queue.enqueue(session, kind, escalation.id, due_at=now, now=now, payload=payload)

    await history.world.write(put)
    await history.work(mends=True)


async def timers_are_lost(history: History) -> None:
    """Deleted, or given up; then the auditor comes."""
    lost = history.dice.sample(TIMER_KINDS, k=2)
    rows = WorkItem.kind.in_(lost)
    gone = sa.delete(WorkItem).where(rows)
    if history.dice.random() < 0.5:
        gone = sa.update(WorkItem).where(rows).values(dead=True)

    def lose(session: Session) -> None:
        session.exec(gone)
        # Due again in a minute; or in hours, where the clock was put back since.
        session.exec(sa.delete(WorkItem).where(WorkItem.kind == auditor.AUDIT))
        auditor.start_audit(session, now=clock.now())

    await history.world.write(lose)
    history.world.time.advance(seconds=history.dice.randrange(60))
    await history.work(mends=True)


EVENTS: tuple[Happening, ...] = (
    report,
    *(time_passes, time_passes, time_passes, ack, ack, decline, decline, wrong_timer, timers_are_lost),
    *(deliveries_fail, contact_changes, people_change, clock_is_put_back, reply, triage, advice),
)
