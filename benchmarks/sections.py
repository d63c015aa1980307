"""The parts of a run, one function each. What they measure, and against what, is in README.md."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlmodel import Session, col, select

from app.core import clock
from app.models import Escalation, Page, Report
from app.reports import intake
from app.rosters import rendering
from app.rosters.definition import Window
from app.vocabulary import RosterLine
from benchmarks import kept_rosters, machine, processes, rounds, seed
from benchmarks.processes import ADVISER, Databases, Generator
from benchmarks.rounds import Figure, Plan, Section, Side, Takes
from tests.support.processes import wait_until
from tests.support.receiver import Received, Receiver

REPORTS = f"/v1/schools/{seed.SLUG}/reports"
KEY = {"Idempotency-Key": "{fresh-uuid}"}
Commits = machine.SqliteCommits | machine.PostgresCommits


@dataclass(frozen=True, slots=True)
class Run:
    """What every section is given. `facts` may be added to."""

    generator: Generator
    databases: Databases
    receiver: Receiver
    folder: Path
    plan: Plan
    facts: dict[str, Any]


def reports_sqlite(run: Run) -> Section:
    section = Section("reports-sqlite", "Accepted report, 8 clients, SQLite, synchronous=FULL")
    folder = run.folder / section.name
    folder.mkdir()
    bare = processes.bare("sqlite", folder / "bare.sqlite3", log=folder / "bare.log")
    with contextlib.closing(machine.SqliteCommits(folder / "commits.sqlite3")) as commits:
        takes = _reports(run, "sqlite", bare, commits)
    return _compared(section, takes, commits, driver="sqlite3")


def reports_postgres(run: Run) -> Section:
    section = Section("reports-postgres", "Accepted report, 8 clients, PostgreSQL, fsync on")
    folder = run.folder / section.name
    folder.mkdir()
    server = run.databases.postgres
    bare = processes.bare("postgres", server.create_database("bare"), log=folder / "bare.log")
    with contextlib.closing(machine.PostgresCommits(server.create_database("commits"))) as commits:
        run.facts["postgresql"] = commits.server_version
        takes = _reports(run, "postgres", bare, commits)
    return _compared(section, takes, commits, driver="psycopg")


def _reports(
    run: Run,
    on: Literal["sqlite", "postgres"],
    bare: contextlib.AbstractContextManager[tuple[int, int]],
    commits: Commits,
) -> Takes:
    with contextlib.ExitStack() as stack:
        bare_port, bare_pid = stack.enter_context(bare)
        plain, urgent = stack.enter_context(run.databases.products("reports", "urgent", on=on))
        row = [processes.request("POST", "/rows", body=body) for body in seed.reports()]
        report = [processes.request("POST", REPORTS, body=body) for body in seed.reports()]
        keyed = [processes.request("POST", REPORTS, body=body, headers=KEY) for body in seed.reports()]
        now = [processes.request("POST", REPORTS, body=body) for body in seed.reports(urgent=True)]
        sides = [
            Side("bare", bare_port, bare_pid, row, expect=201),
            Side("report", plain.port, plain.pid, report, expect=201),
            Side("keyed", plain.port, plain.pid, keyed, expect=201),
            Side("urgent", urgent.port, urgent.pid, now, expect=201, settles=True),
        ]
        return rounds.measure(run.generator, sides, run.plan, before_round=commits.measure)


def _compared(section: Section, takes: Takes, commits: Commits, *, driver: str) -> Section:
    section.rows = [
        rounds.row(f"bare FastAPI, one row through {driver}", takes["bare"]),
        rounds.row("report with a narrative", takes["report"]),
        rounds.row("the same with an Idempotency-Key", takes["keyed"]),
        rounds.row("urgent report: pages, and the worker delivers", takes["urgent"]),
    ]
    section.ratios = [
        rounds.rate_ratio("report / bare", takes["report"], takes["bare"], at_least=0.5),
        rounds.rate_ratio("report with a key / bare", takes["keyed"], takes["bare"]),
        rounds.rate_ratio("urgent report / bare", takes["urgent"], takes["bare"]),
    ]
    section.figures = [Figure("one commit on disk, raw driver, alone", statistics.median(commits.medians), "ms")]
    return section


def on_call_sqlite(run: Run) -> Section:
    return _on_call(run, "sqlite", "SQLite")


def on_call_postgres(run: Run) -> Section:
    return _on_call(run, "postgres", "PostgreSQL")


def _on_call(run: Run, on: Literal["sqlite", "postgres"], database: str) -> Section:
    title = f"Who is on call now, 8 clients, {database}: 10 people weekly, 20 overrides"
    section = Section(f"on-call-{on}", title)
    with run.databases.products("on-call", on=on) as [product]:
        bearer = {"Authorization": f"Bearer {product.seeded.token}"}

        def side(name: str, path: str) -> Side:
            headers = bearer if path.startswith("/v1") else {}
            return Side(name, product.port, product.pid, [processes.request("GET", path, headers=headers)])

        base = f"/v1/schools/{seed.SLUG}/rosters"
        sides = [
            side("healthz", "/healthz"),
            side("readyz", "/readyz"),
            side("new", f"{base}/{product.seeded.new_roster}/on-call"),
            side("old", f"{base}/{product.seeded.old_roster}/on-call"),
        ]
        takes = rounds.measure(run.generator, sides, run.plan)
    section.rows = [
        rounds.row("/healthz: no database", takes["healthz"]),
        rounds.row("/readyz: one read transaction", takes["readyz"]),
        rounds.row("who is on call", takes["new"]),
        rounds.row(f"the same, begun ten years ago, {seed.PAST_OVERRIDES} past overrides", takes["old"]),
    ]
    section.ratios = [
        rounds.rate_ratio("time of on-call / time of /healthz", takes["healthz"], takes["new"], at_most=2.0),
        rounds.rate_ratio("time of on-call / time of /readyz", takes["readyz"], takes["new"], at_most=2.0),
        rounds.rate_ratio("time with ten years of history / without", takes["new"], takes["old"], at_most=1.1),
    ]
    return section


def pages(run: Run) -> Section:
    title = f"Urgent report to the adviser's webhook, {run.plan.pages_rate:g} a second, worker in the same process"
    section = Section("pages", title)
    section.figures = [*_pages(run, "SQLite", "sqlite"), *_pages(run, "PostgreSQL", "postgres")]
    return section


def _pages(run: Run, name: str, on: Literal["sqlite", "postgres"]) -> list[Figure]:
    urgent = [processes.request("POST", REPORTS, body=body) for body in seed.reports(urgent=True)]
    run.receiver.reset()
    with run.databases.products("pages", on=on) as [product]:

        def send(count: int) -> list[Any]:
            result = run.generator.run(
                port=product.port,
                requests=urgent,
                clients=rounds.CLIENTS,
                rate=run.plan.pages_rate,
                count=count,
                bodies=True,
            )
            return [exchange for exchange in result["exchanges"] if exchange[2] == 201]

        warm_up, exchanges = send(5), send(run.plan.pages)
        wanted = len(warm_up) + len(exchanges)
        wait_until(lambda: len(_arrived(run.receiver)) >= wanted, timeout=20.0, what="every page has arrived")
        arrived = _arrived(run.receiver)
        told = {str(json.loads(body)["receipt"]): (sent, done) for sent, done, _, body in exchanges}
        events = product.read(lambda session: _events_of(session, list(told)))
    received: dict[str, float] = {}
    for request in arrived:
        received.setdefault(request.headers["webhook-id"], request.monotonic)
    after_sent = [received[events[receipt]] - sent for receipt, (sent, _) in told.items()]
    after_done = [received[events[receipt]] - done for receipt, (_, done) in told.items()]
    refused = run.plan.pages - len(exchanges)
    return [
        ms(f"{name}: 201 to webhook, p50", rounds.percentile(after_done, 50), at_most=50),
        ms(f"{name}: 201 to webhook, p99", rounds.percentile(after_done, 99), at_most=250),
        ms(f"{name}: request sent to webhook, p50", rounds.percentile(after_sent, 50)),
        ms(f"{name}: request sent to webhook, p99", rounds.percentile(after_sent, 99)),
        Figure(f"{name}: reports refused, of {run.plan.pages}", refused, "", *rounds.judged(refused, at_most=0)),
    ]


def _arrived(receiver: Receiver) -> list[Received]:
    """The pages: at night, whoever is paged a third time hears of more than those."""
    return [each for each in receiver.requests(ADVISER) if each.json()["type"] == "page.requested"]


def _events_of(session: Session, receipts: list[str]) -> dict[str, str]:
    """The id of the first page's event (its `webhook-id`) for each receipt."""
    statement = (
        select(Report.receipt_hash, Page.event_id)
        .join(Escalation, col(Escalation.subject_id) == col(Report.id))
        .join(Page, col(Page.escalation_id) == col(Escalation.id))
        .where(Page.step == 0)
    )
    by_hash = {hashed: str(event_id) for hashed, event_id in session.exec(statement)}
    return {receipt: by_hash[intake.receipt_hash(session, receipt)] for receipt in receipts}


