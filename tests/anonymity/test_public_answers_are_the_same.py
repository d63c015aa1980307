"""What anybody can ask says nothing of whether there is a report: not in words, not in size (contract 1.1)."""

from __future__ import annotations

import datetime as dt
import re

import httpx
from fastapi.routing import iter_route_contexts

from tests.reports.harbour import cast, one_database
from tests.stories.telling import published
from tests.support.world import World
from tests.test_access import PUBLIC

# Not of a school, or asked with a secret that only whoever was given it knows.
ELSEWHERE = {
    "/docs",
    "/docs/{asset}",
    "/join",
    "/openapi.json",
    "/.well-known/jwks.json",
    "/healthz",
    "/readyz",
    "/v1/calendars/{token}.ics",
}
# They say what time it is, or carry something new each time: of the same size, which is all that shows.
CHANGING = {"/v1/meta", "/v1/schools/{school}/report-challenge"}


def public_paths(world: World) -> list[str]:
    known = {f"GET {context.path}": context.path for context in iter_route_contexts(world.app.routes) if context.path}
    return sorted(
        path for name, path in known.items() if name in PUBLIC and path not in ELSEWHERE and "_id}" not in path
    )


async def asked(world: World, paths: list[str], story: str) -> dict[str, httpx.Response]:
    named = {"{school}": "harbour", "{entry_id}": "au-000", "{story_id}": story, "{role}": "supporter"}

    def concrete(path: str) -> str:
        piece = {"{piece}": "practice-train-home" if "practice" in path else "signs"}
        return re.sub(r"\{\w+\}", lambda found: (named | piece)[found[0]], path)

    return {path: await world.http.get(concrete(path)) for path in paths}


@one_database
async def test_no_public_answer_depends_on_whether_there_is_a_report(world: World) -> None:
    # What is open is told to the minute, and this one has just begun.
    world.time.set(dt.datetime(2027, 3, 10, 1, 0, 5, tzinfo=dt.UTC))
    people = await cast(world)
    paths = public_paths(world)
    _, story = await published(world, people.coordinator, people.sponsor)
    assert {"/v1/schools/{school}/coverage/now", "/v1/schools/{school}/readers"} <= set(paths)
    before = await asked(world, paths, story)
    assert {answer.status_code for answer in before.values()} == {200}
    for sign, about in (("tearful", "student"), ("unsafe_right_now", "student"), ("tearful", "program_person")):
        made = await world.report(sign, narrative="On the train.", about_role=about)
        assert made.status_code == 201
    await world.settle()
    assert people.adviser.hook is not None
    after = await asked(world, paths, story)
    for path in paths:
        assert len(after[path].content) == len(before[path].content), path
        if path not in CHANGING:
            assert after[path].content == before[path].content, path
            assert after[path].headers.get("etag") == before[path].headers.get("etag")


@one_database
async def test_answers_to_reports_have_the_shape_of_any_other_whatever_is_reported(world: World) -> None:
    """J1: identical in shape for all inputs, about oneself as about somebody else (D13)."""
    await cast(world)
    shapes = set()
    for about in ("someone_else", "me", "prefer_not_to_say"):
        for role in ("student", "program_person"):
            made = await world.report("tearful", about_whom=about, about_role=role)
            body = made.json()
            shapes.add((made.status_code, tuple(sorted(body)), tuple(sorted(body["expect"])), len(body["receipt"])))
            assert re.fullmatch(r"[0-9A-Z]{5}(-[0-9A-Z]{5}){3}", body["receipt"])
    assert len(shapes) == 1
