"""Taken back unread, decided about, and brought back within the day: its reporter is there again, and waits (J15)."""

from __future__ import annotations

import pytest
from harbour import act, cast, my_pages, my_report, one_database, rows, the_report, the_row

from app.models import Escalation, Report
from app.vocabulary import EscalationState, ReportState
from tests.support.world import Someone, World

MINE = "/v1/me/report/withdraw"


async def decided_to_go_on(world: World, by: Someone, receipt: str) -> dict[str, str]:
    """Whoever was paged has read what was taken back, and goes on without its reporter."""
    reporter = await world.reporter(receipt)
    done = await world.http.post(MINE, headers=reporter, json={"expected": "restricted_until_decided"})
    assert done.status_code == 200, done.text
    [page] = await my_pages(world, by)
    assert (await world.http.get(f"/v1/pages/{page['id']}", headers=by.headers)).status_code == 200
    [row] = await rows(world, Report)
    decided = await world.http.post(
        f"/v1/schools/harbour/reports/{row.id}/withdrawal-decision",
        headers=by.headers | world.once(),
        json={"decision": "continue", "note": "He said so on the telephone."},
    )
    assert decided.status_code == 201, decided.text
    await world.settle()
    assert (await the_row(world, Escalation)).state is EscalationState.CLOSED
    return reporter


async def test_who_has_decided_to_go_on_has_answered_nobody_and_those_on_duty_are_asked_anew(world: World) -> None:
    people = await cast(world)
    receipt = (await world.report("hurt_themselves")).json()["receipt"]
    await world.settle()
    reporter = await decided_to_go_on(world, people.adviser, receipt)
    world.receiver.reset()
    assert (await world.http.post(f"{MINE}/undo", headers=reporter)).status_code == 200
    await world.settle()
    assert [each["state"] for each in await my_pages(world, people.adviser)] == ["delivered", "acknowledged"]
    assert (await the_row(world, Escalation)).state is EscalationState.OPEN
    # And so it goes on until somebody answers.
    world.time.advance(minutes=11)
    await world.settle()
    assert len(await my_pages(world, people.backup)) == 1


@one_database
@pytest.mark.parametrize("then", ["closed", "handed_over"])
async def test_what_was_closed_since_or_is_asked_about_already_stays_as_it_is(world: World, then: str) -> None:
    people = await cast(world)
    receipt = (await world.report("hurt_themselves")).json()["receipt"]
    await world.settle()
    reporter = await decided_to_go_on(world, people.adviser, receipt)
    if then == "closed":
        report = await the_report(world, people.triager)
        for action in ("claim", "close"):
            assert (await act(world, people.triager, report["id"], action)).status_code == 200
    else:
        [page] = await my_pages(world, people.adviser)
        url = f"/v1/pages/{page['id']}/hand-over"
        handed_over = await world.http.post(url, headers=people.adviser.headers | world.once(), json={})
        assert handed_over.is_success, handed_over.text
    await world.settle()
    asked = (people.adviser, people.backup, people.triager, people.coordinator, people.handler)
    before = [len(await my_pages(world, each)) for each in asked]
    assert (await world.http.post(f"{MINE}/undo", headers=reporter)).status_code == 200
    await world.settle()
    assert [len(await my_pages(world, each)) for each in asked] == before
    closed = then == "closed"
    assert ((await the_row(world, Report)).state is ReportState.CLOSED) is closed
    assert ((await my_report(world, receipt))["status"] == "closed") is closed
