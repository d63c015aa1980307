"""Where the time of an accepted report goes: the whole request in this process and on one thread, N times.

    python -m benchmarks.profile_report [--kind plain|key|urgent] [--count 300] [--at-once 4] [--lines 25]
        [--callers NAME] [--cpu]

First without a profiler: the time of the request, of its transaction, of SQL and of the commit, and what SQL it was.
Then under cProfile, sorted by cumulative and by own time; the profiler makes Python code look dearer than C code. The
threads of the database are replaced by the calling one, so that a profile of one thread holds everything.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import cProfile
import functools
import itertools
import json
import pstats
import statistics
import sysconfig
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, MutableMapping
from concurrent.futures import Future
from pathlib import Path
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import event
from sqlmodel import Session

from app import startup
from app.core.db import Database
from app.core.sqlite_writer import Job, SqliteWriter
from app.main import create_app
from app.settings import Settings
from benchmarks import seed
from tests.support.processes import REPOSITORY

PATH = f"/v1/schools/{seed.SLUG}/reports"


class HereExecutor:
    """Stands in for a thread pool: runs what is submitted at once, on the caller's thread."""

    def submit(self, work: Callable[..., Any], *arguments: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*arguments))
        except BaseException as exc:
            done.set_exception(exc)
        return done

    def shutdown(self) -> None:
        """Nothing runs."""


class HereWriter:
    """Stands in for the writer's thread: each transaction is a group of one, on the caller's thread."""

    def __init__(self, writer: SqliteWriter) -> None:
        self._writer = writer

    def submit(self, work: Callable[[Session], Any], *, first: bool = False) -> Future[Any]:  # noqa: ARG002  nothing waits
        job = Job(work, Future())
        self._writer._commit([job])
        return job.future

    def close(self) -> None:
        """Nothing runs."""


def on_this_thread(db: Database) -> None:
    """Do all work of an SQLite database on the thread that asks for it."""
    assert db._writer is not None
    db._writer.close()
    db._threads.shutdown()
    db._writer = HereWriter(db._writer)  # type: ignore[assignment]
    db._threads = HereExecutor()  # type: ignore[assignment]


class Spent(NamedTuple):
    """Seconds by the wall clock and on the processor. A busy machine makes the first longer, not the second."""

    wall: float = 0.0
    cpu: float = 0.0

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.wall - other.wall, self.cpu - other.cpu)

    def plus(self, other: Spent) -> Spent:
        return Spent(self.wall + other.wall, self.cpu + other.cpu)


def clocks() -> Spent:
    return Spent(time.perf_counter(), time.thread_time())


