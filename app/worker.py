"""The worker: two engines of due work, one for pages and their timers alone, and what watches over both."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import math
import uuid
from collections.abc import Callable

import structlog
from sqlmodel import Session

from app.core import clock
from app.core.clock import hour_of
from app.core.db import Database, DatabaseUnavailable
from app.core.lanes import FIRST
from app.core.migrations import require_current
from app.events import outbox
from app.events.plumbing import WorkDead
from app.kinds import LONGEST_WAITS, RECURRING, other_handlers, urgent_handlers
from app.models import Escalation, Event, Page, School, WebhookDelivery
from app.paging import auditor, late_timers
from app.reports import (
    exclusions,
)
from app.rosters import gaps
from app.settings import Settings
from app.webhooks import delivery, outgoing, sending
from app.webhooks.names import Names
from app.work import queue, skew, steps
from app.work.engine import Engine, Outside
from app.work.listen import listen
from app.work.queue import Item

log = structlog.get_logger("peerline.worker")

NOTHING = uuid.UUID(int=0)
# Before another try to begin with what did not begin, or has ended.
RETRY_SECONDS = 1.0


class Worker:
    """The engine with this product's handlers, in this process. Any number of processes may run one on PostgreSQL."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings
        self._client = outgoing.client(
            timeout_seconds=sending.TIMEOUT_SECONDS, most_connections=4 * settings.worker_concurrency
        )
        self._stopping = False
        self.working = False
        # On PostgreSQL: others' commits wake it.
        self._hears = settings.is_sqlite
        self.lanes = [
            Engine(
                db,
                handlers,
                concurrency=settings.worker_concurrency,
                on_dead=announce_dead,
                recurring=RECURRING,
            )
            for handlers in (urgent_handlers(self._send()), other_handlers(self._send(), self._ping()))
        ]

    def _send(self) -> Outside:
        """Deliveries of one lane: names that hang in the other one take no room of it."""
        return Outside(
            plan=delivery.plan,
            perform=functools.partial(
                sending.perform, client=self._client, allowed_origins=self._settings.allowed_origins, names=Names()
            ),
            record=delivery.record,
        )

    def _ping(self) -> Outside:
        return Outside(
            plan=auditor.plan_ping,
            perform=functools.partial(auditor.ping, client=self._client),
            record=auditor.record_ping,
        )

    async def run(self) -> None:
        """Work until `stop`; what is in hand then is finished. Raises what a lane failed with, once both have ended."""
        beside = [
            asyncio.create_task(self._start_recurring()),
            asyncio.create_task(steps.watch(self._db, put_right)),
        ]
        if not self._settings.is_sqlite:
            beside.append(asyncio.create_task(self._listen()))
        self.working = True
        try:
            ended = await asyncio.gather(*(self._run(lane) for lane in self.lanes), return_exceptions=True)
        finally:
            self.working = False
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)
            await self.close()
        for failure in ended:
            if failure is not None:
                raise failure

    async def _run(self, lane: Engine) -> None:
        # In a task of its own (gather), whose tasks inherit it.
        FIRST.set(lane is self.lanes[0])
        try:
            await lane.run()
        finally:
            # Half a worker is none: the other lane ends too, and whoever watches starts both again.
            self.stop()

    async def close(self) -> None:
        await self._client.aclose()

    def stop(self) -> None:
        self._stopping = True
        for lane in self.lanes:
            lane.stop()

    async def drain(self, *, until: dt.datetime | None = None) -> int:
        """Do everything that is due, in both lanes, to the end. For tests."""
        total = 0
        while done := sum([await lane.drain(until=until) for lane in self.lanes]):
            total += done
        return total

    @property
    def at_work(self) -> bool:
        """Both lanes have looked for due work, and hear when there is more: another worker may end."""
        return self.working and self._hears and all(math.isfinite(lane.looked_at) for lane in self.lanes)

    async def _listen(self) -> None:
        def wake() -> None:
            self._hears = True
            for lane in self.lanes:
                lane.wake()

        await listen(self._settings.url, wake)

    async def _start_recurring(self) -> None:
        """Make the first rows of recurring work, which keep themselves alive. Nothing ends this but success: a database
        that is away may come back without its tables, and get them one after the other.
        """
        while not self._stopping:
            try:
                if (differs := await self._db.read(require_current)) is not None:
                    log.warning("work.not_started", reason=differs)
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                await self._db.write(start_recurring)
                if (text := await self._db.read(skew.warning)) is not None:
                    log.warning("work.clocks_differ", text=text)
                return
            except DatabaseUnavailable as exc:
                log.warning("work.not_started", reason=str(exc))
            except Exception as exc:
                log.error("work.not_started", reason=type(exc).__name__)
            await asyncio.sleep(RETRY_SECONDS)


