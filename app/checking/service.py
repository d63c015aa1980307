"""A look at a whole deployment, part by part: nothing is changed, and nothing waits for long."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlmodel import Session, select

from app.checking import ground, running, shipped
from app.checking.finding import Finding, Part, State, found
from app.core import clock
from app.core.db import Database, DatabaseUnavailable, LockTimeout, reason, require_writable
from app.models import School
from app.settings import Settings

# Each part has one statement or a few, none of which reads more than an index or a small table.
STATEMENT_SECONDS = 10
# How many steps of SQLite's machine lie between two looks at the time.
STEPS = 100_000


def look(
    settings: Settings,
    db: Database,
    *,
    lanes: Mapping[str, Collection[str]],
    recurring: Sequence[str],
    before_start: bool,
) -> list[Finding]:
    """Every part in its order. What stands on a part that has failed is skipped, but the packs stand on nothing.

    `before_start`: nothing runs yet, so nobody asks whether a worker does.
    """
    now = clock.now()
    parts: dict[Part, Callable[[Session], Finding]] = {
        Part.DATABASE: lambda session: ground.database(session, settings),
        Part.MIGRATIONS: ground.schema,
        Part.SETTINGS: lambda session: _settings(session, settings),
        Part.KEYS: lambda session: ground.keys(session, settings=settings),
        Part.CLOCK: ground.clock,
        Part.ENGINE: lambda session: running.engine(session, lanes=lanes, recurring=recurring, now=now),
        Part.AUDITOR: lambda session: running.escalations(session, now=now),
        Part.RECEIVERS: running.receivers,
        Part.GAPS: lambda session: running.gaps(session, now=now),
    }
    findings: dict[Part, Finding] = {}
    for part, ask in parts.items():
        broken = [each for each in (Part.DATABASE, Part.MIGRATIONS) if _failed(findings.get(each))]
        if broken and part is Part.SETTINGS:
            findings[part] = _may_serve(settings)
        elif broken:
            findings[part] = skipped(part, f"Not looked at: see {broken[0]}.")
        elif before_start and part in (Part.ENGINE, Part.AUDITOR):
            findings[part] = skipped(part, "Not looked at before a start.")
        else:
            findings[part] = _asked(db, part, ask)
    findings[Part.PACKS] = shipped.packs(today=now.date())
    return [findings[part] for part in Part]


def skipped(part: Part, why: str) -> Finding:
    return Finding(part, State.SKIPPED, why)


def _failed(finding: Finding | None) -> bool:
    return finding is not None and finding.state is State.FAILED


def _settings(session: Session, settings: Settings) -> Finding:
    if not settings.loopback_demo and session.exec(select(School.id).where(School.demo).limit(1)).first() is not None:
        says = (
            "The database holds the demo schools, whose passwords are public. Use another database, or serve on a "
            "loopback address in development."
        )
        return found(Part.SETTINGS, "", [], [says], {})
    return _may_serve(settings)


def _may_serve(settings: Settings) -> Finding:
    figures = {"environment": settings.environment, "loopback_demo": settings.loopback_demo}
    text = f"They may serve, for {'this machine alone' if settings.loopback_demo else settings.environment}."
    return found(Part.SETTINGS, text, [], [], figures)


def _asked(db: Database, part: Part, ask: Callable[[Session], Finding]) -> Finding:
    try:
        if part is Part.DATABASE:
            # First whether it is there at all: one that is not migrated yet takes no writes of this kind.
            finding = db.read_now(lambda session: _bounded(session, ask))
            if not db.read_now(ground.is_empty):
                db.write_now(require_writable)
            return finding
        return db.read_now(lambda session: _bounded(session, ask))
    except LockTimeout:
        return _unanswered(part, f"The database did not answer within {STATEMENT_SECONDS} s.")
    except DatabaseUnavailable as exc:
        return _unanswered(part, f"The database cannot be used: {reason(exc)}")


def _unanswered(part: Part, why: str) -> Finding:
    return Finding(part, State.FAILED, why, unanswered=True)


def _bounded(session: Session, ask: Callable[[Session], Finding]) -> Finding:
    """With a statement that takes too long given up."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
        return ask(session)
    raw: Any = session.connection().connection.driver_connection
    until = time.monotonic() + STATEMENT_SECONDS
    raw.set_progress_handler(lambda: time.monotonic() > until, STEPS)
    try:
        return ask(session)
    finally:
        raw.set_progress_handler(None, 0)
