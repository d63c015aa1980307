"""What is forgotten of events and deliveries, and when."""

from __future__ import annotations

import datetime as dt
import uuid

from endpoints import attempts, create, emit, events, school_it
from sqlmodel import select

from app.core import clock
from app.models import WebhookDelivery
from app.webhooks import retention
from app.work.queue import Item
from tests.support.world import World


async def test_events_are_forgotten_with_their_deliveries_after_thirty_days(world: World) -> None:
    await world.school()
    await create(world, await school_it(world), "hook")
    (sent,) = await emit(world)

    async def prune(later: dt.timedelta) -> None:
        now = clock.now() + later
        item = Item(uuid.uuid4(), retention.PRUNE, uuid.uuid4(), {}, due_at=now, fence=1, failures=0)
        await world.write(lambda session: retention.prune(session, item, now))

    await prune(dt.timedelta(days=29, hours=23))
    assert [str(event.id) for event in await events(world, "conversation.message_added")] == [sent]
    assert len(await attempts(world, sent)) == 1

    await prune(dt.timedelta(days=30, hours=1))
    assert await events(world, "conversation.message_added") == []
    assert await attempts(world, sent) == []
    assert await world.write(lambda session: list(session.exec(select(WebhookDelivery)))) == []
