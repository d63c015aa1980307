"""Somebody tells a story, and people of Harbour read it."""

from __future__ import annotations

from typing import Any

import httpx

from app.stories.texts import load_texts
from app.vocabulary import Role
from tests.support.world import Someone, World

HERE = "/v1/schools/harbour/stories"
MINE = "/v1/stories/mine"
SUBMISSIONS = f"{HERE}/submissions"
GATES = {"strengths_based": True, "safe_messaging_checked": True, "nobody_else_recognisable": True}
STORY: dict[str, Any] = {
    "author_kind": "near_peer",
    "title": "The year I asked",
    "text": "I said it to one friend, and then it was two of us who knew.",
    "includes_careers_advice": False,
    "shown_as": "Somebody in fifth year",
    "strengths": {"what_helped": "A walk every day.", "what_i_learned": "Asking is a skill."},
    "consent": {"version": load_texts().consent.version, "agreed": True},
}


async def tell(world: World, **other: Any) -> str:
    """The code of a new story."""
    made = await world.http.post(SUBMISSIONS, json=STORY | other)
    assert made.status_code == 201, made.text
    code: str = made.json()["story_code"]
    return code


async def reviewers(world: World) -> tuple[Someone, Someone]:
    """A coordinator and a sponsor."""
    return await world.person(Role.COORDINATOR, paged=True), await world.person(Role.SPONSOR)


async def only_story(world: World, who: Someone) -> str:
    """The address of the one that was sent in."""
    [item] = (await world.http.get(SUBMISSIONS, headers=who.headers)).json()["items"]
    return f"{SUBMISSIONS}/{item['id']}"


async def act(world: World, who: Someone, address: str, action: str, body: Any = None) -> httpx.Response:
    """In the version that they have just read."""
    read = await world.http.get(address, headers=who.headers)
    headers = who.headers | {"If-Match": read.headers.get("ETag", '"gone"')}
    return await world.http.post(f"{address}/{action}", headers=headers, json=body)


def publish(**gates: bool) -> dict[str, Any]:
    return {"gates": GATES | gates, "decision": "publish"}


async def published(world: World, one: Someone, two: Someone, **other: Any) -> tuple[str, str]:
    """The code and the id of a story that both have agreed to."""
    code = await tell(world, **other)
    listed = await world.http.get(SUBMISSIONS, headers=one.headers, params={"state": "awaiting_review"})
    address = f"{SUBMISSIONS}/{listed.json()['items'][0]['id']}"
    careers = {"careers_advice_checked": True} if other.get("includes_careers_advice") else {}
    for who, action, body in ((one, "review", publish(**careers)), (two, "confirm", None)):
        done = await act(world, who, address, action, body)
        assert done.status_code == 200, done.text
    return code, address.rpartition("/")[2]
