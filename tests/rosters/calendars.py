"""Calendars as a program reads them: by a parser that shares no code with what wrote them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import vobject

from app.vocabulary import Role
from tests.support.world import Someone, World

FEEDS = "/v1/schools/harbour/calendar-feeds"


@dataclass(frozen=True)
class Entry:
    uid: str
    start: dt.datetime
    end: dt.datetime
    summary: str
    cancelled: bool
    sequence: int


async def subscribe(world: World, someone: Someone, roster_id: object = None) -> str:
    """Somebody makes a feed; gives the path of its address."""
    body = {"roster_id": None if roster_id is None else str(roster_id)}
    made = await world.http.post(FEEDS, headers=someone.headers, json=body)
    assert made.status_code == 201, made.text
    url: str = made.json()["url"]
    assert url.startswith(world.settings.base_url)
    return url.removeprefix(world.settings.base_url)


async def entries(world: World, path: str) -> list[Entry]:
    answer = await world.http.get(path)
    assert answer.status_code == 200, answer.text
    found = [_entry(each) for each in vobject.readOne(answer.text).contents.get("vevent", [])]
    assert len({each.uid for each in found}) == len(found)
    return found


def held(found: list[Entry]) -> list[Entry]:
    return [each for each in found if not each.cancelled]


def cancelled(found: list[Entry]) -> list[Entry]:
    return [each for each in found if each.cancelled]


async def reader(world: World, alias: str = "Lee") -> Someone:
    return await world.person(Role.COORDINATOR, alias=alias)


def _entry(event: Any) -> Entry:
    return Entry(
        event.uid.value,
        event.dtstart.value,
        event.dtend.value,
        event.summary.value,
        event.status.value == "CANCELLED",
        int(event.sequence.value),
    )
