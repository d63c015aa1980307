"""Harbour with everybody whom a report could reach, and what each of them then sees."""

from __future__ import annotations

import datetime as dt
import functools
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx
import pytest
from sqlmodel import Session, SQLModel, select

from app.core import clock
from app.models import Person, RoleGrant, WebhookEndpoint
from app.vocabulary import Level, Role, RosterLine
from app.webhooks.secrets import seal_secret
from app.webhooks.signing import new_secret
from tests.support.processes import REPOSITORY
from tests.support.world import Someone, World

Row = TypeVar("Row", bound=SQLModel)

# For rules that no database has a part in: the other one would show nothing new.
one_database = pytest.mark.parametrize("database_kind", ["sqlite"])

REPORTS = "/v1/schools/harbour/reports"
SCHOOL_HOOK = "school-endpoint"
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})")


@dataclass
class Cast:
    """Everyone is on call or in a role that is paged, and everyone has a working endpoint."""

    triager: Someone
    second_triager: Someone
    adviser: Someone
    backup: Someone
    coordinator: Someone
    sponsor: Someone
    handler: Someone
    it: Someone

    @property
    def everyone(self) -> list[Someone]:
        return list(vars(self).values())


async def cast(world: World) -> Cast:
    """Harbour, fully staffed, with an endpoint of the school that is told of everything."""
    await world.school()
    roles = {
        "Noor": Role.TRIAGER,
        "Eli": Role.TRIAGER,
        "Mira": Role.ADVISER,
        "Tomas": Role.ADVISER,
        "Lee": Role.COORDINATOR,
        "Okafor": Role.SPONSOR,
        "Asha": Role.INDEPENDENT_HANDLER,
        "Sam": Role.SCHOOL_IT,
    }
    # One after the other: on PostgreSQL each that is made beside another wants a connection of its own.
    people = Cast(*[await world.person(role, alias=alias, paged=True) for alias, role in roles.items()])
    await world.on_call(people.adviser)
    await world.on_call(people.backup, level=Level.BACKUP)
    await world.on_call(people.handler, line=RosterLine.INDEPENDENT_ADVICE)
    await world.write(lambda session: _tell_the_school(session, people.it.endpoint_id, world.receiver.url(SCHOOL_HOOK)))
    return people


def _tell_the_school(session: Session, like: uuid.UUID | None, url: str) -> None:
    """An endpoint of the school itself."""
    columns = session.get_one(WebhookEndpoint, like).model_dump(exclude={"id", "person_id", "url"})
    endpoint = WebhookEndpoint(**columns, person_id=None, url=url)
    session.add(endpoint)
    session.flush()
    seal_secret(session, endpoint, new_secret())


@functools.cache
def documented() -> dict[str, Any]:
    """The committed OpenAPI document: tests/contract/test_openapi.py sees to it that it is that of the code."""
    document: dict[str, Any] = json.loads((REPOSITORY / "openapi" / "openapi.json").read_text())
    return document


def told(world: World) -> dict[str, list[str]]:
    """Who was told of which events so far, by the name of the endpoint."""
    found: dict[str, list[str]] = {}
    for request in world.receiver.requests():
        found.setdefault(request.name, []).append(request.json()["type"])
    return found


async def nobody_answers(world: World) -> None:
    """Let every deadline of an urgent escalation pass."""
    for _ in range(4):
        await world.settle()
        world.time.advance(minutes=11)
    await world.settle()


async def leave(world: World, person: Someone) -> None:
    """Somebody leaves the school."""

    def end(session: Session) -> None:
        row = session.get_one(Person, person.id)
        row.active = False
        session.add(row)

    await world.write(end)


async def give(world: World, person: Someone, role: Role) -> None:
    """Somebody is given one more role."""
    grant = RoleGrant(person_id=person.id, role=role, granted_at=clock.now())
    await world.write(lambda session: session.add(grant))


async def take(world: World, person: Someone, role: Role) -> None:
    """A role ends."""

    def end(session: Session) -> None:
        held = select(RoleGrant).where(RoleGrant.person_id == person.id, RoleGrant.role == role)
        grant = session.exec(held).one()
        grant.ended_at = clock.now()
        session.add(grant)

    await world.write(end)


async def listed(world: World, reader: Someone, **query: Any) -> list[dict[str, Any]]:
    """The reports that this person finds."""
    found = await world.http.get(f"/v1/schools/{reader.school}/reports", headers=reader.headers, params=query)
    assert found.status_code == 200, found.text
    items: list[dict[str, Any]] = found.json()["items"]
    return items


async def the_report(world: World, reader: Someone) -> dict[str, Any]:
    """The one report there is, as its reader sees it: reading it is recorded."""
    [summary] = await listed(world, reader)
    found = await world.http.get(f"/v1/schools/{reader.school}/reports/{summary['id']}", headers=reader.headers)
    assert found.status_code == 200, found.text
    report: dict[str, Any] = found.json()
    return report


async def act(world: World, reader: Someone, report_id: str, action: str) -> httpx.Response:
    """`claim`, `release` or `close`, for whatever version there is. Before it is closed, something has come of it."""
    url = f"/v1/schools/{reader.school}/reports/{report_id}"
    if action == "close":
        await came_of(world, reader, f"{url}/outcomes")
    return await world.http.post(f"{url}/{action}", headers=reader.headers | {"If-Match": "*"})


async def came_of(world: World, reader: Someone, url: str, outcome: str = "worry_eased", **more: Any) -> httpx.Response:
    """Record an outcome, of a report or from a page."""
    return await world.http.post(url, headers=reader.headers | world.once(), json={"outcome": outcome, **more})


async def write_to_reporter(world: World, reader: Someone, report_id: str, text: str = "Thank you.") -> httpx.Response:
    url = f"/v1/schools/{reader.school}/reports/{report_id}/messages"
    return await world.http.post(url, headers=reader.headers | world.once(), json={"text": text})


async def my_pages(world: World, person: Someone) -> list[dict[str, Any]]:
    found = await world.http.get("/v1/me/pages", headers=person.headers, params={"limit": 100})
    assert found.status_code == 200, found.text
    items: list[dict[str, Any]] = found.json()["items"]
    return items


async def my_report(world: World, receipt: str) -> dict[str, Any]:
    found = await world.http.get("/v1/me/report", headers=await world.reporter(receipt))
    assert found.status_code == 200, found.text
    report: dict[str, Any] = found.json()
    return report


async def rows(world: World, table: type[Row]) -> list[Row]:
    return await world.db.read(lambda session: list(session.exec(select(table))))


async def the_row(world: World, table: type[Row]) -> Row:
    [row] = await rows(world, table)
    return row


def not_found_body(response: httpx.Response) -> dict[str, Any]:
    """The body of a 404, less what names the request."""
    assert response.status_code == 404, response.text
    body: dict[str, Any] = response.json()
    assert body.pop("instance").startswith("urn:peerline:request:")
    return body


def instants(value: Any) -> Iterator[dt.datetime]:
    """Every time in a JSON value, however deep."""
    if isinstance(value, dict):
        for member in value.values():
            yield from instants(member)
    elif isinstance(value, list):
        for member in value:
            yield from instants(member)
    elif isinstance(value, str) and INSTANT.fullmatch(value):
        yield dt.datetime.fromisoformat(value)


def is_whole_hour(instant: dt.datetime) -> bool:
    return (instant.minute, instant.second, instant.microsecond) == (0, 0, 0)


def random_id() -> str:
    return str(uuid.uuid4())