def shifts(run: Run) -> Section:
    section = Section("shifts", "Shifts rendered in this process: 10 people weekly, 20 overrides")
    now = clock.now().replace(second=0, microsecond=0)
    people = [f"person-{number}" for number in range(seed.PARTICIPANTS)]
    line = RosterLine.PEER_SUPPORT
    began = {"new": seed.weeks_ago(now, 6), "old": seed.weeks_ago(now, 520)}
    new, old = (seed.definition(people, line=line, began=start, now=now).to_definition() for start in began.values())

    def rendered(roster: Any, days: int) -> Callable[[], object]:
        window = Window(now, now + dt.timedelta(days=days))
        return lambda: rendering.render(roster, window)

    works: dict[str, Callable[[], object]] = {
        "90 days": rendered(new, 90),
        "360 days": rendered(new, 360),
        "90 days, begun ten years ago": rendered(old, 90),
        "who is on call": lambda: rendering.on_call_at(new, now),
    }
    times: dict[str, list[float]] = {what: [] for what in works}
    for _ in range(run.plan.rounds):
        for what, work in works.items():
            times[what].append(_median(work))
    ninety = times["90 days"]
    section.figures = [ms("90 days", statistics.median(ninety), at_most=10)]
    section.figures += [ms(what, statistics.median(taken)) for what, taken in times.items() if what != "90 days"]
    longer = [a / b for a, b in zip(times["360 days"], ninety, strict=True)]
    older = [a / b for a, b in zip(times["90 days, begun ten years ago"], ninety, strict=True)]
    section.ratios = [
        rounds.ratio("360 days / 90 days (linear: 4)", longer, at_most=4.4),
        rounds.ratio("begun ten years ago / lately", older, at_most=1.1),
    ]
    return section


