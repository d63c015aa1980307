"""A report that is taken past the routes is taken as they would take it: the same answer, and the same is kept."""

from __future__ import annotations

import collections
import contextlib
import datetime as dt
import itertools
import json
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select, update

from app.core import clock
from app.core.db import Database, DatabaseUnavailable, LockTimeout, MaybeStored
from app.main import create_app
from app.models import IdempotencyKey, Report, ReportExclusion, School, WorkItem
from app.reports.challenges import Challenges
from app.routers import arriving
from app.routers.arriving import Arriving
from app.vocabulary import Role, SchoolStatus
from tests.support import straight
from tests.support.world import World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])
ORIGIN = "https://app.example"
NOW = dt.datetime(2027, 3, 2, 20, 15, 30, tzinfo=dt.UTC)
# Of these each answer has its own.
NEW = frozenset({"x-request-id"})
OWN = frozenset({"receipt", "instance", "report_challenge"})
RANDOM = frozenset(
    {"id", "receipt_hash", "report_id", "key_hash", "fingerprint", "ends_with", "subject", "key", "payload"}
)
JSON = "application/json"

_of_one: dict[str, Any] = {
    "signs": [["tearful"], ["unsafe_right_now"], ["tearful", "tearful"], [], ["no such"], "tearful", [1], None],
    "priority": ["soon", "today", "now", "NOW", None],
    "wants": ["advice_only", "pass_on", 1],
    "about_role": ["student", "program_person"],
    "keep_from": [[], ["Lee"], ["coordinator"], ["Nobody"], [""]],
    "narrative": ["On the train. 🙂", " ", "", None, "é\u0000", "x" * 2001, 5],
    "about_person": ["Sam", " "],
    "open_only_if_life_at_risk": [True, 1, "yes", None],
    "with_them_now": [False, 0, "no", None],
    "avoid_site_ids": [["8f14e45f-ceea-467f-9b3e-0a1b2c3d4e5f"], ["{8F14E45FCEEA467F9B3E0A1B2C3D4E5F}"], ["x"], [7]],
    "site_id": ["8f14e45f-ceea-467f-9b3e-0a1b2c3d4e5f", "urn:uuid:8f14e45f-ceea-467f-9b3e-0a1b2c3d4e5f", 1.5, None],
    "certainty": ["x", None],
    "challenge_solution": ["bm90aGluZw==", "", 3],
    "no_such_field": [1e400, 10**30, {"a": []}],
}
_bodies = st.builds(
    lambda first, rest: {"signs": first} | rest,
    st.sampled_from([["tearful"], ["just_a_feeling"], ["unsafe_right_now"]]),
    st.dictionaries(st.sampled_from(sorted(_of_one)), st.integers(0, 7), max_size=2).map(
        lambda found: {name: _of_one[name][which % len(_of_one[name])] for name, which in found.items()}
    ),
)
_texts = st.one_of(
    _bodies.map(lambda body: json.dumps(body).encode()),
    _bodies.map(lambda body: json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\r\n\t "),
    st.sampled_from(
        [
            b"",
            b"{}",
            b"[]",
            b"null",
            b'\xef\xbb\xbf{"signs": ["tearful"]}',
            '{"signs": ["tearful"]}'.encode("utf-16"),
            b'{"signs": ["tearful"], "signs": ["tearful"]}',
            b'{"signs": ["tearful"], "narrative": "\\ud800"}',
            b'{"signs": ["tearful"], "narrative": "\xff"}',
            b'{"signs": ["te\\u0061rful"], "narrative": "\\ud83d\\ude42\\/"}',
            b'{"signs": ["tearful"]} {}',
            b"{'signs': ['tearful']}",
            b'{"signs": ["tearful"], "narrative": NaN}',
            b'{"signs": ["tearful"], "narrative": "' + b"x" * 70_000 + b'"}',
            b"[" * 40,
        ]
    ),
)
# `{}` is another number for each request, and the same one when it is sent again.
_KEY_IN_CAPITALS = "8F14E45F-CEEA-467F-9B3E-{:012d}"
_KEY = "8f14e45f-ceea-467f-9b3e-{:012d}"
_keys = st.sampled_from(
    [
        [],
        [],
        [_KEY],
        [_KEY],
        [_KEY_IN_CAPITALS],
        [f'"{_KEY}"'],
        [_KEY, _KEY],
        [f"{_KEY} "],
        ["key-{}"],
        [""],
        ["a b {}"],
    ]
)
_others = st.lists(
    st.sampled_from(
        [
            ("origin", ORIGIN),
            ("origin", "https://elsewhere.example"),
            ("access-control-request-method", "POST"),
            ("accept-language", "de-AT, en;q=0.5"),
            ("accept", "text/html"),
            ("accept-encoding", "gzip"),
            ("content-encoding", "gzip"),
            ("traceparent", f"00-{'1' * 32}-{'2' * 16}-01"),
            ("x-request-id", "mine"),
            ("authorization", "Bearer nothing"),
            ("cookie", "a=b"),
            ("app-version", "ios/0.0.1"),
            ("if-match", '"x"'),
            ("if-none-match", "*"),
            ("expect", "100-continue"),
            ("content-type", "text/plain"),
            ("content-length", "70000"),
            ("content-length", "x"),
            ("accept-language", "x" * 9000),
        ]
    ),
    max_size=3,
)
_paths = st.sampled_from(
    [
        "/v1/schools/%68arbour/reports",
        "/v1/schools/harbour/reports/",
        "//v1/schools/harbour/reports",
        "/v1/schools/harbour%0A/reports",
        "/v1/schools/harbour/reports%0A",
        "/v1/schools/harbour%2Freports",
        "/v1/schools/HARBOUR/reports",
        "/v1/schools/nowhere/reports",
        "/v1/schools/drafted/reports",
        "/v1/schools/closed/reports",
        f"/v1/schools/{'x' * 41}/reports",
        "/v1/schools//reports",
    ]
)


@dataclass(frozen=True)
class Asked:
    """A request as it may come. `keys` have a place for a number, so that each way can have its own."""

    body: bytes
    keys: list[str]
    method: str = "POST"
    path: str = "/v1/schools/harbour/reports"
    query: bytes = b""
    kind: str = JSON
    others: list[tuple[str, str]] = field(default_factory=list)
    chunks: int = 1
    asked_for_work: bool = False
    fault: type[Exception] | None = None
    client: str | None = "192.0.2.1"


# One or two of these in a request, so that what is odd about it is heard.
_ODD: dict[str, st.SearchStrategy[Any]] = {
    "method": st.sampled_from(["HEAD", "OPTIONS", "PUT", "GET"]),
    "path": _paths,
    "query": st.sampled_from([b"a=b", b"school=closed&%zz", b"x" * 8100]),
    "kind": st.sampled_from(
        [f'{JSON}; charset="utf-8"', f"{JSON}; charset=latin-1", "Application/JSON", "application/a+json", "text/plain"]
    ),
    "keys": _keys,
    "others": _others,
    "body": _texts,
    "chunks": st.integers(2, 3),
    "asked_for_work": st.just(True),
    "fault": st.sampled_from([DatabaseUnavailable, MaybeStored, LockTimeout, RuntimeError]),
    "client": st.none(),
}
_asked = st.builds(
    lambda body, key, odd: Asked(**({"body": json.dumps(body).encode(), "keys": key} | odd)),
    _bodies,
    st.sampled_from([[], [_KEY]]),
    st.sets(st.sampled_from(sorted(_ODD)), max_size=2).flatmap(
        lambda names: st.fixed_dictionaries({name: _ODD[name] for name in sorted(names)})
    ),
)


class Way:
    """An application with a database of its own, to which all of the same is sent as to the other."""

    def __init__(self, app: FastAPI, db: Database) -> None:
        self.app, self.db, self.numbers = app, db, itertools.count()
        self.seen: collections.Counter[int] = collections.Counter()

    async def twice(self, asked: Asked, number: int) -> list[object]:
        """The answers to a request, and to the same once more."""
        self.app.state.runtime.challenges = Challenges(free=1 if asked.asked_for_work else 10_000)
        for _ in range(3):
            self.app.state.runtime.challenges.count(asked.client or "", "harbour")
        write = self.db.write

        async def fails(_work: object) -> object:
            assert asked.fault is not None
            raise asked.fault("said here alone")

        if asked.fault is not None:
            self.db.write = fails  # type: ignore[method-assign, assignment]
        try:
            return [await self._answer(asked, number) for _ in range(2)]
        finally:
            self.db.write = write  # type: ignore[method-assign]

    async def _answer(self, asked: Asked, number: int) -> tuple[int, list[tuple[str, str]], object]:
        headers = [("host", "peerline.test"), ("content-type", asked.kind)]
        headers += [("idempotency-key", key.format(number)) for key in asked.keys] + asked.others
        size = -(-len(asked.body) // asked.chunks) or 1
        status, answered, raw = await straight.ask(
            self.app,
            asked.method,
            asked.path,
            query=asked.query,
            headers=[(name.encode(), value.encode()) for name, value in headers],
            client=asked.client,
            parts=[asked.body[at : at + size] for at in range(0, len(asked.body), size)] or [b""],
        )
        self.seen[status] += 1
        given = [(name.decode(), value.decode()) for name, value in answered if name.decode() not in NEW]
        if b"report_challenge" in raw:
            given = [(name, value) for name, value in given if name != "content-length"]
        return status, sorted(given), _masked(json.loads(raw)) if raw else None


def _kept(session: Session) -> dict[str, list[str]]:
    """Everything that is kept of reports, but for what is random."""
    tables = (Report, ReportExclusion, IdempotencyKey, WorkItem)
    return {table.__name__: sorted(map(_row, session.exec(select(table)))) for table in tables}


def _masked(value: object) -> object:
    """A document, with no more than the kind of what each has of its own."""
    if isinstance(value, dict):
        return {name: type(part).__name__ if name in OWN else _masked(part) for name, part in value.items()}
    return [_masked(part) for part in value] if isinstance(value, list) else value


def _row(row: Any) -> str:
    shown = {name: part for name, part in row.model_dump().items() if name not in RANDOM}
    return repr({name: len(part) if isinstance(part, bytes) else part for name, part in shown.items()})


@pytest.fixture
async def ways(world: World, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Way, Way]]:
    """Past the routes, and by them."""
    for slug in ("harbour", "drafted", "closed"):
        await world.school(slug)
    await world.person(Role.COORDINATOR, alias="Lee")
    await world.on_call(await world.person(Role.ADVISER, alias="Mira"))

    def stop(session: Session) -> None:
        for slug, status in (("drafted", SchoolStatus.DRAFT), ("closed", SchoolStatus.SUSPENDED)):
            session.execute(update(School).where(col(School.slug) == slug).values(status=status))

    await world.write(stop)
    monkeypatch.setattr(clock, "now", lambda: NOW)
    taken, send = list[bool](), arriving._send

    async def counted(*given: Any) -> None:
        taken.append(True)
        await send(*given)

    monkeypatch.setattr(arriving, "_send", counted)
    another = world.settings.data_dir / "another.sqlite3"
    assert world.db._file is not None
    with (
        contextlib.closing(sqlite3.connect(another)) as copy,
        contextlib.closing(sqlite3.connect(world.db._file)) as own,
    ):
        own.backup(copy)
    of_another = Database(f"sqlite:///{another}", info=world.db._info)
    settings = world.settings.model_copy(update={"cors_origins": ORIGIN})
    past, by_them = (create_app(settings, db, with_worker=False) for db in (world.db, of_another))
    by_them.user_middleware = [each for each in by_them.user_middleware if each.cls is not Arriving]
    assert len(by_them.user_middleware) == len(past.user_middleware) - 1
    try:
        async with past.router.lifespan_context(past), by_them.router.lifespan_context(by_them):
            made = Way(past, world.db), Way(by_them, of_another)
            yield made
        # All kinds came, some of them past the routes, and of all together the same is kept.
        assert {201, 404, 409, 422, 428, 503} <= made[0].seen.keys()
        assert taken, "nothing went past the routes"
        kept = [await way.db.read(_kept) for way in made]
        assert kept[0] == kept[1]
        assert all(kept[0].values())
    finally:
        of_another.close()


@on_sqlite
@settings(max_examples=45, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=_asked)
@example(Asked(b'{"signs": ["tearful"]}', []))
@example(Asked(b'{"signs": ["tearful"]}', [_KEY]))
@example(Asked(b'{"signs": ["unsafe_right_now"], "keep_from": ["Lee"]}', [_KEY_IN_CAPITALS]))
@example(Asked(b'{"signs": ["tearful"]}', [], asked_for_work=True))
@example(Asked(b'{"signs": ["tearful"]}', [], fault=MaybeStored))
@example(Asked(b'{"signs": ["tearful"]}', [_KEY], fault=LockTimeout, others=[("origin", ORIGIN)]))
@example(Asked(b'{"signs": ["tearful"]}', [], path="/v1/schools/nowhere/reports"))
@example(Asked(b'{"signs": []}', []))
async def test_the_routes_would_have_answered_the_same_and_kept_the_same(ways: tuple[Way, Way], asked: Asked) -> None:
    past, by_them = ways
    number = next(past.numbers)
    assert await past.twice(asked, number) == await by_them.twice(asked, number)
