"""A school whose rosters are planned: a coordinator, three advisers who can be paged, and a weekly roster."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from app.core import clock
from app.vocabulary import Role
from tests.support.world import Someone, World

BASE = "/v1/schools/harbour"
# A Monday in summer time, 11:00 in Melbourne: the week's first handoff is two hours past.
MONDAY = dt.datetime(2027, 3, 1, 0, 0, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)
one_database = pytest.mark.parametrize("database_kind", ["sqlite"])


@dataclass
class Scene:
    """Handoffs on Mondays at 09:00 in Melbourne: A has the week of 1 March 2027, B the next, C the third."""

    world: World
    coordinator: Someone
    a: Someone
    b: Someone
    c: Someone
    roster: str

    @classmethod
    async def set_up(cls, world: World, *, line: str = "clinical_advice", role: Role = Role.ADVISER) -> Scene:
        await world.school()
        world.time.set(MONDAY)
        coordinator = await world.person(Role.COORDINATOR, alias="Lee", paged=True)
        people = [await world.person(role, alias=alias, paged=True) for alias in ("Mira", "Tomas", "Noor")]
        scene = cls(world, coordinator, *people, roster="")
        made = await scene.post("rosters", {"roster": scene.definition(*people, line=line)}, key=True)
        assert made.status_code == 201, made.text
        scene.roster = made.json()["id"]
        await world.settle()
        return scene

    def definition(self, *people: Someone, line: str = "clinical_advice", **more: Any) -> dict[str, Any]:
        return {"name": "Weeks", "line": line, **self.plan(*people, **more)}

    @staticmethod
    def plan(*people: Someone, start: str = "2027-03-01T09:00", unit: str = "week", **layer: Any) -> dict[str, Any]:
        rotation = {"unit": unit, "length": 1, "start_local": start, "participants": [str(each.id) for each in people]}
        return {
            "time_zone": "Australia/Melbourne",
            "layers": [{"id": "week", "rank": 1, "rotation": rotation, **layer}],
        }

    async def get(self, path: str, by: Someone | None = None, **params: str) -> httpx.Response:
        who = by or self.coordinator
        return await self.world.http.get(f"{BASE}/{path}", headers=who.headers, params=params)

    async def post(
        self,
        path: str,
        body: dict[str, Any] | None = None,
        by: Someone | None = None,
        *,
        key: bool = False,
        etag: str | None = None,
    ) -> httpx.Response:
        return await self.send("POST", path, body, by, key=key, etag=etag)

    async def send(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        by: Someone | None = None,
        *,
        key: bool = False,
        etag: str | None = None,
    ) -> httpx.Response:
        headers = dict((by or self.coordinator).headers)
        if key:
            headers |= self.world.once()
        if etag is not None:
            headers["If-Match"] = etag
        return await self.world.http.request(method, f"{BASE}/{path}", headers=headers, json=body)

    async def etag(self, roster: str | None = None) -> str:
        return (await self.get(f"rosters/{roster or self.roster}")).headers["ETag"]

    async def edit(self, what: str, body: dict[str, Any], **more: Any) -> httpx.Response:
        """Change the roster as a coordinator who has just read it."""
        return await self.post(f"rosters/{self.roster}/{what}", body, etag=await self.etag(), **more)

    async def on_call(self, at: str | None = None, roster: str | None = None) -> list[str]:
        params = {} if at is None else {"at": at}
        answer = await self.get(f"rosters/{roster or self.roster}/on-call", **params)
        assert answer.status_code == 200, answer.text
        return [each["alias"] for each in answer.json()["on_call"]]

    async def shifts(self, start: str, end: str) -> list[tuple[str, str, list[str]]]:
        """Who has what, by alias; instants as they are given."""
        names = {str(each.id): each.alias for each in (self.a, self.b, self.c)}
        answer = await self.get(f"rosters/{self.roster}/shifts", **{"from": start, "to": end})
        assert answer.status_code == 200, answer.text
        return [
            (each["start"], each["end"], [names.get(person, "?") for person in each["on_call"]])
            for each in answer.json()["segments"]
        ]

    def told(self, someone: Someone, kind: str) -> list[dict[str, Any]]:
        """What somebody's endpoint was sent of one kind, in order."""
        import json

        found = []
        for each in self.world.receiver.requests(someone.hook):
            body = json.loads(each.body)
            if body["type"] == kind:
                found.append(body["data"])
        return found


def ref(layer: str = "week", slot: str = "2027-03-07T22:00:00Z") -> dict[str, str]:
    """The shift of the second week, B's, unless another is named."""
    return {"layer_id": layer, "slot_start": slot}


def service(name: str, *, hours: str) -> dict[str, Any]:
    """A service of the school's own directory. It does not exist, and its number is set aside for fiction."""
    return {
        "id": name,
        "name": name.replace("-", " ").capitalize(),
        "tier": "crisis",
        "what_it_is": "Somebody to talk to",
        "who_for": "Anyone",
        "for": ["self", "worried_about_someone"],
        "independent": True,
        "run_by": "independent",
        "shares_information_with_school": "never",
        "channels": ["phone"],
        "phone_display": "03 5550 0199",
        "phone_dial": "+61355500199",
        "hours_text": hours,
        "hours": hours,
        "cost": "free",
        "verification": "verified",
        "sources": [{"url_or_text": "a test", "date": "2026-11-01"}],
        "notes": "",
        **({} if hours == "24/7" else {"zone": "Australia/Melbourne"}),
    }


def handoffs() -> list[str]:
    """The starts of the next five shifts of `World.on_call`: Mondays, 09:00 in Melbourne."""
    here = ZoneInfo("Australia/Melbourne")
    today = clock.now().astimezone(here)
    monday = (today - dt.timedelta(days=today.weekday())).replace(hour=9, minute=0, second=0, microsecond=0)
    return [(monday + dt.timedelta(weeks=number)).astimezone(dt.UTC).isoformat() for number in range(1, 6)]