def stored_rosters(run: Run) -> Section:
    age, many = kept_rosters.YEARS, kept_rosters.ROSTERS
    title = f"Stored rosters asked in this process, SQLite: lately made, and {age} years old among {many} of a school"
    section = Section("stored-rosters", title)
    folder = run.folder / section.name
    folder.mkdir()
    times = kept_rosters.measured(folder, repeats=run.plan.rounds)
    section.figures = [ms(what, statistics.median(taken)) for what, taken in times.items()]
    for what in ("on call", "90 days"):
        older = [a / b for a, b in zip(times[f"{what}, old"], times[f"{what}, new"], strict=True)]
        section.ratios.append(rounds.ratio(f"{what}: ten years and 500 rosters / lately", older, at_most=1.1))
    return section


def help_now(run: Run) -> Section:
    section = Section("help-now", "help-now, 8 clients")
    folder = run.folder / section.name
    folder.mkdir()
    path = f"/v1/schools/{seed.SLUG}/help-now"
    with contextlib.ExitStack() as stack:
        [product] = stack.enter_context(run.databases.products("help-now"))
        _, body, headers = processes.get(product.port, path)
        (folder / "help.json").write_bytes(body)
        bare_port, bare_pid = stack.enter_context(
            processes.bare("bytes", folder / "help.json", log=folder / "bare.log")
        )
        known = {"If-None-Match": headers["etag"]}
        sides = [
            Side("bare", bare_port, bare_pid, [processes.request("GET", "/bytes")]),
            Side("200", product.port, product.pid, [processes.request("GET", path)]),
            Side("304", product.port, product.pid, [processes.request("GET", path, headers=known)], expect=304),
        ]
        takes = rounds.measure(run.generator, sides, run.plan)
    section.rows = [
        rounds.row(f"bare Starlette route, the same {len(body)} bytes", takes["bare"]),
        rounds.row("help-now, 200", takes["200"]),
        rounds.row("help-now, 304", takes["304"]),
    ]
    section.ratios = [
        rounds.rate_ratio("help-now / bare", takes["200"], takes["bare"], at_least=0.7),
        rounds.rate_ratio("304 / 200", takes["304"], takes["200"], at_least=1.0),
    ]
    return section


SECTIONS: dict[str, Callable[[Run], Section]] = {
    "reports-sqlite": reports_sqlite,
    "reports-postgres": reports_postgres,
    "pages": pages,
    "on-call-sqlite": on_call_sqlite,
    "on-call-postgres": on_call_postgres,
    "shifts": shifts,
    "stored-rosters": stored_rosters,
    "help-now": help_now,
}


def ms(what: str, seconds: float, *, at_most: float | None = None) -> Figure:
    """A time, in milliseconds as its target is."""
    return Figure(what, seconds * 1e3, "ms", *rounds.judged(seconds * 1e3, at_most=at_most))


def _median(work: Callable[[], object], *, times: int = 20) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
