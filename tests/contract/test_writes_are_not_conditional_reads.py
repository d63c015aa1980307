"""If-None-Match asks about reading; an answer to a write is never hidden behind 304 (RFC 9110, 13.1.2)."""

from __future__ import annotations

from app.vocabulary import Role
from tests.support.world import World


async def test_a_change_is_answered_in_full_whatever_the_client_has(world: World) -> None:
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    path = f"/v1/me/webhook-endpoints/{adviser.endpoint_id}"
    before = await world.http.get(path, headers=adviser.headers)
    headers = adviser.headers | {"If-Match": before.headers["etag"], "If-None-Match": "*"}
    changed = await world.http.patch(path, headers=headers, json={"description": "Pager"})
    assert changed.status_code == 200
    assert changed.json()["description"] == "Pager"