class Clockwork:
    """Sums up the time that parts of a request take."""

    def __init__(self) -> None:
        self.spent: dict[str, Spent] = {}
        self.statements: Counter[str] = Counter()
        self._since = Spent()

    def add(self, name: str, since: Spent) -> None:
        self.spent[name] = self.spent.get(name, Spent()).plus(clocks() - since)

    @contextlib.contextmanager
    def watching(self, engine: sa.Engine) -> Iterator[None]:
        """Statements as SQLAlchemy sends them, and commits, which it hands to the driver."""

        def before(*_: Any) -> None:
            self._since = clocks()

        def after(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            self.add("statements", self._since)
            self.statements[" ".join(statement.split())[:110]] += 1

        commit = engine.dialect.do_commit
        engine.dialect.do_commit = self.around("commit", commit)  # type: ignore[method-assign]
        event.listen(engine, "before_cursor_execute", before)
        event.listen(engine, "after_cursor_execute", after)
        try:
            yield
        finally:
            engine.dialect.do_commit = commit  # type: ignore[method-assign]
            event.remove(engine, "before_cursor_execute", before)
            event.remove(engine, "after_cursor_execute", after)

    def around(self, name: str, work: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any, **named: Any) -> Any:
            since = clocks()
            try:
                return work(*arguments, **named)
            finally:
                self.add(name, since)

        return timed


async def post(app: Any, body: bytes, *, key: bool) -> int:
    """One request straight into the application: no sockets, no client library."""
    headers = [
        (b"host", b"bench"),
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    if key:
        headers.append((b"idempotency-key", str(uuid.uuid4()).encode()))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    status = 0

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]

    await app(scope, receive, send)
    return status


async def measure(
    db: Database, app: Any, *, kind: str, count: int, at_once: int, lines: int, callers: str | None, cpu: bool
) -> None:
    bodies = itertools.cycle([json.dumps(report).encode() for report in seed.reports(urgent=kind == "urgent")])

    async def one() -> None:
        status = await post(app, next(bodies), key=kind == "key")
        if status != 201:
            raise SystemExit(f"a report was answered with {status}")

    async def some() -> None:
        if at_once == 1:
            await one()
        else:
            await asyncio.gather(*(one() for _ in range(at_once)))

    async with app.router.lifespan_context(app):
        for _ in range(30):
            await some()
        await _by_parts(db, some, count=count, at_once=at_once)
        profile = cProfile.Profile(time.thread_time if cpu else time.perf_counter)
        for _ in range(count // at_once):
            profile.enable()
            await some()
            profile.disable()
    count = count // at_once * at_once
    calls = Calls(profile, count=count)
    calls.show("cumulative", "the product's own functions", lines, lambda call: call.cumulative, only="app/")
    calls.show("cumulative", "all", lines, lambda call: call.cumulative)
    calls.show("own time", "all", lines, lambda call: call.own)
    if callers:
        pstats.Stats(profile).sort_stats("cumulative").print_callers(callers)


class Call(NamedTuple):
    """A function in a profile. Seconds and calls are of the whole profile."""

    place: str
    calls: int
    own: float
    cumulative: float


class Calls:
    """A profile as milliseconds of each request."""

    def __init__(self, profile: cProfile.Profile, *, count: int) -> None:
        stats: dict[tuple[str, int, str], tuple[int, int, float, float, Any]] = pstats.Stats(profile).stats  # type: ignore[attr-defined]
        self._count = count
        self._calls = [
            Call(f"{_short(file)}:{line} {name}" if line else name, calls, own, cumulative)
            for (file, line, name), (_, calls, own, cumulative, _) in stats.items()
        ]

    def show(self, order: str, what: str, lines: int, by: Callable[[Call], float], *, only: str = "") -> None:
        print(f"\n== {order}, {what}: of each request\n{'calls':>8}{'own ms':>9}{'cum ms':>9}")
        for call in sorted((c for c in self._calls if c.place.startswith(only)), key=by, reverse=True)[:lines]:
            own, cumulative = (seconds / self._count * 1e3 for seconds in (call.own, call.cumulative))
            print(f"{call.calls / self._count:8.1f}{own:9.3f}{cumulative:9.3f}  {call.place}")


def _short(file: str) -> str:
    for folder in (f"{REPOSITORY}/", "site-packages/", f"{sysconfig.get_path('stdlib')}/"):
        _, found, rest = file.partition(folder)
        # The environment lies inside the checkout.
        if found and not rest.startswith("."):
            return rest
    return file


async def _by_parts(db: Database, some: Callable[[], Any], *, count: int, at_once: int) -> None:
    rounds = count // at_once
    count = rounds * at_once
    plain = await _each(some, count=rounds)
    clockwork = Clockwork()
    write, read = db.write, db.read
    with clockwork.watching(db._writer_engine), clockwork.watching(db._reader_engine):
        db.write = lambda work: write(clockwork.around("write", work))  # type: ignore[method-assign]
        db.read = lambda work: read(clockwork.around("read", work))  # type: ignore[method-assign]
        watched = await _each(some, count=rounds)
        db.write, db.read = write, read  # type: ignore[method-assign]
    spent = clockwork.spent
    written, was_read = spent.get("write", Spent()), spent.get("read", Spent())
    parts = {
        "request, nothing watched": _sum(plain),
        "request": _sum(watched),
        "  HTTP, validation, begin, end": _sum(watched) - written - was_read - spent["commit"],
        "  work in a read transaction": was_read,
        "  work in the write transaction": written,
        "  commit, on disk": spent["commit"],
        "(of all this, SQL in the driver)": spent["statements"],
    }
    print(f"{'mean of each request, ms':33}{'wall':>8}{'CPU':>8}")
    for name, part in parts.items():
        print(f"{name:33}{part.wall / count * 1e3:8.2f}{part.cpu / count * 1e3:8.2f}")
    for name, median in (
        ("wall", statistics.median(each.wall for each in plain)),
        ("CPU", statistics.median(each.cpu for each in plain)),
    ):
        print(f"median {name}, nothing watched: {median / at_once * 1e3:.2f} ms")
    print(f"statements per request: {sum(clockwork.statements.values()) / count:.1f}")
    for statement, times in clockwork.statements.most_common():
        print(f"  {times / count:5.2f} x {statement}")


async def _each(one: Callable[[], Any], *, count: int) -> list[Spent]:
    spent = []
    for _ in range(count):
        since = clocks()
        await one()
        spent.append(clocks() - since)
    return spent


def _sum(spent: list[Spent]) -> Spent:
    return functools.reduce(Spent.plus, spent, Spent())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.profile_report", description=__doc__)
    parser.add_argument("--kind", choices=("plain", "key", "urgent"), default="plain")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--at-once", type=int, default=1, help="so many requests at once: plain ones share a commit")
    parser.add_argument("--lines", type=int, default=25)
    parser.add_argument("--callers", help="also show who calls functions of this name (a regular expression)")
    parser.add_argument("--cpu", action="store_true", help="profile processor time, for a busy machine")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="peerline-profile-") as folder:
        settings = Settings(
            data_dir=Path(folder),
            database_url="",
            master_keys=startup.new_master_key(),
            rate_limit_per_minute=10**9,
            reports_before_challenge=10**9,
        )
        ring = startup.key_ring(settings)
        startup.migrate(settings, ring)
        db = startup.open_database(settings, ring)
        try:
            # Port 9 discards: nothing is sent, for there is no worker.
            seed.seed(db, hook="http://127.0.0.1:9/hook")
            on_this_thread(db)
            app = create_app(settings, db, with_worker=False)
            asyncio.run(
                measure(
                    db,
                    app,
                    kind=chosen.kind,
                    count=chosen.count,
                    at_once=chosen.at_once,
                    lines=chosen.lines,
                    callers=chosen.callers,
                    cpu=chosen.cpu,
                )
            )
        finally:
            db.close()


if __name__ == "__main__":
    main()
