"""The people of a paging scenario, and what they were sent, in the words of the scenarios of this folder."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlmodel import Session, col, select

from app.models import Escalation, Page, Person, WorkItem
from app.vocabulary import Level, Role
from tests.support.world import Someone, World

URGENT = "said_thoughts_of_suicide"
# For what does not depend on the database.
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@dataclass
class Team:
    """Everybody whom the standard policy knows, each with a working endpoint."""

    primary: Someone
    backup: Someone
    coordinator: Someone
    sponsor: Someone


async def team(world: World) -> Team:
    """A school with a primary and a backup on call, a coordinator and a sponsor."""
    await world.school()
    primary = await world.person(Role.ADVISER, paged=True, alias="Primary")
    backup = await world.person(Role.ADVISER, paged=True, alias="Backup")
    coordinator = await world.person(Role.COORDINATOR, paged=True, alias="Coordinator")
    sponsor = await world.person(Role.SPONSOR, paged=True, alias="Sponsor")
    await world.on_call(primary)
    await world.on_call(backup, level=Level.BACKUP)
    return Team(primary, backup, coordinator, sponsor)


async def urgent(world: World, **fields: Any) -> str:
    """An urgent report has been made and its pages are on their way; gives the receipt."""
    made = await world.report(URGENT, **fields)
    assert made.status_code == 201, made.text
    await world.settle()
    receipt: str = made.json()["receipt"]
    return receipt


async def later(world: World, **units: float) -> None:
    """Time passes, and what is then due is done."""
    world.time.advance(**units)
    await world.settle()


def told(world: World, someone: Someone, kind: str | None = None) -> list[dict[str, Any]]:
    """The events that reached someone's endpoint, in order, each once."""
    assert someone.hook is not None
    by_id = {request.headers["webhook-id"]: request.json() for request in world.receiver.requests(someone.hook)}
    return [event for event in by_id.values() if kind in (None, event["type"])]


def kinds(world: World, someone: Someone) -> list[str]:
    return [event["type"] for event in told(world, someone)]


def pages(world: World, someone: Someone) -> list[dict[str, Any]]:
    """The `data` of the pages that reached someone."""
    return [event["data"] for event in told(world, someone, "page.requested")]


async def ack(world: World, someone: Someone, page: dict[str, Any] | None = None) -> dict[str, Any]:
    """Someone acknowledges their latest page; gives the answer."""
    page = page or pages(world, someone)[-1]
    answer = await world.http.post(f"/v1/pages/{page['page_id']}/ack", headers=someone.headers)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def decline(world: World, someone: Someone) -> httpx.Response:
    page = pages(world, someone)[-1]
    return await world.http.post(f"/v1/pages/{page['page_id']}/decline", headers=someone.headers)


async def reply(world: World, someone: Someone, text: str = "I am here.") -> httpx.Response:
    page = pages(world, someone)[-1]
    answer = await world.http.post(
        f"/v1/pages/{page['page_id']}/reply", headers=someone.headers | world.once(), json={"text": text}
    )
    assert answer.status_code == 201, answer.text
    return answer


async def my_report(world: World, receipt: str) -> dict[str, Any]:
    """What the reporter is shown now."""
    answer = await world.http.get("/v1/me/report", headers=await world.reporter(receipt))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def the_escalation(world: World) -> Escalation:
    return await world.db.read(lambda session: session.exec(select(Escalation)).one())


async def page_states(world: World) -> dict[str, str]:
    """The state of everybody's latest page, by alias."""

    def find(session: Session) -> dict[str, str]:
        rows = session.exec(
            select(Person.alias, Page.state).join(Person, col(Person.id) == col(Page.person_id)).order_by(Page.step)
        )
        return {alias: str(state) for alias, state in rows}

    return await world.db.read(find)


async def work(world: World, *kinds: str) -> list[WorkItem]:
    """The rows of due work, of these kinds."""
    return await world.db.read(
        lambda session: list(
            session.exec(select(WorkItem).where(col(WorkItem.kind).in_(kinds)).order_by(WorkItem.kind))
        )
    )


async def change(world: World, model: type[Any], key: uuid.UUID, edit: Callable[[Any], None]) -> None:
    """Edit one row behind the product's back."""

    def work(session: Session) -> None:
        row = session.get_one(model, key)
        edit(row)
        session.add(row)

    await world.write(work)


async def leave(world: World, someone: Someone) -> None:
    """Someone leaves the school."""
    await change(world, Person, someone.id, lambda person: setattr(person, "active", False))
