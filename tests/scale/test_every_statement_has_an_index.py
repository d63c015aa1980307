"""At a thousand schools nothing that happens all day reads all of a table: every statement of it has an index to use.

What the planner makes of a million reports is asked by `make scale` (docs/sizing.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from benchmarks.scale import deployment, fill, paths, plans, walk
from benchmarks.scale.plans import Capture, Fault, Statement
from benchmarks.scale.walk import Done
from tests.support.postgres import PostgresServer
from tests.support.receiver import Receiver

# A page of each of these shows many rows. So many statements are enough for any of them, however many those are.
MOST_STATEMENTS = {
    # The first of all: what a process keeps for a while may be read anew for it.
    "reports": 16,
    "reports, second page": 6,
    "reports that are open": 6,
    "records of reports": 6,
    "audit log": 5,
    "people": 4,
    "supporters": 12,
    "what nobody answered": 4,
    "deliveries to an endpoint": 6,
    "messages of a report": 14,
    "messages of my report": 4,
    "claim of due work, urgent": 1,
    "claim of due work, other": 1,
    # Late timers, roles that have ended, escalations without a next step, overdue ones, and the next look, which is
    # there already, and so is looked at whether it was given up; each sweep looks for that in what it asks for, too.
    "paging.audit": 6,
    "rosters.sweep": 6,
    "directory.review": 6,
    "training.sweep": 6,
}


@pytest.fixture(scope="module")
def walked(
    migrated_postgres: PostgresServer, receiver_process: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[list[Done], list[Fault], list[Statement]]]:
    """Every hot path has been walked in a small deployment, made by the generator that also makes the big one."""
    url = migrated_postgres.create_database("scale", template="template_peerline")
    try:
        folder = tmp_path_factory.mktemp("scale")
        size = fill.Size(schools=2, reports=140, jobs=1)
        made = deployment.filled(url, folder=folder, receiver=receiver_process, size=size, years=0, supporters=3)
        yield asyncio.run(_walk(made, folder))
    finally:
        migrated_postgres.drop_database("scale")


async def _walk(made: deployment.Deployment, _folder: Path) -> tuple[list[Done], list[Fault], list[Statement]]:
    async with made.opened() as world:
        place = await world.db.read(lambda session: paths.place(session, fill.slug_of(0)))
        capture = Capture(world.db.engine)
        done = await walk.requests(world, place, capture) + walk.work(world, place, capture)
        capture.close()
        return done, plans.faults(world.db.engine, capture.statements, forbid=True), capture.statements


Walked = tuple[list[Done], list[Fault], list[Statement]]


def test_every_statement_of_a_hot_path_has_an_index_that_it_can_use(walked: Walked) -> None:
    _, faults, statements = walked
    assert len(statements) > 300, "hot paths were walked"
    assert not faults, "\n".join(str(fault) for fault in faults)


def test_a_list_of_fifty_takes_as_many_statements_as_one_of_one(walked: Walked) -> None:
    took = {done.path: done.statements for done in walked[0]}
    assert {path: took[path] for path, most in MOST_STATEMENTS.items() if not 0 < took[path] <= most} == {}


def test_a_statement_without_an_index_is_found(migrated_postgres: PostgresServer) -> None:
    """As one that somebody adds tomorrow."""
    engine = sa.create_engine(
        migrated_postgres.url_for("template_peerline").replace("postgresql:", "postgresql+psycopg:"),
        poolclass=sa.pool.NullPool,
    )
    asked = Statement("a new list", "SELECT id FROM reports WHERE statement_version = %(version)s", {"version": "1"})
    [fault] = plans.faults(engine, [asked], forbid=True)
    assert fault.what == "reads all of reports"
