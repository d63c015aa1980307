"""The order in which somebody's endpoints are tried, and that it is theirs to set."""

from __future__ import annotations

import asyncio
from typing import Any

from endpoints import deliveries, on_sqlite

from app.vocabulary import Role
from tests.support.world import Someone, World

MINE = "/v1/me/webhook-endpoints"


async def add(world: World, someone: Someone, hook: str, **fields: Any) -> str:
    made = await world.http.post(MINE, headers=someone.headers, json={"url": world.receiver.url(hook), **fields})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def move(world: World, someone: Someone, endpoint_id: str, position: int) -> int:
    headers = someone.headers | {"If-Match": "*"}
    moved = await world.http.patch(f"{MINE}/{endpoint_id}", headers=headers, json={"position": position})
    assert moved.status_code == 200, moved.text
    return int(moved.json()["position"])


async def order(world: World, someone: Someone) -> list[str]:
    """The hooks in the order of the list, whose positions have no hole."""
    items = (await world.http.get(MINE, headers=someone.headers)).json()["items"]
    assert [item["position"] for item in items] == list(range(len(items)))
    return [item["url"].rpartition("/")[2] for item in items]


async def test_an_endpoint_is_added_moved_and_removed_and_the_others_make_room(world: World) -> None:
    await world.school()
    adviser, other = await world.person(Role.ADVISER), await world.person(Role.ADVISER)
    await add(world, other, "x")
    await add(world, other, "y")
    ids = {hook: await add(world, adviser, hook) for hook in "abc"}
    ids["d"] = await add(world, adviser, "d", position=1)
    assert await order(world, adviser) == ["a", "d", "b", "c"]
    assert await move(world, adviser, ids["c"], 0) == 0
    assert await order(world, adviser) == ["c", "a", "d", "b"]
    assert await move(world, adviser, ids["a"], 9) == 3
    assert await order(world, adviser) == ["c", "d", "b", "a"]
    assert await move(world, adviser, ids["d"], 1) == 1
    gone = await world.http.delete(f"{MINE}/{ids['c']}", headers=adviser.headers | {"If-Match": "*"})
    assert gone.status_code == 204
    assert await order(world, adviser) == ["d", "b", "a"]
    await add(world, adviser, "e")
    assert await order(world, adviser) == ["d", "b", "a", "e"]
    assert await order(world, other) == ["x", "y"]


async def test_many_at_once_leave_one_order(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER)
    ids = await asyncio.gather(*(add(world, adviser, hook) for hook in "abcd"))
    assert sorted(await order(world, adviser)) == ["a", "b", "c", "d"]
    await asyncio.gather(*(move(world, adviser, each, 0) for each in ids))
    assert sorted(await order(world, adviser)) == ["a", "b", "c", "d"]


@on_sqlite
async def test_a_walk_through_the_pages_gives_each_once_whatever_is_moved_meanwhile(world: World) -> None:
    """P2."""
    await world.school()
    adviser = await world.person(Role.ADVISER)
    ids = {hook: await add(world, adviser, hook) for hook in "abcde"}
    first = (await world.http.get(MINE, headers=adviser.headers, params={"limit": 2})).json()
    await move(world, adviser, ids["e"], 0)
    await move(world, adviser, ids["a"], 4)
    removed = await world.http.delete(f"{MINE}/{ids['b']}", headers=adviser.headers | {"If-Match": "*"})
    assert removed.status_code == 204
    query = {"limit": 100, "cursor": first["next_cursor"]}
    rest = (await world.http.get(MINE, headers=adviser.headers, params=query)).json()
    assert [item["id"] for item in first["items"]] == [ids["a"], ids["b"]]
    assert [item["id"] for item in rest["items"]] == [ids["e"], ids["c"], ids["d"]]
    assert rest["next_cursor"] is None


@on_sqlite
async def test_a_page_goes_to_the_first_and_then_to_the_next(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER)
    for hook in ("first", "second"):
        await add(world, adviser, hook)
    last = await add(world, adviser, "third")
    await world.settle()
    await move(world, adviser, last, 0)
    await world.on_call(adviser)
    world.receiver.behave("third", 500)
    assert (await world.report("said_thoughts_of_suicide")).status_code == 201
    await world.settle()
    tried = {hook: deliveries(world, hook, "page.requested") for hook in ("third", "first", "second")}
    assert [len(requests) for requests in tried.values()] == [1, 1, 0]
    assert tried["third"][0].monotonic < tried["first"][0].monotonic
    assert tried["third"][0].body == tried["first"][0].body
