"""A school's directory and those who keep it, for the tests of how it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from app.vocabulary import Role
from tests.support.world import Someone, World

BASE = "/v1/schools/harbour"
ENTRIES = f"{BASE}/directory/entries"

# A service that does not exist, in numbers that are set aside for fiction.
COUNSELLING: dict[str, Any] = {
    "id": "harbour-counselling",
    "name": "Harbour counselling",
    "tier": "school_support",
    "what_it_is": "Somebody to talk to on campus",
    "who_for": "Students of Harbour",
    "for": ["self", "worried_about_someone"],
    "independent": False,
    "run_by": "university",
    "shares_information_with_school": "never",
    "channels": ["phone", "in_person"],
    "phone_display": "(02) 5550 0199",
    "hours_text": "Weekdays, nine to five",
    "hours": "Mo-Fr 09:00-17:00",
    "zone": "Australia/Melbourne",
    "cost": "free",
    "verification": "verified",
    "sources": [{"url_or_text": "Its own page", "date": "2026-11"}],
}


@dataclass
class Keeper:
    """Somebody of school IT at Harbour, and what they do."""

    world: World
    person: Someone

    async def entry(self, entry_id: str) -> httpx.Response:
        return await self.world.http.get(f"{ENTRIES}/{entry_id}", headers=self.person.headers)

    async def do(
        self, method: str, entry_id: str, body: Any = None, *, action: str = "", etag: str | None = None
    ) -> httpx.Response:
        """With the ETag of the entry as it is now, or with `etag`; an empty one for none."""
        if etag is None:
            etag = (await self.entry(entry_id)).headers["ETag"]
        headers = self.person.headers | ({"If-Match": etag} if etag else {})
        path = f"{ENTRIES}/{entry_id}{action and '/' + action}"
        return await self.world.http.request(method, path, headers=headers, json=body)

    async def make(self, **changes: Any) -> httpx.Response:
        body = COUNSELLING | changes
        return await self.do("PUT", body["id"], {k: v for k, v in body.items() if v is not None}, etag="")

    async def served(self) -> dict[str, dict[str, Any]]:
        """What help-now shows, by id."""
        found = (await self.world.http.get(f"{BASE}/help-now")).json()
        return {each["id"]: each for kind in ("emergency", "always_open") for each in found[kind]}


async def keeper(world: World, *roles: Role, school: bool = True) -> Keeper:
    if school:
        await world.school()
    return Keeper(world, await world.person(*(roles or (Role.SCHOOL_IT,))))
