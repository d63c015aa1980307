"""Which work each feature does, in two lanes: pages and their timers are never behind anything else (contract W13)."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import uuid
from http.cookiejar import DefaultCookiePolicy

import httpx
import structlog
from sqlmodel import Session

from app.core import clock
from app.core.clock import hour_of
from app.core.db import Database, DatabaseUnavailable, LockTimeout
from app.events import outbox
from app.events.types import WorkDead
from app.idempotency import service as idempotency
from app.models import Escalation, Event, Page, School, WebhookDelivery
from app.paging import service as paging
from app.paging import timers
from app.reports import exclusions
from app.settings import Settings
from app.webhooks import delivery
from app.work import queue
from app.work.engine import Engine, Handler, Outside
from app.work.listen import listen
from app.work.queue import Item

log = structlog.get_logger("peerline.worker")

RECURRING = (timers.AUDIT, idempotency.FORGET, delivery.PRUNE)
NOTHING = uuid.UUID(int=0)


def urgent_handlers(send: Outside) -> dict[str, Handler | Outside]:
    return {
        paging.STEP_DUE: timers.step_due,
        paging.REPLY_DUE: timers.reply_due,
        paging.DELIVERY_DUE: timers.delivery_due,
        paging.ASK_AGAIN: timers.ask_again,
        paging.DELIVERY_SETTLED: timers.delivery_settled,
        timers.AUDIT: timers.audit,
        delivery.DELIVER_PAGE: send,
    }


def other_handlers(send: Outside) -> dict[str, Handler | Outside]:
    return {
        outbox.FAN_OUT: delivery.fan_out,
        delivery.DELIVER: send,
        delivery.PRUNE: delivery.prune,
        idempotency.FORGET: idempotency.forget,
    }


class Worker:
    """The engine with this product's handlers, in this process. Any number of processes may run one on PostgreSQL."""

    def __init__(self, db: Database, settings: Settings) -> None:
        self._db, self._settings = db, settings
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(delivery.TIMEOUT_SECONDS),
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_connections=4 * settings.worker_concurrency, max_keepalive_connections=20),
        )
        # Endpoints of different schools may share a host: no cookie is carried from one delivery to another.
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
        self._stopping = False
        send = Outside(
            plan=delivery.plan,
            perform=functools.partial(delivery.perform, client=self._client, allowed_origins=settings.allowed_origins),
            record=delivery.record,
        )
        self.lanes = [
            Engine(db, handlers, concurrency=settings.worker_concurrency, on_dead=announce_dead)
            for handlers in (urgent_handlers(send), other_handlers(send))
        ]

    async def run(self) -> None:
        """Work until `stop`; what is in hand then is finished."""
        listening = asyncio.create_task(self._listen()) if not self._settings.is_sqlite else None
        try:
            await self._start_recurring()
            await asyncio.gather(*(lane.run() for lane in self.lanes))
        finally:
            if listening is not None:
                listening.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await listening
            await self.close()

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

    async def _listen(self) -> None:
        def wake() -> None:
            for lane in self.lanes:
                lane.wake()

        await listen(self._settings.url, wake)

    async def _start_recurring(self) -> None:
        """The rows of recurring work keep themselves alive; this makes the first ones."""
        while not self._stopping:
            try:
                await self._db.write(start_recurring)
                return
            except (DatabaseUnavailable, LockTimeout):
                await asyncio.sleep(1)


def start_recurring(session: Session) -> None:
    now = clock.now()
    for kind in RECURRING:
        queue.enqueue(session, kind, NOTHING, due_at=now, now=now, key=kind)


def announce_dead(session: Session, item: Item, now: dt.datetime) -> None:
    """Work that was given up is itself told of: to the log, and to the school it was for."""
    log.error("work.dead", kind=item.kind, item=str(item.id))
    school = _school_to_tell(session, item)
    if school is not None:
        data = WorkDead(school=school.slug, kind=item.kind, item_id=item.id)
        # Kept to the hour from the start: it names no report, so that closing one would not find it.
        outbox.emit(session, "work.dead", data, school_id=school.id, now=hour_of(now))


def _school_to_tell(session: Session, item: Item) -> School | None:
    """The school that the work was for. None where somebody there must not learn that there is anything (J14)."""
    sent = session.get(WebhookDelivery, item.subject)
    event = session.get(Event, sent.event_id if sent is not None else item.subject)
    named = (event.data.get(name) for name in ("page_id", "escalation_id", "subject_id")) if event else (item.subject,)
    about: Escalation | Event | None = event
    for each in (uuid.UUID(str(name)) for name in named if name is not None):
        page = session.get(Page, each)
        escalation = session.get(Escalation, each if page is None else page.escalation_id)
        if (escalation is not None and escalation.discreet) or exclusions.kept_from_somebody(session, each):
            return None
        about = about or escalation
    return None if about is None else session.get(School, about.school_id)