class Watch:
    """Keeps a worker going in this process: one that ends before it was told to is logged, and another one started.

    A worker that dies in silence is a pager that is off.
    """

    def __init__(self, make: Callable[[], Worker]) -> None:
        self._make = make
        self._worker: Worker | None = None
        self._stop = asyncio.Event()

    @property
    def working(self) -> bool:
        return self._worker is not None and self._worker.working

    @property
    def at_work(self) -> bool:
        return self._worker is not None and self._worker.at_work

    @property
    def lanes(self) -> list[Engine]:
        """Those of the worker that works now, the urgent one first."""
        return self._worker.lanes if self._worker is not None and self._worker.working else []

    def stop(self) -> None:
        self._stop.set()
        if self._worker is not None:
            self._worker.stop()

    async def run(self) -> None:
        """Until `stop`; what is in hand then is finished."""
        while not self._stop.is_set():
            # A task of its own, so that one that is cancelled is noticed like one that fails.
            task = asyncio.create_task(self._work())
            await asyncio.wait([task])
            error = "cancelled" if task.cancelled() else type(task.exception()).__name__
            if self._stop.is_set() and error == "NoneType":
                return
            log.error("work.worker_ended", error=error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), RETRY_SECONDS)

    async def _work(self) -> None:
        if not self._stop.is_set():
            self._worker = self._make()
            await self._worker.run()


def start_recurring(session: Session) -> None:
    """Make the rows that are not there, and do again what an earlier release has given up."""
    now = clock.now()
    queue.revive(session, kinds=RECURRING, now=now)
    for kind in RECURRING:
        # In a new place nobody's contact has been tried yet: a look in the first second would find nobody anywhere.
        due = now + dt.timedelta(minutes=1) if kind == gaps.SWEEP else now
        queue.enqueue(session, kind, NOTHING, due_at=due, now=now, key=kind)


def put_right(session: Session, now: dt.datetime) -> None:
    """After a clock was ahead: what waits for a time that nobody meant waits no longer."""
    steps.bring_back(session, LONGEST_WAITS, now=now)
    late_timers.bring_back(session, now=now)


def announce_dead(session: Session, item: Item, now: dt.datetime) -> None:
    """Work that was given up is itself told of: to the log, and to the school it was for."""
    log.error("work.dead", kind=item.kind, item=str(item.id))
    if (school := _school_to_tell(session, item)) is not None:
        data = WorkDead(school=school.slug, kind=item.kind, item_id=item.id)
        # Kept to the hour from the start: it names no report, so that closing one would not find it.
        outbox.emit(session, "work.dead", data, school_id=school.id, now=hour_of(now))


def _school_to_tell(session: Session, item: Item) -> School | None:
    """The school that the work was for. None where somebody there must not learn that there is anything (J14)."""
    sent = session.get(WebhookDelivery, item.subject)
    event = session.get(Event, sent.event_id if sent is not None else item.subject)
    if event is not None and event.type == "page.waiting":
        # Of several matters together, and any of them may be one that must not be known of.
        return None
    named = (event.data.get(name) for name in ("page_id", "escalation_id", "subject_id")) if event else (item.subject,)
    about: Escalation | Event | None = event
    for each in (uuid.UUID(str(name)) for name in named if name is not None):
        page = session.get(Page, each)
        escalation = session.get(Escalation, each if page is None else page.escalation_id)
        if (escalation is not None and escalation.discreet) or exclusions.kept_from_somebody(session, each):
            return None
        about = about or escalation
    return None if about is None else session.get(School, about.school_id)
