"""Whoever watches from outside hears once a minute that every escalation has its next step, and nothing otherwise."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col, select
from story import later, on_sqlite, team, the_escalation, urgent
from typer.testing import CliRunner

from app.cli import cli
from app.core import tally
from app.models import Escalation, WorkItem
from app.paging import auditor
from app.paging.deadlines import DELIVERY_DUE, STEP_DUE
from app.settings import Settings
from app.worker import start_recurring
from tests.conftest import KEYS
from tests.support.receiver import Receiver
from tests.support.world import World


@pytest.fixture
async def watched(database_url: str, tmp_path: Path, receiver: Receiver) -> AsyncIterator[World]:
    """A world whose operator has somebody watch."""
    settings = Settings(
        data_dir=tmp_path,
        database_url=database_url,
        master_keys=KEYS,
        password_cost="fast",
        webhook_allowed_origins=receiver.origin,
        dead_man_url=receiver.url("dead-man"),
        outlook_seconds=0,
    )
    async with World.open(settings, receiver) as opened:
        await opened.write(start_recurring)
        await opened.settle()
        yield opened


def pings(world: World) -> int:
    return len(world.receiver.requests("dead-man"))


@on_sqlite
async def test_a_ping_each_minute_while_all_is_well(watched: World) -> None:
    await team(watched)
    await urgent(watched)
    before = pings(watched)
    for _ in range(3):
        await later(watched, seconds=61)
    assert pings(watched) == before + 3
    [*_, last] = watched.receiver.requests("dead-man")
    # It says that all is well, and nothing else: not of which school, nor how many there are.
    assert (last.method, last.body) == ("POST", b"")


@on_sqlite
async def test_silence_when_a_next_step_was_missing_and_again_when_it_is_mended(watched: World) -> None:
    await team(watched)
    await urgent(watched)
    timers = sa.delete(WorkItem).where(WorkItem.kind.in_((STEP_DUE, DELIVERY_DUE)))
    await watched.write(lambda session: session.exec(timers))
    found = await watched.db.read(lambda session: auditor.look(session, now=watched.time.now()))
    assert (found.lost, found.passes) == (1, False)
    before = pings(watched)
    await later(watched, seconds=61)
    assert pings(watched) == before
    await later(watched, seconds=61)
    assert pings(watched) == before + 1


@on_sqlite
async def test_silence_when_what_is_due_is_not_taken(watched: World) -> None:
    """Another worker holds it, or none gets to it: a page that waits is not well, whatever rows there are."""
    await team(watched)
    await urgent(watched)
    due = (await the_escalation(watched)).next_due_at
    assert due is not None
    held = sa.update(WorkItem).where(WorkItem.kind.in_((STEP_DUE, DELIVERY_DUE)))
    until = due.replace(year=due.year + 1)
    await watched.write(lambda session: session.exec(held.values(lease_until=until)))
    watched.time.set(due)
    await later(watched, seconds=62)
    before = pings(watched)
    await later(watched, seconds=61)
    found = await watched.db.read(lambda session: auditor.look(session, now=watched.time.now()))
    assert (found.lost, found.overdue) == (0, 1)
    assert pings(watched) == before


@on_sqlite
async def test_a_missing_next_step_is_counted_also_beside_one_that_nobody_takes(watched: World) -> None:
    """`PeerlineEscalationWithoutNextStep` goes by nothing else."""
    await team(watched)
    await urgent(watched)
    due = (await the_escalation(watched)).next_due_at
    assert due is not None
    of_steps = col(WorkItem.kind).in_((STEP_DUE, DELIVERY_DUE))
    held = sa.update(WorkItem).where(of_steps).values(lease_until=due.replace(year=due.year + 1))
    await watched.write(lambda session: session.exec(held))
    await urgent(watched)
    of_the_second = sa.delete(WorkItem).where(of_steps, col(WorkItem.lease_until).is_(None))
    await watched.write(lambda session: session.exec(of_the_second))
    watched.time.set(due)
    watched.time.advance(seconds=62)
    before = dict(tally.counts())
    await watched.settle()
    found = {name for name, count in tally.counts().items() if count > before.get(name, 0)}
    assert found & {auditor.MENDED, auditor.OVERDUE_FOUND, auditor.CLEAN} == {auditor.MENDED}


@on_sqlite
async def test_a_watcher_that_is_away_holds_nothing_up(watched: World) -> None:
    people = await team(watched)
    watched.receiver.behave("dead-man", 500, {"close": True})
    await urgent(watched)
    for _ in range(11):
        await later(watched, seconds=61)
    assert len(watched.receiver.requests(people.backup.hook)) == 1


@on_sqlite
@pytest.mark.parametrize("drip", ["head", "body"])
async def test_a_watcher_that_answers_without_an_end_holds_nothing_up(watched: World, drip: str) -> None:
    """Each byte comes in time, and the answer never: what is in hand ends before its lease does."""
    head = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
    said = {"head": {"raw": head, "drip": 0.3}, "body": {"raw": head, "endless": True}}[drip]
    watched.receiver.behave("dead-man", said)
    before, began = pings(watched), time.monotonic()
    await later(watched, seconds=61)
    assert pings(watched) == before + 1
    assert time.monotonic() - began < auditor.PING_SECONDS + 3
    left = select(WorkItem).where(WorkItem.kind == auditor.DEAD_MAN)
    assert await watched.db.read(lambda session: session.exec(left).all()) == []


@on_sqlite
async def test_an_address_that_is_none_is_one_that_is_away(watched: World) -> None:
    """The watcher's own alarm says it. Put right in the settings, it is told again within a minute."""
    right = watched.settings
    watched.db._info["settings"] = right.model_copy(update={"dead_man_url": "https://watch.example:port/x"})
    for _ in range(100):
        await later(watched, seconds=61)
    failed = select(WorkItem).where(WorkItem.kind == auditor.DEAD_MAN)
    assert await watched.db.read(lambda session: session.exec(failed).all()) == []
    watched.db._info["settings"] = right
    before = pings(watched)
    await later(watched, seconds=61)
    assert pings(watched) == before + 1


@on_sqlite
async def test_by_hand_the_same_check_names_no_matter_and_has_a_code_of_its_own(
    watched: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await team(watched)
    await urgent(watched)
    monkeypatch.setenv("PEERLINE_DATA_DIR", str(watched.settings.data_dir))
    monkeypatch.setenv("PEERLINE_DATABASE_URL", watched.settings.database_url)
    monkeypatch.setenv("PEERLINE_MASTER_KEYS", KEYS)
    assert CliRunner().invoke(cli, ["check"]).exit_code == 0
    await watched.write(lambda session: session.exec(sa.delete(WorkItem)))
    refused = CliRunner().invoke(cli, ["check"])
    escalation = await watched.db.read(lambda session: session.exec(select(Escalation)).one())
    assert refused.exit_code == 6
    assert "1 have no next step" in refused.output
    assert str(escalation.id) not in refused.output
