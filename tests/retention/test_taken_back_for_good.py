"""What was taken back and can no longer be brought back waits for nobody, and goes when its time is over (J15)."""

from __future__ import annotations

from typing import Any

import pytest
from kept import hold, office, results, run
from sqlmodel import Session, select

from app.models import Escalation, Report, ReportOutcome, ReportProposal
from app.vocabulary import EscalationState, ReportState, SecondPersonState
from tests.reports.harbour import REPORTS, act, came_of, listed, the_row, write_to_reporter
from tests.support.world import Someone, World

on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"])


async def read_and_claimed(world: World, triager: Someone, *signs: str) -> tuple[str, str]:
    """A report that somebody has taken on: its receipt and id."""
    receipt: str = (await world.report(*signs, narrative="She told me on the train.")).json()["receipt"]
    [report] = await listed(world, triager)
    assert (await act(world, triager, report["id"], "claim")).status_code == 200
    return receipt, report["id"]


async def take_back(world: World, receipt: str) -> dict[str, str]:
    reporter = await world.reporter(receipt)
    done = await world.http.post("/v1/me/report/withdraw", headers=reporter, json={"expected": "restricted"})
    assert done.status_code == 200, done.text
    return reporter


async def waiting(world: World, triager: Someone) -> list[str]:
    return [each["id"] for each in await listed(world, triager, awaiting_second_person=True)]


@on_sqlite
async def test_what_waited_for_a_second_person_comes_to_nothing_with_it(world: World) -> None:
    """Nobody can confirm or decline it any more, so that it keeps nothing from being erased, and is in no queue."""
    people = await office(world)
    receipt, report = await read_and_claimed(world, people.triager, "tearful")
    found = await came_of(world, people.triager, f"{REPORTS}/{report}/outcomes", "misuse", note="He made it up.")
    assert found.json()["state"] == "awaiting_second_person"
    # Within the day everything can still be as it was.
    reporter = await take_back(world, receipt)
    assert (await world.http.post("/v1/me/report/withdraw/undo", headers=reporter)).status_code == 200
    assert await waiting(world, people.triager) == [report]
    await take_back(world, receipt)
    world.time.advance(hours=25, minutes=1)
    await world.settle()
    assert await waiting(world, people.triager) == []
    proposal, outcome = await the_row(world, ReportProposal), await the_row(world, ReportOutcome)
    assert (proposal.state, proposal.decided_by, outcome.state) == (
        SecondPersonState.TAKEN_BACK,
        None,
        SecondPersonState.TAKEN_BACK,
    )
    assert results(await gone(world, people.officer)) == {"erased": 1}


@on_sqlite
async def test_that_it_was_once_asked_about_in_vain_keeps_nothing_of_it(world: World) -> None:
    """Nobody was there, and somebody has answered later: there is nothing left to answer once it is taken back."""
    people = await office(world)
    receipt, report = await read_and_claimed(world, people.triager, "hurt_themselves")
    await world.settle()
    assert (await the_row(world, Escalation)).state is EscalationState.EXHAUSTED
    assert (await write_to_reporter(world, people.triager, report)).status_code == 201
    await take_back(world, receipt)
    world.time.advance(hours=25, minutes=1)
    await world.settle()
    assert (await the_row(world, Escalation)).state is EscalationState.CLOSED
    assert results(await gone(world, people.officer)) == {"erased": 1}


@on_sqlite
async def test_so_it_is_with_what_an_earlier_release_has_left_waiting(world: World) -> None:
    people = await office(world)
    receipt, report = await read_and_claimed(world, people.triager, "hurt_themselves")
    await came_of(world, people.triager, f"{REPORTS}/{report}/outcomes", "misuse", note="He made it up.")
    await take_back(world, receipt)
    world.time.advance(hours=25, minutes=1)
    await world.settle()

    def as_before(session: Session) -> None:
        for table, state in ((ReportProposal, "awaiting_second_person"), (Escalation, "exhausted")):
            row = session.exec(select(table)).one()
            row.state = type(row.state)(state)
            session.add(row)

    await world.write(as_before)
    assert results(await gone(world, people.officer)) == {"erased": 1}
    assert (await the_row(world, Report)).narrative_sealed is None


async def gone(world: World, officer: Someone) -> dict[str, Any]:
    """What a run makes of it that erases, once its time is over."""
    world.time.advance(days=91)
    assert results(await run(world, officer)) == {"due": 1}
    return await run(world, officer, dry=False)


@on_sqlite
async def test_what_a_hold_alone_kept_is_destroyed_where_that_is_released_within_the_day(world: World) -> None:
    """As its reporter reads in the meantime: the preview says what becomes of it."""
    people = await office(world)
    made = await world.report("tearful", narrative="She told me on the train.")
    reporter = await world.reporter(made.json()["receipt"])
    placed = await hold(world, people.officer, None)

    async def preview() -> tuple[str, list[str]]:
        shown = (await world.http.get("/v1/me/report/withdraw-preview", headers=reporter)).json()
        return shown["outcome"], shown["because"]

    assert await preview() == ("restricted", ["legal_hold"])
    await take_back(world, made.json()["receipt"])
    released = await world.http.post(
        f"{placed.headers['Location']}/release",
        headers=people.officer.headers | {"If-Match": "*"},
        json={"note": "It is over."},
    )
    assert released.status_code == 200, released.text
    assert await preview() == ("destroyed", [])
    world.time.advance(hours=25, minutes=1)
    await world.settle()
    row = await the_row(world, Report)
    assert (row.erased_hour is not None, row.narrative_sealed, row.state) == (True, None, ReportState.WITHDRAWN)
