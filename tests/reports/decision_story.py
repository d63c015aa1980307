"""An adviser holds an urgent report at night, and somebody must be told more than was agreed (J2, step 5)."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from app.core import clock
from app.vocabulary import Role
from tests.reports.harbour import REPORTS, Cast, cast, my_pages
from tests.support.world import Someone, World

DECISIONS = "/v1/schools/harbour/confidentiality-decisions"
THRESHOLD = "/v1/schools/harbour/confidentiality-threshold"
NAME = "Zephyrine Quill"
WHY = "He has gone, and his friend is afraid for his life."
WHAT = "His name, and that he was last seen at the station."
WHOM = "The emergency service."
NOT_TOLD = "He does not answer his phone."
BODY: dict[str, Any] = {
    "basis": "serious_threat_to_life_health_or_safety",
    "threshold_text_version": "au-vic-2026-1",
    "necessary_because": WHY,
    "disclosed_what": WHAT,
    "disclosed_to": WHOM,
    "person_told": False,
    "person_not_told_because": NOT_TOLD,
    "opens_identity": True,
}


@dataclass
class Night:
    """Everybody, the page that the adviser holds, and what the reporter has."""

    people: Cast
    officer: Someone
    page_id: str
    report_id: str
    receipt: str


def three_at_night(world: World) -> None:
    """Some minutes past three in Melbourne, a week from now: the clock that checks tokens is the machine's."""
    day = clock.now().astimezone(ZoneInfo("Australia/Melbourne")) + dt.timedelta(days=7)
    world.time.set(day.replace(hour=3, minute=7, second=11, microsecond=7).astimezone(dt.UTC))


async def at_night(world: World, **fields: Any) -> Night:
    """The adviser has acknowledged the page of a report whose name is sealed for a life at risk."""
    three_at_night(world)
    people = await cast(world)
    officer = await world.person(Role.PRIVACY_OFFICER, alias="Petra", paged=True)
    about = {"about_person": NAME, "open_only_if_life_at_risk": True, "narrative": "He wrote that he wants to die."}
    made = await world.report("said_thoughts_of_suicide", **about | fields)
    assert made.status_code == 201, made.text
    await world.settle()
    holder = people.handler if fields.get("about_role") else people.adviser
    [page] = await my_pages(world, holder)
    await world.http.post(f"/v1/pages/{page['id']}/ack", headers=holder.headers)
    await world.settle()
    reports = await world.http.get(REPORTS, headers=people.triager.headers)
    found = [each["id"] for each in reports.json()["items"]]
    return Night(people, officer, page["id"], found[0] if found else "", made.json()["receipt"])


async def propose(world: World, who: Someone, path: str, **fields: Any) -> httpx.Response:
    """From a page or for a report."""
    url = f"{path}/confidentiality-decisions"
    return await world.http.post(url, headers=who.headers | world.once(), json=BODY | fields)


async def proposed(world: World, night: Night, **fields: Any) -> dict[str, Any]:
    """The adviser has proposed it from the page, and those who could be the second person are told."""
    made = await propose(world, night.people.adviser, f"/v1/pages/{night.page_id}", **fields)
    assert made.status_code == 201, made.text
    await world.settle()
    decision: dict[str, Any] = made.json()
    return decision


async def look(world: World, who: Someone, decision_id: str, at: str = "") -> httpx.Response:
    return await world.http.get(f"{DECISIONS}/{decision_id}{at}", headers=who.headers)


async def act(world: World, who: Someone, decision_id: str, action: str, **body: Any) -> httpx.Response:
    """Read it, and answer what was read."""
    shown = await look(world, who, decision_id)
    match = {"If-Match": shown.headers.get("etag", "*")}
    url = f"{DECISIONS}/{decision_id}/{action}"
    return await world.http.post(url, headers=who.headers | match, json=body or None)


def events(world: World, who: Someone, kind: str) -> list[dict[str, Any]]:
    """The `data` of what somebody was told of one kind."""
    sent = (request.json() for request in world.receiver.requests(who.hook or ""))
    return [each["data"] for each in sent if each["type"] == kind]
