"""A request finds the route that it would find if all were asked in turn (routers/finding.py)."""

from __future__ import annotations

import re
import runpy
import sys

import pytest
from fastapi import APIRouter
from fastapi._compat import ModelField
from fastapi.routing import iter_route_contexts
from pydantic.fields import FieldInfo
from starlette.routing import BaseRoute, Match

from app.main import _api
from app.routers import lazy_fields
from app.routers.finding import Finder


def scope(path: str, method: str = "GET") -> dict[str, object]:
    return {"type": "http", "path": path, "method": method, "headers": [], "path_params": {}}


def in_turn(routes: list[BaseRoute], path: str, method: str) -> tuple[Match, BaseRoute | None]:
    partial = None
    for route in routes:
        match, _ = route.matches(scope(path, method))
        if match is Match.FULL:
            return match, route
        if match is Match.PARTIAL and partial is None:
            partial = route
    return (Match.NONE, None) if partial is None else (Match.PARTIAL, partial)


def test_what_is_found_at_a_glance_is_what_asking_all_in_turn_finds() -> None:
    finder, *routes = _api().routes
    assert isinstance(finder, Finder)
    patterns = {context.path for context in iter_route_contexts(routes) if context.path}
    assert len(patterns) > 200
    words = sorted({word for pattern in patterns for word in pattern.split("/") if word and "{" not in word})
    asked, found = 0, 0
    for number, pattern in enumerate(sorted(patterns)):
        # An id, and a word that stands as it is somewhere: it may be taken for an id, or for a path of its own.
        for filling in ("11111111-1111-4111-8111-111111111111", words[number % len(words)]):
            path = re.sub(r"\{\w+(:path)?\}", filling, pattern)
            for method in ("GET", "POST"):
                match, route = in_turn(routes, path, method)
                got, child = finder.matches(scope(path, method))
                assert (got, child.get("peerline.route")) == (match, route), (method, path)
                found += match is not Match.NONE
            asked += len(finder.candidates(scope(path)))
    assert found > len(patterns)
    # Few are asked at all.
    assert asked < 8 * 2 * len(patterns)


def test_what_is_no_path_is_nowhere() -> None:
    inner = APIRouter(prefix="/v1/things")

    @inner.get("/{thing}")
    def get_thing(thing: str) -> None: ...

    finder = Finder(inner.routes)
    for path in ("/v1/things", "/v1/things/", "/v1/other/a", "/v1/things/a/b", "/", "", "things"):
        assert finder.matches(scope(path)) == (Match.NONE, {})
    assert finder.matches(scope("/v1/things/a"))[0] is Match.FULL
    # Below another path: the routes themselves know what to make of it.
    assert finder.candidates(scope("/v1/things/a") | {"root_path": "/below"}) == []


def test_a_field_has_no_validator_before_it_is_asked() -> None:
    field = ModelField(field_info=FieldInfo(annotation=int), name="number")
    assert "_type_adapter" not in vars(field)
    assert field.validate("3", loc=("query", "number")) == (3, [])
    assert field.validate("x", loc=("query", "number"))[1][0]["loc"] == ("query", "number")
    assert "_type_adapter" in vars(field)


def test_fields_that_are_made_otherwise_are_left_as_they_are() -> None:
    """As in a release of FastAPI whose fields make more than a validator."""

    class Other:
        def __post_init__(self) -> None:
            self._type_adapter = 1
            self.more = 2

    before = Other.__post_init__
    lazy_fields.put_off(Other)
    assert Other.__post_init__ is before


def test_a_release_of_fastapi_without_such_fields_is_none_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastapi._compat", None)
    runpy.run_path(lazy_fields.__file__)
