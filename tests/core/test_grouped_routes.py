"""A group of routes is passed over only when none of its routes has the path (routers/grouped.py)."""

from __future__ import annotations

import re

from fastapi import APIRouter
from fastapi.routing import iter_route_contexts
from starlette.routing import Match

from app.main import _api
from app.routers.grouped import Group


def scope(path: str, method: str = "GET") -> dict[str, object]:
    return {"type": "http", "path": path, "method": method, "headers": [], "path_params": {}}


def concrete(path: str) -> str:
    return re.sub(r"\{\w+\}", "anything", path)


def groups() -> list[Group]:
    found = [getattr(route, "original_router", None) for route in _api().routes]
    return [each for each in found if isinstance(each, Group)]


def test_a_group_is_asked_for_every_path_that_it_has_and_few_others_are() -> None:
    every, asked = groups(), 0
    assert len(every) > 30
    paths = {concrete(context.path) for group in every for context in iter_route_contexts(group.routes) if context.path}
    for group in every:
        own = {concrete(context.path) for context in iter_route_contexts(group.routes) if context.path}
        assert all(group._may_have(scope(path)) for path in own)
        asked += sum(group._may_have(scope(path)) for path in paths)
    # Each path is looked for in one or two groups, and not in all of them.
    assert asked < 3 * len(paths)


def test_what_is_in_no_group_is_nowhere() -> None:
    inner = APIRouter(prefix="/v1/things")

    @inner.get("/{thing}")
    def get_thing(thing: str) -> None: ...

    group = Group()
    group.include_router(inner)
    for path in ("/v1/things", "/v1/things/", "/v1/other/a", "/v1/things/a/b", "/", "", "things"):
        assert group.matches(scope(path)) == (Match.NONE, {}) or path == "/v1/things/"
    assert group._may_have(scope("/v1/things/a"))
    assert not group._may_have(scope("/v1/other/a"))
    assert group._may_have(scope("/v1/other/a") | {"root_path": "/below"})
