"""Endpoints, events and attempts for the scenarios of this folder."""

from __future__ import annotations

import datetime as dt
import socket
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from sqlmodel import Session, col, select

from app.core import clock
from app.events import outbox
from app.events.conversations import MessageAdded
from app.models import Event, WebhookAttempt, WebhookDelivery, WebhookEndpoint, WorkItem
from app.schools import service as schools
from app.vocabulary import Role, SubjectKind
from app.webhooks import delivery, guard
from tests.support.world import Someone, World

# What is sent, and when, is the same on every database.
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def look_up_with(monkeypatch: pytest.MonkeyPatch, look_up: Callable[[str], Iterable[str]]) -> None:
    """In place of the system's resolver: the addresses of a name. Like that, it blocks the thread it runs on."""
    real = socket.getaddrinfo

    def getaddrinfo(host: str, *args: Any, **options: Any) -> Any:
        if guard.is_address(host):
            return real(host, *args, **options)
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))
            for address in look_up(host)
        ]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


async def move(world: World, endpoint_id: str | uuid.UUID | None, url: str) -> None:
    """An endpoint that was saved in other times, with another address."""

    def change(session: Session) -> None:
        found = session.get_one(WebhookEndpoint, uuid.UUID(str(endpoint_id)))
        found.url = url
        session.add(found)

    await world.write(change)


async def create(world: World, it: Someone, hook: str, **fields: Any) -> dict[str, Any]:
    """School IT adds an endpoint of the school; its ping has been answered. Gives the answer, secret included."""
    made = await world.http.post(
        f"/v1/schools/{it.school}/webhook-endpoints",
        headers=it.headers | world.once(),
        json={"url": world.receiver.url(hook), **fields},
    )
    assert made.status_code == 201, made.text
    await world.settle()
    body: dict[str, Any] = made.json()
    return body


async def school_it(world: World, school: str = "harbour") -> Someone:
    return await world.person(Role.SCHOOL_IT, school=school)


async def emit(world: World, number: int = 1, *, school: str = "harbour", settle: bool = True) -> list[str]:
    """So many events for the school's endpoints; gives their ids."""

    def make(session: Session) -> list[str]:
        school_id = schools.find(session, school).id
        return [
            str(
                outbox.emit(
                    session,
                    "conversation.message_added",
                    MessageAdded(school=school, subject_kind=SubjectKind.REPORT, subject_id=uuid.uuid4()),
                    school_id=school_id,
                    now=clock.now(),
                ).id
            )
            for _ in range(number)
        ]

    made = await world.write(make)
    if settle:
        await world.settle()
    return made


def deliveries(world: World, hook: str, kind: str = "conversation.message_added") -> list[Any]:
    """The requests at a hook that carried this type."""
    return [request for request in world.receiver.requests(hook) if request.json()["type"] == kind]


async def endpoint(world: World, endpoint_id: str | uuid.UUID) -> WebhookEndpoint:
    key = uuid.UUID(str(endpoint_id))
    return await world.db.read(lambda session: session.get_one(WebhookEndpoint, key))


async def attempts(world: World, event_id: str) -> list[WebhookAttempt]:
    """The attempts to tell of an event, to one endpoint, in order."""
    statement = (
        select(WebhookAttempt)
        .join(WebhookDelivery, col(WebhookDelivery.id) == col(WebhookAttempt.delivery_id))
        .where(WebhookDelivery.event_id == uuid.UUID(event_id))
        .order_by(col(WebhookAttempt.number))
    )
    return await world.db.read(lambda session: list(session.exec(statement)))


async def next_attempt(world: World, event_id: str) -> dt.datetime | None:
    """When an event is tried again."""
    statement = (
        select(WorkItem.due_at)
        .join(WebhookDelivery, col(WebhookDelivery.id) == col(WorkItem.subject))
        .where(
            WebhookDelivery.event_id == uuid.UUID(event_id),
            col(WorkItem.kind).in_((delivery.DELIVER, delivery.DELIVER_PAGE)),
        )
    )
    return await world.db.read(lambda session: session.exec(statement).one_or_none())


async def planned_wait(world: World, event_id: str) -> float:
    """Seconds from the last attempt to the next one."""
    due = await next_attempt(world, event_id)
    assert due is not None
    return (due - (await attempts(world, event_id))[-1].at).total_seconds()


async def events(world: World, kind: str) -> list[Event]:
    return await world.db.read(lambda session: list(session.exec(select(Event).where(Event.type == kind))))
