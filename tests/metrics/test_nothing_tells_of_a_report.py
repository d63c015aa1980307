"""Whoever scrapes a quiet system learns nothing of what somebody did there: each deed looks like reading help."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from prometheus_client import CollectorRegistry, generate_latest

from app import main
from app.kinds import RECURRING, urgent_kinds
from app.metrics import coarse
from app.metrics.exposition import Exposition
from app.metrics.families import Family, family_of
from app.metrics.reader import Reader
from app.metrics.requests import BUCKETS, Counted, Requests
from app.vocabulary import Role
from tests.support.world import World

HELP = "/v1/schools/harbour/help-now"
REPORTS = "/v1/schools/harbour/reports"
# As many as make the figures move at all.
TIMES = coarse.REQUESTS
Deed = Callable[[World, httpx.AsyncClient], Awaitable[httpx.Response]]


def scrape(world: World, requests: Requests) -> list[str]:
    """All of a process that does everything, read anew; but the process, whose steps are tried below."""
    registry = CollectorRegistry(auto_describe=False)
    reader = Reader(world.db, urgent=urgent_kinds(), recurring=RECURRING)
    registry.register(Exposition(world.db, reader, requests=requests, lanes=lambda: world.worker.lanes))
    lines = generate_latest(registry).decode().splitlines()
    # Minutes pass, and the clocks are as far apart as the asking took.
    left_out = ("process_", "peerline_auditor_last_pass", "peerline_clock_skew_seconds")
    return [line for line in lines if line[0] != "#" and not line.startswith(left_out)]


async def report(world: World, http: httpx.AsyncClient) -> httpx.Response:
    return await http.post(REPORTS, json={"signs": ["said_thoughts_of_suicide"], "narrative": "On the train."})


async def refused_report(world: World, http: httpx.AsyncClient) -> httpx.Response:
    return await http.post(REPORTS, json={"signs": "none"})


async def receipt_session(world: World, http: httpx.AsyncClient) -> httpx.Response:
    receipt = (await world.report()).json()["receipt"]
    return await http.post("/v1/receipts/session", json={"receipt": receipt})


async def withdrawal(world: World, http: httpx.AsyncClient) -> httpx.Response:
    headers = await world.reporter((await world.report()).json()["receipt"])
    preview = (await world.http.get("/v1/me/report/withdraw-preview", headers=headers)).json()
    body = {"expected": preview["expected"]} if "expected" in preview else {"expected": "destroyed"}
    return await http.post("/v1/me/report/withdraw", headers=headers, json=body)


async def advice_request(world: World, http: httpx.AsyncClient) -> httpx.Response:
    supporter = await world.person(Role.SUPPORTER)
    body = {"topic": "thoughts_of_suicide", "summary": "What now?"}
    return await http.post("/v1/schools/harbour/advice-requests", json=body, headers=supporter.headers | world.once())


STATUS: dict[Deed, int] = {report: 201, receipt_session: 200, withdrawal: 200, advice_request: 201, refused_report: 422}


async def test_on_a_quiet_system_what_somebody_does_looks_like_reading_help(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await prepared(world)
    # How long each takes is another matter, and of this machine: BUCKETS says why the first holds them all.
    monkeypatch.setattr("app.metrics.requests.clock", SimpleNamespace(monotonic=lambda: 0.0))
    help_read, done = Requests(), Requests()
    before = scrape(world, help_read)
    async with client(world, help_read) as http:
        for _ in range(TIMES):
            assert (await http.get(HELP)).status_code == 200
            assert (await http.get(f"{HELP}/nothing")).status_code == 404
    of_help = scrape(world, help_read)
    assert of_help != before, "figures that nothing moves would show nothing"

    async with client(world, done) as http:
        for deed in (report, receipt_session, withdrawal, advice_request, refused_report):
            assert (await deed(world, http)).status_code == STATUS[deed], deed
            assert scrape(world, done) == before, f"of one {deed} nothing is seen"
            await world.settle()
            assert scrape(world, done) == before, f"nor of the work that it made: {deed}"
        # Four of those were accepted, one was refused; and reports it is that make the figures move now.
        for _ in range(TIMES - 4):
            assert (await report(world, http)).status_code == 201
        for _ in range(TIMES - 1):
            assert (await refused_report(world, http)).status_code == 422
    assert scrape(world, done) == of_help
    await world.settle()
    assert scrape(world, done) == of_help


async def prepared(world: World) -> None:
    # By day: whoever is paged by night again and again is offered relief, which is an event of the hour.
    world.time.set(dt.datetime(2026, 12, 1, 1, 0, tzinfo=dt.UTC))
    await world.school()
    adviser = await world.person(Role.ADVISER, paged=True)
    await world.person(Role.TRIAGER)
    await world.on_call(adviser)
    await world.settle()


def client(world: World, requests: Requests) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(Counted(world.app, requests=requests))  # type: ignore[arg-type]
    return httpx.AsyncClient(transport=transport, base_url="http://peerline.test")


def test_every_route_of_care_and_every_unknown_one_is_in_the_family_of_help() -> None:
    """By the document of the API: a new route is of that family until somebody says that it tells nothing."""
    document = json.loads((Path(__file__).parents[2] / "openapi" / "openapi.json").read_text())
    apart = {path for path in document["paths"] if family_of(filled(path)) is not Family.CARE}
    told = (
        "report",
        "receipt",
        "advice",
        "page",
        "contact",
        "relay",
        "decision",
        "conflict",
        "me/",
        "auth",
        "stories",
        "evaluation",
        "help-now",
        "open-invitations",
        "supervision",
        "absences",
        "supporters",
        "unanswered",
        "corrections",
        "referral",
        "interest",
        "drills",
        "coverage",
        "directory",
        "guidance",
        "incidents",
        "join",
    )
    assert [path for path in sorted(apart) if any(word in path for word in told)] == []
    assert {family_of(filled(path)) for path in document["paths"]} == set(Family), "each family has a route"
    assert family_of("/v1/schools/harbour/people-of-another-kind") is Family.CARE
    anonymous = [path for method, path in main.ANONYMOUS if method]
    found = {path for path in document["paths"] if any(each.fullmatch(filled(path)) for each in anonymous)}
    assert len(found) >= len(anonymous), "each of them is a path of the document"
    assert not found & apart


def filled(path: str) -> str:
    return path.replace("{", "").replace("}", "")


def test_coarse_figures_move_in_whole_steps_and_a_single_use_is_none() -> None:
    assert [coarse.down(number, 20) for number in (0, 1, 19, 20, 39, 40, -3)] == [0, 0, 0, 20, 20, 40, 0]
    assert [coarse.share(used, 4) for used in range(5)] == [0, 0, 0.5, 0.75, 1]
    assert [coarse.share(1, size) for size in (0, 1, 2)] == [0, 0, 0], "one alone is never seen"
    assert coarse.share(6, 12) == 0.5
    at = dt.datetime(2027, 3, 1, 3, 4, 59, tzinfo=dt.UTC)
    assert coarse.slot_of(at, coarse.SLOT) == coarse.slot_of(at.replace(minute=0, second=0), coarse.SLOT)
    assert coarse.slot_of(at, coarse.SLOT) != coarse.slot_of(at + dt.timedelta(seconds=1), coarse.SLOT)
    assert BUCKETS[0] >= 0.25, "a report and help from memory are both far faster than the first end"
