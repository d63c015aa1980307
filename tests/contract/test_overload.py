"""When more is asked than can be done: reports are let in first, everybody else is told at once (docs/overload.md)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from sqlmodel import Session, func, select

from app.core.admission import LATEST, SOONEST, Gate
from app.core.asgi import OF_EVERY_ANSWER, dump
from app.core.lanes import FIRST
from app.main import _api
from app.models import AuditEntry, Report
from app.routers import lines
from app.settings import Settings
from app.vocabulary import Role
from tests.contract.openapi_reading import COMMITTED, Operation
from tests.support.world import World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
SCHOOL = "/v1/schools/harbour"
REPORTS = f"{SCHOOL}/reports"
SOON = 10.0
# A write of somebody signed in, public reading that needs the database, and a list.
ACTING, READING, REST = "/v1/auth/sessions/revoke-others", f"{SCHOOL}/directory?q=x", f"{SCHOOL}/people"


# As few as fill a line that is looked at.
WAITING = {"first": 2, "acting": 4, "signing_in": 2, "reading": 2, "rest": 1}


@pytest.fixture
async def small(world: World) -> World:
    """Two reports in hand, two that wait, and one of anything else in hand."""
    own = world.settings.model_copy(update={"requests_at_once": 2, "other_requests_at_once": 1, "reports_waiting": 2})
    patient = [replace(line, seconds=SOON * 6, waiting=WAITING[line.name]) for line in lines.of(own)]
    world.app.state.runtime.gate.__init__(patient, others=1)
    await world.school()
    await world.http.get(f"{SCHOOL}/help-now")
    return world


@contextlib.asynccontextmanager
async def held(world: World) -> AsyncIterator[None]:
    """While nothing that is written gets on."""
    release = threading.Event()
    holding = [asyncio.create_task(world.write(lambda _: release.wait(SOON)))]
    await asyncio.sleep(0)
    try:
        yield
    finally:
        release.set()
        await asyncio.gather(*holding)


async def until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON):
        while not what():
            await asyncio.sleep(0.005)


async def begun(world: World, *requests: tuple[str, str, dict[str, Any]]) -> list[asyncio.Task[httpx.Response]]:
    """One after the other, each in hand, waiting, or refused before the next is sent."""
    gate: Gate = world.app.state.runtime.gate
    tasks = []
    for method, path, sent in requests:
        before = sum(gate._in_hand) + gate.waiting
        task = asyncio.create_task(world.http.request(method, path, **sent))
        await until(lambda: sum(gate._in_hand) + gate.waiting > before or task.done())  # noqa: B023  awaited here
        tasks.append(task)
    return tasks


def report(number: int) -> tuple[str, str, dict[str, Any]]:
    return "POST", REPORTS, {"json": {"signs": ["tearful"], "narrative": f"The {number}th of them."}}


def refused(answer: httpx.Response) -> None:
    """With help, for everybody, and when to come again. test_errors.py holds it to the document."""
    assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
    assert SOONEST <= int(answer.headers["retry-after"]) <= LATEST
    assert OF_EVERY_ANSWER.items() <= answer.headers.items()
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"] in answer.json()["instance"]
    assert answer.json()["help"]
    assert "Nothing was stored" in answer.json()["detail"]


@ON_SQLITE
async def test_reports_are_refused_last_and_what_was_refused_is_not_there(small: World) -> None:
    coordinator = await small.person(Role.COORDINATOR)
    mine = {"headers": coordinator.headers}
    entry = (await small.http.get(f"{SCHOOL}/help-now")).json()["emergency"][0]["id"]
    async with held(small):
        [acting] = await begun(small, ("POST", ACTING, mine))
        lists = await begun(small, ("GET", REST, mine), ("GET", REST, mine))
        reads = await begun(small, *[("GET", READING, {})] * 3)
        # While a class has no place left, the next one of it is refused, and no other.
        refused(await lists[1])
        refused(await reads[2])
        assert not any(task.done() for task in (acting, lists[0], *reads[:2]))

        reports = await begun(small, *[report(number) for number in range(4)])
        assert not any(task.done() for task in reports)
        refused(await small.http.post(REPORTS, json=report(5)[2]["json"]))
        # Never made to wait, whatever else is.
        for path in ("/healthz", "/v1/meta", f"{SCHOOL}/help-now", f"{SCHOOL}/help-now?usual=1"):
            assert (await small.http.get(path)).status_code == 200
        assert entry in (await small.http.get(f"{SCHOOL}/help-now")).text
        assert small.app.state.runtime.gate.refused == {"first_or_acting": 1, "signing_in": 0, "reading": 1, "rest": 1}
    answers = await asyncio.gather(*reports)
    assert [answer.status_code for answer in answers] == [201] * 4
    assert [(await task).status_code for task in (lists[0], *reads[:2])] == [200] * 3
    assert (await acting).status_code == 204
    assert await small.db.read(lambda s: s.exec(select(func.count()).select_from(Report)).one()) == 4


@ON_SQLITE
async def test_what_is_refused_first_is_refused_in_the_words_of_the_usual_way(small: World) -> None:
    """Whoever sends a trace of their own is answered by the Edge, others before it."""
    trace = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    gate: Gate = small.app.state.runtime.gate
    # A school may write what it likes into its help.
    kept = small.app.state.runtime.help._schools["harbour"]
    noughts = [{**kept.members[0], "name": "0" * 32}]
    small.app.state.runtime.help._schools["harbour"] = replace(kept, members=noughts, members_json=dump(noughts))
    coordinator = await small.person(Role.COORDINATOR)
    async with held(small):
        # Of anything but reports one is in hand: this, which waits to write.
        acting = await begun(small, ("POST", ACTING, {"headers": coordinator.headers}))
        reads = await begun(small, *[("GET", READING, {})] * 2)
        for path in (READING, "/v1/schools/nobodys/directory?q=x"):
            before = gate.refused["reading"]
            first, usual = await small.http.get(path), await small.http.get(path, headers=trace)
            refused(first)
            refused(usual)
            assert gate.refused["reading"] == before + 2
            assert usual.headers["x-request-id"] in trace["traceparent"]
            own = {"x-request-id", "retry-after"}
            told, as_usual = [{n: v for n, v in each.headers.items() if n not in own} for each in (first, usual)]
            assert told == as_usual
            assert first.json() | {"instance": ""} == usual.json() | {"instance": ""}
        head = await small.http.head(READING)
        assert (head.status_code, head.content) == (503, b"")
    await asyncio.gather(*acting, *reads)


@ON_SQLITE
async def test_a_few_who_come_in_one_moment_are_not_too_many(world: World) -> None:
    """A screen that asks for several things at once, handlers who open theirs together, and a class that searches."""
    # How long they wait is the machine's.
    standard = world.settings.model_copy(update={"other_requests_at_once": 2})
    as_it_is = [replace(line, seconds=SOON * 6) for line in lines.of(standard)]
    world.app.state.runtime.gate.__init__(as_it_is, others=2)
    await world.school()
    coordinator, triager = await world.person(Role.COORDINATOR), await world.person(Role.TRIAGER)
    screen = [world.http.get(REST, headers=coordinator.headers) for _ in range(12)]
    handlers = [world.http.get(REPORTS, headers=triager.headers) for _ in range(30)]
    searches = [world.http.get(f"{SCHOOL}/directory?q={number}") for number in range(30)]
    answers = await asyncio.gather(*screen, *handlers, *searches)
    assert {answer.status_code for answer in answers} == {200}


@ON_SQLITE
async def test_who_is_refused_hears_it_before_anything_of_their_body_is_read(small: World) -> None:
    async with held(small):
        reports = await begun(small, *[report(number) for number in range(4)])
        said: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            raise AssertionError("the body was asked for")

        async def send(message: Any) -> None:
            said.append(message)

        headers = [(b"content-type", b"application/json"), (b"content-length", b"200000")]
        scope = {"type": "http", "method": "POST", "path": REPORTS, "raw_path": REPORTS.encode(), "query_string": b""}
        await small.app(scope | {"headers": headers, "client": None, "root_path": ""}, receive, send)
        assert said[0]["status"] == 503
    await asyncio.gather(*reports)


async def test_what_goes_first_passes_what_waits_for_the_database(world: World) -> None:
    """Both databases: a report is not behind the writes of others, however many of them are there."""
    done: list[str] = []

    started, release = threading.Event(), threading.Event()

    def noted(what: str) -> Callable[[Session], None]:
        def work(session: Session) -> None:
            if what == "holding":
                started.set()
                release.wait(SOON)
            session.add(AuditEntry(action="test.done", subject=what, hour=world.time.now()))
            done.append(what)

        return work

    holding = [asyncio.create_task(world.db.write(noted("holding")))]
    await asyncio.to_thread(started.wait, SOON)
    # More than there are connections.
    holding += [asyncio.create_task(world.db.write(noted("holding"))) for _ in range(19)]
    await asyncio.sleep(0)
    behind = [asyncio.create_task(world.db.write(noted("behind"))) for _ in range(3)]
    await asyncio.sleep(0)
    before = FIRST.set(True)
    first = asyncio.create_task(world.db.write(noted("first")))
    FIRST.reset(before)
    await asyncio.sleep(0)
    if not world.settings.is_sqlite:
        await asyncio.wait_for(first, SOON)
    release.set()
    await asyncio.gather(first, *holding, *behind)
    assert done.index("first") <= 1
    assert sorted(done) == ["behind"] * 3 + ["first"] + ["holding"] * 20


def operations() -> list[Operation]:
    paths = json.loads(COMMITTED.read_text())["paths"].items()
    return [Operation(method.upper(), path, value) for path, methods in paths for method, value in methods.items()]


def paths() -> set[tuple[str, str]]:
    return {
        (method, re.sub(r"\{\w+\}", "x1", context.path))
        for context in iter_route_contexts(_api().routes)
        for method in context.methods or ()
        if context.path is not None
    }


def test_every_route_stands_in_a_line_and_whoever_needs_no_account_keeps_nobody_from_a_case() -> None:
    first = {"createReport", "createReceiptSession", "getReportChallenge", "acknowledgePage", "useAckLink", "getPage"}
    never = {"getHealth", "getReadiness", "getMeta", "showJoinPage", "getHelpNow"}
    found: dict[int | None, set[str]] = {}
    for operation in operations():
        place = lines.place_of(operation.method, re.sub(r"\{\w+\}", "x1", operation.path))
        found.setdefault(place, set()).add(operation.name)
        if place is not None:
            assert "overloaded" in operation.value["x-problem-codes"]["503"], operation.name
        if operation.value["security"] == [] and place in (lines.ACTING, lines.REST):
            # A calendar program comes again by itself.
            assert operation.name == "getCalendar"
        if place == lines.READING:
            assert operation.value["security"] == [], operation.name
    assert found[None] == never
    assert first <= found[lines.FIRST]
    assert {"createToken", "putPassword", "acceptInvitation"} <= found[lines.SIGNING_IN]
    assert {"listReports", "getReport", "createReportMessage", "getOnCall"} <= found[lines.ACTING]
    assert {"listDirectory", "getPrivacyStatement"} <= found[lines.READING]
    assert {"getStatistics", "importPeople", "exportAuditLog", "listPeople"} <= found[lines.REST]
    # No rule is for a route that is not there.
    every = {part for _, path in paths() for part in path.split("/")}
    for rule in (lines._AT_ONCE, lines._FIRST, lines._SIGNING_IN, lines._BULK, lines._READING, lines._CASE):
        for word in set(re.findall(r"[a-z]+(?:-[a-z]+)+|[a-z]{6,}", rule.pattern)):
            assert any(word in part for part in every), word


@pytest.mark.parametrize("others", [1, 3, 8, 100])
def test_no_line_has_more_than_there_is_and_the_first_two_are_counted_together(others: int) -> None:
    found = lines.of(Settings(other_requests_at_once=others))
    assert [line.name for line in found] == list(lines.NAMES)
    assert all(1 <= line.at_once <= others and line.waiting >= 1 for line in found[1:])
    assert found[0].counted_as == found[1].counted_as
    assert [found[0].counted_as, *(line.counted_as for line in found[2:])] == list(
        dict.fromkeys(line.counted_as for line in found)
    )
    # An app that gives up after ten seconds has its answer by then, the work on it included.
    assert max(line.seconds for line in found) < 10
