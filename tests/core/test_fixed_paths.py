"""A path that stands as it is comes before one with a parameter in its place, with every method (OpenAPI 3.1)."""

from __future__ import annotations

import pytest
from fastapi import APIRouter

from app.routers.fixed_paths import methods_of_fixed
from app.vocabulary import Role
from tests.support.world import World


async def _nothing() -> None: ...


def test_the_words_of_a_fixed_path_are_nobodys_id() -> None:
    api = APIRouter()
    for path, methods in (
        ("/a/{id}", ["GET", "DELETE"]),
        ("/a/load", ["GET"]),
        ("/a/load", ["POST"]),
        ("/a/{id}/b/{other}", ["PUT"]),
        ("/a/{id}/b/preview", ["POST"]),
        ("/a/load/b", ["GET"]),
    ):
        api.add_api_route(path, _nothing, methods=methods)
    find = methods_of_fixed(api.routes)
    assert find("/a/load") == {"GET", "POST"}
    assert find("/a/7/b/preview") == {"POST"}
    assert [find(path) for path in ("/a/7", "/a/load/", "/a/7/b/7", "/a/load/b", "/a")] == [None] * 5


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PATCH", "rosters/load", "GET, HEAD"),
        ("GET", "rosters/preview", "POST"),
        ("PUT", "escalation-policies/in-force", "GET, HEAD"),
        ("GET", "directory/imports", "POST"),
        ("OPTIONS", "stories/consent", "GET, HEAD"),
    ],
)
async def test_a_fixed_path_says_which_methods_it_has(world: World, method: str, path: str, allowed: str) -> None:
    """E8: 405 with just these, and not 422 because `load` is no id."""
    await world.school()
    person = await world.person(Role.COORDINATOR)
    answer = await world.http.request(method, f"/v1/schools/harbour/{path}", headers=person.headers, json={"a": 1})
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == allowed
